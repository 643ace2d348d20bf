"""What every model that has learned parts can do: take codes back to samples, name its outputs, adopt given parts."""

from collections.abc import Mapping
from copy import copy
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin, _fit_context
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from partwise.models.fitting import Fit, warn_of_outcome
from partwise.models.scaling import Scaling
from partwise.models.validation import check_factor, check_X
from partwise.stopping import Record


class PartsModel(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """An estimator with ``components_``, the parts, of shape (n_components, n_features)."""

    n_components: int | str | None
    components_: np.ndarray
    n_components_: int
    n_features_in_: int
    n_iter_: int
    history_: tuple[Record, ...]
    kkt_residual_: float
    converged_: bool
    stopped_: str
    n_dead_components_: int

    @_fit_context(prefer_skip_nested_validation=True)
    def adopt_components(self, H: Any, X: Any = None) -> Self:
        """Take given parts instead of learning them, so that `transform` finds the codes for them.

        Parameters
        ----------
        H : array-like of shape (n_components, n_features)
            Entries >= 0, the dtype of X.
        X : array-like or sparse matrix of shape (n_samples, n_features), default=None
            Data like those to be transformed: they set the names of the features and the unit. None: neither is known.

        Returns
        -------
        self : NMF
        """
        X = check_X(self, H if X is None else X, reset=True)
        wanted = "auto" if self.n_components in ("auto", None) else int(self.n_components)
        given = check_factor(H, (wanted, X.shape[1]), f"{type(self).__name__} (input H)", X.dtype, zeros=True)
        scaling = Scaling.of(X)
        self._keep_components(given / given.dtype.type(scaling.of_H), scaling)
        return self

    def inverse_transform(self, X: Any) -> np.ndarray:
        """Return the sums of parts that codes stand for.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_components)
            Codes, as `transform` returns them.

        Returns
        -------
        X_original : ndarray of shape (n_samples, n_features)
            Of codes on a device an array of their kind.
        """
        check_is_fitted(self)
        return self._decoded(X)

    def _decoded(self, X: Any) -> Any:
        """Return the sums of parts that codes stand for, of whatever kind they are."""
        X = check_array(X, accept_sparse=("csr", "csc"), dtype=[np.float64, np.float32])
        if X.shape[1] != len(self.components_):
            raise ValueError(
                f"X has {X.shape[1]} components, but {type(self).__name__} has learned {len(self.components_)}. "
                "Give what transform returned."
            )
        return X @ self.components_

    @property
    def loss_exponent(self) -> float:
        """The beta of the divergence that it minimises; 2 is the squared distance."""
        return 2.0

    @property
    def scale_is_free(self) -> bool:
        """Whether a part may be made longer and its weights smaller without another answer to `transform`."""
        return False

    @property
    def tol_bounds_residual(self) -> bool:
        """Whether a fit ends where the KKT residual is at most `tol`, and not by another rule."""
        return True

    def facts(self) -> dict[str, Any]:
        """Return what a run tells of this kind of model beside what it tells of all, fit for JSON."""
        return {}

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the arrays that a run keeps: "H", the parts, and what else `restored` needs."""
        return {"H": self.components_}

    def restored(self, tensors: Mapping[str, np.ndarray]) -> Self:
        """Take the arrays that `tensors` gave, so that `transform` answers as before."""
        return self.adopt_components(tensors["H"])

    def in_order(self, order: np.ndarray, lengths: np.ndarray) -> Self:
        """Return a copy with its parts in another order, each divided by a length, (n_components,)."""
        twin = copy(self)
        twin.components_ = self.components_[order] / lengths[:, None]
        return twin

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    @property
    def _n_features_out(self) -> int:
        return int(self.components_.shape[0])

    def _keep_components(self, H: np.ndarray, scaling: Scaling) -> None:
        """Remember H, given in the unit of `scaling`, in the unit of X."""
        self.components_ = H * H.dtype.type(scaling.of_H)
        self.n_components_ = len(H)
        self._scaling = scaling

    def _keep_outcome(self, fitted: Fit, scaling: Scaling, beta: float) -> None:
        """Remember how a fit ended, its history in the unit of X, and warn where it did not end well."""
        self.n_iter_ = fitted.n_iter
        self.history_ = scaling.history(fitted.history, beta)
        self.kkt_residual_ = fitted.residual
        self.converged_ = fitted.converged
        self.stopped_ = fitted.sentence
        self.n_dead_components_ = fitted.n_dead
        warn_of_outcome(fitted)
