"""The door to devices: X of another namespace than NumPy's, or a device that was asked for; the answer is as X was."""

from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.utils.validation import check_is_fitted, validate_data

try:
    from sklearn.utils._array_api import check_same_namespace
except ImportError:

    def check_same_namespace(*_: Any, **__: Any) -> None:
        """Ask nothing: scikit-learn before 1.9 does not."""


from partwise.devices import DeviceFrobenius, DeviceGradient, DeviceMatrix, OnDevice, Place, is_foreign
from partwise.devices.arrays import dtype_of
from partwise.devices.matrix import Sums, looked_at
from partwise.iterate import Snapshot
from partwise.kernels.threads import one_pool
from partwise.losses import as_loss
from partwise.models.course import Course
from partwise.models.formulation import formulate
from partwise.models.scaling import Scaling
from partwise.models.validation import DTYPES, checked, warn_of_zeros
from partwise.solvers.codes import solve_codes

SOLVERS = ("cd", "hals", "pg", "nenmf", "auto")  # of the Frobenius loss: a device has one step for all of them


@dataclass(frozen=True)
class Admitted:
    """X where it is worked on, looked at.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
    place : Place
        Where X is.
    home : Place or None
        Where the caller's X lies, and what is learned from it will; None: NumPy.
    sums : Sums
    """

    X: Any
    place: Place
    home: Place | None
    sums: Sums

    @property
    def dtype(self) -> np.dtype[Any]:
        """As NumPy calls it."""
        found = dtype_of(self.X)
        assert found is not None
        return found

    def scaling(self) -> Scaling:
        """Return the unit of X."""
        return Scaling.of(np.empty(0, self.dtype), self.sums.high)

    def problem(self, model: Any, scaling: Scaling) -> OnDevice:
        """Return what is minimised, in the unit of `scaling`."""
        X, sums = self.X, self.sums
        if scaling.unit != 1:
            X = X / scaling.unit
            sums = looked_at(X, self.place)
        penalties = (model.alpha_W, model.alpha_H, model.l1_ratio)
        posed = formulate(DeviceMatrix(X, self.place, sums), DeviceFrobenius(), scaling, penalties)  # type: ignore[arg-type]
        return OnDevice(posed.X, posed.loss, posed.penalty_W, posed.penalty_H)

    def codes(self, W: Any, scaling: Scaling) -> Any:
        """Return W (n_components, n_samples) as the caller's: (n_samples, n_components), in C order, where X was."""
        rows = W.T * scaling.of_W
        if self.home is None:
            return self.place.bring(rows)
        flat = self.place.xp.reshape(rows, (-1,))
        return self.home.take(self.place.xp.reshape(flat, rows.shape))


class DeviceCourse(Course):
    """The course of a fit whose factors lie on a device."""

    def _learned(self, shot: Snapshot) -> dict[str, Any]:
        place = self._problem.X.place
        return super()._learned(replace(shot, state=replace(shot.state, H=place.bring(shot.state.H))))


def concerns(model: Any, X: Any) -> bool:
    """Say whether X, or what was learned, lies on a device, or is to be moved there."""
    found = model.device is not None or isinstance(model.solver, DeviceGradient)
    return found or is_foreign(X) or is_foreign(getattr(model, "components_", None))


def fit_transform(model: Any, X: Any, W: Any, H: Any, entry_weight: Any) -> Any:
    """Learn the parts of X on its device, or on the model's, and return the codes in the kind of X.

    Raises
    ------
    ValueError, TypeError, ImportError
        Where X or a setting is not what a device takes.
    """
    solver = _solver(model, entry_weight)
    given = admitted(model, X, reset=True)
    W, H = (Place.of(F).bring(F) if is_foreign(F) else F for F in (W, H))
    with given.place.full_precision(solver.tf32), one_pool() if model.n_init > 1 else nullcontext():
        warn_of_zeros(given.sums.high)
        scaling = given.scaling()
        problem = given.problem(model, scaling)
        course = DeviceCourse(model, problem, scaling, solver)
        fitted = course.run(X, W, H)
        value = DeviceFrobenius().value(problem.X, fitted.W, fitted.H)
        place = given.place
        # what is remembered asks of W only whether its components are empty
        highest = place.bring(place.xp.max(fitted.W, axis=1))[:, None]
        model._remember(replace(fitted, W=highest, H=place.bring(fitted.H)), problem.loss, value, scaling)
        model.objectives_of_starts_ = scaling.objectives(course.objectives, problem.loss.beta)
        if given.home is not None:
            model.components_ = given.home.take(model.components_)
            model.objectives_of_starts_ = given.home.take_sums(model.objectives_of_starts_)
        course.end()
        return given.codes(fitted.W, scaling)


