"""A truncated singular value decomposition by random projection, asking of X only products.

Halko, Martinsson & Tropp 2011, algorithm 5.1.
"""

import numpy as np
from scipy import linalg

from partwise.matrices import Operator
from partwise.matrices.range_basis import range_basis

OVERSAMPLE = 10
POWER_ITERATIONS = 4


def randomized_svd(X: Operator, rank: int, rng: np.random.RandomState) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
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
