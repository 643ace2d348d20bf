"""The door where entries may be missing or have weights: what is known of X, and what it counts."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from partwise.matrices import Matrix, Weighted, as_matrix
from partwise.models.row_door import StoredEntries, stays_outside, stored_entries
from partwise.models.scaling import Scaling
from partwise.models.validation import check_entries, checked, shaped
from partwise.models.warning import warn

MOST_WEIGHT = 1e12  # of an entry, and its inverse the least that the largest may be


@dataclass(frozen=True)
class Entries:
    """X as a fit sees it.

    Parameters
    ----------
    X : ndarray or sparse matrix of shape (n_samples, n_features)
        Finite and >= 0; 0 where an entry is missing.
    weights : ndarray of shape (n_samples, n_features) or None
        0 where an entry is missing; None where all entries count alike.
    high : float
        The largest entry.
    """

    X: Any
    weights: np.ndarray | None
    high: float

    @property
    def known(self) -> Any:
        """The entries that are not missing; all of X where none is."""
        return self.X if self.weights is None else self.X[self.weights > 0]

    def matrix(self, scaling: Scaling) -> Matrix:
        """Return X in its unit."""
        X = scaling.shrink(self.X)
        return as_matrix(X) if self.weights is None else Weighted.of(X, self.weights)

    def warn_of_silence(self) -> None:
        """Warn of rows and columns of which nothing is known."""
        if self.weights is None:
            return
        there = self.weights > 0
        for axis, (one, many, become) in enumerate(
            (("column", "columns", "parts are 0 there"), ("row", "rows", "codes are zeros"))
        ):
            empty = np.flatnonzero(~there.any(axis=axis))
            if len(empty):
                what = f"{len(empty)} {many} of X have" if len(empty) > 1 else f"1 {one} of X has"
                warn(f"{what} no known entry, first {one} {empty[0]}: {become}.", UserWarning)


def entries(estimator: Any, X: Any, entry_weight: Any, missing: str, *, reset: bool) -> Any:
    """Return what is known of X, `Entries`, or `StoredEntries` where it stays on disk.

    Parameters
    ----------
    estimator : NMF
        As in `checked`; its `memory` says what stays on disk.
    X : array-like, sparse matrix, store or dask array
        What the user gave.
    entry_weight : array-like or None
        Weights that broadcast to the shape of X.
    missing : {'error', 'mask'}
        What NaN means.
    reset : bool
        True in fit, False afterwards.

    Raises
    ------
    ValueError, TypeError
        As `checked`, or where weights are not what they must be, or nothing is known.
    """
    if stays_outside(X, estimator.memory):
        return _on_disk(estimator, X, entry_weight, missing, reset)
    if missing == "error" and entry_weight is None:
        return Entries(*_without_weights(checked(estimator, X, reset=reset)))
    name = type(estimator).__name__
    X = shaped(estimator, X, reset=reset)
    if not isinstance(X, np.ndarray):
        if entry_weight is None:
            return Entries(X, None, check_entries(X, f"{name} (input X)"))
        raise TypeError(f"{name} takes weights of entries with a dense X, got a sparse matrix. Try X.toarray().")
    weights = np.ones(X.shape, X.dtype) if entry_weight is None else check_weights(entry_weight, X)
    if missing == "mask":
        weights = np.where(np.isnan(X), X.dtype.type(0), weights)
    # what is under the mask goes before anything looks at X
    X = np.where(weights > 0, X, X.dtype.type(0))
    high = check_entries(X, f"{name} (input X)")
    if reset and not weights.any():
        raise ValueError(f"All entries of X are missing. {name} wants at least one that is known.")
    return Entries(X, None if (weights == 1).all() else weights, high)


def _on_disk(estimator: Any, X: Any, entry_weight: Any, missing: str, reset: bool) -> StoredEntries:
    if missing == "mask" or entry_weight is not None:
        got = "weights" if entry_weight is not None else f"missing={missing!r}"
        raise ValueError(
            f"{type(estimator).__name__} takes X that is not in memory without missing entries and weights, got {got}. "
            "Load it (np.array(X))."
        )
    return stored_entries(estimator, X, estimator.memory, reset=reset)


def check_weights(entry_weight: Any, X: np.ndarray) -> np.ndarray:
    """Return weights in the shape and dtype of X, or raise ValueError."""
    if hasattr(entry_weight, "toarray"):
        raise ValueError("entry_weight wants a dense array of numbers >= 0, got a sparse matrix. Try .toarray().")
    if isinstance(entry_weight, np.ma.MaskedArray):
        entry_weight = entry_weight.filled(0)  # what is masked is not known
    if np.iscomplexobj(entry_weight):
        raise ValueError("entry_weight wants numbers >= 0, got complex ones. Try np.abs(entry_weight).")
    try:
        weights = np.asarray(entry_weight, np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"entry_weight wants a dense array of numbers >= 0, got another thing: {error}.") from None
    if weights.ndim != 2 or any(got not in (1, wanted) for got, wanted in zip(weights.shape, X.shape, strict=True)):
        raise ValueError(
            f"entry_weight wants shape {X.shape}, {(X.shape[0], 1)} or {(1, X.shape[1])}, got {weights.shape}. "
            "For weights of samples give sample_weight[:, None]."
        )
    if not np.isfinite(weights).all():
        raise ValueError("entry_weight contains NaN or infinity. Give 0 where an entry is missing.")
    if weights.min(initial=0) < 0:
        row, column = np.unravel_index(int(np.argmin(weights)), weights.shape)
        raise ValueError(
            f"entry_weight wants numbers >= 0, got {weights.min():.6g} at row {row}, column {column}. "
            "Give 0 where an entry is missing."
        )
    high = weights.max(initial=0)
    if high > 0 and not 1 / MOST_WEIGHT <= high <= MOST_WEIGHT:
        raise ValueError(
            f"entry_weight wants its largest between {1 / MOST_WEIGHT:.0e} and {MOST_WEIGHT:.0e}, got {high:.2g}: "
            "sums over others would be lost. Divide by the largest; without penalties only their proportions matter."
        )
    return np.broadcast_to(weights.astype(X.dtype), X.shape)


def _without_weights(found: tuple[Any, float]) -> tuple[Any, None, float]:
    return found[0], None, found[1]
