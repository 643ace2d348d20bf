"""A matrix of which only the non-zero entries are stored, by rows; its transposed twin is built once and kept."""

import math
from functools import cached_property
from typing import Any, Self

import numpy as np
import scipy.sparse

from partwise.kernels import sparse as loops
from partwise.kernels.divergence import Law, over_tiles, power_pulls, sparse_pulls
from partwise.kernels.measure import sum_squares
from partwise.kernels.rows import Rows, solve_sparse
from partwise.kernels.threads import over_rows
from partwise.matrices.matrix import Matrix, Visit

PASS_BLOCKS = 64  # of rows in a pass over the entries: a block's estimates stay in the cache


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
        arrays = (rows.data, rows.indices, rows.indptr)
        if not all(array.flags.c_contiguous for array in arrays):
            # the loops read entries one after the other, and scipy takes every second one of an array as it is
            rows = scipy.sparse.csr_array(tuple(map(np.ascontiguousarray, arrays)), rows.shape)
        return cls(rows)

    @classmethod
    def pair(cls, rows: scipy.sparse.csr_array, turned: scipy.sparse.csr_array) -> Self:
        """Take compressed rows and those of the transposed matrix, both as they are."""
        X, twin = cls(rows), cls(turned)
        X._twin, twin._twin = twin, X
        return X

    @property
    def rows(self) -> scipy.sparse.csr_array:
        """The compressed rows."""
        return self._rows

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

    def lighter(self) -> "Sparse | None":
        """Share the places of the entries; only the entries themselves are copied."""
        if self.dtype == np.float32:
            return None
        return Sparse.pair(self._rows.astype(np.float32), self.T._rows.astype(np.float32))

    def dot(self, F: np.ndarray) -> np.ndarray:
        """Visit every stored entry once."""
        return loops.times(self._compressed, F, self._edges)

    def estimate(self, W: np.ndarray, H: np.ndarray) -> np.ndarray:
        """Return W'H at the stored entries."""
        return loops.at_entries(self._rows.indptr, self._rows.indices, W, H, self._edges)

    @cached_property
    def _edges(self) -> np.ndarray:
        """Where blocks of rows begin and end, each of about as many entries; the same for any number of threads."""
        indptr = self._rows.indptr
        shares = np.linspace(0, indptr[-1], PASS_BLOCKS + 1)[1:-1]
        return np.unique([0, *np.searchsorted(indptr, shares), self.shape[0]])

    @property
    def _compressed(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self._rows.indptr, self._rows.indices, self._rows.data

    def pulls(self, W: np.ndarray, H: np.ndarray, law: Law) -> tuple[np.ndarray, np.ndarray | None]:
        """Visit the stored entries once; what pulls down needs tiles of the whole estimate, unless beta is 1."""
        up = sparse_pulls(self._compressed, self._edges, W, H, law)
        return up, None if law.beta == 1 else power_pulls(W, H, law)

    def compare(self, W: np.ndarray, H: np.ndarray, visit: Visit) -> float:
        """Go through blocks of rows."""
        estimate, ends = self.estimate(W, H), self._rows.indptr[self._edges]
        sums = np.zeros(len(ends) - 1)

        def some(first: int, last: int) -> None:
            for i in range(first, last):
                sums[i] = visit(self._rows.data[ends[i] : ends[i + 1]], estimate[ends[i] : ends[i + 1]])

        over_rows(some, len(sums), least=1)
        return math.fsum(sums)

    def elsewhere(self, W: np.ndarray, H: np.ndarray, visit: Visit) -> float:
        """Take all entries, tile by tile, less the stored ones."""
        if len(self._rows.data) == self.shape[0] * self.shape[1]:
            return 0.0
        sums: dict[tuple[int, int], float] = {}
        nothing = np.zeros(1)

        def one(rows: slice, columns: slice, estimate: np.ndarray) -> None:
            sums[rows.start, columns.start] = visit(nothing, estimate.ravel())

        over_tiles(W, H, True, one)
        return math.fsum(sums.values()) - self.compare(W, H, lambda x, y: visit(nothing, y))

    def solve_rows(self, F: np.ndarray, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """Take each row its way, with its stored entries alone."""
        return solve_sparse(self._compressed, self._edges, F, rows)

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
