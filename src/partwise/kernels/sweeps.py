"""HALS sweeps: coordinate descent on min 1/2 <F, gram F> - <cross, F>, F >= 0, for chunks of rows that stay in the
cache.

Cichocki & Phan 2009 (HALS), Gillis & Glineur 2012 (several sweeps per product), Moon et al. 2019 (tiles of components).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from partwise.kernels.blocks import ENOUGH, LEAST, added
from partwise.kernels.lanes import descend
from partwise.kernels.passes import lift, lift_bounded, settle
from partwise.kernels.products import outer
from partwise.kernels.team import block_size, share
from partwise.kernels.threads import crew
from partwise.kernels.vectors import ROWS, TILE, VECTORS, WIDTH

GROUP = 8  # chunks of rows that are loaded together, at most: longer stretches come faster from memory
ROOM = 256 << 10  # bytes of them, about: they stay in the second-level cache
WORTH = 4e5  # multiplications of a block, at least: a few microseconds of them
MANY = 16  # sweeps of a row cost so much more than sums that blocks are short, to be shared out evenly

FAST = {"contract", "reassoc", "nsz", "arcp"}


@njit(nogil=True, cache=True, fastmath=FAST)
def _sweep_chunk(fall, inverse, w, c, change, t, most, shrink):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Sweep the chunk w[t], which solves c[t], until a sweep's change is small; fall is minus the gram matrix."""
    padded, chunk = w.shape[1], w.shape[2]
    begin = t * padded * chunk
    first = w.dtype.type(0)
    for sweep in range(most):
        change[:] = 0
        for j in range(0, padded, ROWS):
            descend(fall, j, padded, c, w, begin, chunk, inverse, change)
        moved = change.sum()
        if sweep == 0:
            first = moved
        if moved <= shrink * first:
            return


@njit(nogil=True, cache=True)
def _load_tiles(order, cross, F, cross_before, F_before, beta, l1, begin, count, w, c):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Set w[t] and c[t] to where a tile of rows from `begin` on starts and to what it solves, blended; t < count."""
    padded, chunk = w.shape[1], w.shape[2]
    n_rows = F.shape[1]
    for j in range(F.shape[0]):
        for t in range(count):
            at, to = order[j] * n_rows + begin + t * chunk, (t * padded + j) * chunk
            lift_bounded(F, at, F_before, at, beta, beta - beta, w, to)
        for t in range(count):
            at, to = order[j] * n_rows + begin + t * chunk, (t * padded + j) * chunk
            lift(cross, at, cross_before, at, beta, l1, c, to)


@njit(nogil=True, cache=True, fastmath=FAST)
def _load_rest(order, cross, F, cross_before, F_before, beta, l1, begin, stop, t, w, c):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Do the same for fewer rows than a tile has."""
    zero = F.dtype.type(0)
    for j in range(F.shape[0]):
        # slices, since an index that might be negative would keep the loops from being vectorised
        wj, cj = w[t, j], c[t, j]
        f, x = F[order[j], begin:stop], cross[order[j], begin:stop]
        f_before, x_before = F_before[order[j], begin:stop], cross_before[order[j], begin:stop]
        for r in range(len(f)):
            wj[r] = max(zero, f[r] + beta * (f[r] - f_before[r]))
            cj[r] = x[r] + beta * (x[r] - x_before[r]) - l1
        for r in range(len(f), len(wj)):
            wj[r] = zero
            cj[r] = zero


