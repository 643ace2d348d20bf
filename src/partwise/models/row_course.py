"""The course of a fit whose X is not in memory: from components of a sample, by passes over all rows, to codes."""

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from partwise.iterate import Snapshot
from partwise.losses import Frobenius
from partwise.matrices import as_matrix
from partwise.matrices.on_workers import OnWorkers
from partwise.matrices.row_blocks import RowBlocks
from partwise.models.checkpoint import PLACE, Checkpoint, Position, identity
from partwise.models.fitting import Fit, Goal, fit, fit_rows
from partwise.models.following import Following, follower
from partwise.models.formulation import formulate
from partwise.models.hooks import Hooks
from partwise.models.scaling import Scaling
from partwise.models.starting import count_components, drawn_start
from partwise.models.validation import check_factor
from partwise.problems import TwoFactors
from partwise.solvers import HALS
from partwise.solvers.by_rows import HALSByRows

SAMPLE = (1000, 100)  # rows of the sample that a fit begins with, at least, and for each component
STEPS = 100  # on the sample, whatever the limit of the fit: one that goes on under another takes the same path


class RowCourse:
    """One fit of an estimator to rows that are not in memory.

    Parameters
    ----------
    model : NMF
        Its settings.
    blocks : RowBlocks
        In the unit of `scaling`.
    scaling : Scaling
    room : int
        Bytes that a sample of rows may take.
    """

    def __init__(self, model: Any, blocks: RowBlocks, scaling: Scaling, room: int) -> None:
        self._model = model
        self._blocks = blocks
        self._scaling = scaling
        self._room = room
        self._problem: TwoFactors = formulate(blocks, Frobenius(), scaling, self._penalties)  # type: ignore[arg-type]

    def run(self, X: Any, H: Any) -> Fit:
        """Return the fit; H are the caller's components, for ``init='custom'``."""
        model, problem = self._model, self._problem
        self._hooks = Hooks(model, X, self._learned, (1, model.max_iter))
        following = Following(follower(model.callback, model.verbose), self._hooks, 1)
        solver = HALSByRows()
        checkpoint, first = None, None
        if model.checkpoint is not None:
            about = identity(model, self._blocks.fingerprint(), (None, H))
            about["settings"][PLACE] = "on workers" if isinstance(self._blocks, OnWorkers) else "on disk"
            checkpoint = Checkpoint(Path(model.checkpoint), model.checkpoint_every, model.resume, about)
            first = checkpoint.restored(problem)
        if first is None:
            first = Position(solver.begin(problem, self._components(H)))
        else:
            first = Position(solver.again(problem, first.state), first.history, first.tightened)
        keep = checkpoint.keeper(problem) if checkpoint else None
        return fit_rows(problem, solver, first, Goal(model.tol, model.max_iter), following.of_start(0), keep)

    def end(self) -> None:
        """Tell scikit-learn's callbacks that the model is fitted."""
        self._hooks.end()
        # they know this course, and what it holds would wait for the collector of cycles
        del self._hooks

    @property
    def _penalties(self) -> tuple[float, float | str, float]:
        return self._model.alpha_W, self._model.alpha_H, self._model.l1_ratio

    def _components(self, H: Any) -> np.ndarray:
        """Return the components to begin with: given ones, or those of a sample of rows."""
        model, blocks = self._model, self._blocks
        name, dtype = type(model).__name__, blocks.dtype
        n = blocks.shape[1]
        if model.init == "custom":
            if H is None:
                raise ValueError(f"{name} with init='custom' needs H, got None. Give it to fit.")
            wanted = "auto" if model.n_components == "auto" else _count(model, n)
            given = check_factor(H, (wanted, n), f"{name} (input H)", dtype)
            return np.array(given, order="C") / dtype.type(self._scaling.of_H)
        k = _count(model, n)
        rows = max(SAMPLE[0], SAMPLE[1] * k)
        rows = min(max(rows, self._room // (4 * n * dtype.itemsize)), max(k, self._room // (n * dtype.itemsize)))
        sample = as_matrix(blocks.sample(rows))
        part = formulate(sample, Frobenius(), self._scaling, self._penalties)
        start = drawn_start(sample, count_components(k, sample), model.init, check_random_state(model.random_state))
        found = fit(part, HALS(), part.start(*start), model.tol, STEPS)
        return found.H

    def _learned(self, shot: Snapshot) -> dict[str, Any]:
        """Return the attributes of the model if the fit had stopped at a snapshot."""
        H = shot.state.H.astype(self._blocks.dtype)
        return {
            "components_": H * H.dtype.type(self._scaling.of_H),
            "n_components_": len(H),
            "n_iter_": shot.state.iteration,
            "kkt_residual_": shot.record.residual,
            "_scaling": self._scaling,
        }


def _count(model: Any, n_features: int) -> int:
    return n_features if model.n_components in ("auto", None) else int(model.n_components)
