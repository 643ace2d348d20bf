"""A matrix of which not every entry counts alike: each has a weight >= 0, and one of weight 0 is missing."""

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any, Self

import numpy as np

from partwise.kernels.divergence import Law, over_tiles
from partwise.kernels.measure import sum_squares
from partwise.kernels.rows import Rows
from partwise.kernels.weighted import exact_rows, misfit, pairs, sweep_own, weighted_pulls
from partwise.matrices.dense import Dense
from partwise.matrices.matrix import Matrix, Visit

WeightedVisit = Callable[[np.ndarray, np.ndarray, np.ndarray], float]


class Weighted(Matrix):
    """A two-dimensional array, and as many weights.

    Products, sums and squares are those of weights times entries; what stands under a weight of 0 is put to 0 at the door
    and never read again.

    Parameters
    ----------
    array : ndarray of shape (n_rows, n_columns)
        In C or Fortran order.
    weights : ndarray of shape (n_rows, n_columns)
        Finite and >= 0, in the same order and of the same dtype.
    """

    def __init__(self, array: np.ndarray, weights: np.ndarray, twin: "Weighted | None" = None) -> None:
        self._array = array
        self._weights = weights
        self._twin = twin
        self.shape = array.shape
        self.dtype = array.dtype

    @classmethod
    def accepts(cls, X: Any) -> bool:
        """Say whether X is one of NumPy's masked arrays, in two dimensions."""
        return isinstance(X, np.ma.MaskedArray) and X.ndim == 2

    @classmethod
    def wrap(cls, X: np.ma.MaskedArray) -> Self:
        """Take what is masked for missing, and give all other entries the weight 1."""
        return cls.of(X.data, ~np.ma.getmaskarray(X))

    @classmethod
    def of(cls, array: np.ndarray, weights: np.ndarray) -> Self:
        """Return an array with weights that broadcast to it; what counts for nothing is copied as 0, whatever it was."""
        array = np.ascontiguousarray(array)
        weights = np.array(np.broadcast_to(weights, array.shape), array.dtype, order="C")
        return cls(np.where(weights > 0, array, array.dtype.type(0)), weights)

    @property
    def T(self) -> "Weighted":
        """The transposed view."""
        return Weighted(self._array.T, self._weights.T, self._twin or self)

    @property
    def values(self) -> np.ndarray:
        """All entries, 0 where they are missing."""
        return self._array

    @property
    def weights(self) -> np.ndarray:
        """The weights of all entries."""
        return self._weights

    @cached_property
    def _squares(self) -> tuple[float, int]:
        if self._twin is not None:
            return self._twin._squares
        stored = int(np.count_nonzero(self._array))
        return float(np.sum(self._weights * self._array * self._array, dtype=np.float64)), stored

    @cached_property
    def _product(self) -> Dense:
        """Weights times entries."""
        return self._twin._product.T if self._twin is not None else Dense(self._array * self._weights)

    @cached_property
    def counted(self) -> Dense:
        """The weights as a matrix."""
        return self._twin.counted.T if self._twin is not None else Dense(self._weights)

    @property
    def density(self) -> float:
        """Share of entries that are not missing."""
        return self._known / max(1, self._array.size)

    @cached_property
    def _known(self) -> int:
        return self._twin._known if self._twin is not None else int(np.count_nonzero(self._weights))

    def dot(self, F: np.ndarray) -> np.ndarray:
        """Return ``F @ (weights * X).T``."""
        return self._product.dot(F)

    def estimate(self, W: np.ndarray, H: np.ndarray) -> np.ndarray:
        """Return ``W.T @ H``, also at missing entries."""
        return Dense(self._array).estimate(W, H)

    def misfit(self, W: np.ndarray, H: np.ndarray) -> Dense:
        """Return ``weights * (X - W'H)``."""
        if self._array.flags.c_contiguous:
            return Dense(misfit(self._array, self._weights, W, H))
        return Dense(misfit(self._array.T, self._weights.T, H, W).T)

    def pulls(self, W: np.ndarray, H: np.ndarray, law: Law) -> tuple[np.ndarray, np.ndarray | None]:
        """Go tile by tile; the pulls down are weighted too, so there are some for beta = 1."""
        if law.beta == 1 and self._uniform:
            return self._product_pulls(W, H, law)[0], None
        return self._product_pulls(W, H, law)

    def _product_pulls(self, W: np.ndarray, H: np.ndarray, law: Law) -> tuple[np.ndarray, np.ndarray]:
        by_rows = self._array.flags.c_contiguous
        both = (self._array, self._weights) if by_rows else (self._array.T, self._weights.T)
        return weighted_pulls(both, (W, H) if by_rows else (H, W), law, by_rows)

    @cached_property
    def _uniform(self) -> bool:
        return self._twin._uniform if self._twin is not None else bool((self._weights == 1).all())

    def compare(self, W: np.ndarray, H: np.ndarray, visit: Visit) -> float:
        """Go tile by tile over the entries that are not missing, whatever their weights."""
        return self.weigh(W, H, lambda x, y, q: visit(x[q > 0], y[q > 0]))

    def weigh(self, W: np.ndarray, H: np.ndarray, visit: WeightedVisit) -> float:
        """Sum ``visit(x, y, weights)`` over tiles of entries and their estimates, 0 for missing entries."""
        by_rows = self._array.flags.c_contiguous
        X, Q = (self._array, self._weights) if by_rows else (self._array.T, self._weights.T)
        left, right = (W, H) if by_rows else (H, W)
        sums: dict[tuple[int, int], float] = {}

        def one(rows: slice, columns: slice, estimate: np.ndarray) -> None:
            some = visit(X[rows, columns].ravel(), estimate.ravel(), Q[rows, columns].ravel())
            sums[rows.start, columns.start] = some

        over_tiles(left, right, True, one)
        return math.fsum(sums.values())

    def elsewhere(self, W: np.ndarray, H: np.ndarray, visit: Visit) -> float:
        """Return 0: what is not stored is missing."""
        return 0.0

    def solve_rows(self, F: np.ndarray, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """Take each row its way, where all entries count alike."""
        if not self._uniform:
            raise ValueError("Newton's method knows no weights of entries. Use multiplicative updates.")
        return Dense(self._array).solve_rows(F, rows)

    def stepped(self, F: np.ndarray, H: np.ndarray, pace: tuple[float, float, int]) -> tuple[np.ndarray, float]:
        """Return F after sweeps over every row's own least squares, and the weighted loss there."""
        (a, b), _ = pairs(len(H))
        # the gram matrices of all rows are one product of the weights and of the components, two by two
        swept, rest = sweep_own(self.counted.dot(H[a] * H[b]), self.dot(H), F, pace)
        return swept, 0.5 * self.squared_norm + rest

    def solved(self, H: np.ndarray, l1: float, l2: float) -> np.ndarray:
        """Return the exact solution of every row's own non-negative least squares."""
        return exact_rows(self._array, self._weights, H, l1, l2)

    def take(self, rows: slice | np.ndarray) -> "Weighted":
        """Return some rows."""
        array, weights = self._array[rows], self._weights[rows]
        if not array.flags.forc:
            array, weights = np.ascontiguousarray(array), np.ascontiguousarray(weights)
        return Weighted(array, weights)

    def squared_distance(self, W: np.ndarray, H: np.ndarray) -> float:
        """Sum the squared differences, each with its weight."""

        def visit(x: np.ndarray, y: np.ndarray, q: np.ndarray) -> float:
            # the tile of estimates is a room of its own
            np.subtract(x, y, out=y)
            np.multiply(y, np.sqrt(q), out=y)
            return float(y.astype(np.float64) @ y)

        return self.weigh(W, H, visit)

    @cached_property
    def mean(self) -> float:
        """The mean of what is not missing, each entry with its weight."""
        return float(self.row_sums().sum()) / max(float(self.counted.row_sums().sum()), np.finfo(np.float64).tiny)

    def row_sums(self) -> np.ndarray:
        """Return the sum of weights times entries of every row."""
        return self._product.row_sums()

    def levelled(self) -> Dense:
        """Return X with the mean of its row times that of its column over that of all where an entry is missing.

        Of what is not missing, each with its weight. A row or column of which all is missing counts as 0.
        """
        rows, columns = (
            np.divide(P.row_sums(), P.counted.row_sums(), out=np.zeros(P.shape[0]), where=P.counted.row_sums() > 0)
            for P in (self, self.T)
        )
        mean = self.mean if self.mean > 0 else 1.0
        return Dense(np.where(self._weights > 0, self._array, np.outer(rows, columns / mean)).astype(self.dtype))

    def spoken_of(self, F: np.ndarray) -> np.ndarray:
        """Return F without the rows of which every entry is missing."""
        return F * (self._weights.max(axis=1, initial=0) > 0)
