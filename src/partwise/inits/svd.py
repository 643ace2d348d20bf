"""A truncated singular value decomposition by random projection, asking of X only products.

Halko, Martinsson & Tropp 2011, algorithms 4.4 and 5.1.
"""

import numpy as np
from scipy import linalg

from partwise.matrices import Matrix, Operator

OVERSAMPLE = 10
POWER_ITERATIONS = 4


def randomized_svd(X: Matrix, rank: int, rng: np.random.RandomState) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the leading singular triplets of X.

    Returns
    -------
    U : ndarray of shape (rank, n_rows)
    s : ndarray of shape (rank,)
    V : ndarray of shape (rank, n_columns)
    """
    Q = range_basis(X, rank + OVERSAMPLE, POWER_ITERATIONS, rng)
    small = X.T.dot(Q)
    U, s, V = linalg.svd(small, full_matrices=False, check_finite=False)
    return U[:, :rank].T @ Q, s[:rank], V[:rank]


def range_basis(X: Operator, size: int, power_iterations: int, rng: np.random.RandomState) -> np.ndarray:
    """Return an orthonormal basis of nearly all of the range of X, shape (at most size, n_rows).

    The random vectors are drawn on the columns' side; the range is what they span after a product.
    """
    transposed = X.T
    size = min(size, *X.shape)
    Q = _orthonormal(X.dot(rng.standard_normal((size, X.shape[1])).astype(X.dtype)))
    for _ in range(power_iterations):
        # the long side is left as it is: what its rounding loses lies far below the leading part of the range
        Q = _orthonormal(X.dot(transposed.dot(Q)))
    return Q


def _orthonormal(rows: np.ndarray) -> np.ndarray:
    """Return rows that span the same space and have length 1 (or rows of rounding noise where there are too few)."""
    Q, _ = linalg.qr(rows.T, mode="economic", check_finite=False)
    return np.ascontiguousarray(Q.T)
