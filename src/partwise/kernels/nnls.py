"""Exact non-negative least squares for many rows that share one gram matrix: an active-set method from a warm start.

Lawson & Hanson 1974, chapter 23, on the normal equations (Bro & de Jong 1997), started from the support of a few
sweeps.
"""

import numpy as np
from numba import njit

from partwise.kernels.measure import relative_residuals
from partwise.kernels.sweeps import sweep
from partwise.kernels.team import share
from partwise.kernels.threads import crew

WARM = 50  # sweeps that find nearly the whole support
FINE = (4, 30)  # more of them in double precision, the second helping only for rows that are not at their optimum yet
SOME = 16  # rows of a block that a thread solves
ROUNDS = 10  # exchanges allowed per component
DEPENDENT = 1e-11  # squared sine of the angle to the others below which a component is their combination
FAINT = 1e-290  # a weight below it is none: no step of its own size can be represented
FAST = {"contract", "reassoc", "nsz"}  # sums in any order, so that they are vectorised
PREFERRED = 1e3  # times the tolerance: what a penalty must pull by to choose between components that do the same


@njit(nogil=True, cache=True, fastmath=FAST)
def _dot(a, b, n):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return the inner product of the first n entries of two contiguous rows."""
    total = 0.0
    for i in range(n):
        total += a[i] * b[i]
    return total


@njit(nogil=True, cache=True)
def _factor(gram, index, valid, p, L):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Extend the Cholesky factor of gram[P, P] from its first `valid` rows to p; return how many rows there are then.

    Fewer than p: the component at that place is a combination of those before it.
    """
    for a in range(valid, p):
        for b in range(a + 1):
            total = gram[index[a], index[b]] - _dot(L[a], L[b], b)
            if a == b:
                if total <= DEPENDENT * gram[index[a], index[a]]:
                    return a
                L[a, a] = np.sqrt(total)
            else:
                L[a, b] = total / L[b, b]
    return p


@njit(nogil=True, cache=True)
def _solve_upper(L, p, s):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Solve L' s = s in place."""
    for a in range(p - 1, -1, -1):
        s[a] /= L[a, a]
        # by rows of L, which are contiguous
        row, solved = L[a], s[a]
        for i in range(a):
            s[i] -= row[i] * solved


@njit(nogil=True, cache=True)
def _solve_passive(c, index, p, L, s):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Solve gram[P, P] s = c[P] with the factor L."""
    for a in range(p):
        s[a] = (c[index[a]] - _dot(L[a], s, a)) / L[a, a]
    _solve_upper(L, p, s)


@njit(nogil=True, cache=True)
def _drop(w, index, p):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Take components without weight out of P; return its new size and the first place that changed."""
    kept = 0
    first = p
    for a in range(p):
        if w[index[a]] > 0.0:
            index[kept] = index[a]
            kept += 1
        elif first == p:
            first = a
    return kept, first


@njit(nogil=True, cache=True)
def _slide(c, w, index, a, L, s, least):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Move w along the null direction of the component at place a until a weight is 0; say whether there was a way.

    The component is sum_b s_b of those before it, so taking t of it away and adding t s_b to them changes no estimate.
    The objective changes only where a penalty prefers the one way or the other: then that way is taken.
    """
    new = index[a]
    gain = -c[new]
    for b in range(a):
        s[b] = L[a, b]
    _solve_upper(L, a, s)
    for b in range(a):
        gain += s[b] * c[index[b]]
    way = 1.0
    t = w[new]
    last = a
    if gain < -least:
        way = -1.0
        t = np.inf
    elif t == 0.0:
        return False
    for b in range(a):
        if way * s[b] < 0.0 and w[index[b]] < -way * s[b] * t:
            t = w[index[b]] / (-way * s[b])
            last = b
    if t == np.inf:
        return False
    for b in range(a):
        w[index[b]] = max(0.0, w[index[b]] + way * t * s[b])
    w[new] = max(0.0, w[new] - way * t)
    w[index[last]] = 0.0
    return True


@njit(nogil=True, cache=True)
def _value(gram, c, w):  # type: ignore[no-untyped-def]  # pragma: no cover
    total = 0.0
    for a in range(len(w)):
        if w[a] != 0.0:
            total += (0.5 * _dot(gram[a], w, len(w)) - c[a]) * w[a]
    return total


@njit(nogil=True, cache=True)
def solve_row(gram, c, w, slack, index, barred, L, s):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Move one row's feasible w to the optimum by exchanging components of its support P.

    Components have length 1 (or 0); index, barred, L and s are room for as many of them.
    """
    k = len(w)
    p = 0
    for j in range(k):
        barred[j] = gram[j, j] <= 0.0
        if w[j] > 0.0:
            index[p] = j
            p += 1
    valid = 0
    newest = -1
    for _ in range(ROUNDS * k + ROUNDS):
        valid = _factor(gram, index, valid, p, L)
        if valid < p:
            lost = index[valid]
            if not _slide(c, w, index, valid, L, s, PREFERRED * slack):
                # rounding let in what those before it can do already; while they stay it has no use
                barred[lost] = True
                w[lost] = 0.0
            p, first = _drop(w, index, p)
            valid = min(valid, first)
            newest = -1
            continue
        _solve_passive(c, index, p, L, s)
        step = 1.0
        # a step that rounds to 1 may still end below 0
        leaves = False
        for a in range(p):
            j = index[a]
            if s[a] <= 0.0:
                leaves = True
                if j == newest:
                    barred[j] = True
                gap = w[j] - s[a]
                step = min(step, w[j] / gap if gap > 0.0 else 0.0)
        if leaves:
            for a in range(p):
                j = index[a]
                # whoever sets the step arrives at 0 exactly
                arrives = s[a] <= 0.0 and w[j] <= step * (w[j] - s[a])
                moved = w[j] + step * (s[a] - w[j])
                w[j] = 0.0 if arrives or moved < FAINT else moved
            p, first = _drop(w, index, p)
            valid = min(valid, first)
            newest = -1
            continue
        moved = False
        for a in range(p):
            moved = moved or w[index[a]] != s[a]
            w[index[a]] = s[a]
        if moved:
            for j in range(k):
                barred[j] = gram[j, j] <= 0.0 or (j == newest and w[j] == 0.0)
        newest = -1
        steepest = slack
        for j in range(k):
            if w[j] == 0.0 and not barred[j]:
                pull = c[j] - _dot(gram[j], w, k)
                if pull > steepest:
                    steepest = pull
                    newest = j
        if newest < 0:
            return
        index[p] = newest
        p += 1


