"""A matrix of which only the non-zero entries are stored, by rows; its transposed twin is built once and kept."""

from typing import Any, Self

import numpy as np
import scipy.sparse

from partwise.kernels import sparse as loops
from partwise.kernels.measure import sum_squares
from partwise.matrices.matrix import Matrix


class Sparse(Matrix):
    """A scipy sparse matrix or array of any format, held as compressed rows."""

    def __init__(self, rows: scipy.sparse.csr_array, twin: "Sparse | None" = None) -> None:
        self._rows = rows
        self._twin = twin
        self.shape = rows.shape
        self.dtype = rows.dtype

    @classmethod
    def accepts(cls, X: Any) -> bool:
        """Say whether X is sparse in scipy's sense."""
        return scipy.sparse.issparse(X) and X.ndim == 2

    @classmethod
    def wrap(cls, X: Any) -> Self:
        """Take compressed rows as they are and convert the rest; entries given twice are summed on a copy."""
        rows = scipy.sparse.csr_array(X)
        if not rows.has_canonical_format:
            rows = rows.copy()
            rows.sum_duplicates()
        return cls(rows)

    @property
    def T(self) -> "Sparse":
        """The transposed matrix, compressed by its own rows."""
        if self._twin is None:
            self._twin = Sparse(scipy.sparse.csr_array(self._rows.T), twin=self)
        return self._twin

    @property
    def values(self) -> np.ndarray:
        """The stored entries, one after the other."""
        return self._rows.data

    def dot(self, F: np.ndarray) -> np.ndarray:
        """Visit every stored entry once."""
        return loops.times(self._rows.data, self._rows.indptr, self._rows.indices, np.ascontiguousarray(F))

    def with_values(self, values: np.ndarray) -> "Sparse":
        """Keep the places."""
        return Sparse(scipy.sparse.csr_array((values, self._rows.indices, self._rows.indptr), shape=self.shape))

    def estimate(self, W: np.ndarray, H: np.ndarray) -> np.ndarray:
        """Return W'H at the stored entries."""
        return loops.at_entries(self._rows.indptr, self._rows.indices, W, H)

    def everywhere(self, stored: np.ndarray, W: np.ndarray, H: np.ndarray) -> np.ndarray:
        """Form W'H; only divergences that need it at the zeros of X ask for it, block by block."""
        return W.T @ H

    def take(self, rows: slice | np.ndarray) -> "Sparse":
        """Return some rows."""
        return Sparse(self._rows[rows])

    def squared_distance(self, W: np.ndarray, H: np.ndarray) -> float:
        """Differences at the stored entries, plus what W'H has elsewhere."""
        # what is elsewhere is a difference of sums, so both are taken in float64
        W, H = W.astype(np.float64), H.astype(np.float64)
        estimate = self.estimate(W, H)
        elsewhere = float(np.sum((W @ W.T) * (H @ H.T))) - sum_squares(estimate)
        return sum_squares(self._rows.data - estimate) + max(0.0, elsewhere)

    def row_sums(self) -> np.ndarray:
        """Return the sum of every row."""
        return np.asarray(self._rows.sum(axis=1, dtype=np.float64)).reshape(-1)
