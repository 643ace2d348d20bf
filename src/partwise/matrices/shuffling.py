"""X with the entries of every column in an order of their own: what parts have in common is gone, all else is there."""

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
