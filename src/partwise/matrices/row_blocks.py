"""X in blocks of rows, wherever they lie: what is asked of every block, and the small sums that come back.

W lives beside its rows. A block improves its own codes and says what the rest of a step needs of them; nobody holds X
or W as a whole.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from partwise.matrices.matrix import Matrix


@dataclass(frozen=True)
class Sums:
    """What blocks say of their rows at H, in float64; blocks are added in a fixed order.

    Parameters
    ----------
    cross : ndarray of shape (n_components, n_columns)
        W'X.
    gram : ndarray of shape (n_components, n_components)
        W'W.
    mixed : ndarray of shape (n_components, n_components)
        W'V, where V are the codes before the last work; W'W where there were none.
    reading : ndarray of shape (n_components, 6)
        What `kernels.measure.read` finds for W at H.
    distance : float
        ||X - W H||^2, where the work was asked for it.
    """

    cross: np.ndarray
    gram: np.ndarray
    mixed: np.ndarray
    reading: np.ndarray
    distance: float = 0.0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


# takes rows, and as `first` the number of the first; returns the largest entry, or raises ValueError for what is wrong
Check = Callable[..., float]


# takes a block, (rows, n_columns), and its codes, (n_components, rows) or None; returns its new codes and their sums
Work = Callable[[Matrix, np.ndarray | None], tuple[np.ndarray, Sums]]


def sound(array: np.ndarray) -> np.ndarray:
    """Return an array that is in order, lies straight and may be written to; a copy only where it is not.

    What came from another process may be none of it, and numba compiles loops for such arrays that round otherwise.
    """
    return np.require(array, requirements=("C_CONTIGUOUS", "ALIGNED", "WRITEABLE"))


class RowBlocks(ABC):
    """X of shape (n_rows, n_columns) in blocks of rows, and the codes beside them.

    Attributes
    ----------
    shape : tuple of int
    dtype : dtype
        In which blocks are computed, float32 or float64.
    squared_norm, mean : float
        Of all entries, found by one pass at the door, which refuses NaN, infinity and entries below 0.
    """

    shape: tuple[int, int]
    dtype: np.dtype[Any]
    squared_norm: float
    mean: float

    @abstractmethod
    def go(self, work: Work, codes: Any = None) -> tuple[Any, Sums]:
        """Do the work at every block once; return a handle of the new codes, and the sums over all blocks.

        The given codes stay as they are, until those that this returns have been given to another `go`.
        """

    @abstractmethod
    def looked_at(self, check: Check) -> tuple[float, float, float]:
        """Go through all entries once; return their sum of squares, their sum and the largest.

        Raises
        ------
        ValueError
            What `check` raises for the first block that it refuses.
        """

    @abstractmethod
    def in_unit(self, unit: float) -> "RowBlocks":
        """Return the same rows divided by a power of two."""

    @abstractmethod
    def sample(self, size: int) -> np.ndarray:
        """Return about that many rows from all over, in memory, in `dtype`."""

    @abstractmethod
    def close(self) -> None:
        """Let go of all codes, and of what rows are read from; what was collected stays."""

    @abstractmethod
    def fingerprint(self) -> dict[str, Any]:
        """Return shape, dtype and a SHA-256 of the entries, for a checkpoint."""

    @abstractmethod
    def collected(self, codes: Any) -> Any:
        """Return the codes for the user, shape (n_rows, n_components)."""
