"""X altered: entries left out or cut, rows brought to one size, columns shuffled. What is given stays as it is."""

from functools import singledispatch
from typing import Any

import numpy as np
import scipy.sparse

from partwise.matrices.dense import Dense
from partwise.matrices.matrix import Matrix
from partwise.matrices.sparse import Sparse


@singledispatch
def shuffled(X: Matrix, rng: np.random.Generator) -> Any:
    """Return X, as an array or sparse matrix, with the entries of every column in an order of their own."""
    raise NotImplementedError(f"No way to shuffle a {type(X).__name__}. Register one with shuffled.register.")


@shuffled.register
def _(X: Dense, rng: np.random.Generator) -> np.ndarray:
    return np.ascontiguousarray(rng.permuted(X.values, axis=0))


@shuffled.register
def _(X: Sparse, rng: np.random.Generator) -> scipy.sparse.csr_array:
    columns = scipy.sparse.csc_array(X.rows)
    indices = np.empty_like(columns.indices)
    for column in range(X.shape[1]):
        own = slice(columns.indptr[column], columns.indptr[column + 1])
        indices[own] = rng.choice(X.shape[0], own.stop - own.start, replace=False)
    return scipy.sparse.csr_array(scipy.sparse.csc_array((columns.data, indices, columns.indptr), X.shape))


@singledispatch
def without(X: Matrix, places: np.ndarray) -> Any:
    """Return X, as an array or sparse matrix, with zeros at some places."""
    raise NotImplementedError(
        f"No way to leave out entries of a {type(X).__name__}. Register one with without.register."
    )


@without.register
def _(X: Dense, places: np.ndarray) -> np.ndarray:
    array = np.array(X.values, order="C")
    array.reshape(-1)[places] = 0
    return array


@without.register
def _(X: Sparse, places: np.ndarray) -> scipy.sparse.csr_array:
    stored = scipy.sparse.coo_array(X.rows)
    kept = np.isin(stored.row.astype(np.int64) * X.shape[1] + stored.col, places, invert=True)
    return scipy.sparse.csr_array((stored.data[kept], (stored.row[kept], stored.col[kept])), X.shape)


@singledispatch
def cut(X: Matrix, top: float) -> Any:
    """Return X, as an array or sparse matrix, with no entry above `top`."""
    raise NotImplementedError(f"No way to cut a {type(X).__name__}. Register one with cut.register.")


@cut.register
def _(X: Dense, top: float) -> np.ndarray:
    return np.minimum(X.values, X.dtype.type(top))


@cut.register
def _(X: Sparse, top: float) -> scipy.sparse.csr_array:
    return scipy.sparse.csr_array(X.rows.minimum(X.dtype.type(top)))


@singledispatch
def divided(X: Matrix, sizes: np.ndarray) -> Any:
    """Return X, as an array or sparse matrix, with each row divided by its size, (n_rows,), above 0."""
    raise NotImplementedError(f"No way to divide a {type(X).__name__}. Register one with divided.register.")


@divided.register
def _(X: Dense, sizes: np.ndarray) -> np.ndarray:
    return np.asarray(X.values / sizes.astype(X.dtype)[:, None])


@divided.register
def _(X: Sparse, sizes: np.ndarray) -> scipy.sparse.csr_array:
    return scipy.sparse.csr_array(scipy.sparse.diags_array(1 / sizes).astype(X.dtype) @ X.rows)


@singledispatch
def row_squares(X: Matrix) -> np.ndarray:
    """Return the sum of squares of every row, float64."""
    raise NotImplementedError(f"No way to square a {type(X).__name__}. Register one with row_squares.register.")


@row_squares.register
def _(X: Dense) -> np.ndarray:
    return np.einsum("ij,ij->i", X.values, X.values, dtype=np.float64)


@row_squares.register
def _(X: Sparse) -> np.ndarray:
    return np.asarray(X.rows.astype(np.float64).power(2).sum(axis=1)).ravel()
