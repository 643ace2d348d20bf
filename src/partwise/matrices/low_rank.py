"""A stand-in for X of low rank, X ~ Q B: its products cost almost nothing, to start a fit with."""

from functools import cached_property

import numpy as np

from partwise.kernels.blocks import gram, narrow
from partwise.kernels.products import times_columns
from partwise.matrices.operator import Operator


class LowRank(Operator):
    """``left' right`` with left (rank, n_rows) and right (rank, n_columns), both in C order."""

    def __init__(self, left: np.ndarray, right: np.ndarray) -> None:
        self._left = left
        self._right = right
        self.shape = (left.shape[1], right.shape[1])
        self.dtype = left.dtype

    @property
    def T(self) -> "LowRank":
        """The transposed stand-in."""
        return LowRank(self._right, self._left)

    @cached_property
    def squared_norm(self) -> float:
        """The sum of squares, from two small gram matrices."""
        return float(np.sum(gram(self._left).astype(np.float64) * gram(self._right)))

    @property
    def row_cost(self) -> float:
        """Rank multiplications."""
        return float(len(self._left))

    def dot(self, F: np.ndarray) -> np.ndarray:
        """Go through the narrow middle."""
        return times_columns(narrow(F, self._right), self._left)

    def take(self, rows: np.ndarray | None, columns: np.ndarray | None) -> "LowRank":
        """Return some rows and columns; None is all of them."""
        left = self._left if rows is None else np.ascontiguousarray(self._left[:, rows])
        right = self._right if columns is None else np.ascontiguousarray(self._right[:, columns])
        return LowRank(left, right)

    def lighter(self) -> "LowRank":
        """Return it in single precision."""
        return LowRank(self._left.astype(np.float32, copy=False), self._right.astype(np.float32, copy=False))

    def squared_distance(self, W: np.ndarray, H: np.ndarray) -> float:
        """Expand the square in float64: exact to the rounding of the squared norm, all that a stand-in is asked."""
        W, H = W.astype(np.float64), H.astype(np.float64)
        left, right = self._left.astype(np.float64), self._right.astype(np.float64)
        cross = float(np.sum(narrow(W, left) * narrow(H, right)))
        return max(0.0, float(np.sum(gram(left) * gram(right))) - 2 * cross + float(np.sum(gram(W) * gram(H))))
