"""Every row's own least squares over entries with weights: by sweeps over rows side by side, or to its end.

Where entries have weights q, a row w of W minimises ``1/2 sum_e q_e (x_e - (w H)_e)^2``, so its second derivatives are
``H diag(q) H'``, another matrix for every row.
"""

import math
from functools import lru_cache

import numpy as np
from numba import njit

from partwise.kernels.divergence import add_pulls
from partwise.kernels.newton import CHUNK, curvature
from partwise.kernels.nnls import solve_row
from partwise.kernels.rows import LEAST, SOME, lined_up
from partwise.kernels.team import block_size, share
from partwise.kernels.threads import crew

ENOUGH = 1e-2  # share of the first sweep's squared change at which a row's sweeps end
LANES = 64  # rows that are swept side by side
WARM = 50  # sweeps that find nearly the whole support of an exact row
SLACK = 1e-12  # share of the length of a row's pulls that lets a component into its support


@njit(nogil=True, cache=True)
def _take(row, weights, H, x, q, places, B):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Put the entries that count, their weights and the held factor there side by side; return how many, and where.

    Where nearly all count, the held factor is taken as it is.
    """
    n = len(row)
    count = 0
    for e in range(n):
        count += weights[e] > 0
    if count >= SOME * n:
        for e in range(n):
            x[e] = row[e]
            q[e] = weights[e]
        return n, H
    place = 0
    for e in range(n):
        if weights[e] > 0:
            x[place] = row[e]
            q[place] = weights[e]
            places[place] = e
            place += 1
    for j in range(len(H)):
        given, copy = H[j], B[j]
        for e in range(count):
            copy[e] = given[places[e]]
    return count, B


@njit(nogil=True, cache=True)
def _pull(x, q, held, r, c):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Set c to ``H diag(q) x``; return ``x' diag(q) x``."""
    squares = 0.0
    c[:] = 0
    for low in range(0, len(x), CHUNK):
        high = min(len(x), low + CHUNK)
        rs = r[low:high]
        for e in range(high - low):
            rs[e] = q[low + e] * x[low + e]
            squares += np.float64(rs[e]) * np.float64(x[low + e])
        add_pulls(held, low, rs, c)
    return squares


@njit(nogil=True, cache=True, error_model="numpy")
def _sweeps(G, p, w, k, most, enough):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Take w down by coordinate descent; p is minus the gradient and stays so."""
    zero = w.dtype.type(0)
    first = zero
    for sweep in range(most):
        change = zero
        for a in range(k):
            curve = G[a, a]
            if curve > 0:
                new = max(zero, w[a] + p[a] / curve)
                move = new - w[a]
                if move != 0:
                    w[a] = new
                    line = G[a]
                    for b in range(k):
                        p[b] -= move * line[b]
                    change += curve * move * move
        if sweep == 0:
            first = change
        if change <= enough * first:
            return


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract"})
def _sweep_lanes(G, cross, F, settings, out, values, size, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Sweep over a block of rows side by side, each with its own gram matrix, G (pairs of components, rows)."""
    l1, l2, most, enough, pair = settings
    k, n_rows = F.shape
    start = block * size
    width = min(size, n_rows - start)
    g, p, w = np.zeros((len(G), size), F.dtype), np.zeros((k, size), F.dtype), np.zeros((k, size), F.dtype)
    inverse, move = np.zeros((k, size), F.dtype), np.zeros(size, F.dtype)
    zero = F.dtype.type(0)
    for i in range(len(G)):
        given, copy = G[i, start : start + width], g[i]
        for r in range(width):
            copy[r] = given[r]
    for a in range(k):
        curve = g[pair[a, a]]
        for r in range(width):
            w[a, r] = F[a, start + r]
            p[a, r] = cross[a, start + r] - l1
            curve[r] += l2
            inverse[a, r] = 1 / curve[r] if curve[r] > 0 else zero
    for a in range(k):
        weight = w[a]
        for b in range(k):
            line, pull = g[pair[a, b]], p[b]
            for r in range(size):
                pull[r] -= line[r] * weight[r]
    first = 0.0
    for sweep in range(most):
        change = 0.0
        for a in range(k):
            weight, pull, scale, curve = w[a], p[a], inverse[a], g[pair[a, a]]
            for r in range(size):
                new = max(zero, weight[r] + pull[r] * scale[r])
                move[r] = new - weight[r]
                weight[r] = new
            total = zero
            for r in range(size):
                total += curve[r] * move[r] * move[r]
            change += total
            for b in range(k):
                line, other = g[pair[a, b]], p[b]
                for r in range(size):
                    other[r] -= line[r] * move[r]
        if sweep == 0:
            first = change
        if change <= enough * first:
            break
    # w'Gw, G with l2 in it, from what is left of the pulls
    value = 0.0
    for a in range(k):
        for r in range(width):
            weight, up = np.float64(w[a, r]), np.float64(cross[a, start + r])
            value += weight * (0.5 * (up - l1 - p[a, r]) - up - 0.5 * l2 * weight)
            out[a, start + r] = w[a, r]
    values[block] = value


