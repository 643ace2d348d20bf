"""HALS sweeps: coordinate descent on min 1/2 <F, gram F> - <cross, F>, F >= 0, for chunks of rows that stay in the
cache.

Cichocki & Phan 2009 (HALS), Gillis & Glineur 2012 (several sweeps per product), Moon et al. 2019 (tiles of components).
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from partwise.kernels.blocks import inner_of, summed

CHUNK = 64  # rows that do all their sweeps together: 2 x 100 components x 64 x 4 bytes fit the second-level cache
TILE = 4  # components updated together: 4 x 4 products of gram and F are held in registers


@njit(nogil=True, cache=True, fastmath={"contract", "reassoc", "nsz", "arcp"})
def _sweep_rows(gram, inverse, order, cross, F, ahead, l1, out, start, stop, most, shrink):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Sweep rows start..stop; gram is padded to a multiple of TILE, inverse is 1 / gram_jj or 0 to skip.

    `ahead` is (cross before, F before, share): both are blended while they are loaded.
    """
    cross_before, F_before, share = ahead
    padded = gram.shape[0]
    k = F.shape[0]
    zero = F.dtype.type(0)
    w = np.zeros((padded, CHUNK), F.dtype)
    c = np.zeros((padded, CHUNK), F.dtype)
    g = np.zeros((TILE, CHUNK), F.dtype)
    for begin in range(start, stop, CHUNK):
        n = min(begin + CHUNK, stop) - begin
        for j in range(k):
            # slices, since an index that might be negative would keep the loops from being vectorised
            i = order[j]
            wj, cj = w[j], c[j]
            f, x = F[i, begin : begin + n], cross[i, begin : begin + n]
            f_before, x_before = F_before[i, begin : begin + n], cross_before[i, begin : begin + n]
            for r in range(n):
                wj[r] = max(zero, f[r] + share * (f[r] - f_before[r]))
            for r in range(n):
                cj[r] = x[r] + share * (x[r] - x_before[r]) - l1
            for r in range(n, CHUNK):
                wj[r] = zero
                cj[r] = zero
        first = zero
        for sweep in range(most):
            change = zero
            for j in range(0, padded, TILE):
                for i in range(TILE):
                    for r in range(CHUNK):
                        g[i, r] = c[j + i, r]
                for m in range(0, padded, TILE):
                    a00, a01, a02, a03 = gram[j, m], gram[j, m + 1], gram[j, m + 2], gram[j, m + 3]
                    a10, a11, a12, a13 = gram[j + 1, m], gram[j + 1, m + 1], gram[j + 1, m + 2], gram[j + 1, m + 3]
                    a20, a21, a22, a23 = gram[j + 2, m], gram[j + 2, m + 1], gram[j + 2, m + 2], gram[j + 2, m + 3]
                    a30, a31, a32, a33 = gram[j + 3, m], gram[j + 3, m + 1], gram[j + 3, m + 2], gram[j + 3, m + 3]
                    for r in range(CHUNK):
                        w0, w1, w2, w3 = w[m, r], w[m + 1, r], w[m + 2, r], w[m + 3, r]
                        g[0, r] -= a00 * w0 + a01 * w1 + a02 * w2 + a03 * w3
                        g[1, r] -= a10 * w0 + a11 * w1 + a12 * w2 + a13 * w3
                        g[2, r] -= a20 * w0 + a21 * w1 + a22 * w2 + a23 * w3
                        g[3, r] -= a30 * w0 + a31 * w1 + a32 * w2 + a33 * w3
                b10, b20, b21 = gram[j + 1, j], gram[j + 2, j], gram[j + 2, j + 1]
                b30, b31, b32 = gram[j + 3, j], gram[j + 3, j + 1], gram[j + 3, j + 2]
                i0, i1, i2, i3 = inverse[j], inverse[j + 1], inverse[j + 2], inverse[j + 3]
                for r in range(CHUNK):
                    old = w[j, r]
                    new = max(zero, old + g[0, r] * i0)
                    d0 = new - old
                    w[j, r] = new
                    old = w[j + 1, r]
                    new = max(zero, old + (g[1, r] - b10 * d0) * i1)
                    d1 = new - old
                    w[j + 1, r] = new
                    old = w[j + 2, r]
                    new = max(zero, old + (g[2, r] - b20 * d0 - b21 * d1) * i2)
                    d2 = new - old
                    w[j + 2, r] = new
                    old = w[j + 3, r]
                    new = max(zero, old + (g[3, r] - b30 * d0 - b31 * d1 - b32 * d2) * i3)
                    d3 = new - old
                    w[j + 3, r] = new
                    change += d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3
            if sweep == 0:
                first = change
            if change <= shrink * first:
                break
        for j in range(k):
            done, wj = out[order[j], begin : begin + n], w[j]
            for r in range(n):
                done[r] = wj[r]


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
    order = np.arange(k) if order is None else order
    padded = -(-k // TILE) * TILE
    wide = np.zeros((padded, padded), F.dtype)
    wide[:k, :k] = gram[np.ix_(order, order)]
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
        _sweep_rows(wide, inverse, order, cross, F, before, weight, out, start, stop, most, share)
        done = out[:, start:stop]
        sums = np.empty((2 * k + 1, k))
        sums[:k] = done @ done.T
        sums[k:-1] = done @ F[:, start:stop].T
        sums[-1] = inner_of(cross, out, start, stop)
        return sums

    sums = summed(part, n_rows, (2 * k + 1, k), np.float64, rows_at_once(n_rows, k))
    return Swept(out, sums[:k].astype(F.dtype), sums[k:-1].astype(F.dtype), float(sums[-1, 0]))


def rows_at_once(n_rows: int, k: int) -> int:
    """Return how many rows one block of a half-step takes: enough work to be worth a call, few enough to be shared out.

    It depends on the shape alone, so that sums are added up alike whatever the number of threads.
    """
    worth = max(4 * CHUNK, int(2e6 / (8 * k * k)))
    return -(-max(worth, n_rows // 8) // CHUNK) * CHUNK
