"""X on a device, as a quadratic loss and a start ask it: products, sums, a distance."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from partwise.devices.arrays import Place, dtype_of, is_foreign
from partwise.matrices import Operator

BLOCK = 1 << 25  # entries of X that are looked at together: what is formed of them is no larger


@dataclass(frozen=True)
class Sums:
    """What one pass over X finds.

    Parameters
    ----------
    low, high : float
        Its least and its largest entry, both NaN where there is one.
    total, squares : float
        The sums of its entries and of their squares.
    """

    low: float
    high: float
    total: float
    squares: float


class DeviceMatrix(Operator):
    """A dense X on a device. Asked with NumPy's arrays it answers with them: a start may be drawn on the host.

    Parameters
    ----------
    X : array of shape (n_rows, n_columns)
        float32 or float64, entries >= 0, of any namespace that array-api-compat knows.
    place : Place
        Where it lies.
    sums : Sums
        From `looked_at`.
    """

    def __init__(self, X: Any, place: Place, sums: Sums) -> None:
        self._X = X
        self._sums = sums
        self.place = place
        self.shape = (int(X.shape[0]), int(X.shape[1]))
        dtype = dtype_of(X)
        assert dtype is not None
        self.dtype = dtype

    @property
    def T(self) -> "DeviceMatrix":
        """The transposed matrix, a view."""
        return DeviceMatrix(self._X.T, self.place, self._sums)

    @property
    def squared_norm(self) -> float:
        """The sum of squares of all entries."""
        return self._sums.squares

    @property
    def mean(self) -> float:
        """The mean over all entries."""
        return self._sums.total / (self.shape[0] * self.shape[1])

    @property
    def row_cost(self) -> float:
        """A multiplication a column."""
        return float(self.shape[1])

    def dot(self, F: Any) -> Any:
        """Return ``(X @ F.T).T`` of shape (k, n_rows) for F of shape (k, n_columns), in the kind of F."""
        if is_foreign(F):
            return F @ self._X.T
        return self.place.bring(self.dot(self.place.take(F)))

    def squared_distance(self, W: Any, H: Any) -> float:
        """Return ``||X - W'H||_F^2``, squares added up in float64 where the device has it."""
        xp, wide = self.place.xp, self.place.wide
        total = xp.zeros((), dtype=wide, device=self.place.device)
        for rows in blocks(self._X):
            apart = self._X[rows, :] - W[:, rows].T @ H
            total = total + xp.sum(apart * apart, dtype=wide)
        return float(total)

    def levelled(self) -> "DeviceMatrix":
        """Return X itself: nothing is missing."""
        return self

    def spoken_of(self, F: Any) -> Any:
        """Return F itself: X speaks of every row."""
        return F


def looked_at(X: Any, place: Place) -> Sums:
    """Return extremes and sums of X, in one pass and with one transfer."""
    xp, wide = place.xp, place.wide
    found = []
    for rows in blocks(X):
        block = X[rows, :]
        # squares of single precision may overflow
        wider = xp.astype(block, wide)
        ends = (xp.astype(xp.min(block), wide), xp.astype(xp.max(block), wide))
        found.append(xp.stack([*ends, xp.sum(wider), xp.sum(wider * wider)]))
    low, high, total, squares = place.bring(xp.stack(found)).astype(np.float64).T
    return Sums(float(low.min()), float(high.max()), float(total.sum()), float(squares.sum()))


def blocks(X: Any) -> Iterator[slice]:
    """Yield slices of rows of no more than `BLOCK` entries, or of one row."""
    yield from slices(X.shape[0], X.shape[1], BLOCK)


def slices(n_rows: int, width: int, most: int) -> Iterator[slice]:
    """Yield slices of rows of such a width that hold no more than so many entries, or one row."""
    height = max(1, most // max(1, width))
    for start in range(0, n_rows, height):
        yield slice(start, min(start + height, n_rows))
