"""The least that may be asked of X: products, a norm and a distance. A quadratic loss needs no more."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np


class Operator(ABC):
    """A linear map (n_rows, n_columns). Factors are held by component: W (k, n_rows), H (k, n_columns)."""

    shape: tuple[int, int]
    dtype: np.dtype[Any]

    @property
    @abstractmethod
    def T(self) -> "Operator":
        """The transposed map, sharing memory where it can."""

    @property
    @abstractmethod
    def squared_norm(self) -> float:
        """The sum of squares of all entries, in float64."""

    @property
    @abstractmethod
    def row_cost(self) -> float:
        """Multiplications that one row of a product takes for each component: solvers weigh their sweeps against it."""

    @abstractmethod
    def dot(self, F: np.ndarray) -> np.ndarray:
        """Return ``(X @ F.T).T`` of shape (k, n_rows) for F of shape (k, n_columns), C order."""

    @abstractmethod
    def squared_distance(self, W: np.ndarray, H: np.ndarray) -> float:
        """Return ``||X - W'H||_F^2`` in float64, without cancellation where X is nearly W'H."""

    def lighter(self) -> "Operator | None":
        """Return it in single precision, where that takes half of its time and little memory; None where not."""
        return None
