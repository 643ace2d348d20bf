"""An orthonormal basis of nearly all of the range of X, by random projection, asking of X only products.

Halko, Martinsson & Tropp 2011, algorithm 4.4.
"""

import numpy as np
from scipy import linalg

from partwise.kernels.blocks import narrow
from partwise.kernels.products import times_columns
from partwise.matrices.operator import Operator


def range_basis(X: Operator, size: int, power_iterations: int, rng: np.random.RandomState) -> np.ndarray:
    """Return an orthonormal basis of nearly all of the range of X, shape (at most size, n_rows).

    The random vectors are drawn on the columns' side; the range is what they span after a product.
    """
    size = min(size, *X.shape)
    Q = orthonormal(X.dot(rng.standard_normal((size, X.shape[1])).astype(X.dtype)))
    return sharpened(X, Q, power_iterations)


def sharpened(X: Operator, Q: np.ndarray, power_iterations: int) -> np.ndarray:
    """Return an orthonormal basis that holds more of the range of X than the given one."""
    transposed = X.T
    for _ in range(power_iterations):
        # the long side is left as it is: what its rounding loses lies far below the leading part of the range
        Q = orthonormal(X.dot(transposed.dot(Q)))
    return Q


def orthonormal(rows: np.ndarray) -> np.ndarray:
    """Return rows that span the same space and have length 1 (or rows of rounding noise where there are too few)."""
    Q, _ = linalg.qr(rows.T, mode="economic", check_finite=False)
    return np.ascontiguousarray(Q.T)


def orthonormal_long(rows: np.ndarray) -> np.ndarray:
    """Return rows that span nearly the same space and have length 1, by way of their gram matrix: for long rows."""
    for _ in range(2):
        squares, vectors = linalg.eigh(narrow(rows, rows).astype(np.float64), check_finite=False)
        kept = squares > np.finfo(rows.dtype).eps * squares[-1]  # what is below is rounding
        rows = times_columns((vectors[:, kept] / np.sqrt(squares[kept])).T, rows)
    return rows
