"""Gradients of beta divergences in one pass over X; of an estimate W H no more is ever held than a tile, or a row.

Fevotte & Idier 2011, "Algorithms for nonnegative matrix factorization with the beta-divergence", equation 40.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit

from partwise.kernels.team import share
from partwise.kernels.threads import crew, over_rows

TILE = (128, 512 << 10)  # rows of a tile, and its bytes: the estimate stays in the cache between its two products
SUMS = {"reassoc", "contract", "nsz"}  # sums may be taken several lanes wide
OTHER = 99  # stands for an exponent that is no small multiple of one half


@dataclass(frozen=True)
class Law:
    """How an entry x of X and its estimate y pull: ``x y^(beta-2)`` up, ``y^(beta-1)`` down.

    Parameters
    ----------
    beta : float
        Of the divergence; for 1 the pull down is 1 everywhere.
    floor : float
        Smallest estimate that is divided by.
    """

    beta: float
    floor: float

    def halves(self, power: float) -> int:
        """Return twice the power where that is a small integer: roots and products are far faster than powers."""
        return int(2 * power) if float(2 * power).is_integer() and abs(power) <= 3 else OTHER


@njit(nogil=True, cache=True, error_model="numpy")
def _raise(y, power, halves):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Take every entry of the vector y to its power, in place."""
    if halves == OTHER:
        for e in range(len(y)):
            y[e] = y[e] ** power
        return
    if halves < 0:
        for e in range(len(y)):
            y[e] = 1 / y[e]
    whole, odd = abs(halves) // 2, abs(halves) % 2
    if whole == 0 and odd == 0:
        y[:] = 1
    elif whole == 0:
        for e in range(len(y)):
            y[e] = np.sqrt(y[e])
    elif whole == 1 and odd == 1:
        for e in range(len(y)):
            y[e] = y[e] * np.sqrt(y[e])
    elif whole == 2 and odd == 0:
        for e in range(len(y)):
            y[e] = y[e] * y[e]
    elif whole == 2:
        for e in range(len(y)):
            y[e] = y[e] * y[e] * np.sqrt(y[e])
    elif whole == 3:
        for e in range(len(y)):
            y[e] = y[e] * y[e] * y[e]


@njit(nogil=True, cache=True, error_model="numpy")
def weigh(X, Y, Z, floor, power, halves):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Turn estimates Y into pulls up, x y^power; where Z has rows, put the pulls down, y^(power+1), into it."""
    for i in range(Y.shape[0]):
        y, x = Y[i], X[i]
        for e in range(len(y)):
            y[e] = max(y[e], floor)
        if len(Z) > 0:
            z = Z[i]
            for e in range(len(y)):
                z[e] = y[e]
            _raise(y, power, halves)
            for e in range(len(y)):
                z[e] = z[e] * y[e]
        else:
            _raise(y, power, halves)
        for e in range(len(y)):
            y[e] = x[e] * y[e]


@njit(nogil=True, cache=True)
def _powers(Y, floor, power, halves):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Take a tile of estimates to a power."""
    for i in range(Y.shape[0]):
        y = Y[i]
        for e in range(len(y)):
            y[e] = max(y[e], floor)
        _raise(y, power, halves)


