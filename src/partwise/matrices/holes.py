"""Entries of X that are hidden from a fit: in their place stands what is estimated of them.

A fit that fills the holes with W H before every step lowers the loss of the other entries, since what it fills in costs
nothing where it stands (Dempster, Laird & Rubin 1977). For few holes that costs little more than a fit without any, and
every solver can do it, for every loss.
"""

from collections.abc import Callable
from functools import singledispatch

import numpy as np
import scipy.sparse

from partwise.matrices.dense import Dense
from partwise.matrices.matrix import Matrix
from partwise.matrices.sparse import Sparse

Put = Callable[[np.ndarray], Matrix]  # takes values for the holes, by rows, and returns X with them


def drawn_places(shape: tuple[int, int], count: int, rng: np.random.Generator) -> np.ndarray:
    """Return `count` different places of a matrix of a shape, as numbers row * n_columns + column, increasing."""
    size = shape[0] * shape[1]
    places = _distinct(rng.integers(size, size=count))
    while len(places) < count:
        places = _distinct(np.concatenate([places, rng.integers(size, size=count - len(places))]))
    return places


def _distinct(places: np.ndarray) -> np.ndarray:
    """Return different places, increasing; NumPy's own way through a hash table takes ten times as long."""
    places = np.sort(places, kind="stable")
    return places[np.concatenate([[True], places[1:] != places[:-1]])]


class Holes:
    """X with holes at some places.

    Parameters
    ----------
    X : Matrix
        It is copied.
    places : ndarray of int
        As `drawn_places` gives them.

    Attributes
    ----------
    hidden : ndarray of shape (n_places,)
        The entries at these places, which nothing but a score may look at.
    """

    def __init__(self, X: Matrix, places: np.ndarray) -> None:
        self.hidden, self._put = opened(X, places)
        rows, columns = np.divmod(places, X.shape[1])
        there = (np.ones(len(places), X.dtype), (rows, columns))
        pattern = scipy.sparse.csr_array(there, X.shape)
        self._pattern = Sparse(pattern)
        self._counts = (np.bincount(rows, minlength=X.shape[0]), np.bincount(columns, minlength=X.shape[1]))
        self._rows, self._columns = rows, columns

    def levelled(self) -> Matrix:
        """Return X with the mean of each hole's row times that of its column over that of all, of what is not hidden.

        A row or column of which all is hidden counts as one of the mean of all. Once `filled` was called, what was
        returned is no longer to be used.
        """
        zeros = self._put(np.zeros_like(self.hidden))
        row_sums, column_sums = zeros.row_sums(), zeros.T.row_sums()
        n, m = zeros.shape
        seen = n * m - len(self.hidden)
        mean = max(float(row_sums.sum()) / max(1, seen), np.finfo(np.float64).tiny)
        row_counts, column_counts = m - self._counts[0], n - self._counts[1]
        row_means = np.where(row_counts > 0, row_sums / np.maximum(row_counts, 1), mean)
        column_means = np.where(column_counts > 0, column_sums / np.maximum(column_counts, 1), mean)
        return self._put((row_means[self._rows] * column_means[self._columns] / mean).astype(self.hidden.dtype))

    def estimate(self, W: np.ndarray, H: np.ndarray) -> np.ndarray:
        """Return W'H at the holes."""
        return self._pattern.estimate(W, H)

    def filled(self, W: np.ndarray, H: np.ndarray) -> Matrix:
        """Return X with W'H in its holes; what was returned before is no longer to be used."""
        return self._put(self.estimate(W, H))


@singledispatch
def opened(X: Matrix, places: np.ndarray) -> tuple[np.ndarray, Put]:
    """Return the entries of X at some places, and what puts others there, in a copy of X."""
    raise NotImplementedError(f"No way to hide entries of a {type(X).__name__}. Register one with opened.register.")


@opened.register
def _(X: Dense, places: np.ndarray) -> tuple[np.ndarray, Put]:
    array = np.array(X.values, order="C")
    flat = array.reshape(-1)

    def put(values: np.ndarray) -> Matrix:
        flat[places] = values
        return Dense(array)

    return flat[places], put


@opened.register
def _(X: Sparse, places: np.ndarray) -> tuple[np.ndarray, Put]:
    stored = scipy.sparse.coo_array(X.rows)
    where = stored.row.astype(np.int64) * X.shape[1] + stored.col
    both = _distinct(np.concatenate([where, places]))
    data = np.zeros(len(both), X.dtype)
    data[np.searchsorted(both, where)] = stored.data
    indptr = np.searchsorted(both, np.arange(X.shape[0] + 1) * X.shape[1])
    wide = scipy.sparse.csr_array((data, both % X.shape[1], indptr), X.shape)
    tall = scipy.sparse.csr_array(wide.T)
    at = np.searchsorted(both, places)
    # the transposed twin holds the same entries in another order
    marks = scipy.sparse.csr_array((np.arange(len(both)), both % X.shape[1], indptr), X.shape)
    twin_place = np.empty(len(both), np.int64)
    twin_place[scipy.sparse.csr_array(marks.T).data] = np.arange(len(both))
    twin_at = twin_place[at]

    def put(values: np.ndarray) -> Matrix:
        wide.data[at] = values
        tall.data[twin_at] = values
        return Sparse.pair(wide, tall)

    return data[at], put
