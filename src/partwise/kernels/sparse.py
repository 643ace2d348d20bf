"""The estimate at the stored entries of a compressed sparse row matrix."""

import numpy as np
from numba import njit

from partwise.kernels.threads import over_rows


@njit(nogil=True, cache=True)
def _at_entries(indptr, indices, Wt, Ht, out, start, stop):  # type: ignore[no-untyped-def]  # pragma: no cover
    """(W H)_ij at the stored entries of rows start..stop, with Wt (n_rows, k) and Ht (n_columns, k) in C order."""
    for i in range(start, stop):
        for e in range(indptr[i], indptr[i + 1]):
            w, h = Wt[i], Ht[indices[e]]
            total = Wt.dtype.type(0)
            for j in range(len(w)):
                total += w[j] * h[j]
            out[e] = total


def at_entries(indptr: np.ndarray, indices: np.ndarray, W: np.ndarray, H: np.ndarray) -> np.ndarray:
    """Return the estimate W'H at the stored entries, for W (k, n_rows) and H (k, n_columns)."""
    out = np.empty(len(indices), W.dtype)
    Wt, Ht = np.ascontiguousarray(W.T), np.ascontiguousarray(H.T)
    over_rows(lambda start, stop: _at_entries(indptr, indices, Wt, Ht, out, start, stop), len(indptr) - 1)
    return out
