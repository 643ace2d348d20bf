"""Loops over the stored entries of a compressed sparse row matrix."""

import numpy as np
from numba import njit

from partwise.kernels.threads import over_rows


@njit(nogil=True, cache=True)
def _times_rows(indptr, indices, data, Ft, out, start, stop):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Rows start..stop of X @ Ft, with Ft (n_columns, k) and out (n_rows, k) in C order."""
    for i in range(start, stop):
        for j in range(Ft.shape[1]):
            out[i, j] = 0
        for e in range(indptr[i], indptr[i + 1]):
            x = data[e]
            column = indices[e]
            for j in range(Ft.shape[1]):
                out[i, j] += x * Ft[column, j]


@njit(nogil=True, cache=True)
def _at_entries(indptr, indices, Wt, Ht, out, start, stop):  # type: ignore[no-untyped-def]  # pragma: no cover
    """(W H)_ij at the stored entries of rows start..stop, with Wt (n_rows, k) and Ht (n_columns, k) in C order."""
    for i in range(start, stop):
        for e in range(indptr[i], indptr[i + 1]):
            column = indices[e]
            total = Wt.dtype.type(0)
            for j in range(Wt.shape[1]):
                total += Wt[i, j] * Ht[column, j]
            out[e] = total


def times(indptr: np.ndarray, indices: np.ndarray, data: np.ndarray, F: np.ndarray) -> np.ndarray:
    """Return ``(X @ F.T).T``, shape (k, n_rows), for F of shape (k, n_columns)."""
    n_rows = len(indptr) - 1
    out = np.empty((n_rows, len(F)), data.dtype)
    Ft = np.ascontiguousarray(F.T)
    over_rows(lambda start, stop: _times_rows(indptr, indices, data, Ft, out, start, stop), n_rows)
    return np.ascontiguousarray(out.T)


def at_entries(indptr: np.ndarray, indices: np.ndarray, W: np.ndarray, H: np.ndarray) -> np.ndarray:
    """Return the estimate W'H at the stored entries, for W (k, n_rows) and H (k, n_columns)."""
    out = np.empty(len(indices), W.dtype)
    Wt, Ht = np.ascontiguousarray(W.T), np.ascontiguousarray(H.T)
    over_rows(lambda start, stop: _at_entries(indptr, indices, Wt, Ht, out, start, stop), len(indptr) - 1)
    return out
