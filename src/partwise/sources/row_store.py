"""Rows that stay on disk and are read as they are asked for; what a Dataset holds in place of an array too large."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

BLOCK_BYTES = 1 << 23  # of floats that `blocks` reads at a time
AT_ONCE = 4  # asked rows that lie no further apart are read as one run


class RowStore(ABC):
    """A matrix of floats of which only the rows that are asked for are in memory.

    ``store[row]``, ``store[first:last]`` and ``store[[row, row, ...]]`` are arrays; there is no whole.

    Attributes
    ----------
    shape : (n_samples, n_features)
    dtype : dtype
        Of the rows that come out, float32 or float64.
    place : str
        The file or folder that they lie in.
    """

    ndim = 2
    place: str

    def __init__(self, shape: tuple[int, int], dtype: Any) -> None:
        self.shape = (int(shape[0]), int(shape[1]))
        self.dtype = np.dtype(dtype)

    @property
    def nbytes(self) -> int:
        """Bytes of all rows if they were in memory."""
        return self.shape[0] * self.shape[1] * self.dtype.itemsize

    @property
    def chunks(self) -> tuple[int, int]:
        """How much is best read at a time; it also tells a model that this is no array in memory."""
        return (rows_within(BLOCK_BYTES, self.shape[1] * self.dtype.itemsize), self.shape[1])

    @abstractmethod
    def read(self, first: int, last: int) -> np.ndarray:
        """Return the rows from `first` to before `last`, both within the store, as an array of `dtype`."""

    def seams(self) -> Sequence[int]:
        """Return the rows, from 0 to the number of rows, between which nothing is read twice: here any."""
        return range(self.shape[0] + 1)

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={self.shape}, dtype={self.dtype})"

    def __getitem__(self, rows: Any) -> np.ndarray:
        if isinstance(rows, slice):
            first, last, step = rows.indices(len(self))
            if step == 1:
                return self.read(first, max(first, last))
            return self._picked(np.arange(first, last, step))
        asked = np.asarray(rows)
        if asked.dtype == bool:
            if asked.shape != (len(self),):
                raise IndexError(f"{self} takes a mask of {len(self)} rows, got one of shape {asked.shape}.")
            asked = np.flatnonzero(asked)
        if asked.ndim > 1 or (asked.size and asked.dtype.kind not in "iu"):
            raise IndexError(f"{self} gives rows by number, by slice or by a list of numbers, got {rows!r:.60}.")
        if asked.size and not (-len(self) <= asked.min() and asked.max() < len(self)):
            raise IndexError(f"{self} has no row {rows!r:.60}.")
        asked = np.where(asked < 0, asked + len(self), asked).astype(np.intp)
        return self._picked(asked) if asked.ndim else self.read(int(asked), int(asked) + 1)[0]

    def blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield all rows in their order, some megabytes at a time, each block with its place."""
        size = self.chunks[0]
        for first in range(0, len(self), size):
            place = slice(first, min(first + size, len(self)))
            yield place, self.read(place.start, place.stop)

    def _picked(self, rows: np.ndarray) -> np.ndarray:
        """Return some rows in the order asked; neighbours on disk are read together."""
        out = np.empty((len(rows), self.shape[1]), self.dtype)
        order = np.argsort(rows, kind="stable")
        breaks = np.flatnonzero(np.diff(rows[order]) > AT_ONCE) + 1
        most = self.chunks[0]
        for run in np.split(order, breaks):
            for begin in range(0, len(run), most):
                part = run[begin : begin + most]
                if len(part):
                    low = int(rows[part[0]])
                    out[part] = self.read(low, int(rows[part[-1]]) + 1)[rows[part] - low]
        return out


def blocks_of(X: Any) -> Iterator[tuple[slice, Any]]:
    """Yield the rows of X with their places: of a store some megabytes at a time, of what is in memory all at once."""
    if isinstance(X, RowStore):
        yield from X.blocks()
    else:
        yield slice(0, X.shape[0]), X


def largest(X: Any) -> float:
    """Return the largest magnitude, 0 where there are no rows, without a copy of X, as its sizes would be."""
    ends = (end for _, rows in blocks_of(X) if rows.shape[0] for end in (float(rows.max()), -float(rows.min())))
    return max(ends, default=0.0)


def rows_within(size: int, of_one: int) -> int:
    """Return how many rows of so many bytes each go into a size, at least one."""
    return max(1, size // max(1, of_one))