@njit(nogil=True, cache=True)
def _solve_rows(gram, cross, F, out, tolerance, size, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Solve a block of rows from the feasible F; a row that did not gain keeps its feasible point."""
    start, stop = block * size, min((block + 1) * size, F.shape[1])
    k = gram.shape[0]
    L = np.zeros((k, k))
    s = np.zeros(k)
    w = np.zeros(k)
    c = np.zeros(k)
    warm = np.zeros(k)
    index = np.zeros(k, np.int64)
    barred = np.zeros(k, np.bool_)
    for row in range(start, stop):
        size = 0.0
        for j in range(k):
            c[j] = cross[j, row]
            warm[j] = F[j, row] if gram[j, j] > 0.0 and F[j, row] >= FAINT else 0.0
            w[j] = warm[j]
            size += c[j] * c[j]
        solve_row(gram, c, w, tolerance * np.sqrt(size), index, barred, L, s)
        better = _value(gram, c, w) <= _value(gram, c, warm)
        for j in range(k):
            out[j, row] = w[j] if better else warm[j]


@njit(nogil=True, cache=True)
def _solve_all(board, gram, cross, F, out, tolerance):  # type: ignore[no-untyped-def]  # pragma: no cover
    share(board, _solve_rows, (gram, cross, F, out, tolerance, SOME), -(-F.shape[1] // SOME))


def nnls(gram: np.ndarray, cross: np.ndarray, tolerance: float = 1e-12) -> np.ndarray:
    """Return argmin over F >= 0 of 1/2 <F, gram F> - <cross, F>, each row solved on its own.

    Parameters
    ----------
    gram : ndarray of shape (n_components, n_components)
        Symmetric positive semi-definite; taken in float64.
    cross : ndarray of shape (n_components, n_rows)
        Float32 or float64; the result has its dtype.
    tolerance : float
        A component enters a row's support only if its pull exceeds this share of the length of the row's cross
        products.

    Returns
    -------
    F : ndarray of shape (n_components, n_rows)
    """
    # every component is brought to length 1: one of length 1e30 would drown the pulls of all others
    length = np.sqrt(np.diagonal(gram).astype(np.float64))
    length[length == 0] = 1
    exact = np.ascontiguousarray(gram / length / length[:, None], dtype=np.float64)
    unit = length.astype(cross.dtype)[:, None]
    pulls = np.ascontiguousarray(cross / unit)
    start = np.maximum(pulls, 0) / cross.dtype.type(len(gram))
    # no row stops before another: what comes with a row would move its last bits
    warm = sweep(exact.astype(cross.dtype), pulls, start, most=WARM, shrink=0).F
    wide, codes = pulls.astype(np.float64), warm.astype(np.float64)
    limit = float(np.finfo(cross.dtype).eps) / 2
    rows = np.arange(cross.shape[1])
    for sweeps in FINE:
        everyone = len(rows) == codes.shape[1]
        some, near = (F if everyone else np.ascontiguousarray(F[:, rows]) for F in (wide, codes))
        near = sweep(exact, some, near, most=sweeps, shrink=0).F
        if everyone:
            codes = near
        else:
            codes[:, rows] = near
        # at its optimum to the rounding of X a row needs no more
        rows = rows[relative_residuals(exact, some, near) > limit]
        if not len(rows):
            break
    out = codes.astype(cross.dtype)
    if len(rows):
        some, near = (np.ascontiguousarray(F[:, rows]) for F in (pulls, warm))
        out[:, rows] = active_set(exact, some, near, tolerance)
    # beside the largest of its row such a weight adds nothing, and at the end of the range it would lose its digits
    nothing = np.finfo(out.dtype).eps ** 2
    out[out < nothing * out.max(axis=0)] = 0
    return out / unit


def active_set(gram: np.ndarray, cross: np.ndarray, F: np.ndarray, tolerance: float) -> np.ndarray:
    """Return what `nnls` returns, from a feasible start F, for components of length 1 (or 0); F is not modified."""
    out = np.empty_like(F)
    _solve_all(crew(), gram, cross, F, out, tolerance)
    return out
