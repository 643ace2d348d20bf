"""How far a fit is from its data, whether X is in memory or on disk."""

from typing import Any

import numpy as np

from partwise.matrices import as_matrix
from partwise.models.scaling import Scaling
from partwise.sources.row_store import blocks_of, largest


def error_and_size(X: Any, model: Any, W: np.ndarray) -> tuple[float, float]:
    """Return ``||X - W H||_F / ||X||_F`` and ``||X||_F``, whatever loss was minimised.

    Parameters
    ----------
    X : ndarray, sparse matrix or RowStore of shape (n_samples, n_features)
    model : PartsModel
        Fitted.
    W : ndarray of shape (n_samples, n_components)
    """
    # in the unit of the fit no square overflows
    unit = Scaling.of(X, largest(X)).unit
    squares = left = 0.0
    for place, rows in blocks_of(X):
        matrix = as_matrix(rows if unit == 1 else (rows / unit).astype(rows.dtype))
        squares += matrix.squared_norm
        left += matrix.squared_distance(np.ascontiguousarray(W[place].T / W.dtype.type(unit)), model.components_)
    return (float(np.sqrt(left / squares)) if squares > 0 else 0.0), float(np.sqrt(squares)) * unit
