"""A recording taken apart: each source is what its parts hold of every moment and frequency, back as sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike

from .recordings import Recording

ROWS = 512  # frames at a time, of which double precision is held


def separate(recording: Recording, W: ArrayLike, H: ArrayLike, n_sources: int | None = None) -> np.ndarray:
    """Return the sources of a recording as sounds that add up to it.

    Each source gets the share ``W_s H_s / (W H)`` of the recording's spectrogram, phase and all (a Wiener-like mask, as
    in Févotte, Bertin and Durrieu 2009). Shares add up to one at every moment and frequency, also where no part
    sounds, so the sources add up to the recording to rounding, whatever the fit.

    Parameters
    ----------
    recording : Recording
    W : array-like of shape (n_frames, n_components)
        The codes of the recording, >= 0: when each part sounds.
    H : array-like of shape (n_components, n_frequencies)
        The parts, >= 0: their spectra.
    n_sources : int, optional
        From 1 to n_components: parts that sound together and alike are put into so many groups; by default each part
        is a source.

    Returns
    -------
    ndarray of shape (n_sources, length), float32

    Raises
    ------
    ValueError
        W and H do not fit the recording, or `n_sources` is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from partwise import NMF
    >>> from partwise.sources import Recording, separate
    >>> time = np.arange(8000) / 8000
    >>> low = np.sin(2 * np.pi * 440 * time) * (time < 0.6)
    >>> high = np.sin(2 * np.pi * 660 * time) * (time > 0.3)
    >>> recording = Recording.from_sound(low + high, 8000)
    >>> model = NMF(2, beta_loss="kullback-leibler", solver="auto", random_state=0)
    >>> W = model.fit_transform(recording.X)
    >>> sounds = separate(recording, W, model.components_)
    >>> sounds.shape
    (2, 8000)
    >>> bool(np.abs(sounds.sum(axis=0) - recording.sound).max() < 1e-6)
    True
    """
    W, H = _checked(recording, W, H)
    return np.stack(list(separated(recording, W, H, group_parts(W, H, n_sources))))


def separated(
    recording: Recording, W: np.ndarray, H: np.ndarray, groups: Sequence[Sequence[int]]
) -> Iterator[np.ndarray]:
    """Yield the sound of one group of parts after the other, so that only one is in memory; as in `separate`.

    Parameters
    ----------
    recording : Recording
    W, H : ndarray
        As in `separate`.
    groups : sequence of sequences of int
        The parts of each source, from 0; together every part once.

    Yields
    ------
    ndarray of shape (length,), float32
    """
    W, H = _checked(recording, W, H)
    for group in groups:
        yield recording.sound_of(_Share(W, H, list(group), len(groups)))


def magnitudes(
    recording: Recording, W: np.ndarray, H: np.ndarray, groups: Sequence[Sequence[int]]
) -> Iterator[np.ndarray]:
    """Yield the magnitude spectrogram of one group of parts after the other; parameters as in `separated`.

    Yields
    ------
    ndarray of shape (n_frames, n_frequencies), float32
        Together they are X.
    """
    W, H = _checked(recording, W, H)
    for group in groups:
        share, X = _Share(W, H, list(group), len(groups)), np.empty_like(recording.X)
        for first in range(0, len(X), ROWS):
            rows = slice(first, first + ROWS)
            np.multiply(recording.X[rows], share(rows), out=X[rows], casting="same_kind")
        yield X


class _Share:
    """What a group of parts holds of each moment and frequency; where no part sounds, an equal share."""

    def __init__(self, W: np.ndarray, H: np.ndarray, group: list[int], n_groups: int) -> None:
        self.W, self.H, self.group, self.even = W, H, group, 1 / n_groups

    def __call__(self, rows: slice) -> np.ndarray:
        total = self.W[rows] @ self.H
        own = self.W[rows, self.group] @ self.H[self.group]
        return np.divide(own, total, out=np.full_like(total, self.even), where=total > 0)


def group_parts(W: np.ndarray, H: np.ndarray, n_sources: int | None = None) -> list[list[int]]:
    """Put parts that sound together and alike into groups, the group with most energy first.

    The likeness of two parts is the mean of the cosines of their codes and of their spectra; groups are joined by their
    mean likeness (average linkage).

    Parameters
    ----------
    W : ndarray of shape (n_frames, n_components)
    H : ndarray of shape (n_components, n_frequencies)
    n_sources : int, optional
        How many groups; by default each part is one, in its own order.

    Returns
    -------
    list of list of int
        The parts of each group, from 0, in rising order.
    """
    count = len(H)
    if n_sources is None:
        return [[part] for part in range(count)]
    if not isinstance(n_sources, int | np.integer) or not 1 <= n_sources <= count:
        raise ValueError(f"n_sources must be a whole number from 1 to {count}, the number of parts, got {n_sources!r}.")
    if count == 1:
        return [[0]]
    from scipy.cluster.hierarchy import cut_tree, linkage
    from scipy.spatial.distance import squareform

    likeness = (_cosines(W.T) + _cosines(H)) / 2
    distance = np.maximum(1 - (likeness + likeness.T) / 2, 0)
    np.fill_diagonal(distance, 0)
    labels = cut_tree(linkage(squareform(distance), "average"), n_clusters=n_sources).ravel()
    groups = [np.flatnonzero(labels == label).tolist() for label in range(n_sources)]
    energy = np.square(W).sum(axis=0) * np.square(H).sum(axis=1)
    return sorted(groups, key=lambda group: -float(energy[group].sum()))


def _cosines(rows: np.ndarray) -> np.ndarray:
    rows = rows.astype(np.float64)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    rows = np.divide(rows, length, out=np.zeros_like(rows), where=length > 0)
    return rows @ rows.T


def _checked(recording: Recording, W: ArrayLike, H: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return the factors in double precision, or say what does not fit."""
    W, H = np.asarray(W, dtype=np.float64), np.asarray(H, dtype=np.float64)
    frames, frequencies = recording.X.shape
    if W.ndim != 2 or H.ndim != 2 or W.shape != (frames, len(H)) or H.shape[1] != frequencies:
        raise ValueError(
            f"separate wants W ({frames}, n_components) and H (n_components, {frequencies}) of this recording, "
            f"got {W.shape} and {H.shape}. Fit its own X."
        )
    if not (np.isfinite(W).all() and np.isfinite(H).all() and (W >= 0).all() and (H >= 0).all()):
        raise ValueError("separate wants W and H without negative or missing values. Take those of a fitted model.")
    return W, H
