"""How sparse a row is, by Hoyer's measure."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def sparsity(rows: NDArray[Any]) -> NDArray[np.float64]:
    """Return Hoyer's sparsity of each row: 0 where all entries are equally strong, 1 where only one is not zero.

    ``(sqrt(n) - |x|_1 / |x|_2) / (sqrt(n) - 1)``, of the absolute values (Hoyer 2004, "Non-negative matrix
    factorization with sparseness constraints", section 3.1).

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n)

    Returns
    -------
    ndarray of shape (n_rows,)
        Not a number for a row of zeros, and for rows of one entry, which are both: all equal and only one.
    """
    root = math.sqrt(rows.shape[1])
    absolute = np.abs(rows.astype(np.float64))
    length = np.linalg.norm(absolute, axis=1)
    known = (length > 0) & (root > 1)
    ratio = np.divide(absolute.sum(axis=1), length, out=np.full(len(rows), np.nan), where=known)
    return (root - ratio) / (root - 1)
