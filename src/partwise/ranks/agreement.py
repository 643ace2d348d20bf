"""Parts on which many runs agree: one of each run in every group, those that stand alone left out, then medians."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partwise.ranks.classical import grouped

NEIGHBOURS = 0.3  # of the runs: so many nearest parts say how alone one stands


@dataclass(frozen=True)
class Agreement:
    """What many runs agree on.

    Parameters
    ----------
    parts : ndarray of shape (k, n_features)
        The medians of the groups, of length 1; in the order of the first run.
    kept : ndarray of bool, shape (n_runs, k)
        Whose part went into the median of each group.
    distances : ndarray of shape (n_runs, k)
        How alone each part stands: its mean distance from the nearest ones of other runs, 0 to sqrt(2). Zeros for a
        single run.
    """

    parts: NDArray[np.float64]
    kept: NDArray[np.bool_]
    distances: NDArray[np.float64]


def agreed(runs: Sequence[NDArray], outliers: float) -> Agreement:
    """Return the parts that runs agree on (consensus NMF, Kotliar et al. 2019).

    All parts of all runs have length 1. One whose mean distance from its nearest neighbours in other runs, three in
    ten of the runs, is more than `outliers` is left out. Where the paper forms groups by k-means, here each run puts
    one part into each group (`classical.grouped`), so that two parts of a run never end as one. The medians, feature
    by feature, are brought to length 1 again.

    Parameters
    ----------
    runs : sequence of ndarray of shape (k, n_features)
        Parts >= 0; the first run names the groups.
    outliers : float
        A distance; sqrt(2) or more leaves nothing out. A group of outliers only keeps all of them: it has to be
        something.

    Returns
    -------
    Agreement
    """
    groups = grouped(runs)
    k, n_features = groups.shape[1:]
    distances = _alone(groups)
    kept = distances <= outliers
    kept[:, ~kept.any(axis=0)] = True
    parts = np.empty((k, n_features))
    for j in range(k):
        members = groups[kept[:, j], j]
        median = np.median(members, axis=0)
        # of parts that share no feature the median is nothing
        parts[j] = median if median.any() else members.mean(axis=0)
    lengths = np.linalg.norm(parts, axis=1, keepdims=True)
    return Agreement(np.divide(parts, lengths, out=parts, where=lengths > 0), kept, distances)


def _alone(groups: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean distance of each part from its nearest ones of other runs."""
    n_runs, k, n_features = groups.shape
    if n_runs == 1:
        return np.zeros((1, k))
    points = groups.reshape(-1, n_features)
    lengths = np.einsum("if,if->i", points, points)
    squares = lengths[:, None] + lengths - 2.0 * points @ points.T
    of = np.repeat(np.arange(n_runs), k)
    squares[of[:, None] == of] = np.inf
    count = max(1, int(NEIGHBOURS * n_runs))
    nearest = np.partition(squares, count - 1, axis=1)[:, :count]
    return np.sqrt(np.maximum(nearest, 0.0)).mean(axis=1).reshape(n_runs, k)