def transform(model: Any, X: Any, entry_weight: Any) -> Any:
    """Return the codes of X for the learned parts, in the kind of X: each row to a KKT residual of 1e-9 by itself."""
    if get_config().get("array_api_dispatch"):
        # scikit-learn's dispatch, where it is on, wants X where the parts are
        check_same_namespace(X, model, attribute="components_", method="transform")
    solver = _solver(model, entry_weight)
    given = admitted(model, X, reset=False)
    with given.place.full_precision(solver.tf32):
        scaling = given.scaling().with_parts_of(model._scaling)
        problem = given.problem(model, scaling)
        H = given.place.xp.astype(given.place.take(model.components_), given.X.dtype) / scaling.of_H
        return given.codes(solve_codes(problem.left(H)), scaling)


def inverse_transform(model: Any, codes: Any) -> Any:
    """Return the sums of parts that codes stand for, in the kind of the codes."""
    check_is_fitted(model)
    home = Place.of(codes) if is_foreign(codes) else None
    H = model.components_
    place = home or Place.of(H)
    codes = place.take(codes)
    if codes.ndim != 2 or codes.shape[1] != H.shape[0]:
        raise ValueError(
            f"X has shape {tuple(codes.shape)}, but {type(model).__name__} has learned {H.shape[0]} components. "
            "Give what transform returned."
        )
    with place.full_precision():
        samples = codes @ place.xp.astype(place.take(H), codes.dtype)
    return samples if home is not None else place.bring(samples)


def admitted(model: Any, X: Any, *, reset: bool) -> Admitted:
    """Return X on its device, or on the one that the model asks for, its entries looked at.

    Raises
    ------
    ValueError, TypeError, ImportError
        With scikit-learn's leading words where it has them, what was wanted, what came, and what to do.
    """
    name = type(model).__name__
    home = None
    if is_foreign(X):
        X = _shaped(model, X, reset=reset)
        home = _place_of(X, name)
        X = X.detach() if home.is_torch else X
        place = home if model.device is None else _on(home, model.device, name)
    else:
        X, _ = checked(model, X, reset=reset)
        if not isinstance(X, np.ndarray):
            raise TypeError(
                f"{name} takes a dense X on a device, got a sparse matrix. Try device=None, or X.toarray()."
            )
        H = getattr(model, "components_", None)
        if model.device is None and not is_foreign(H):
            raise ValueError(
                f"{name} with solver={model.solver!r} wants X on a device, got an array of NumPy. "
                "Set device='cuda', or take solver='cd'."
            )
        place = _place_of(H, name) if model.device is None else _torch(model.device, name)
    try:
        X = place.take(X)
    except (TypeError, RuntimeError) as error:
        raise TypeError(f"{name} cannot move X to {place.device}: {_line(error)} Try X in float32.") from None
    sums = looked_at(X, place)
    _check_sums(sums, f"{name} (input X)", X.dtype)
    return Admitted(X, place, home, sums)


def _solver(model: Any, entry_weight: Any) -> DeviceGradient:
    """Return the step, or refuse settings that a device does not know."""
    name, solver = type(model).__name__, model.solver
    if as_loss(model.beta_loss).beta != 2:
        raise ValueError(
            f"{name} on a device wants beta_loss='frobenius', got {model.beta_loss!r}. "
            "Try it, or device=None with an array of NumPy."
        )
    if not isinstance(solver, DeviceGradient) and solver not in SOLVERS:
        raise ValueError(
            f"{name} on a device wants solver 'cd', 'hals', 'pg', 'nenmf', 'auto' or a DeviceGradient, got {solver!r}. "
            "Try solver='auto', or device=None with an array of NumPy."
        )
    if model.missing != "error" or entry_weight is not None:
        raise ValueError(
            f"{name} on a device wants an X of which every entry is known and counts alike, got missing or weighted "
            "entries. Try missing='error' without entry_weight, or device=None with an array of NumPy."
        )
    if model.checkpoint is not None or model.resume:
        raise ValueError(
            f"{name} on a device keeps no checkpoint, got checkpoint={str(model.checkpoint)!r}. "
            "Try checkpoint=None, or device=None with an array of NumPy."
        )
    return solver if isinstance(solver, DeviceGradient) else DeviceGradient()


