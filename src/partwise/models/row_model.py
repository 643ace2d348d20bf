"""A model of two factors whose samples may be too many for memory: it learns from their rows where they lie."""

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from partwise.kernels.threads import one_pool
from partwise.losses import Frobenius, Loss, as_loss
from partwise.models.filling_model import FillingModel
from partwise.models.fitting import Fit
from partwise.models.formulation import formulate
from partwise.models.row_course import RowCourse
from partwise.models.row_door import row_blocks, stays_outside
from partwise.models.scaling import Scaling
from partwise.models.working_memory import WorkingMemory
from partwise.solvers.row_works import Codes

SOLVERS = ("cd", "hals", "auto")  # those that have a step by blocks of rows


class RowModel(FillingModel):
    """The side of `NMF` that looks at rows that are not in memory; its face has the parameters."""

    memory: int | str | None
    n_init: int
    shuffle: bool
    reconstruction_err_: float
    objectives_of_starts_: np.ndarray

    def transform(self, X: Any, entry_weight: Any = None) -> np.ndarray:
        """Return the codes of X for the learned parts.

        Each row is solved on its own: what other rows come with it does not matter. For the Frobenius loss that is
        exact (non-negative least squares), for Kullback-Leibler it is Newton's method to a KKT residual of 1e-6 or
        less; for other losses, and for Kullback-Leibler where entries are missing, multiplicative updates run until the
        row has settled.

        Parameters
        ----------
        X : array-like, sparse matrix or store of shape (n_samples, n_features)
            Entries >= 0. Of X on disk see `memory`.
        entry_weight : array-like, default=None
            As in `fit`: a row's code is that of its known entries. A row without any gets zeros.

        Returns
        -------
        W : ndarray of shape (n_samples, n_components)
            Of X on disk a `np.memmap` of a temporary file, which goes when nobody holds it any more.
        """
        if not stays_outside(X, self.memory):
            return super().transform(X, entry_weight)
        check_is_fitted(self)
        self._require_rows(entry_weight)
        with one_pool():
            blocks, scaling = row_blocks(self, X, self.memory, reset=False)
            scaling = scaling.with_parts_of(self._scaling)
            penalties = (self.alpha_W, self.alpha_H, self.l1_ratio)
            penalty = formulate(blocks, Frobenius(), scaling, penalties).penalty_W  # type: ignore[arg-type]
            H = np.ascontiguousarray(self.components_, dtype=blocks.dtype) / blocks.dtype.type(scaling.of_H)
            codes, _ = blocks.go(Codes(H, penalty, exact=True))
            return self._in_unit(blocks.collected(codes), scaling)

    def _learned_by_rows(self, X: Any, W: Any, H: Any, entry_weight: Any) -> np.ndarray:
        """Do what `fit_transform` does, with a few blocks of X in memory at a time."""
        self._require_rows(entry_weight)
        name = type(self).__name__
        for wrong, what, remedy in (
            (self.n_init > 1, f"n_init=1, got {self.n_init}", "Set random_state to try other starts"),
            (self.shuffle, "shuffle=False, got True", "Leave it out"),
            (W is not None, "of a start H alone, got W too", "Leave W out: codes are solved for H"),
        ):
            if wrong:
                raise ValueError(f"{name} takes X on disk with {what}. {remedy}.")
        with one_pool():
            blocks, scaling = row_blocks(self, X, self.memory, reset=True)
            course = RowCourse(self, blocks, scaling, WorkingMemory.of(self.memory, name).sample)
            fitted = course.run(X, H)
            codes = self._in_unit(blocks.collected(fitted.W), scaling)
        self._remember(fitted, Frobenius(), fitted.loss or 0.0, scaling)
        self.objectives_of_starts_ = scaling.objectives([fitted.history[-1].objective], 2.0)
        course.end()
        return codes

    def _require_rows(self, entry_weight: Any) -> None:
        """Raise ValueError where the settings want all of X in memory."""
        name, loss = type(self).__name__, as_loss(self.beta_loss)
        if loss.beta != 2:
            raise ValueError(
                f"{name} takes X on disk with the Frobenius loss, got beta_loss={self.beta_loss!r}. "
                "Load it (np.array(X)), or use MiniBatchNMF."
            )
        if self.solver not in SOLVERS:
            raise ValueError(
                f"{name} takes X on disk with solver 'cd', 'hals' or 'auto', got {self.solver!r}. Try solver='auto'."
            )
        if self.missing == "mask" or entry_weight is not None:
            raise ValueError(
                f"{name} takes X on disk without missing entries and weights, got "
                f"{'weights' if entry_weight is not None else 'missing=' + repr(self.missing)}. Load it (np.array(X))."
            )

    def _in_unit(self, codes: Any, scaling: Scaling) -> Any:
        if scaling.of_W != 1:
            codes *= codes.dtype.type(scaling.of_W)
        return codes

    def _remember(self, fitted: Fit, loss: Loss, value: float, scaling: Scaling) -> None:
        self._keep_components(fitted.H, scaling)
        # the root is taken before the unit is put back: its square may not be representable
        with np.errstate(over="ignore", under="ignore"):
            self.reconstruction_err_ = float(np.sqrt(2 * max(value, 0.0)) * np.float64(scaling.unit) ** (loss.beta / 2))
        self._keep_outcome(fitted, scaling, loss.beta)
