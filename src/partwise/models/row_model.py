"""A model of two factors whose samples may be too many for memory: it learns from their rows where they lie."""

from functools import partial
from typing import Any

import numpy as np

from partwise.kernels.threads import one_pool
from partwise.losses import Frobenius, Loss, as_loss
from partwise.matrices.on_workers import is_on_workers, lazily
from partwise.memory import computed_in
from partwise.models.filling_model import FillingModel
from partwise.models.fitting import Fit
from partwise.models.formulation import formulate
from partwise.models.row_course import RowCourse
from partwise.models.row_door import check_form, row_blocks, stays_outside
from partwise.models.scaling import Scaling
from partwise.models.validation import check_entries
from partwise.models.working_memory import WorkingMemory
from partwise.solvers.row_works import Codes, Encoder

SOLVERS = ("cd", "hals", "auto")  # those that have a step by blocks of rows


class RowModel(FillingModel):
    """The side of `NMF` that looks at rows that are not in memory; its face has the parameters."""

    memory: int | str | None
    n_init: int
    shuffle: bool
    reconstruction_err_: float
    objectives_of_starts_: np.ndarray

    def _encoded(self, X: Any, entry_weight: Any) -> Any:
        if not (stays_outside(X, self.memory) and self._by_rows(entry_weight)):
            return super()._encoded(X, entry_weight)
        if is_on_workers(X):
            return self._lazily(X)
        with one_pool(), row_blocks(self, X, self.memory, reset=False) as (blocks, scaling):
            scaling = scaling.with_parts_of(self._scaling)
            codes, _ = blocks.go(self._exact(X, blocks.dtype, scaling))
            return self._in_unit(blocks.collected(codes), scaling)

    def _lazily(self, X: Any) -> Any:
        """Return the codes of a dask array as another, computed where and when they are asked for."""
        name = type(self).__name__
        check_form(self, X, name, reset=False)
        dtype = computed_in(X.dtype)
        work = self._exact(X, dtype, self._scaling)
        check = partial(check_entries, whom=f"{name} (input X)")
        encoder = Encoder(work, (self._scaling.unit, self._scaling.of_W), check)
        return lazily(X, encoder, len(self.components_), dtype)

    def _exact(self, X: Any, dtype: np.dtype[Any], scaling: Scaling) -> Codes:
        """Return the work that solves codes of X for the learned parts."""
        penalties = (self.alpha_W, self.alpha_H, self.l1_ratio)
        penalty = formulate(X, Frobenius(), scaling, penalties).penalty_W
        H = np.ascontiguousarray(self.components_, dtype=dtype) / dtype.type(scaling.of_H)
        return Codes(H, penalty, exact=True)

    def _learned_by_rows(self, X: Any, W: Any, H: Any) -> np.ndarray:
        """Do what `fit_transform` does, with a few blocks of X in memory at a time."""
        name = type(self).__name__
        for wrong, what, remedy in (
            (self.n_init > 1, f"with n_init=1, got {self.n_init}", "Set random_state to try other starts"),
            (self.shuffle, "with shuffle=False, got True", "Leave it out"),
            (W is not None, "and H alone as a start, got W too", "Leave W out: codes are solved for H"),
        ):
            if wrong:
                raise ValueError(f"{name} takes X that is not in memory {what}. {remedy}.")
        with one_pool(), row_blocks(self, X, self.memory, reset=True) as (blocks, scaling):
            course = RowCourse(self, blocks, scaling, WorkingMemory.of(self.memory, name).sample)
            fitted = course.run(X, H)
            codes = self._in_unit(blocks.collected(fitted.W), scaling)
        self._remember(fitted, Frobenius(), fitted.loss or 0.0, scaling)
        self.objectives_of_starts_ = scaling.objectives([fitted.history[-1].objective], 2.0)
        course.end()
        return codes

    def _by_rows(self, entry_weight: Any) -> bool:
        """Say whether the settings have a step by blocks of rows; the others hold the factors in memory."""
        plain = self.missing == "error" and entry_weight is None
        return plain and as_loss(self.beta_loss).beta == 2 and self.solver in SOLVERS

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