@njit(nogil=True, cache=True, fastmath=FAST)
def _settle_rest(order, cross, begin, stop, w, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Put fewer rows than a tile has in their place; return the sum of their products with cross."""
    total = 0.0
    for j in range(out.shape[0]):
        wj, done, x = w[j], out[order[j], begin:stop], cross[order[j], begin:stop]
        for r in range(len(done)):
            done[r] = wj[r]
            total += np.float64(x[r]) * np.float64(wj[r])
    return total


@njit(nogil=True, cache=True, fastmath=FAST)
def _sweep_rows(gram, inverse, order, cross, F, ahead, l1, pace, out, sums, size, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Sweep a block of rows; sums take their ``out out'``, that of what lies beyond, and <cross, out>.

    gram is padded to a multiple of ROWS, inverse is 1 / gram_jj or 0 to skip.

    `ahead` is (cross before, F before, share): both are blended while they are loaded.
    """
    start, stop = block * size, min((block + 1) * size, F.shape[1])
    most, shrink = pace
    own, further, inner = sums
    cross_before, F_before, beta, beyond = ahead
    padded = gram.shape[0]
    k, n_rows = F.shape
    chunk = VECTORS * WIDTH // F.itemsize
    together = max(1, min(GROUP, ROOM // (padded * chunk * F.itemsize)))
    w = np.zeros((together, padded, chunk), F.dtype)
    c = np.zeros((together, padded, chunk), F.dtype)
    change = np.zeros(WIDTH // F.itemsize, F.dtype)
    fall = -gram
    total = np.zeros(len(change))
    for group in range(start, stop, together * chunk):
        count = -(-(min(group + together * chunk, stop) - group) // chunk)
        whole = min(together, (stop - group) // chunk)
        _load_tiles(order, cross, F, cross_before, F_before, beta, l1, group, whole, w, c)
        rest = group + whole * chunk
        if whole < count:
            _load_rest(order, cross, F, cross_before, F_before, beta, l1, rest, stop, whole, w, c)
        for t in range(count):
            _sweep_chunk(fall, inverse, w, c, change, t, most, shrink)
        for j in range(k):
            at = order[j] * n_rows + group
            for t in range(whole):
                settle(w, (t * padded + j) * chunk, cross, at + t * chunk, out, at + t * chunk, total)
        if whole < count:
            total[0] += _settle_rest(order, cross, rest, stop, w[whole], out)
    outer(out, out, start, stop, own[block])
    if beyond > 0:
        there = np.empty((k, stop - start), F.dtype)
        for j in range(k):
            far, now, before = there[j], out[j, start:stop], F[j, start:stop]
            for r in range(stop - start):
                far[r] = now[r] + beyond * (now[r] - before[r])
        outer(there, there, start - start, stop - start, further[block])  # a plain 0 would be compiled anew
    else:
        for i in range(k):
            for j in range(k):
                further[block, i, j] = own[block, i, j]
    inner[block, 0, 0] = total.sum()


@njit(nogil=True, cache=True, fastmath=FAST)
def _sweep_all(board, gram, order, cross, F, ahead, l1, pace, out, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Sweep all rows; return both gram matrices and <cross, out>, added up in float64 in the blocks' order."""
    k, n_rows = F.shape
    padded = -(-k // ROWS) * ROWS
    wide = np.zeros((padded, padded), F.dtype)
    inverse = np.zeros(padded, F.dtype)
    for a in range(k):
        i = order[a]
        for b in range(k):
            wide[a, b] = gram[i, order[b]]
        # dividing by nothing would kill a component for ever
        if wide[a, a] > np.finfo(F.dtype).tiny:
            inverse[a] = F.dtype.type(1) / wide[a, a]
    n = -(-n_rows // size)
    sums = (np.empty((n, k, k)), np.empty((n, k, k)), np.empty((n, 1, 1)))
    share(board, _sweep_rows, (wide, inverse, order, cross, F, ahead, l1, pace, out, sums, size), n)
    return added(sums[0]), added(sums[1]), added(sums[2])[0, 0]


@dataclass(frozen=True)
class Ahead:
    """Where a half-step starts and what it solves, blended from the last two points: now + share (now - before)."""

    cross: np.ndarray
    F: np.ndarray
    share: float


@dataclass(frozen=True)
class Swept:
    """A factor after its sweeps, with what its rows were in the cache for anyway.

    Parameters
    ----------
    F : ndarray of shape (n_components, n_rows)
    gram : ndarray of shape (n_components, n_components)
        ``F F'``.
    gram_beyond : ndarray of shape (n_components, n_components)
        The same of ``F + beyond (F - the factor that was given)``.
    inner : float
        ``<cross, F>`` in float64, of the cross products that were given.
    """

    F: np.ndarray
    gram: np.ndarray
    gram_beyond: np.ndarray
    inner: float


def sweep(
    gram: np.ndarray,
    cross: np.ndarray,
    F: np.ndarray,
    most: int,
    shrink: float = 0.01,
    *,
    l1: float = 0.0,
    order: np.ndarray | None = None,
    ahead: Ahead | None = None,
    beyond: float = 0.0,
) -> Swept:
    """Return F after at most `most` HALS sweeps over every row.

    Parameters
    ----------
    gram : ndarray of shape (n_components, n_components)
        Second derivatives; a component whose diagonal entry is 0, or next to it, is left as it is (dividing would kill
        it for ever).
    cross : ndarray of shape (n_components, n_rows)
        Minus the gradient at F = 0, without `l1`.
    F : ndarray of shape (n_components, n_rows), C order
        The start, >= 0; not modified.
    most : int
        Largest number of sweeps, >= 1.
    shrink : float
        A chunk stops when a sweep's squared change is at most this share of its first sweep's (0.1 squared, Gillis &
        Glineur 2012, section 4).
    l1 : float
        Taken off all cross products.
    order : ndarray of int of shape (n_components,), optional
        The order in which components are visited.
    ahead : Ahead, optional
        The point before: start from, and solve, what lies ahead of the present one.
    beyond : float
        How far the next half-step will look over F.
    """
    k, n_rows = F.shape
    order = np.arange(k) if order is None else order
    cross = np.ascontiguousarray(cross, dtype=F.dtype)
    gram = np.ascontiguousarray(gram, dtype=F.dtype)
    F = np.ascontiguousarray(F)
    ahead = ahead or Ahead(cross, F, 0.0)
    cross_before, F_before = (np.ascontiguousarray(one, dtype=F.dtype) for one in (ahead.cross, ahead.F))
    before = (cross_before, F_before, F.dtype.type(ahead.share), F.dtype.type(beyond))
    out = np.empty_like(F)
    weight, pace = F.dtype.type(l1), (most, F.dtype.type(shrink))
    if n_rows == 0:
        return Swept(out, np.zeros_like(gram), np.zeros_like(gram), 0.0)
    size = rows_at_once(n_rows, k, most)
    own, further, inner = _sweep_all(crew(), gram, order, cross, F, before, weight, pace, out, size)
    return Swept(out, own.astype(F.dtype), further.astype(F.dtype), inner)


def rows_at_once(n_rows: int, k: int, most: int) -> int:
    """Return how many rows one block takes, of so many sweeps."""
    if most >= MANY:
        return block_size(n_rows, TILE, TILE)
    return block_size(n_rows, max(LEAST, WORTH / (8 * k * k)), TILE, ENOUGH)
