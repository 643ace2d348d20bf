"""Kullback-Leibler, row by row: Newton's method on each row's own convex problem, to a tolerance or for a few steps.

The model at a row's point is quadratic, its minimiser over w >= 0 is found by coordinate descent, and the way there is
cut where the divergence would rise (its derivative along the way tells, so no logarithm is taken). Hsieh &
Dhillon 2011 take second derivatives for one coordinate at a time, here for all at once.
"""

import numpy as np
from numba import njit

from partwise.kernels.divergence import SUMS, add_pulls, estimate_row
from partwise.kernels.nnls import solve_row

CHUNK = 512  # entries of a row that are looked at together, so that the held factor's part stays in the cache
KEPT = 0.01  # share of an estimate that a step leaves
DUE = 1e-12  # share of the model's pulls that lets a component in
CUTS = 30  # tries to shorten a step before the row is left where it is


@njit(nogil=True, cache=True, fastmath=SUMS, error_model="numpy")
def _look(x, B, w, y, r, g, floor):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Set y to the estimate, r to x / y and g to the pulls up, ``B r``."""
    g[:] = 0
    for low in range(0, len(x), CHUNK):
        high = min(len(x), low + CHUNK)
        ys, rs, xs = y[low:high], r[low:high], x[low:high]
        estimate_row(B, low, w, ys, floor)
        for e in range(len(ys)):
            rs[e] = xs[e] / ys[e]
        add_pulls(B, low, rs, g)


@njit(nogil=True, cache=True, fastmath=SUMS)
def _add_tile(q, B, low, ia, ib, G, a, b):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add ``B[ia] diag(q) B[ib]'``, columns from low on, to 4 x 4 of G: sixteen sums in registers."""
    z = q.dtype.type(0)
    high = low + len(q)
    a0, a1, a2, a3 = B[ia[0], low:high], B[ia[1], low:high], B[ia[2], low:high], B[ia[3], low:high]
    b0, b1, b2, b3 = B[ib[0], low:high], B[ib[1], low:high], B[ib[2], low:high], B[ib[3], low:high]
    s00, s01, s02, s03 = z, z, z, z
    s10, s11, s12, s13 = z, z, z, z
    s20, s21, s22, s23 = z, z, z, z
    s30, s31, s32, s33 = z, z, z, z
    for e in range(len(q)):
        y0, y1, y2, y3 = b0[e], b1[e], b2[e], b3[e]
        v = q[e] * a0[e]
        s00 += v * y0
        s01 += v * y1
        s02 += v * y2
        s03 += v * y3
        v = q[e] * a1[e]
        s10 += v * y0
        s11 += v * y1
        s12 += v * y2
        s13 += v * y3
        v = q[e] * a2[e]
        s20 += v * y0
        s21 += v * y1
        s22 += v * y2
        s23 += v * y3
        v = q[e] * a3[e]
        s30 += v * y0
        s31 += v * y1
        s32 += v * y2
        s33 += v * y3
    for i, s in enumerate(((s00, s01, s02, s03), (s10, s11, s12, s13), (s20, s21, s22, s23), (s30, s31, s32, s33))):
        G[a + i, b] += s[0]
        G[a + i, b + 1] += s[1]
        G[a + i, b + 2] += s[2]
        G[a + i, b + 3] += s[3]


@njit(nogil=True, cache=True)
def curvature(q, B, free, p, l2, G):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Set G to the second derivatives between the p free components."""
    wide = (p + 3) // 4 * 4
    free[p:wide] = 0
    G[:wide, :wide] = 0
    for low in range(0, len(q), CHUNK):
        high = min(len(q), low + CHUNK)
        qs = q[low:high]
        for a in range(0, wide, 4):
            for b in range(0, a + 4, 4):
                _add_tile(qs, B, low, free[a : a + 4], free[b : b + 4], G, a, b)
    for a in range(p):
        for b in range(a):
            G[b, a] = G[a, b]
        G[a, a] += l2


@njit(nogil=True, cache=True, error_model="numpy")
def _descend(G, w, free, p, g, d, sweeps):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Minimise the model g'd + d'G d / 2 over w + d >= 0 by coordinate descent; say whether it came near the end.

    g ends as the gradient there.
    """
    zero = g.dtype.type(0)
    first = zero
    for sweep in range(sweeps):
        change = zero
        for a in range(p):
            old = w[free[a]] + d[a]
            # where nothing of X asks for a component, only its price is left
            alone = zero if g[a] > 0 else old
            new = max(zero, old - g[a] / G[a, a]) if G[a, a] > 0 else alone
            move = new - old
            if move != 0:
                d[a] += move
                line = G[a]
                for b in range(p):
                    g[b] += move * line[b]
                change += G[a, a] * move * move
        if sweep == 0:
            first = change
        elif change <= 1e-4 * first:
            return True
    return False


