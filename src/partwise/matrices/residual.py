"""What a point leaves of X, X - W H, as products alone: it is never formed."""

import numpy as np

from partwise.kernels.blocks import narrow
from partwise.kernels.products import times_columns
from partwise.matrices.operator import Operator


class Residual(Operator):
    """``X - W'H`` for W (k, n_rows) and H (k, n_columns)."""

    def __init__(self, X: Operator, W: np.ndarray, H: np.ndarray) -> None:
        self._X = X
        self._W = W
        self._H = H
        self.shape = X.shape
        self.dtype = X.dtype

    @property
    def T(self) -> "Residual":
        """The transposed residual."""
        return Residual(self._X.T, self._H, self._W)

    @property
    def squared_norm(self) -> float:
        """The squared distance of X and W H."""
        return self._X.squared_distance(self._W, self._H)

    @property
    def row_cost(self) -> float:
        """That of X, and of the factors."""
        return self._X.row_cost + len(self._W)

    def dot(self, F: np.ndarray) -> np.ndarray:
        """Take the product of W H off that of X."""
        out = self._X.dot(F)
        return out - times_columns(narrow(F, self._H), self._W) if len(self._W) else out

    def squared_distance(self, W: np.ndarray, H: np.ndarray) -> float:
        """Add the other point to that which is taken off already."""
        return self._X.squared_distance(np.vstack([self._W, W]), np.vstack([self._H, H]))
