"""What a loss, a solver or an init may ask of X, whatever it is made of."""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Self

import numpy as np

from partwise.kernels.divergence import Law
from partwise.kernels.measure import squares
from partwise.kernels.rows import Rows
from partwise.matrices.operator import Operator

Visit = Callable[[np.ndarray, np.ndarray], float]

BLOCK_BYTES = 32 << 20  # an estimate W H is never formed for more than this at once


class Matrix(Operator):
    """A matrix with entries: all that a loss, a solver or an init may ask of X."""

    @classmethod
    @abstractmethod
    def accepts(cls, X: Any) -> bool:
        """Say whether this kind wraps such an object."""

    @classmethod
    @abstractmethod
    def wrap(cls, X: Any) -> Self:
        """Wrap the object; no copy unless its layout needs one."""

    @property
    @abstractmethod
    def T(self) -> "Matrix":
        """The transposed matrix, sharing memory where it can."""

    @property
    @abstractmethod
    def values(self) -> np.ndarray:
        """The stored entries, in the layout in which `estimate` gives its own."""

    @abstractmethod
    def estimate(self, W: np.ndarray, H: np.ndarray) -> np.ndarray:
        """Return W'H at the stored entries."""

    @abstractmethod
    def pulls(self, W: np.ndarray, H: np.ndarray, law: Law) -> tuple[np.ndarray, np.ndarray | None]:
        """Return what pulls W up, ``((W H)^(beta-2) * X) H'``, and down, ``(W H)^(beta-1) H'``, in one pass over X.

        For beta = 1 the second is None: it is the sums of H's rows, which need no pass.
        """

    @abstractmethod
    def compare(self, W: np.ndarray, H: np.ndarray, visit: Visit) -> float:
        """Sum ``visit(x, y)`` over blocks of stored entries x and their estimates y, vectors of the factors' dtypes."""

    @abstractmethod
    def elsewhere(self, W: np.ndarray, H: np.ndarray, visit: Visit) -> float:
        """Sum ``visit(0, y)`` over the estimates y at the entries that are not stored."""

    @abstractmethod
    def solve_rows(self, F: np.ndarray, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """Return F, (n_components, n_rows), after Newton's method on each row's Kullback-Leibler problem.

        The second says which rows came to the tolerance.
        """

    @abstractmethod
    def take(self, rows: slice | np.ndarray) -> "Matrix":
        """Return some rows: a view for a slice, where the kind allows it."""

    @cached_property
    def _squares(self) -> tuple[float, int]:
        """The sum of squares, and how many entries are not 0."""
        return squares(self.values)

    @property
    def squared_norm(self) -> float:
        """The sum of squares of all entries, in float64."""
        return self._squares[0]

    @property
    def stored(self) -> int:
        """How many entries are not 0, however they are stored."""
        return self._squares[1]

    def compressed(self, n_vectors: int) -> Operator | None:
        """Return L (n_rows, n_rows) with ``L L' = X X'``, where that saves work; None where it does not.

        `n_vectors` is about how many vectors will be multiplied by X and by its transpose. Few stored entries are
        multiplied faster than L would be.
        """
        return None

    @property
    def row_cost(self) -> float:
        """A multiplication a column, or four a non-zero entry if that is less.

        It is counted on the entries and not on how they are stored, so that dense and sparse take the same path.
        """
        return min(self.shape[1], 4.0 * self.stored / max(1, self.shape[0]))

    @cached_property
    def mean(self) -> float:
        """The mean over all entries, zeros that are not stored included."""
        return float(self.row_sums().sum() / (self.shape[0] * self.shape[1]))

    def levelled(self) -> "Matrix":
        """Return what a start may be made of: X itself, unless entries are missing."""
        return self

    def spoken_of(self, F: np.ndarray) -> np.ndarray:
        """Return F, (n_components, n_rows), without the rows of which X says nothing."""
        return F

    @abstractmethod
    def row_sums(self) -> np.ndarray:
        """Return the sum of every row, float64, shape (n_rows,)."""

    def row_blocks(self) -> Iterator[tuple[slice, "Matrix"]]:
        """Yield slices of rows with their matrices, small enough for an estimate to be formed."""
        height = max(1, BLOCK_BYTES // (self.dtype.itemsize * max(1, self.shape[1])))
        for start in range(0, self.shape[0], height):
            rows = slice(start, min(start + height, self.shape[0]))
            yield rows, self.take(rows)
