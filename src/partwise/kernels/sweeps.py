"""HALS sweeps: coordinate descent on min 1/2 <F, gram F> - <cross, F>, F >= 0, for chunks of rows that stay in the
cache.

Cichocki & Phan 2009 (HALS), Gillis & Glineur 2012 (several sweeps per product), Moon et al. 2019 (tiles of components).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from partwise.kernels.blocks import summed
from partwise.kernels.lanes import ROWS, VECTORS, WIDTH, descend
from partwise.kernels.products import outer

GROUP = 4  # chunks of rows that are loaded together: longer stretches come faster from memory
ALIGN = 160  # blocks of rows are a multiple of it: of the rows that any vector width takes at once


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


@njit(nogil=True, cache=True, fastmath=FAST)
def _sweep_rows(gram, inverse, order, cross, F, ahead, l1, out, start, stop, most, shrink):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Sweep rows start..stop and return <cross, out> over them.

    gram is padded to a multiple of ROWS, inverse is 1 / gram_jj or 0 to skip.

    `ahead` is (cross before, F before, share): both are blended while they are loaded.
    """
    cross_before, F_before, share = ahead
    padded = gram.shape[0]
    k = F.shape[0]
    chunk = VECTORS * WIDTH // F.itemsize
    zero = F.dtype.type(0)
    w = np.zeros((GROUP, padded, chunk), F.dtype)
    c = np.zeros((GROUP, padded, chunk), F.dtype)
    change = np.zeros(WIDTH // F.itemsize, F.dtype)
    fall = -gram
    total = 0.0
    for group in range(start, stop, GROUP * chunk):
        count = -(-(min(group + GROUP * chunk, stop) - group) // chunk)
        for j in range(k):
            # slices, since an index that might be negative would keep the loops from being vectorised
            i = order[j]
            for t in range(count):
                begin = group + t * chunk
                n = min(begin + chunk, stop) - begin
                wj, cj = w[t, j], c[t, j]
                f, x = F[i, begin : begin + n], cross[i, begin : begin + n]
                if share == zero:
                    for r in range(n):
                        wj[r] = f[r]
                        cj[r] = x[r] - l1
                else:
                    f_before, x_before = F_before[i, begin : begin + n], cross_before[i, begin : begin + n]
                    for r in range(n):
                        wj[r] = max(zero, f[r] + share * (f[r] - f_before[r]))
                    for r in range(n):
                        cj[r] = x[r] + share * (x[r] - x_before[r]) - l1
                for r in range(n, chunk):
                    wj[r] = zero
                    cj[r] = zero
        for t in range(count):
            _sweep_chunk(fall, inverse, w, c, change, t, most, shrink)
        for j in range(k):
            i = order[j]
            for t in range(count):
                begin = group + t * chunk
                n = min(begin + chunk, stop) - begin
                done, wj, x = out[i, begin : begin + n], w[t, j], cross[i, begin : begin + n]
                for r in range(n):
                    done[r] = wj[r]
                    total += np.float64(x[r]) * np.float64(wj[r])
    return total


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
    mixed : ndarray of shape (n_components, n_components)
        F times the transposed factor that was given.
    inner : float
        ``<cross, F>`` in float64, of the cross products that were given.
    """

    F: np.ndarray
    gram: np.ndarray
    mixed: np.ndarray
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
) -> Swept:
    """Return F after at most `most` HALS sweeps over every row.

    Parameters
    ----------
    gram : ndarray of shape (n_components, n_components)
        Second derivatives; a component whose diagonal entry is 0 is left as it is (dividing would kill it for ever).
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
    """
    k, n_rows = F.shape
    natural = order is None
    order = np.arange(k) if order is None else order
    padded = -(-k // ROWS) * ROWS
    wide = np.zeros((padded, padded), F.dtype)
    wide[:k, :k] = gram if natural else gram[np.ix_(order, order)]
    inverse = np.zeros(padded, F.dtype)
    diagonal = np.diagonal(wide)
    alive = diagonal > np.finfo(F.dtype).tiny
    inverse[alive] = 1 / diagonal[alive]
    cross = np.ascontiguousarray(cross, dtype=F.dtype)
    F = np.ascontiguousarray(F)
    before = (cross, F, F.dtype.type(0)) if ahead is None else (ahead.cross, ahead.F, F.dtype.type(ahead.share))
    out = np.empty_like(F)
    weight, share = F.dtype.type(l1), F.dtype.type(shrink)

    def part(start: int, stop: int) -> np.ndarray:
        sums = np.empty((2 * k + 1, k))
        sums[-1] = _sweep_rows(wide, inverse, order, cross, F, before, weight, out, start, stop, most, share)
        outer(out, out, start, stop, sums[:k])
        outer(out, F, start, stop, sums[k:-1])
        return sums

    sums = summed(part, n_rows, (most + 2) * k * k, rows_at_once(n_rows, k))
    return Swept(out, sums[:k].astype(F.dtype), sums[k:-1].astype(F.dtype), float(sums[-1, 0]))


def rows_at_once(n_rows: int, k: int) -> int:
    """Return how many rows one block of a half-step takes: enough work to be worth a call, few enough to be shared out.

    It depends on the shape alone, so that sums are added up alike whatever the number of threads.
    """
    worth = max(ALIGN, int(2e6 / (8 * k * k)))
    return -(-max(worth, n_rows // 16) // ALIGN) * ALIGN