@njit(nogil=True, cache=True)
def _all_lanes(board, G, cross, F, settings, out, values, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    share(board, _sweep_lanes, (G, cross, F, settings, out, values, size), -(-F.shape[1] // size))


@njit(nogil=True, cache=True)
def _exact_rows(X, Q, H, l1, l2, out, size, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Solve a block of rows to their end in double precision, from nothing but their own entries."""
    start = block * size
    rows = lined_up(X, start, min(start + size, X.shape[0]))
    weights = lined_up(Q, start, min(start + size, X.shape[0]))
    (k, n), high = (out.shape[1], X.shape[1]), H.shape[0]
    B, G, gram, L = np.zeros((high, n)), np.zeros((high, high)), np.zeros((k, k)), np.zeros((k, k))
    long, short = np.zeros((3, n)), np.zeros((6, high))
    x, q, r = long[0], long[1], long[2]
    places = np.zeros(n, np.int64)
    c, p, w, length, warm, s = short[0], short[1, :k], short[2, :k], short[3], short[4, :k], short[5, :k]
    free, index, barred = np.arange(high), np.zeros(k, np.int64), np.zeros(k, np.bool_)
    for i in range(len(rows)):
        count, held = _take(rows[i], weights[i], H, x, q, places, B)
        _pull(x[:count], q[:count], held, r, c)
        curvature(q[:count], held, free, k, l2, G)
        free[:] = np.arange(high)
        total = 0.0
        for a in range(k):
            # every component is brought to length 1: one of length 1e30 would drown the pulls of all others
            length[a] = np.sqrt(G[a, a]) if G[a, a] > 0 else 1.0
            c[a] = (c[a] - l1) / length[a]
            w[a] = max(0.0, c[a]) / k if G[a, a] > 0 else 0.0
            total += c[a] * c[a]
        for a in range(k):
            p[a] = c[a]
            for b in range(k):
                gram[a, b] = G[a, b] / (length[a] * length[b])
                p[a] -= gram[a, b] * w[b]
        _sweeps(gram, p, w, k, WARM, 0.0)
        warm[:] = w
        solve_row(gram, c[:k], w, SLACK * np.sqrt(total), index, barred, L, s)
        before = _value(gram, c, warm)
        best = w if _value(gram, c, w) <= before + 1e-14 * abs(before) else warm
        for a in range(k):
            out[start + i, a] = best[a] / length[a]


@njit(nogil=True, cache=True)
def _value(gram, c, w):  # type: ignore[no-untyped-def]  # pragma: no cover
    total = 0.0
    for a in range(len(w)):
        if w[a] != 0.0:
            half = 0.0
            for b in range(len(w)):
                half += gram[a, b] * w[b]
            total += (0.5 * half - c[a]) * w[a]
    return total


@njit(nogil=True, cache=True)
def _all_exact(board, X, Q, H, l1, l2, out, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    share(board, _exact_rows, (X, Q, H, l1, l2, out, size), -(-X.shape[0] // size))


@lru_cache(maxsize=64)
def pairs(k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs (a, b), a <= b, of k components, (2, n_pairs), and the number of each, (k, k)."""
    both = np.array(np.triu_indices(k))
    number = np.zeros((k, k), np.int64)
    number[both[0], both[1]] = number[both[1], both[0]] = np.arange(both.shape[1])
    return both, number


def sweep_own(
    G: np.ndarray, cross: np.ndarray, F: np.ndarray, pace: tuple[float, float, int]
) -> tuple[np.ndarray, float]:
    """Return F (n_components, n_rows) after some sweeps over every row's own problem, and what that leaves of the loss.

    That is the loss without penalties, less its value at F = 0.

    Parameters
    ----------
    G : ndarray of shape (n_components (n_components + 1) / 2, n_rows)
        Of every row the entries of its gram matrix, in the order of `pairs`.
    cross : ndarray of shape (n_components, n_rows)
    F : ndarray of shape (n_components, n_rows)
        The start, >= 0; not modified. A component whose second derivative is 0 stays as it is.
    pace : tuple
        Penalties l1 and l2, and the sweeps of a row, at most.
    """
    kind = F.dtype.type
    settings = (kind(pace[0]), kind(pace[1]), pace[2], ENOUGH, pairs(len(F))[1])
    out, values = np.empty_like(F), np.zeros(-(-F.shape[1] // LANES))
    _all_lanes(crew(), G, cross, F, settings, out, values, LANES)
    return out, math.fsum(values)


def exact_rows(X: np.ndarray, weights: np.ndarray, held: np.ndarray, l1: float, l2: float) -> np.ndarray:
    """Return the best F >= 0, (n_components, n_rows) in the dtype of X; a row of which nothing counts is 0."""
    out = np.empty((len(X), len(held)))
    size = block_size(X.shape[0], LEAST, LEAST)
    _all_exact(crew(), X, weights, _by_fours(held, np.dtype(np.float64)), l1, l2, out, size)
    # beside the largest of its row such a weight adds nothing
    out[out < np.finfo(X.dtype).eps ** 2 * out.max(axis=1, initial=0)[:, None]] = 0
    return np.ascontiguousarray(out.T, dtype=X.dtype)


def _by_fours(held: np.ndarray, dtype: np.dtype[np.floating]) -> np.ndarray:
    """Return the factor with components of zeros added up to a multiple of four."""
    wide = np.zeros(((len(held) + 3) // 4 * 4, held.shape[1]), dtype)
    wide[: len(held)] = held
    return wide
