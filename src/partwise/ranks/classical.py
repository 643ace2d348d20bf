"""The classical criteria: kneedle, explained variance, silhouettes of matched parts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from partwise.matching import matched, unit_rows

ENOUGH = 0.01  # of X's squares: a part that explains less is one too many
CLEAR = 0.75  # least silhouette of a part that counts as found
ROUNDS = 20  # in which parts settle in their groups


def kneedle(ks: Sequence[int], values: Sequence[float], sensitivity: float = 1.0) -> int | None:
    """Return the knee of a falling, hollow curve by Satopaa et al. (2011), or None where there is none.

    Both axes are brought to 0 .. 1 and the curve is turned upside down. Where it is highest above the diagonal it has a
    knee, if it then falls below that height less `sensitivity` mean steps in k before it rises to another peak.

    Parameters
    ----------
    ks : sequence of int
        Increasing.
    values : sequence of float
        Such as root errors.
    sensitivity : float
        S of the paper, >= 0; larger wants a clearer knee.

    Returns
    -------
    int or None
        The first knee; None for fewer than three values, a flat curve or one that is not finite.
    """
    x, y = np.asarray(ks, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if len(x) < 3 or not np.isfinite(y).all() or y.max() == y.min():
        return None
    x = (x - x[0]) / (x[-1] - x[0])
    above = (y.max() - y) / (y.max() - y.min()) - x
    peak, limit = None, 0.0
    for i in range(1, len(x)):
        if i < len(x) - 1 and above[i] >= above[i - 1] and above[i] > above[i + 1] and above[i] > 0:
            peak, limit = i, above[i] - sensitivity * float(np.diff(x).mean())
        elif peak is not None and above[i] < limit:
            return int(ks[peak])
    return None


def enough_explained(ks: Sequence[int], explained: Sequence[float], least: float = ENOUGH) -> int | None:
    """Return the first k after which one more part explains less than `least` of X's squares, or None.

    Parameters
    ----------
    ks : sequence of int
        Increasing; where they are not one apart, what the step explains is shared out over its parts.
    explained : sequence of float
        Share of X's squares that the model explains, 1 - ||X - W H||^2 / ||X||^2.
    least : float
        A share.
    """
    gains = np.diff(explained) / np.diff(ks)
    few = np.flatnonzero(gains < least)
    return int(ks[few[0]]) if len(few) else None


def silhouettes(parts: Sequence[ArrayLike]) -> NDArray[np.float64]:
    """Return how far apart the groups are that matched parts of several fits form (NMFk, Alexandrov et al. 2013).

    Every fit puts one part into each group. A part's silhouette is (b - a) / max(a, b), with a its mean cosine distance
    from the others of its group and b that from the nearest other group (Rousseeuw 1987).

    Parameters
    ----------
    parts : sequence of array-like of shape (k, n_features)
        Of two fits or more.

    Returns
    -------
    ndarray of shape (k,)
        The mean silhouette of each group, in the order of the parts of the first fit, -1 to 1. Not a number for fewer
        than two fits, or for k = 1, where there is no other group.
    """
    groups = grouped(parts)
    n_fits, k, _ = groups.shape
    if n_fits < 2 or k < 2:
        return np.full(k, np.nan)
    sums = groups.sum(axis=0)
    # cosine of each part with the sum of each group, of which its own share is taken out in its own group
    towards = groups @ sums.T
    itself = np.einsum("rjf,rjf->rj", groups, groups)
    own = np.arange(k)
    within = 1.0 - (towards[:, own, own] - itself) / (n_fits - 1)
    between = 1.0 - towards / n_fits
    between[:, own, own] = np.inf
    nearest = between.min(axis=2)
    within, nearest = np.maximum(within, 0.0), np.maximum(nearest, 0.0)
    larger = np.maximum(within, nearest)
    return np.divide(nearest - within, larger, out=np.zeros_like(larger), where=larger > 0).mean(axis=0)


def last_clear(ks: Sequence[int], values: Sequence[float], least: float = CLEAR) -> int | None:
    """Return the last k whose value is at least `least`, or None; what is not a number is passed over.

    Of silhouettes, the value of a k is that of its least part.
    """
    return max((int(k) for k, value in zip(ks, values, strict=True) if value >= least), default=None)


def grouped(parts: Sequence[ArrayLike]) -> NDArray[np.float64]:
    """Return the parts of several fits at length 1, one of each fit in each group, the groups in the first fit's order.

    Parts are matched with the groups' means until no one changes its group.

    Parameters
    ----------
    parts : sequence of array-like of shape (k, n_features)

    Returns
    -------
    ndarray of shape (n_fits, k, n_features)
    """
    units = np.stack([unit_rows(one) for one in parts])
    means, before = units[0], None
    for _ in range(ROUNDS):
        orders = np.stack([matched(means, one)[0] for one in units])
        if before is not None and np.array_equal(orders, before):
            break
        before = orders
        means = np.take_along_axis(units, orders[:, :, None], axis=1).mean(axis=0)
    return np.take_along_axis(units, orders[:, :, None], axis=1)