def _shaped(model: Any, X: Any, *, reset: bool) -> Any:
    """Return X, or refuse what is no dense matrix of floating-point numbers."""
    name = type(model).__name__
    layout = str(getattr(X, "layout", "torch.strided"))
    package = type(X).__module__.partition(".")[0]
    if layout != "torch.strided" or package == "cupyx":
        raise TypeError(f"{name} takes a dense X on a device, got a sparse one ({type(X).__name__}). Try X.to_dense().")
    ndim = len(X.shape)
    if ndim != 2:
        raise ValueError(f"Expected 2D array, got {ndim}D array instead. Reshape it, as in X.reshape(len(X), -1).")
    for size, what in zip(X.shape, ("sample", "feature"), strict=True):
        if size < 1:
            raise ValueError(
                f"Found array with 0 {what}(s) (shape={tuple(X.shape)}) while a minimum of 1 is required by {name}."
            )
    dtype = dtype_of(X)
    if dtype is not None and dtype.kind == "c":
        raise ValueError("Complex data not supported. Try abs(X), the magnitude.")
    if dtype not in DTYPES:
        raise TypeError(
            f"{name} on a device wants X in float32 or float64, got {X.dtype}. Convert it, as in X.to(torch.float32)."
        )
    return validate_data(model, X, reset=reset, skip_check_array=True)


def _place_of(array: Any, name: str) -> Place:
    try:
        return Place.of(array)
    except ImportError:
        kind = type(array).__module__.partition(".")[0]
        raise ImportError(
            f"{name} takes arrays of {kind} by array-api-compat, which is not installed. "
            "Try pip install 'partwise[gpu]', or an array of NumPy."
        ) from None


def _torch(device: str, name: str) -> Place:
    """Return a device of PyTorch."""
    try:
        if device.partition(":")[0] == "meta":
            raise RuntimeError("nothing is kept there.")
        return Place.of_torch(device)
    except ImportError:
        raise ImportError(
            f"{name} with device={device!r} wants PyTorch and array-api-compat, of which one is not installed. "
            "Try pip install 'partwise[gpu]', or device=None."
        ) from None
    except (RuntimeError, AssertionError, ValueError) as error:
        raise ValueError(
            f"{name} wants a device that PyTorch can reach here, as 'cpu', 'cuda', 'cuda:1' or 'mps', "
            f"got {device!r}: {_line(error)} Try device=None."
        ) from None


def _on(home: Place, device: str, name: str) -> Place:
    """Return another device for arrays that have a place."""
    if home.is_torch:
        return _torch(device, name)
    if str(home.device) == device:
        return home
    raise ValueError(
        f"{name} moves arrays of NumPy and PyTorch to a device, got device={device!r} and an array of "
        f"{home.xp.__name__.rpartition('.')[2]} on {home.device}. Try device=None: X is worked on where it lies."
    )


def _check_sums(sums: Sums, whom: str, dtype: Any) -> None:
    """Refuse what is not finite or below 0."""
    if np.isnan(sums.low) or np.isnan(sums.high):
        raise ValueError("Input X contains NaN. Drop or fill them first; NMF(missing='mask') takes them in NumPy's.")
    if not (np.isfinite(sums.low) and np.isfinite(sums.high)):
        raise ValueError(f"Input X contains infinity or a value too large for {dtype}.")
    if sums.low < 0:
        raise ValueError(f"Negative values in data passed to {whom}: min {sums.low:.6g}. Shift, or clip at 0.")


def _line(error: Exception) -> str:
    """Return the first line of another program's message, as a sentence."""
    first = (str(error).splitlines() or ["no reason given"])[0].strip()
    return first if first.endswith(".") else f"{first}."
