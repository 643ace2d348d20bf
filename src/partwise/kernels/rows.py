"""Every row's own Kullback-Leibler problem, solved by Newton's method: rows of sparse and of dense X, shared out."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from partwise.kernels.divergence import fetch
from partwise.kernels.newton import newton
from partwise.kernels.team import block_size, share
from partwise.kernels.threads import crew

SOME = 0.75  # share of non-zero entries below which a dense row's zeros are left out
LEAST = 8  # rows of an array in a block
SIDE = 64  # of the squares in which they are brought side by side: a square of either layout stays in the cache


@dataclass(frozen=True)
class Pace:
    """How far a row is taken.

    Parameters
    ----------
    updates : int
        Multiplicative updates at first: they find the scale from anywhere.
    steps : int
        Newton steps after them, at most.
    sweeps : int
        Coordinate descent sweeps over the model, at most.
    tolerance : float
        A row is done when its projected gradient is at most this share of its pulls up.
    """

    updates: int
    steps: int
    sweeps: int
    tolerance: float


@njit(nogil=True, cache=True)
def _rooms(k, longest, like):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Memory for one row at a time: entries, second derivatives, components, their places."""
    padded = (k + 3) // 4 * 4
    return (
        np.zeros((4, longest), like),
        np.zeros((padded, padded), like),
        np.zeros((4, padded), like),
        np.zeros(padded, np.int64),
    )


@njit(nogil=True, cache=True)
def _sparse_rows(entries, Wt, Ht, settings, out, edges, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Take a block of compressed rows their way, each with the held factor's rows that it needs side by side."""
    indptr, indices, data = entries
    (c, l2), pace, floor = settings
    start, stop = edges[block], edges[block + 1]
    k, longest = Wt.shape[1], 1
    for i in range(start, stop):
        longest = max(longest, indptr[i + 1] - indptr[i])
    rooms, G, short, free = _rooms(k, longest, Wt.dtype)
    B = np.zeros((G.shape[0], longest), Wt.dtype)
    w = short[3]
    for i in range(start, stop):
        columns, entries = indices[indptr[i] : indptr[i + 1]], data[indptr[i] : indptr[i + 1]]
        x = rooms[3, : len(entries)]
        x[:] = entries
        w[:k] = Wt[i]
        fetch(Ht, columns, B)
        newton(x, B, c, l2, w, rooms, G, short, free, pace, floor)
        out[i] = w[:k]


@njit(nogil=True, cache=True)
def _all_sparse_rows(board, entries, Wt, Ht, settings, out, edges):  # type: ignore[no-untyped-def]  # pragma: no cover
    share(board, _sparse_rows, (entries, Wt, Ht, settings, out, edges), len(edges) - 1)


@njit(nogil=True, cache=True)
def _side_by_side(X, start, stop):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return rows of an array of any layout in C order."""
    n = X.shape[1]
    rows = np.empty((stop - start, n), X.dtype)
    for left in range(0, n, SIDE):
        right = min(left + SIDE, n)
        for i in range(len(rows)):
            for e in range(left, right):
                rows[i, e] = X[start + i, e]
    return rows


@njit(nogil=True, cache=True)
def _dense_rows(X, Wt, H, settings, out, size, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Take a block of rows their way; H is padded to a multiple of four components. Zeros are left out where many."""
    (c, l2), pace, floor = settings
    start = block * size
    rows = _side_by_side(X, start, min(start + size, X.shape[0]))
    k, n = Wt.shape[1], X.shape[1]
    rooms, G, short, free = _rooms(k, n, Wt.dtype)
    B = np.zeros((G.shape[0], n), Wt.dtype)
    w = short[3]
    for i in range(len(rows)):
        w[:k] = Wt[start + i]
        row = rows[i]
        count = 0
        for e in range(n):
            count += row[e] != 0
        x = rooms[3]
        if count < SOME * n:
            place = 0
            for e in range(n):
                if row[e] != 0:
                    x[place] = row[e]
                    for j in range(k):
                        B[j, place] = H[j, e]
                    place += 1
            newton(x[:count], B, c, l2, w, rooms, G, short, free, pace, floor)
        else:
            x[:] = row
            newton(x, H, c, l2, w, rooms, G, short, free, pace, floor)
        out[start + i] = w[:k]


@njit(nogil=True, cache=True)
def _all_dense_rows(board, X, Wt, H, settings, out, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    share(board, _dense_rows, (X, Wt, H, settings, out, size), -(-X.shape[0] // size))


@dataclass(frozen=True)
class Rows:
    """The held factor and all that a row's problem has beside its entries.

    Parameters
    ----------
    held : ndarray of shape (n_components, n_columns)
    down : ndarray of shape (n_components,)
        The pulls down: sums of the held factor's rows, and the L1 weight.
    l2 : float
    floor : float
        Smallest estimate that is divided by.
    pace : Pace
    """

    held: np.ndarray
    down: np.ndarray
    l2: float
    floor: float
    pace: Pace

    def settings(self) -> tuple[tuple[np.ndarray, float], tuple[int, int, int, float], float]:
        """Return what the compiled loops take, in the held factor's dtype."""
        kind = self.held.dtype.type
        pace = (self.pace.updates, self.pace.steps, self.pace.sweeps, kind(self.pace.tolerance))
        return (self.down.astype(kind), kind(self.l2)), pace, kind(self.floor)


def solve_sparse(
    compressed: tuple[np.ndarray, np.ndarray, np.ndarray], edges: np.ndarray, F: np.ndarray, rows: Rows
) -> np.ndarray:
    """Return the rows F (n_components, n_rows) after their way, for compressed rows (indptr, indices, data)."""
    Wt, Ht = np.ascontiguousarray(F.T), np.ascontiguousarray(rows.held.T)
    out = np.empty_like(Wt)
    _all_sparse_rows(crew(), compressed, Wt, Ht, rows.settings(), out, edges)
    return np.ascontiguousarray(out.T)


def solve_dense(X: np.ndarray, F: np.ndarray, rows: Rows) -> np.ndarray:
    """Return the rows F (n_components, n_rows) after their way, for an array X of any order."""
    k, n = rows.held.shape
    Wt = np.ascontiguousarray(F.T)
    H = np.zeros(((k + 3) // 4 * 4, n), rows.held.dtype)
    H[:k] = rows.held
    out = np.empty_like(Wt)
    _all_dense_rows(crew(), X, Wt, H, rows.settings(), out, block_size(X.shape[0], LEAST, LEAST))
    return np.ascontiguousarray(out.T)
