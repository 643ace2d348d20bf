"""A model of two factors that may have seen a part of X only: codes of samples with holes, and what fills the holes."""

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from partwise.devices import is_foreign
from partwise.kernels.threads import one_pool
from partwise.losses import Loss
from partwise.models import on_device
from partwise.models.formulation import check_loss, formulate
from partwise.models.missing import Entries, entries
from partwise.models.penalized_model import PenalizedModel
from partwise.models.row_door import stays_outside
from partwise.models.scaling import Scaling
from partwise.models.warning import warn
from partwise.problems import TwoFactors
from partwise.solvers.codes import solve_codes

FAR = 1000  # times the largest known entry: what is filled in is no estimate


class FillingModel(PenalizedModel):
    """The side of `NMF` that looks at samples; its face has the parameters and learns."""

    missing: str
    device: str | None
    memory: int | str | None
    init: str | None
    l1_ratio: float

    def transform(self, X: Any, entry_weight: Any = None) -> np.ndarray:
        """Return the codes of X for the learned parts.

        Each row is solved on its own: what other rows come with it does not matter. For the Frobenius loss that is
        exact (non-negative least squares), for Kullback-Leibler it is Newton's method to a KKT residual of 1e-6 or
        less; for other losses, and for Kullback-Leibler where entries are missing, multiplicative updates run until the
        row has settled.

        Parameters
        ----------
        X : array-like, sparse matrix, store or dask array of shape (n_samples, n_features)
            Entries >= 0. Of X on disk see `memory`.
        entry_weight : array-like, default=None
            As in `fit`: a row's code is that of its known entries. A row without any gets zeros.

        Returns
        -------
        W : ndarray of shape (n_samples, n_components)
            Of X on a device an array of its kind; of X on disk a `np.memmap` of a temporary file, which goes when
            nobody holds it any more; of a dask array another, lazy.
        """
        check_is_fitted(self)
        return self._encoded(X, entry_weight)

    def _encoded(self, X: Any, entry_weight: Any) -> Any:
        """Return the codes of X, of whatever kind it is."""
        if on_device.concerns(self, X):
            return on_device.transform(self, X, entry_weight)
        with one_pool():
            given = entries(self, X, entry_weight, self.missing, reset=False)
            return self._codes(given)

    def _decoded(self, codes: Any) -> Any:
        if is_foreign(codes) or is_foreign(self.components_):
            return on_device.inverse_transform(self, codes)
        return super()._decoded(codes)

    def fill(self, X: Any, entry_weight: Any = None) -> np.ndarray:
        """Return X with its missing entries filled by what the parts say; known entries stay bit for bit as they are.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Entries >= 0, or NaN where they are missing, whatever `missing` says.
        entry_weight : array-like, default=None
            As in `fit`; entries of weight 0 are filled too.

        Returns
        -------
        X_filled : ndarray of shape (n_samples, n_features)
        """
        check_is_fitted(self)
        if on_device.concerns(self, X):
            raise TypeError("fill takes an array of NumPy and a model that has learned from one. Try X.cpu().numpy().")
        if stays_outside(X, self.memory):
            raise TypeError(
                "fill takes an X in memory, got one that is not. Load it (np.array(X)), or fill some rows of it."
            )
        with one_pool():
            given = entries(self, X, entry_weight, "mask", reset=False)
            if not isinstance(given.X, np.ndarray):
                raise TypeError("fill takes a dense X, got a sparse matrix, whose zeros are numbers. Try X.toarray().")
            if given.weights is None:
                return np.array(given.X)
            estimate = self._codes(given) @ self.components_.astype(given.X.dtype, copy=False)
        known = given.weights > 0
        high = float(estimate[~known].max(initial=0))
        if high > FAR * given.high > 0:
            warn(
                f"What fills X goes up to {high:.2g}, and what is known of it to {given.high:.2g}: rows of few known "
                "entries follow their noise. Set alpha_W above 0, or ask for fewer components.",
                UserWarning,
            )
        return np.where(known, given.X, estimate)

    def _codes(self, given: Entries) -> np.ndarray:
        loss, dtype = self._loss(given), given.X.dtype
        scaling = Scaling.of(given.X, given.high).with_parts_of(self._scaling)
        problem = self._problem(given, loss, scaling)
        H = np.ascontiguousarray(self.components_, dtype=dtype) / dtype.type(scaling.of_H)
        W = solve_codes(problem.left(H))
        return np.ascontiguousarray(W.T) * dtype.type(scaling.of_W)

    def _loss(self, given: Entries) -> Loss:
        return check_loss(given.known, self.beta_loss, self.solver, self.init, given.weights is not None)

    def _problem(self, given: Entries, loss: Loss, scaling: Scaling) -> TwoFactors:
        penalties = (self.alpha_W, self.alpha_H, self.l1_ratio)
        return formulate(given.matrix(scaling), loss, scaling, penalties)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.missing == "mask"
        tags.array_api_support = True
        return tags
