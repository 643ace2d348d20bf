"""Parts of different fits side by side: which is which, and how surely one comes back."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment

FAINT = 0.01  # of a part's peak: so little of it anywhere does not count as being there


def matched(A: ArrayLike, B: ArrayLike) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Pair the rows of A with rows of B, each with one of its own, so that the sum of their cosines is largest.

    Parameters
    ----------
    A, B : array-like of shape (k, n_features) and (l, n_features), k <= l
        Parts of two fits, of any length.

    Returns
    -------
    order : ndarray of shape (k,)
        ``B[order[j]]`` belongs to ``A[j]``.
    cosines : ndarray of shape (k,)
        Of each pair; 0 where either is all zeros.

    Raises
    ------
    ValueError
        If A has more rows than B, or another number of columns.
    """
    return _assigned(unit_rows(A), unit_rows(B))


def least_cosine(parts: Sequence[ArrayLike]) -> float:
    """Return the mean over pairs of fits of their smallest matched cosine; not a number for fewer than two fits."""
    cosines = pair_cosines(parts)
    return float(cosines.min(axis=1).mean()) if len(cosines) else float("nan")


def mean_cosine(parts: Sequence[ArrayLike]) -> float:
    """Return the mean over pairs of fits of their mean matched cosine; not a number for fewer than two fits."""
    cosines = pair_cosines(parts)
    return float(cosines.mean()) if len(cosines) else float("nan")


def pair_cosines(parts: Sequence[ArrayLike]) -> NDArray[np.float64]:
    """Return the matched cosines of every pair of fits, shape (n_pairs, k), for parts of shape (k, n_features) each."""
    units = [unit_rows(one) for one in parts]
    found = [_assigned(A, B)[1] for A, B in combinations(units, 2)]
    return np.stack(found) if found else np.empty((0, len(units[0]) if units else 0))


def returning(reference: ArrayLike, others: Sequence[ArrayLike]) -> NDArray[np.float64]:
    """Return how surely each part comes back in other fits: the mean of its matched cosines.

    Parameters
    ----------
    reference : array-like of shape (k, n_features)
    others : sequence of array-like of shape (l, n_features), k <= l

    Returns
    -------
    ndarray of shape (k,)
        0 to 1 for parts >= 0; not a number where there are no others.
    """
    wanted = unit_rows(reference)
    if not len(others):
        return np.full(len(wanted), np.nan)
    return np.mean([_assigned(wanted, unit_rows(other))[1] for other in others], axis=0)


def stability_map(reference: ArrayLike, others: Sequence[ArrayLike]) -> NDArray[np.float64]:
    """Return, feature by feature, how surely a part comes back there in other fits.

    A match b of a part a is first scaled to it, by <a, b> / <b, b>. Where the part has the value a_f and its matches
    b_f, the map is ``sum min(a_f, b_f) / max(e, sum max(a_f, b_f))``, which is 1 less the spread over the level: 1
    where every fit has as much of it, 0 where the others have nothing, or nobody has. e is a hundredth of the part's
    peak for each of the others, so that next to nothing counts as nothing.

    Parameters
    ----------
    reference : array-like of shape (k, n_features)
        Entries >= 0.
    others : sequence of array-like of shape (l, n_features), k <= l
        Entries >= 0.

    Returns
    -------
    ndarray of shape (k, n_features)
        0 to 1; not a number where there are no others.
    """
    a = np.asarray(reference, dtype=np.float64)
    if not len(others):
        return np.full(a.shape, np.nan)
    common, level = np.zeros_like(a), np.zeros_like(a)
    wanted = unit_rows(a)
    for other in others:
        other = np.asarray(other, dtype=np.float64)
        b = other[_assigned(wanted, unit_rows(other))[0]]
        squares = np.einsum("jf,jf->j", b, b)
        scale = np.divide(np.einsum("jf,jf->j", a, b), squares, out=np.zeros(len(a)), where=squares > 0)
        b = b * scale[:, None]
        common += np.minimum(a, b)
        level += np.maximum(a, b)
    level = np.maximum(level, FAINT * len(others) * a.max(axis=1, initial=0.0, keepdims=True))
    return np.divide(common, level, out=np.zeros_like(a), where=level > 0)


def unit_rows(parts: ArrayLike) -> NDArray[np.float64]:
    """Return the rows at length 1, in double precision; one that is all zeros stays so."""
    parts = np.asarray(parts, dtype=np.float64)
    # a row is brought near 1 first: the square of its length may not be representable
    peaks = np.abs(parts).max(axis=1, initial=0.0, keepdims=True)
    rows = np.divide(parts, peaks, out=np.zeros_like(parts), where=peaks > 0)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=rows, where=lengths > 0)


def _assigned(A: NDArray[np.float64], B: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Pair rows of length 1."""
    if A.shape[1] != B.shape[1] or len(A) > len(B):
        raise ValueError(
            f"Parts of shape {A.shape} cannot be matched with parts of shape {B.shape}: "
            "both need the same features, and the second at least as many parts."
        )
    cosines = np.clip(A @ B.T, -1.0, 1.0)
    rows, order = linear_sum_assignment(cosines, maximize=True)
    return order, cosines[rows, order]
