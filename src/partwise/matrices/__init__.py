"""What X can be. `as_matrix` wraps once at the door; a new kind of matrix is one file and one line here."""

from typing import Any

import numpy as np

from partwise.matrices.altering import cut, divided, row_squares, shuffled, without
from partwise.matrices.dense import Dense
from partwise.matrices.holes import Holes, drawn_places
from partwise.matrices.low_rank import LowRank
from partwise.matrices.matrix import Matrix
from partwise.matrices.operator import Operator
from partwise.matrices.residual import Residual
from partwise.matrices.sparse import Sparse
from partwise.matrices.stored import Stored
from partwise.matrices.weighted import Weighted

MATRICES: dict[str, type[Matrix]] = {"weighted": Weighted, "on disk": Stored, "dense": Dense, "sparse": Sparse}

__all__ = [
    "MATRICES",
    "Dense",
    "Holes",
    "LowRank",
    "Matrix",
    "Operator",
    "Residual",
    "Sparse",
    "Stored",
    "Weighted",
    "as_matrix",
    "cut",
    "divided",
    "drawn_places",
    "row_squares",
    "shuffled",
    "without",
]


def as_matrix(X: Any) -> Matrix:
    """Wrap an array, a scipy sparse matrix or a store of shape (n_samples, n_features), float32 or float64.

    Raises
    ------
    TypeError
        If X is none of them, or holds anything but float32 and float64.
    """
    if isinstance(X, Matrix):
        return X
    for kind in MATRICES.values():
        if kind.accepts(X):
            if X.dtype not in (np.float32, np.float64):
                raise TypeError(f"A matrix holds float32 or float64, got {X.dtype}. Try X.astype(np.float32).")
            return kind.wrap(X)
    known = "a two-dimensional NumPy array or a scipy sparse matrix"
    raise TypeError(f"X must be {known}, got {type(X).__name__}. Try np.asarray(X).")
