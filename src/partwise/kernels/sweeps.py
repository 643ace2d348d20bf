"""HALS sweeps: coordinate descent on min 1/2 <F, gram F> - <cross, F>, F >= 0, for chunks of rows that stay in the
cache.

Cichocki & Phan 2009 (HALS), Gillis & Glineur 2012 (several sweeps per product), Moon et al. 2019 (tiles of components).
"""

import numpy as np
from numba import njit

from partwise.kernels.threads import over_rows

CHUNK = 64  # rows that do all their sweeps together: 2 x 100 components x 64 x 4 bytes fit the second-level cache
TILE = 4  # components updated together: 4 x 4 products of gram and F are held in registers


@njit(nogil=True, cache=True, fastmath={"contract", "reassoc", "nsz", "arcp"})
def _sweep_rows(gram, inverse, cross, F, out, start, stop, most, shrink):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Sweep rows start..stop; gram is padded to a multiple of TILE, inverse is 1 / gram_jj or 0 to skip."""
    padded = gram.shape[0]
    k = F.shape[0]
    zero = F.dtype.type(0)
    w = np.zeros((padded, CHUNK), F.dtype)
    c = np.zeros((padded, CHUNK), F.dtype)
    g = np.zeros((TILE, CHUNK), F.dtype)
    for begin in range(start, stop, CHUNK):
        n = min(begin + CHUNK, stop) - begin
        for j in range(k):
            for r in range(n):
                w[j, r] = F[j, begin + r]
                c[j, r] = cross[j, begin + r]
            for r in range(n, CHUNK):
                w[j, r] = zero
                c[j, r] = zero
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
            for r in range(n):
                out[j, begin + r] = w[j, r]


def sweep(gram: np.ndarray, cross: np.ndarray, F: np.ndarray, most: int, shrink: float = 0.01) -> np.ndarray:
    """Return F after at most `most` HALS sweeps over every row.

    Parameters
    ----------
    gram : ndarray of shape (n_components, n_components)
        Second derivatives; a component whose diagonal entry is 0 is left as it is (dividing would kill it for ever).
    cross : ndarray of shape (n_components, n_rows)
        Minus the gradient at F = 0.
    F : ndarray of shape (n_components, n_rows), C order
        The start, >= 0; not modified.
    most : int
        Largest number of sweeps, >= 1.
    shrink : float
        A chunk stops when a sweep's squared change is at most this share of its first sweep's (0.1 squared, Gillis &
        Glineur 2012, section 4).
    """
    k = len(gram)
    padded = -(-k // TILE) * TILE
    wide = np.zeros((padded, padded), F.dtype)
    wide[:k, :k] = gram
    inverse = np.zeros(padded, F.dtype)
    diagonal = np.diagonal(gram)
    alive = diagonal > np.finfo(F.dtype).tiny
    inverse[:k][alive] = 1 / diagonal[alive]
    cross = np.ascontiguousarray(cross, dtype=F.dtype)
    F = np.ascontiguousarray(F)
    out = np.empty_like(F)
    share = F.dtype.type(shrink)
    over_rows(lambda start, stop: _sweep_rows(wide, inverse, cross, F, out, start, stop, most, share), F.shape[1])
    return out
