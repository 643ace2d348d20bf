"""Exact non-negative least squares by exchanging whole blocks of components; rows with the same passive set share one
factorization.

Kim & Park 2011, "Fast nonnegative matrix factorization: an active-set-like method and comparisons", algorithm 2 with
the grouping of section 4.2; the back-up rule is Murty's.
"""

import numpy as np
from numba import njit

from partwise.kernels.nnls import DEPENDENT, active_set
from partwise.kernels.team import share
from partwise.kernels.threads import crew

BLOCK = 2048  # rows among which equal passive sets are looked for; what they need stays in the second-level cache
PARTS, LEAST = 4, 64  # into which fewer rows than fill blocks are parted, and rows of a part at least
PATIENCE = 3  # full exchanges that may fail to lower the number of infeasible components (Kim & Park's p)
ROUNDS = 10  # exchanges allowed per component


@njit(nogil=True, cache=True)
def _factor(gram, index, p, U):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Fill U with U'U = gram[P, P]; say whether no component of P is a combination of others."""
    for a in range(p):
        row = U[a]
        for b in range(a, p):
            row[b] = gram[index[a], index[b]]
        for i in range(a):
            above, share = U[i], U[i, a]
            for b in range(a, p):
                row[b] -= share * above[b]
        if row[a] <= DEPENDENT * gram[index[a], index[a]]:
            return False
        root = np.sqrt(row[a])
        for b in range(a, p):
            row[b] /= root
    return True


@njit(nogil=True, cache=True)
def _solve(c, index, p, U, s):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Solve gram[P, P] s = c[P] with the factor U."""
    for a in range(p):
        s[a] = c[index[a]]
    for a in range(p):
        row = U[a]
        s[a] /= row[a]
        share = s[a]
        for b in range(a + 1, p):
            s[b] -= share * row[b]
    for a in range(p - 1, -1, -1):
        row = U[a]
        total = s[a]
        for b in range(a + 1, p):
            total -= row[b] * s[b]
        s[a] = total / row[a]


@njit(nogil=True, cache=True)
def _exchange(passive, infeasible, count, best, patience):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Exchange all infeasible components, or only the last one while that has not helped; return the new (best,
    patience).
    """
    k = len(passive)
    if count < best:
        best, patience = count, PATIENCE
    elif patience > 0:
        patience -= 1
    else:
        for j in range(k - 1, -1, -1):
            if infeasible[j]:
                passive[j] = not passive[j]
                break
        return best, patience
    for j in range(k):
        if infeasible[j]:
            passive[j] = not passive[j]
    return best, patience


@njit(nogil=True, cache=True)
def _row(gram, c, index, p, U, s, y, passive, infeasible, slack):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Solve one row on its passive set; mark what is infeasible there and count it."""
    k = len(c)
    _solve(c, index, p, U, s)
    for j in range(k):
        y[j] = -c[j]
    for a in range(p):
        column, share = gram[index[a]], s[a]
        for j in range(k):
            y[j] += share * column[j]
    count = 0
    for j in range(k):
        infeasible[j] = not passive[j] and y[j] < -slack
        count += infeasible[j]
    for a in range(p):
        infeasible[index[a]] = s[a] < 0.0
        count += s[a] < 0.0
    return count


@njit(nogil=True, cache=True)
def _pivot_block(gram, c, slack, passive, signs, out, begin, unfinished):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Solve the rows of one block, given by row: c and passive have shape (n_rows, k)."""
    n, k = c.shape
    U = np.zeros((k, k))
    s, y = np.zeros(k), np.zeros(k)
    index = np.zeros(k, np.int64)
    infeasible = np.zeros(k, np.bool_)
    best, patience = np.full(n, k + 1), np.full(n, PATIENCE)
    keys = np.zeros(n, np.int64)
    rest = np.arange(n)
    for _ in range(ROUNDS * k + ROUNDS):
        for i in range(len(rest)):
            key = 0
            for j in range(k):
                if passive[rest[i], j]:
                    key ^= signs[j]
            keys[i] = key
        order = np.argsort(keys[: len(rest)])
        left = 0
        kept = np.empty_like(rest)
        at = 0
        while at < len(rest):
            head = rest[order[at]]
            group = passive[head].copy()
            p = 0
            for j in range(k):
                if group[j]:
                    index[p] = j
                    p += 1
            sound = _factor(gram, index, p, U)
            while at < len(rest):
                row = rest[order[at]]
                same = True
                for j in range(k):
                    same = same and passive[row, j] == group[j]
                # two sets with one key, if that ever happens, are two groups
                if not same and row != head:
                    break
                at += 1
                if not sound:
                    unfinished[begin + row] = True
                    continue
                count = _row(gram, c[row], index, p, U, s, y, group, infeasible, slack[row])
                if count:
                    best[row], patience[row] = _exchange(passive[row], infeasible, count, best[row], patience[row])
                    kept[left] = row
                    left += 1
                    continue
                for j in range(k):
                    out[j, begin + row] = 0.0
                for a in range(p):
                    out[index[a], begin + row] = s[a]
        rest = kept[:left]
        if left == 0:
            return
    for row in rest:
        unfinished[begin + row] = True


