"""An orthonormal basis of nearly all of the range of X, by random projection, asking of X only products.

Halko, Martinsson & Tropp 2011, algorithm 4.4.
"""

import numpy as np
from scipy import linalg

from partwise.matrices.operator import Operator


def range_basis(X: Operator, size: int, power_iterations: int, rng: np.random.RandomState) -> np.ndarray:
    """Return an orthonormal basis of nearly all of the range of X, shape (at most size, n_rows).

    The random vectors are drawn on the columns' side; the range is what they span after a product.
    """
    transposed = X.T
    size = min(size, *X.shape)
    Q = orthonormal(X.dot(rng.standard_normal((size, X.shape[1])).astype(X.dtype)))
    for _ in range(power_iterations):
        # the long side is left as it is: what its rounding loses lies far below the leading part of the range
        Q = orthonormal(X.dot(transposed.dot(Q)))
    return Q


def orthonormal(rows: np.ndarray) -> np.ndarray:
    """Return rows that span the same space and have length 1 (or rows of rounding noise where there are too few)."""
    Q, _ = linalg.qr(rows.T, mode="economic", check_finite=False)
    return np.ascontiguousarray(Q.T)