@njit(nogil=True, cache=True, error_model="numpy")
def _exchange(G, w, free, p, m, d, exact):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Minimise the same model, m its gradient at d = 0, by the active set from d on: parts that depend on each other
    keep coordinate descent busy for ever.
    """
    gram, L, short, index, barred = exact
    length, c, u, s = short[0, :p], short[1, :p], short[2, :p], short[3, :p]
    size = 0.0
    for a in range(p):
        length[a] = np.sqrt(G[a, a]) if G[a, a] > 0 else 1.0
    for a in range(p):
        c[a] = -m[a] / length[a]
        for b in range(p):
            gram[a, b] = G[a, b] / (length[a] * length[b])
            c[a] += gram[a, b] * w[free[b]] * length[b]
        u[a] = (w[free[a]] + d[a]) * length[a] if G[a, a] > 0 else 0.0
        size += c[a] * c[a]
    solve_row(gram[:p, :p], c, u, DUE * np.sqrt(size), index, barred, L, s)
    for a in range(p):
        if G[a, a] > 0:
            d[a] = u[a] / length[a] - w[free[a]]


@njit(nogil=True, cache=True, fastmath=SUMS, error_model="numpy")
def _slope_at(t, x, y, v, floor):  # type: ignore[no-untyped-def]  # pragma: no cover
    """First and second derivative of ``-sum x log(y + t v)`` in t."""
    first = y.dtype.type(0)
    second = y.dtype.type(0)
    for e in range(len(x)):
        here = max(y[e] + t * v[e], floor)
        share = v[e] / here
        first -= x[e] * share
        second += x[e] * share * share
    return first, second


@njit(nogil=True, cache=True, error_model="numpy")
def _cut(x, y, v, floor, line):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return how far to go along v, at most 1, such that the convex divergence still falls there; 0 if nowhere.

    `line` holds the derivative at 0 and the terms without logarithm: its constant and its linear part.
    """
    slope, constant, linear = line
    one, kept = y.dtype.type(1), y.dtype.type(KEPT)
    t = one
    # an estimate that X needs keeps a share of itself: at 0 the derivatives say nothing of how far to go back
    for e in range(len(x)):
        if x[e] > 0 and y[e] + t * v[e] < kept * y[e]:
            t = (kept - one) * y[e] / v[e]
    for _ in range(CUTS):
        first, second = _slope_at(t, x, y, v, floor)
        first += constant + t * linear
        if first <= y.dtype.type(-1e-3) * slope:
            return t
        back = first / (second + linear)
        t = min(max(t - back, y.dtype.type(0.1) * t), y.dtype.type(0.9) * t)
    return y.dtype.type(0)


@njit(nogil=True, cache=True, error_model="numpy")
def newton(x, B, c, l2, w, rooms, G, short, free, exact, pace, floor):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Take the row w (padded) its way; say whether it came to its end. c are the pulls down, l1 included.

    exact is room for `_exchange`, or None to do without: then it is not compiled.
    """
    updates, steps, sweeps, tolerance = pace
    k = len(c)
    one = w.dtype.type(1)
    y, r, v = rooms[0, : len(x)], rooms[1, : len(x)], rooms[2, : len(x)]
    g, m, d = short[0], short[1], short[2]
    for step in range(updates + steps):
        _look(x, B, w, y, r, g, floor)
        if step < updates:
            for j in range(k):
                down = c[j] + l2 * w[j]
                if down > 0:
                    w[j] *= g[j] / down
            continue
        p = 0
        pull = g.dtype.type(0)
        hold = g.dtype.type(0)
        for j in range(k):
            # over the pull down, so that the unit of a component does not matter
            per = one / c[j] if c[j] > 0 else one
            hold += g[j] * per * g[j] * per
            gradient = c[j] + l2 * w[j] - g[j]
            if w[j] > 0 or gradient < 0:
                free[p] = j
                m[p] = gradient
                d[p] = 0
                pull += gradient * per * gradient * per
                p += 1
        if p == 0 or pull <= tolerance * tolerance * hold:
            return True
        for e in range(len(x)):
            r[e] = r[e] / y[e]
        curvature(r, B, free, p, l2, G)
        g[:p] = m[:p]
        settled = _descend(G, w, free, p, g, d, sweeps)
        if exact is not None and not settled:
            _exchange(G, w, free, p, m, d, exact)
        slope = g.dtype.type(0)
        constant = g.dtype.type(0)
        linear = g.dtype.type(0)
        v[:] = 0
        for a in range(p):
            if d[a] != 0:
                j = free[a]
                slope += m[a] * d[a]
                constant += (c[j] + l2 * w[j]) * d[a]
                linear += l2 * d[a] * d[a]
                b, move = B[j, : len(x)], d[a]
                for e in range(len(x)):
                    v[e] += move * b[e]
        if not slope < 0:
            return False
        t = _cut(x, y, v, floor, (slope, constant, linear))
        for a in range(p):
            w[free[a]] = max(g.dtype.type(0), w[free[a]] + t * d[a])
    return False
