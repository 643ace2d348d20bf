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
        A row is done when its projected gradient is at most this share of its pulls up, both over the pulls down.
    exact : bool
        Whether a model that the sweeps do not come to the end of is solved by the active set.
    """

    updates: int
    steps: int
    sweeps: int
    tolerance: float
    exact: bool = False


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
def _exact_room(k, exact):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Memory for the active set of one row, or None."""
    if exact is None:
        return None
    return (
        np.zeros((k, k)),
        np.zeros((k, k)),
        np.zeros((4, k)),
        np.zeros(k, np.int64),
        np.zeros(k, np.bool_),
    )


@njit(nogil=True, cache=True)
def _sparse_rows(entries, Wt, Ht, settings, out, settled, edges, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Take a block of compressed rows their way, each with the held factor's rows that it needs side by side."""
    indptr, indices, data = entries
    (c, l2), pace, floor, wanted = settings
    start, stop = edges[block], edges[block + 1]
    k, longest = Wt.shape[1], 1
    for i in range(start, stop):
        longest = max(longest, indptr[i + 1] - indptr[i])
    rooms, G, short, free = _rooms(k, longest, Wt.dtype)
    exact = _exact_room(k, wanted)
    B = np.zeros((G.shape[0], longest), Wt.dtype)
    w = short[3]
    for i in range(start, stop):
        columns, entries = indices[indptr[i] : indptr[i + 1]], data[indptr[i] : indptr[i + 1]]
        x = rooms[3, : len(entries)]
        x[:] = entries
        w[:k] = Wt[i]
        fetch(Ht, columns, B)
        settled[i] = newton(x, B, c, l2, w, rooms, G, short, free, exact, pace, floor)
        out[i] = w[:k]


@njit(nogil=True, cache=True)
def _all_sparse_rows(board, entries, Wt, Ht, settings, out, settled, edges):  # type: ignore[no-untyped-def]  # pragma: no cover
    share(board, _sparse_rows, (entries, Wt, Ht, settings, out, settled, edges), len(edges) - 1)


@njit(nogil=True, cache=True)
def lined_up(X, start, stop):  # type: ignore[no-untyped-def]  # pragma: no cover
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
def _dense_rows(X, Wt, H, settings, out, settled, size, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Take a block of rows their way; H is padded to a multiple of four components. Zeros are left out where many."""
    (c, l2), pace, floor, wanted = settings
    start = block * size
    rows = lined_up(X, start, min(start + size, X.shape[0]))
    k, n = Wt.shape[1], X.shape[1]
    rooms, G, short, free = _rooms(k, n, Wt.dtype)
    exact = _exact_room(k, wanted)
    B = np.zeros((G.shape[0], n), Wt.dtype)
    w = short[3]
    for i in range(len(rows)):
        w[:k] = Wt[start + i]
        row = rows[i]
        count = 0
        for e in range(n):
            count += row[e] != 0
        x, held = rooms[3], H
        if count < SOME * n:
            held = B
            place = 0
            for e in range(n):
                if row[e] != 0:
                    x[place] = row[e]
                    for j in range(k):
                        B[j, place] = H[j, e]
                    place += 1
        else:
            count = n
            x[:] = row
        settled[start + i] = newton(x[:count], held, c, l2, w, rooms, G, short, free, exact, pace, floor)
        out[start + i] = w[:k]


@njit(nogil=True, cache=True)
def _all_dense_rows(board, X, Wt, H, settings, out, settled, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    share(board, _dense_rows, (X, Wt, H, settings, out, settled, size), -(-X.shape[0] // size))


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

    def settings(self) -> tuple[tuple[np.ndarray, float], tuple[int, int, int, float], float, bool | None]:
        """Return what the compiled loops take, in the held factor's dtype."""
        kind = self.held.dtype.type
        pace = (self.pace.updates, self.pace.steps, self.pace.sweeps, kind(self.pace.tolerance))
        return (self.down.astype(kind), kind(self.l2)), pace, kind(self.floor), self.pace.exact or None


def solve_sparse(
    compressed: tuple[np.ndarray, np.ndarray, np.ndarray], edges: np.ndarray, F: np.ndarray, rows: Rows
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows F (n_components, n_rows) after their way, and which came to its end.

    `compressed` are rows (indptr, indices, data).
    """
    Wt, Ht = np.ascontiguousarray(F.T), np.ascontiguousarray(rows.held.T)
    out, settled = np.empty_like(Wt), np.empty(len(Wt), np.bool_)
    _all_sparse_rows(crew(), compressed, Wt, Ht, rows.settings(), out, settled, edges)
    return np.ascontiguousarray(out.T), settled


def solve_dense(X: np.ndarray, F: np.ndarray, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows F (n_components, n_rows) after their way, and which came to its end; X is of any order."""
    k, n = rows.held.shape
    Wt = np.ascontiguousarray(F.T)
    H = np.zeros(((k + 3) // 4 * 4, n), rows.held.dtype)
    H[:k] = rows.held
    out, settled = np.empty_like(Wt), np.empty(len(Wt), np.bool_)
    _all_dense_rows(crew(), X, Wt, H, rows.settings(), out, settled, block_size(X.shape[0], LEAST, LEAST))
    return np.ascontiguousarray(out.T), settled
