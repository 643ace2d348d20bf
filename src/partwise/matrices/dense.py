"""A matrix held as one array, in C or Fortran order."""

import math
from functools import cached_property
from typing import Any, Self

import numpy as np
from scipy import linalg

from partwise.kernels.divergence import Law, dense_pulls, over_tiles
from partwise.kernels.measure import sum_squares
from partwise.kernels.products import times_columns, times_rows
from partwise.kernels.rows import Rows, solve_dense
from partwise.kernels.threads import over_rows
from partwise.matrices.matrix import Matrix, Visit

SMALL = (
    1 << 20
)  # bytes of an array that is also kept with its other axis contiguous: short rows are not worth a sum each


class Dense(Matrix):
    """A two-dimensional NumPy array."""

    def __init__(self, array: np.ndarray, twin: "Dense | None" = None) -> None:
        self._array = array
        self._twin = twin
        self.shape = array.shape
        self.dtype = array.dtype

    @classmethod
    def accepts(cls, X: Any) -> bool:
        """Say whether X is a two-dimensional array."""
        return isinstance(X, np.ndarray) and X.ndim == 2

    @classmethod
    def wrap(cls, X: np.ndarray) -> Self:
        """Wrap an array; one contiguous in neither order is copied, since a product reads along one of them."""
        return cls(X if X.flags.forc else np.ascontiguousarray(X))

    @property
    def T(self) -> "Dense":
        """The transposed view."""
        return Dense(self._array.T, self._twin or self)

    @cached_property
    def _squares(self) -> tuple[float, int]:
        return self._twin._squares if self._twin is not None else super()._squares

    @cached_property
    def _turned(self) -> np.ndarray:
        return np.ascontiguousarray(self._array.T)

    @property
    def values(self) -> np.ndarray:
        """All entries."""
        return self._array

    def dot(self, F: np.ndarray) -> np.ndarray:
        """Return ``F @ X.T``, its columns shared out over the threads."""
        if not self._array.flags.c_contiguous:
            return times_columns(F, self._array.T)
        return times_rows(F, self._array) if self._array.nbytes > SMALL else times_columns(F, self._turned)

    def estimate(self, W: np.ndarray, H: np.ndarray) -> np.ndarray:
        """Return ``W.T @ H``."""
        out = np.empty(self.shape, np.result_type(W, H))

        def some(start: int, stop: int) -> None:
            np.matmul(W[:, start:stop].T, H, out=out[start:stop])

        over_rows(some, self.shape[0])
        return out

    def pulls(self, W: np.ndarray, H: np.ndarray, law: Law) -> tuple[np.ndarray, np.ndarray | None]:
        """Go tile by tile, with the tile's long side along that of the array."""
        if self._array.flags.c_contiguous:
            return dense_pulls(self._array, W, H, law, by_rows=True)
        return dense_pulls(self._array.T, H, W, law, by_rows=False)

    def compare(self, W: np.ndarray, H: np.ndarray, visit: Visit) -> float:
        """Go tile by tile: every entry is stored."""
        by_rows = self._array.flags.c_contiguous
        X, left, right = (self._array, W, H) if by_rows else (self._array.T, H, W)
        sums: dict[tuple[int, int], float] = {}

        def one(rows: slice, columns: slice, estimate: np.ndarray) -> None:
            sums[rows.start, columns.start] = visit(X[rows, columns].ravel(), estimate.ravel())

        over_tiles(left, right, True, one)
        return math.fsum(sums.values())

    def elsewhere(self, W: np.ndarray, H: np.ndarray, visit: Visit) -> float:
        """Return 0: every entry is stored."""
        return 0.0

    def solve_rows(self, F: np.ndarray, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """Take each row its way, some brought side by side at a time."""
        return solve_dense(self._array, F, rows)

    def take(self, rows: slice | np.ndarray) -> "Dense":
        """Return some rows."""
        return Dense.wrap(self._array[rows])

    def squared_distance(self, W: np.ndarray, H: np.ndarray) -> float:
        """Sum the squared differences block by block."""
        total = 0.0
        for rows, block in self.row_blocks():
            difference = block.estimate(W[:, rows], H)
            np.subtract(block.values, difference, out=difference)
            total += sum_squares(difference)
            # two of them would be the most memory that a fit takes
            del difference
        return total

    def compressed(self, n_vectors: int) -> "Dense | None":
        """Rotate the columns away by a QR decomposition of the transpose: X = L Q', of which only L is kept."""
        n, m = self.shape
        # the decomposition takes n n m multiplications in one thread, and each vector is spared 2 n (m - n) of them
        if n_vectors * (m - n) <= n * m:
            return None
        (R,) = linalg.qr(self._array.T, mode="r", check_finite=False)
        return Dense(np.ascontiguousarray(R[:n].T))

    def row_sums(self) -> np.ndarray:
        """Return the sum of every row."""
        return self._array.sum(axis=1, dtype=np.float64)
