"""Passes over the stored entries of a compressed sparse row matrix: a product, and the estimate at them."""

import numpy as np
from numba import njit

from partwise.kernels.lanes import MOST, gather
from partwise.kernels.team import share
from partwise.kernels.threads import crew
from partwise.kernels.vectors import NARROW

TURNED = 1024  # rows that are turned together
HEIGHT = 64  # rows of a product that are written together


@njit(nogil=True, cache=True)
def _turn(F, Bt, size, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Bt[start:stop] = F[:, start:stop].T, filled up with zeros; in blocks, so that both stay in the cache."""
    start, stop = block * size, min((block + 1) * size, F.shape[1])
    for begin in range(start, stop, HEIGHT):
        end = min(begin + HEIGHT, stop)
        for j in range(Bt.shape[1]):
            if j < len(F):
                Bt[begin:end, j] = F[j, begin:end]
            else:
                Bt[begin:end, j] = 0


@njit(nogil=True, cache=True)
def _times(data, indptr, indices, Bt, out, edges, share_of):  # type: ignore[no-untyped-def]  # pragma: no cover
    """out[:, start:stop] = (X @ Bt).T for a share of the rows of X, with the rows of Bt padded to whole vectors."""
    start, stop = edges[share_of], edges[share_of + 1]
    lanes = NARROW // Bt.itemsize
    width = Bt.shape[1]
    block = np.zeros((HEIGHT, width), Bt.dtype)
    for begin in range(start, stop, HEIGHT):
        height = min(HEIGHT, stop - begin)
        for r in range(height):
            first = indptr[begin + r]
            count = indptr[begin + r + 1] - first
            if count == 0:
                block[r] = 0
                continue
            for at in range(0, width, MOST * lanes):
                vectors = min(MOST, (width - at) // lanes)
                gather(data, indices, first, count, Bt, at, width, block, r * width + at, vectors)
        for j in range(out.shape[0]):
            done = out[j, begin : begin + height]
            for r in range(height):
                done[r] = block[r, j]


@njit(nogil=True, cache=True)
def _all_times(board, data, indptr, indices, F, edges, lanes):  # type: ignore[no-untyped-def]  # pragma: no cover
    k, n = F.shape
    Bt = np.empty((n, -(-k // lanes) * lanes), F.dtype)
    share(board, _turn, (F, Bt, TURNED), -(-n // TURNED))
    out = np.empty((k, len(indptr) - 1), F.dtype)
    share(board, _times, (data, indptr, indices, Bt, out, edges), len(edges) - 1)
    return out


def times(entries: tuple[np.ndarray, np.ndarray, np.ndarray], F: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return ``(X @ F.T).T`` of shape (k, n_rows) for compressed rows X and F (k, n_columns).

    Parameters
    ----------
    entries : tuple of ndarray
        indptr, indices and data of X.
    F : ndarray of shape (k, n_columns)
    edges : ndarray of int
        Rows between which shares of about as many stored entries lie, from the first to the end.
    """
    indptr, indices, data = entries
    F = np.ascontiguousarray(F, data.dtype)
    return np.asarray(_all_times(crew(), data, indptr, indices, F, edges, NARROW // F.itemsize))


@njit(nogil=True, cache=True, fastmath={"contract", "reassoc", "nsz"})
def _at_entries(indptr, indices, Wt, Ht, out, edges, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    """(W H)_ij at the stored entries of a block of rows, with Wt (n_rows, k) and Ht (n_columns, k) in C order."""
    for i in range(edges[block], edges[block + 1]):
        for e in range(indptr[i], indptr[i + 1]):
            w, h = Wt[i], Ht[indices[e]]
            total = Wt.dtype.type(0)
            for j in range(len(w)):
                total += w[j] * h[j]
            out[e] = total


@njit(nogil=True, cache=True)
def _all_at_entries(board, indptr, indices, Wt, Ht, out, edges):  # type: ignore[no-untyped-def]  # pragma: no cover
    share(board, _at_entries, (indptr, indices, Wt, Ht, out, edges), len(edges) - 1)


def at_entries(indptr: np.ndarray, indices: np.ndarray, W: np.ndarray, H: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the estimate W'H at the stored entries, for W (k, n_rows) and H (k, n_columns); `edges` as in `times`."""
    out = np.empty(len(indices), W.dtype)
    _all_at_entries(crew(), indptr, indices, np.ascontiguousarray(W.T), np.ascontiguousarray(H.T), out, edges)
    return out
