"""How far a fit is from its data, whether X is in memory or on disk."""

from typing import Any

import numpy as np

from partwise.matrices import as_matrix
from partwise.models.scaling import Scaling
from partwise.sources import RowStore


def error_and_size(X: Any, model: Any, W: np.ndarray) -> tuple[float, float]:
    """Return ``||X - W H||_F / ||X||_F`` and ``||X||_F``; of X on disk the first is what the model found.

    Parameters
    ----------
    X : ndarray, sparse matrix or RowStore of shape (n_samples, n_features)
    model : PartsModel
        Fitted; of X on disk for the Frobenius loss.
    W : ndarray of shape (n_samples, n_components)
    """
    if isinstance(X, RowStore):
        size = _size_of(X)
        return (model.reconstruction_err_ / size if size > 0 else 0.0), size
    # in the unit of the fit no square overflows
    unit = Scaling.of(X).unit
    matrix = as_matrix(X if unit == 1 else (X / unit).astype(X.dtype))
    squares = matrix.squared_norm
    left = matrix.squared_distance(np.ascontiguousarray(W.T / W.dtype.type(unit)), model.components_)
    return (float(np.sqrt(left / squares)) if squares > 0 else 0.0), float(np.sqrt(squares)) * unit


def _size_of(X: RowStore) -> float:
    """Return ``||X||_F``, a block of rows at a time."""
    high = max((float(rows.max(initial=0)) for _, rows in X.blocks()), default=0.0)
    unit = Scaling.of(X, high).unit
    squares = (float(np.square(rows.astype(np.float64) / unit).sum()) for _, rows in X.blocks())
    return float(np.sqrt(sum(squares))) * unit
