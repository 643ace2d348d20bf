"""A matrix on disk, for every loss and solver that asks of X what it asks of an array: its blocks answer, one by one.

The factors are in memory here, and a step reads X as often as it multiplies with it; `OnDisk` is for steps that read
it once.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Self

import numpy as np

from partwise.kernels.divergence import Law
from partwise.kernels.rows import Rows
from partwise.matrices.dense import Dense
from partwise.matrices.matrix import Matrix, Visit
from partwise.matrices.on_disk import OnDisk
from partwise.matrices.on_workers import is_on_workers
from partwise.matrices.row_reader import RowReader, is_store

BLOCK = 16 << 20  # bytes of rows in memory
GATHERED = 256 << 20  # bytes of columns that are gathered for one reading of all rows


class Stored(Matrix):
    """Rows of a store, read block by block.

    Parameters
    ----------
    reader : RowReader
    twin : Stored, optional
        The transposed matrix, whose sums are the same.
    """

    def __init__(self, reader: RowReader, twin: "Stored | None" = None) -> None:
        self._reader = reader
        self._twin = twin
        self._turned = twin is not None
        self.shape = reader.shape[::-1] if self._turned else reader.shape
        self.dtype = reader.dtype

    @classmethod
    def accepts(cls, X: Any) -> bool:
        """Say whether X is read by slices of rows; a file that is mapped into memory is an array."""
        return (is_on_workers(X) or is_store(X)) and not isinstance(X, np.ndarray) and len(X.shape) == 2

    @classmethod
    def wrap(cls, X: Any) -> Self:
        """Wrap a store."""
        return cls(RowReader(X))

    @property
    def T(self) -> "Stored":
        """The transposed view."""
        return self._twin or Stored(self._reader, self)

    @cached_property
    def _squares(self) -> tuple[float, int]:
        if self._twin is not None:
            return self._twin._squares
        found = [block._squares for _, block in self._blocks()]
        return float(sum(squares for squares, _ in found)), sum(count for _, count in found)

    @property
    def values(self) -> np.ndarray:
        """All entries, in memory."""
        whole = self._reader.read(0, self._reader.shape[0])
        return whole.T if self._turned else whole

    def dot(self, F: np.ndarray) -> np.ndarray:
        """Multiply block by block; where rows are columns here, the products are added in float64."""
        if not self._turned:
            out = np.empty((len(F), self.shape[0]), F.dtype)
            for rows, block in self._blocks():
                out[:, rows] = block.dot(F)
            return out
        total = np.zeros((len(F), self.shape[0]))
        for rows, block in self._blocks():
            total += block.T.dot(np.ascontiguousarray(F[:, rows]))
        return total.astype(F.dtype)

    def estimate(self, W: np.ndarray, H: np.ndarray) -> np.ndarray:
        """Return ``W.T @ H``, in memory."""
        return np.asarray(W.T @ H)

    def pulls(self, W: np.ndarray, H: np.ndarray, law: Law) -> tuple[np.ndarray, np.ndarray | None]:
        """Go block by block."""
        up = np.zeros(W.shape)
        down = None if law.beta == 1 else np.zeros(W.shape)
        for rows, block in self._blocks():
            held = np.ascontiguousarray((H if self._turned else W)[:, rows])
            ups, downs = block.T.pulls(W, held, law) if self._turned else block.pulls(held, H, law)
            there = slice(None) if self._turned else rows
            up[:, there] += ups
            if down is not None and downs is not None:
                down[:, there] += downs
        return up.astype(W.dtype), None if down is None else down.astype(W.dtype)

    def compare(self, W: np.ndarray, H: np.ndarray, visit: Visit) -> float:
        """Go block by block: every entry is stored."""
        left, right = (H, W) if self._turned else (W, H)
        return sum(block.compare(np.ascontiguousarray(left[:, rows]), right, visit) for rows, block in self._blocks())

    def elsewhere(self, W: np.ndarray, H: np.ndarray, visit: Visit) -> float:
        """Return 0: every entry is stored."""
        return 0.0

    def solve_rows(self, F: np.ndarray, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """Take the rows of a block their way; rows that lie across all blocks are gathered first, some at a time."""
        out, settled = np.empty_like(F), np.empty(F.shape[1], bool)
        for places, block in self._own_blocks():
            out[:, places], settled[places] = block.solve_rows(np.ascontiguousarray(F[:, places]), rows)
        return out, settled

    def take(self, rows: slice | np.ndarray) -> Matrix:
        """Read some rows into memory."""
        places = np.arange(self.shape[0])[rows]
        if self._turned:
            return Dense(self._gathered(places).T)
        if isinstance(rows, slice) and rows.step in (None, 1):
            start, stop, _ = rows.indices(self.shape[0])
            return Dense(self._reader.read(start, stop))
        return Dense(np.concatenate([self._reader.read(place, place + 1) for place in places.tolist()]))

    def squared_distance(self, W: np.ndarray, H: np.ndarray) -> float:
        """Sum over blocks."""
        left, right = (H, W) if self._turned else (W, H)
        return sum(block.squared_distance(np.ascontiguousarray(left[:, rows]), right) for rows, block in self._blocks())

    def row_sums(self) -> np.ndarray:
        """Return the sum of every row."""
        if not self._turned:
            return np.concatenate([block.row_sums() for _, block in self._blocks()])
        return np.sum([block.T.row_sums() for _, block in self._blocks()], axis=0)

    def row_blocks(self) -> Iterator[tuple[slice, Matrix]]:
        """Yield rows with their matrices in memory."""
        yield from self._own_blocks()

    def _blocks(self) -> Iterator[tuple[slice, Dense]]:
        """Yield slices of the rows on disk, and their blocks, as they lie there."""
        for start, stop, rows in OnDisk(self._reader, BLOCK).blocks():
            yield slice(start, stop), Dense(rows)

    def _own_blocks(self) -> Iterator[tuple[slice, Dense]]:
        """Yield slices of the rows of this matrix, and their blocks."""
        if not self._turned:
            yield from self._blocks()
            return
        height = max(1, GATHERED // (self.dtype.itemsize * max(1, self.shape[1])))
        for start in range(0, self.shape[0], height):
            places = slice(start, min(start + height, self.shape[0]))
            yield places, Dense(self._gathered(places).T)

    def _gathered(self, columns: slice | np.ndarray) -> np.ndarray:
        """Return some columns of the rows on disk."""
        return np.concatenate([block.values[:, columns] for _, block in self._blocks()])
