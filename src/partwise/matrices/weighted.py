"""A matrix of which not every entry counts alike: each has a weight >= 0, and one of weight 0 is missing."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from partwise.kernels.blocks import narrow
from partwise.kernels.divergence import Law, over_tiles
from partwise.kernels.products import times_columns
from partwise.kernels.rows import Rows
from partwise.kernels.sweeps import sweep
from partwise.kernels.weighted import ENOUGH, exact_rows, pairs, sweep_own
from partwise.kernels.weighted_tiles import along, misfit, weighted_pulls
from partwise.matrices.dense import Dense
from partwise.matrices.matrix import Matrix, Visit

Pace = tuple[float, float, int]
OWN, DEAR = 6.0, 16.0  # products with X that all rows' own gram matrices may cost, and where rows know few entries
FEW = 3  # known entries of a row or column for each component, below which they have too little in common
ROOM = 1 << 26  # entries of all gram matrices, at most

WeightedVisit = Callable[[np.ndarray, np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class Left:
    """What two factors leave of X: ``weights * (X - W'H)``, and the loss, half of its weighted squares."""

    misfit: Dense
    value: float


@dataclass(frozen=True)
class Improved:
    """A factor after some sweeps, the loss there, and what is left of X there, if it is known."""

    F: np.ndarray
    value: float
    left: Left | None

    @property
    def turned(self) -> Left | None:
        """What is left of the transposed matrix."""
        return None if self.left is None else Left(self.left.misfit.T, self.left.value)


class Weighted(Matrix):
    """A two-dimensional array, and as many weights.

    Products, sums and squares are those of weights times entries; what stands under a weight of 0 is put to 0 at the
    door and never read again.

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
        """Return an array with weights that broadcast to it; what has a weight of 0 is copied as 0, whatever it is."""
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

    def improved(
        self, F: np.ndarray, H: np.ndarray, pace: Pace, left: "Left | None" = None, own: bool | None = None
    ) -> "Improved":
        """Return F after sweeps over every row's least squares, and the weighted loss there.

        Every row has a gram matrix of its own. Where these cost little beside a product, or say more than what rows
        have in common, all are formed, as one product of the weights and of the components two by two. Else rows share
        one, for weights that are a number of the row times a number of the column, and each goes along its way as far
        as the loss falls. Operations and entries are counted, never timed.

        Parameters
        ----------
        F : ndarray of shape (n_components, n_rows)
        H : ndarray of shape (n_components, n_columns)
        pace : tuple
            Penalties l1 and l2, and the sweeps of a row, at most.
        left : Left, optional
            What F and H leave of X, if it is known.
        own : bool, optional
            Whether each row has its own gram matrix; None has it counted.
        """
        k = len(H)
        cost, fits = (k + 1) / 2, k * (k + 1) // 2 * max(self.shape) <= ROOM
        few = self._known < FEW * k * max(self.shape)
        if own is None:
            own = fits and cost <= (DEAR if few else OWN)
        return self._own(F, H, pace) if own else self._shared(F, H, pace, left)

    def _own(self, F: np.ndarray, H: np.ndarray, pace: Pace) -> "Improved":
        (a, b), _ = pairs(len(H))
        swept, rest = sweep_own(self.counted.dot(H[a] * H[b]), self.dot(H), F, pace)
        return Improved(swept, 0.5 * self.squared_norm + rest, None)

    def _shared(self, F: np.ndarray, H: np.ndarray, pace: Pace, left: "Left | None") -> "Improved":
        l1, l2, most = pace
        left = left or self._left(F, H)
        rows, columns = self._shares
        pull = left.misfit.dot(H)
        down = pull - F.dtype.type(l1) - F.dtype.type(l2) * F
        curve = narrow(H * columns, H) + F.dtype.type(l2) * np.eye(len(H), dtype=F.dtype)
        there = sweep(curve, times_columns(curve, F) + down / rows, F, most, ENOUGH).F
        way = there - F
        taken, curvature = self._along(way, H)
        slope = np.einsum("ij,ij->j", down, way, dtype=np.float64)
        bend = curvature + l2 * np.einsum("ij,ij->j", way, way, dtype=np.float64)
        share = np.divide(slope, bend, out=np.zeros_like(slope), where=bend > 0).clip(0, 1)
        gain = share @ np.einsum("ij,ij->j", pull, way, dtype=np.float64) - 0.5 * share**2 @ curvature
        far = share.astype(F.dtype)
        after = np.where(share == 1, there, np.maximum(F + far * way, 0))
        rest = left.misfit.values - far[:, None] * taken
        return Improved(after, left.value - float(gain), Left(Dense(rest), left.value - float(gain)))

    def _left(self, F: np.ndarray, H: np.ndarray) -> "Left":
        if self._array.flags.c_contiguous:
            rest, squares = misfit(self._array, self._weights, F, H, True)
            return Left(Dense(rest), 0.5 * squares)
        rest, squares = misfit(self._array.T, self._weights.T, H, F, False)
        return Left(Dense(rest.T), 0.5 * squares)

    def _along(self, way: np.ndarray, H: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self._array.flags.c_contiguous:
            return along(self._weights, way, H, True)
        taken, curvature = along(self._weights.T, H, way, False)
        return taken.T, curvature

    @cached_property
    def _shares(self) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of rows and of columns whose products are about the weights."""
        rows, columns = self.counted.row_sums(), self.counted.T.row_sums()
        rows = np.where(rows > 0, rows / max(1e-300, float(rows.mean())), 1.0)
        return rows.astype(self.dtype), (columns / self.shape[0]).astype(self.dtype)

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
