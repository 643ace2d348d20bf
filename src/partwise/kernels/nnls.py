"""Exact non-negative least squares for many rows that share one gram matrix: an active-set method from a warm start.

Lawson & Hanson 1974, chapter 23, on the normal equations (Bro & de Jong 1997), started from the support of a few
sweeps.
"""

import numpy as np
from numba import njit

from partwise.kernels.sweeps import sweep
from partwise.kernels.threads import over_rows

WARM = 30  # sweeps that find nearly the whole support before the first factorization
ROUNDS = 10  # exchanges allowed per component before the row keeps its feasible point


@njit(nogil=True, cache=True)
def _solve_passive(gram, c, index, p, L, s):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Solve gram[P, P] s = c[P] by Cholesky; return -1, or the position of a component that depends on earlier ones."""
    for a in range(p):
        for b in range(a + 1):
            total = gram[index[a], index[b]]
            for i in range(b):
                total -= L[a, i] * L[b, i]
            if a == b:
                if total <= 1e-14 * gram[index[a], index[a]]:
                    return a
                L[a, a] = np.sqrt(total)
            else:
                L[a, b] = total / L[b, b]
    for a in range(p):
        total = c[index[a]]
        for i in range(a):
            total -= L[a, i] * s[i]
        s[a] = total / L[a, a]
    for a in range(p - 1, -1, -1):
        total = s[a]
        for i in range(a + 1, p):
            total -= L[i, a] * s[i]
        s[a] = total / L[a, a]
    return -1


@njit(nogil=True, cache=True)
def _solve_rows(gram, cross, F, out, start, stop, tolerance):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Move rows start..stop from the feasible F to the optimum; a row that does not arrive stays feasible."""
    k = gram.shape[0]
    L = np.zeros((k, k))
    s = np.zeros(k)
    w = np.zeros(k)
    c = np.zeros(k)
    index = np.zeros(k, np.int64)
    barred = np.zeros(k, np.bool_)
    for row in range(start, stop):
        size = 0.0
        for j in range(k):
            c[j] = cross[j, row]
            w[j] = F[j, row] if gram[j, j] > 0.0 else 0.0
            barred[j] = gram[j, j] <= 0.0
            size += c[j] * c[j]
        slack = tolerance * np.sqrt(size)
        p = 0
        for j in range(k):
            if w[j] > 0.0:
                index[p] = j
                p += 1
        newest = -1
        for _ in range(ROUNDS * k + ROUNDS):
            dependent = _solve_passive(gram, c, index, p, L, s)
            if dependent >= 0:
                lost = index[dependent]
                barred[lost] = True
                w[lost] = 0.0
                for a in range(dependent, p - 1):
                    index[a] = index[a + 1]
                p -= 1
                continue
            step = 1.0
            for a in range(p):
                if s[a] <= 0.0:
                    if index[a] == newest and w[newest] == 0.0:
                        barred[newest] = True
                    gap = w[index[a]] - s[a]
                    share = w[index[a]] / gap if gap > 0.0 else 0.0
                    step = min(step, share)
            if step < 1.0:
                kept = 0
                for a in range(p):
                    j = index[a]
                    moved = w[j] + step * (s[a] - w[j])
                    if s[a] <= 0.0 and (moved <= 0.0 or w[j] <= step * (w[j] - s[a])):
                        w[j] = 0.0
                    else:
                        w[j] = moved
                        index[kept] = j
                        kept += 1
                p = kept
                newest = -1
                continue
            for a in range(p):
                w[index[a]] = s[a]
            newest = -1
            steepest = slack
            for j in range(k):
                if w[j] == 0.0 and not barred[j]:
                    pull = c[j]
                    for a in range(p):
                        pull -= gram[j, index[a]] * w[index[a]]
                    if pull > steepest:
                        steepest = pull
                        newest = j
            if newest < 0:
                break
            index[p] = newest
            p += 1
        for j in range(k):
            out[j, row] = w[j]


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
    diagonal = np.diagonal(gram)
    known = np.where(diagonal > 0, diagonal, 1)[:, None]
    cross = np.ascontiguousarray(cross)
    start = np.maximum(cross / known.astype(cross.dtype), 0)
    warm = sweep(gram.astype(cross.dtype), cross, start / cross.dtype.type(len(gram)), most=WARM, shrink=1e-8).F
    exact = np.ascontiguousarray(gram, dtype=np.float64)
    out = np.empty_like(warm)
    over_rows(lambda start, stop: _solve_rows(exact, cross, warm, out, start, stop, tolerance), warm.shape[1])
    return out