def tiles(shape: tuple[int, int], itemsize: int) -> tuple[int, int]:
    """Return the rows and columns of a tile; it depends on the shape alone, not on the number of threads."""
    count = -(-shape[0] // TILE[0])
    # an even number of them, of like height, so that two threads have as much to do
    height = max(1, -(-shape[0] // max(1, count + count % 2 if count > 1 else count)))
    return height, max(64, TILE[1] // itemsize // height)


Add = Callable[[slice, slice, np.ndarray], None]


def over_tiles(left: np.ndarray, right: np.ndarray, by_rows: bool, visit: Add) -> None:
    """Call ``visit(rows, columns, estimate)`` on every tile of ``left' right``, threads sharing out the long way.

    Tiles of the same rows (of the same columns, unless `by_rows`) are visited in order by one thread.
    """
    shape = (left.shape[1], right.shape[1])
    high, wide = tiles(shape, left.dtype.itemsize)
    rows = [slice(at, min(at + high, shape[0])) for at in range(0, shape[0], high)]
    columns = [slice(at, min(at + wide, shape[1])) for at in range(0, shape[1], wide)]

    def some(first: int, last: int) -> None:
        room = np.empty(high * wide, left.dtype)
        for outer in (rows if by_rows else columns)[first:last]:
            for inner in columns if by_rows else rows:
                r, c = (outer, inner) if by_rows else (inner, outer)
                size = (r.stop - r.start, c.stop - c.start)
                estimate = room[: size[0] * size[1]].reshape(size)
                np.matmul(left[:, r].T, right[:, c], out=estimate)
                visit(r, c, estimate)

    over_rows(some, len(rows) if by_rows else len(columns), least=1)


def dense_pulls(
    X: np.ndarray, left: np.ndarray, right: np.ndarray, law: Law, by_rows: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the pulls up and down on `left` (by rows) or on `right`, for X (m, n) in C order ~ ``left' right``.

    Where beta is 1 nothing pulls down but the sums of the other factor, which are not taken here: None.
    """
    out = np.zeros_like(left if by_rows else right)
    down = None if law.beta == 1 else np.zeros_like(out)
    floor, power = out.dtype.type(law.floor), out.dtype.type(law.beta - 2)
    halves = law.halves(law.beta - 2)

    def visit(r: slice, c: slice, estimate: np.ndarray) -> None:
        lower = np.empty_like(estimate) if down is not None else estimate[:0]
        weigh(X[r, c], estimate, lower, floor, power, halves)
        _gather(out, r, c, estimate)
        if down is not None:
            _gather(down, r, c, lower)

    def _gather(sums: np.ndarray, r: slice, c: slice, weights: np.ndarray) -> None:
        if by_rows:
            sums[:, r] += right[:, c] @ weights.T
        else:
            sums[:, c] += left[:, r] @ weights

    over_tiles(left, right, by_rows, visit)
    return out, down


def power_pulls(left: np.ndarray, right: np.ndarray, law: Law) -> np.ndarray:
    """Return the pulls down on `left`, ``y^(beta-1)`` summed over all entries, whatever X is."""
    sums = np.zeros_like(left)
    floor, power = left.dtype.type(law.floor), left.dtype.type(law.beta - 1)

    def visit(r: slice, c: slice, estimate: np.ndarray) -> None:
        _powers(estimate, floor, power, law.halves(law.beta - 1))
        sums[:, r] += right[:, c] @ estimate.T

    over_tiles(left, right, True, visit)
    return sums


@njit(nogil=True, cache=True, fastmath=SUMS)
def estimate_row(B, low, w, y, floor):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Set y to ``w' B`` from column low on, at least floor; w and the rows of B are padded to a multiple of four.

    B comes whole, in C order: a slice of its columns would have strides that keep the loops from being vectorised.
    """
    high = low + len(y)
    y[:] = 0
    for j in range(0, len(w), 4):
        w0, w1, w2, w3 = w[j], w[j + 1], w[j + 2], w[j + 3]
        if w0 == 0 and w1 == 0 and w2 == 0 and w3 == 0:
            continue
        b0, b1, b2, b3 = B[j, low:high], B[j + 1, low:high], B[j + 2, low:high], B[j + 3, low:high]
        for e in range(len(y)):
            y[e] += w0 * b0[e] + w1 * b1[e] + w2 * b2[e] + w3 * b3[e]
    for e in range(len(y)):
        y[e] = max(y[e], floor)


@njit(nogil=True, cache=True, fastmath=SUMS)
def add_pulls(B, low, r, g):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add ``B r`` to g, of the columns of B from low on."""
    high = low + len(r)
    zero = g.dtype.type(0)
    for j in range(0, len(g), 4):
        b0, b1, b2, b3 = B[j, low:high], B[j + 1, low:high], B[j + 2, low:high], B[j + 3, low:high]
        s0, s1, s2, s3 = zero, zero, zero, zero
        for e in range(len(r)):
            s0 += r[e] * b0[e]
            s1 += r[e] * b1[e]
            s2 += r[e] * b2[e]
            s3 += r[e] * b3[e]
        g[j] += s0
        g[j + 1] += s1
        g[j + 2] += s2
        g[j + 3] += s3


@njit(nogil=True, cache=True)
def fetch(Ht, columns, B):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Bring the held factor's rows at some columns side by side, B (components, columns): read once, used often."""
    for e in range(len(columns)):
        h = Ht[columns[e]]
        for j in range(len(h)):
            B[j, e] = h[j]


@njit(nogil=True, cache=True)
def _sparse_pulls(entries, Wt, Ht, law, out, edges, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The pulls up on a block of rows, every stored entry visited once."""
    indptr, indices, data = entries
    start, stop = edges[block], edges[block + 1]
    floor, power, halves = law
    k, longest = Wt.shape[1], 1
    for i in range(start, stop):
        longest = max(longest, indptr[i + 1] - indptr[i])
    padded = (k + 3) // 4 * 4
    B = np.zeros((padded, longest), Wt.dtype)
    room = np.zeros(longest, Wt.dtype)
    w, g = np.zeros(padded, Wt.dtype), np.zeros(padded, Wt.dtype)
    for i in range(start, stop):
        columns, x = indices[indptr[i] : indptr[i + 1]], data[indptr[i] : indptr[i + 1]]
        y = room[: len(x)]
        fetch(Ht, columns, B)
        w[:k] = Wt[i]
        estimate_row(B, 0, w, y, floor)
        _raise(y, power, halves)
        for e in range(len(y)):
            y[e] = x[e] * y[e]
        g[:] = 0
        add_pulls(B, 0, y, g)
        out[i] = g[:k]


@njit(nogil=True, cache=True)
def _all_sparse_pulls(board, entries, Wt, Ht, law, out, edges):  # type: ignore[no-untyped-def]  # pragma: no cover
    share(board, _sparse_pulls, (entries, Wt, Ht, law, out, edges), len(edges) - 1)


def sparse_pulls(
    rows: tuple[np.ndarray, np.ndarray, np.ndarray], edges: np.ndarray, W: np.ndarray, H: np.ndarray, law: Law
) -> np.ndarray:
    """Return the pulls up on W, (n_components, n_rows), for compressed rows (indptr, indices, data).

    `edges` parts the rows into blocks of about as many entries each.
    """
    Wt, Ht = np.ascontiguousarray(W.T), np.ascontiguousarray(H.T)
    out = np.empty_like(Wt)
    kind = W.dtype.type
    settings = (kind(law.floor), kind(law.beta - 2), law.halves(law.beta - 2))
    _all_sparse_pulls(crew(), rows, Wt, Ht, settings, out, edges)
    return np.ascontiguousarray(out.T)
