"""Samples by the part that they use most: how often two share it over restarts, and how firm these groups are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.cluster.hierarchy import cophenet, linkage
from scipy.spatial.distance import squareform

MOST = 2000  # samples of a consensus matrix
FIRM_GROUPS = 0.99  # cophenetic correlation from which groups of samples count as firm
BREAK = 1e-9  # by which equal distances are told apart


def labels_of(W: ArrayLike, H: ArrayLike) -> NDArray[np.intp]:
    """Return for each sample the part that adds most to it: the j with the largest ``w_ij * sum(h_j)``.

    The unit of a part is free (W D and D^-1 H are the same model), the sum of what it adds is not.

    Parameters
    ----------
    W : array-like of shape (n_samples, k)
    H : array-like of shape (k, n_features)

    Returns
    -------
    ndarray of shape (n_samples,)
        The first of equals.
    """
    return np.argmax(np.asarray(W) * np.asarray(H).sum(axis=1, dtype=np.float64), axis=1)


def drawn(n_samples: int, most: int = MOST) -> NDArray[np.intp]:
    """Return which samples a consensus matrix is made of: all, or `most` of them, evenly spread and always the same."""
    if n_samples <= most:
        return np.arange(n_samples)
    return np.linspace(0, n_samples - 1, most).round().astype(np.intp)


def consensus_matrix(labels: ArrayLike, most: int = MOST) -> NDArray[np.float64]:
    """Return in which share of the runs two samples have the same label (Brunet et al. 2004).

    Parameters
    ----------
    labels : array-like of int, shape (n_runs, n_samples)
    most : int
        Of more samples than this, those that `drawn` names are taken.

    Returns
    -------
    ndarray of shape (n, n), n = min(n_samples, most)
        0 to 1, symmetric, the diagonal 1.
    """
    labels = np.asarray(labels)
    labels = labels[:, drawn(labels.shape[1], most)]
    n_runs, n = labels.shape
    together = np.zeros((n, n), dtype=np.float32)  # whole numbers, exact to 2^24
    for run in labels:
        of = np.unique(run, return_inverse=True)[1]
        members = np.zeros((n, of.max(initial=0) + 1), dtype=np.float32)
        members[np.arange(n), of] = 1
        together += members @ members.T
    return together.astype(np.float64) / n_runs


def average_tree(C: ArrayLike) -> NDArray[np.float64]:
    """Return the tree of the samples by average linkage on the distances 1 - C, as a linkage matrix.

    Distances of a consensus matrix are a handful of fractions, and SciPy's average linkage may return a broken tree
    where so many are equal. They are told apart by less than 1e-9, by noise that is always the same.
    """
    distances = _distances(C)
    # scipy has no average linkage that is safe with ties
    return linkage(distances + BREAK * np.random.default_rng(0).random(len(distances)), method="average")


def cophenetic(C: ArrayLike) -> float:
    """Return the cophenetic correlation of a consensus matrix: how well a tree renders its distances (Brunet 2004).

    1 where all runs form the same groups. Of a single run it always is, so it says nothing there, and whoever calls
    this must not ask.

    Parameters
    ----------
    C : array-like of shape (n, n)

    Returns
    -------
    float
        -1 to 1; not a number where there are fewer than three samples, or all are as far apart (one group only).
    """
    distances = _distances(C)
    if len(distances) < 3 or distances.max() == distances.min():
        return float("nan")
    heights = cophenet(average_tree(C))
    return float(np.corrcoef(distances, heights)[0, 1])


def dispersion(C: ArrayLike) -> float:
    """Return the dispersion of a consensus matrix, the mean of ``4 (C_ij - 1/2)^2`` (Kim & Park 2007).

    Returns
    -------
    float
        1 where every pair is always or never together, 0 where all are together half of the time.
    """
    return float(np.mean(4.0 * (np.asarray(C, dtype=np.float64) - 0.5) ** 2))


def firm(ks: Sequence[int], cophenetics: Sequence[float], least: float = FIRM_GROUPS) -> tuple[int, ...]:
    """Return the numbers of parts from 2 up that group the samples firmly, until the first that does not.

    Parameters
    ----------
    ks : sequence of int
        Increasing; those below 2 are passed over.
    cophenetics : sequence of float
        One for each k; what is not a number is not firm.
    least : float
        The correlation that is enough.
    """
    found = []
    for k, value in zip(ks, cophenetics, strict=True):
        if k < 2:
            continue
        if not value >= least:
            break
        found.append(k)
    return tuple(found)


def _distances(C: ArrayLike) -> NDArray[np.float64]:
    """Return 1 - C as the pairs above the diagonal, row by row."""
    return squareform(1.0 - np.asarray(C, dtype=np.float64), checks=False)