@njit(nogil=True, cache=True)
def _pivot_rows(gram, cross, F, hold, signs, out, unfinished, tolerance, size, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Solve a block of rows; `hold` draws them to F."""
    k = gram.shape[0]
    begin = block * size
    n = min(begin + size, F.shape[1]) - begin
    c = np.empty((n, k))
    passive = np.empty((n, k), np.bool_)
    slack = np.zeros(n)
    for j in range(k):
        for r in range(n):
            f = np.float64(F[j, begin + r])
            c[r, j] = np.float64(cross[j, begin + r]) + hold * f
            passive[r, j] = f > 0.0
            slack[r] += c[r, j] * c[r, j]
    slack = tolerance * np.sqrt(slack)
    _pivot_block(gram, c, slack, passive, signs, out, begin, unfinished)


@njit(nogil=True, cache=True)
def _pivot_all(board, gram, cross, F, hold, signs, out, unfinished, tolerance, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    args = (gram, cross, F, hold, signs, out, unfinished, tolerance, size)
    share(board, _pivot_rows, args, -(-F.shape[1] // size))


def pivot(
    gram: np.ndarray, cross: np.ndarray, F: np.ndarray, hold: float = 0.0, tolerance: float = 1e-12
) -> np.ndarray:
    """Return argmin over G >= 0 of 1/2 <G, gram G> - <cross, G> + hold / 2 ||G - F||^2, each row solved on its own.

    Parameters
    ----------
    gram : ndarray of shape (n_components, n_components), float64
        Symmetric, of components of length 1 or less; positive definite with `hold` on the diagonal.
    cross : ndarray of shape (n_components, n_rows)
        Float32 or float64.
    F : ndarray of shape (n_components, n_rows)
        The start, >= 0; its support is the first passive set. The result has its dtype.
    hold : float
        Makes the solution unique where `gram` is singular; a step so held cannot raise the objective.
    tolerance : float
        A component is infeasible at 0 only if its pull exceeds this share of the length of the row's cross products.

    Returns
    -------
    ndarray of shape (n_components, n_rows)
    """
    held = gram + hold * np.eye(len(gram))
    # a passive set is known by the exclusive or of its components' signs
    signs = np.random.default_rng(0).integers(0, 2**62, len(gram))
    out = np.empty_like(F)
    unfinished = np.zeros(F.shape[1], np.bool_)
    size = min(BLOCK, max(LEAST, -(-F.shape[1] // PARTS)))
    _pivot_all(crew(), held, cross, F, hold, signs, out, unfinished, tolerance, size)
    rows = np.flatnonzero(unfinished)
    if len(rows):
        near = np.ascontiguousarray(F[:, rows])
        out[:, rows] = active_set(held, cross[:, rows] + F.dtype.type(hold) * near, near, tolerance)
    return out
