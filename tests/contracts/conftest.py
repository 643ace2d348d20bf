"""Small problems that every registered matrix, loss, penalty, init, solver and model is put through."""

import os

import numpy as np
import pytest
import scipy.sparse

from partwise.inits import INITS
from partwise.losses import as_loss
from partwise.matrices import as_matrix
from partwise.problems import TwoFactors


class Store:
    """What zarr and HDF5 give: a shape, a dtype, chunks, and rows when they are asked for."""

    def __init__(self, X, chunks=7):
        self._X = X
        self.shape, self.dtype, self.chunks, self.asked = X.shape, X.dtype, chunks, []

    def __getitem__(self, rows):
        self.asked.append(rows)
        return self._X[rows]


# how a plain array becomes what each registered kind of matrix wraps
FORMS = {
    "dense C": np.ascontiguousarray,
    "dense F": np.asfortranarray,
    "dense strided": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "masked, nothing missing": lambda X: np.ma.masked_array(X, np.zeros(X.shape, bool)),
    "csr_matrix": scipy.sparse.csr_matrix,
    "csc_matrix": scipy.sparse.csc_matrix,
    "csr_array": scipy.sparse.csr_array,
    "coo_array": scipy.sparse.coo_array,
}
# the same for kinds that lie outside of memory
OUTSIDE = {
    "store": Store,
    "dask": lambda X: pytest.importorskip("dask.array").from_array(X, chunks=(7, 8)),
}


def low_rank(m=40, n=30, k=4, dtype=np.float64, seed=0, noise=0.1, zeros=0.3):
    rng = np.random.default_rng(seed)
    X = rng.gamma(1.0, size=(m, k)) @ rng.gamma(1.0, size=(k, n)) + noise * rng.random((m, n))
    X[rng.random((m, n)) < zeros] = 0
    return X.astype(dtype)


def beta_of(solver):
    """The first loss that a solver accepts."""
    return next(beta for beta in (2.0, 1.0, 0.0) if isinstance(as_loss(beta), solver.accepts))


def problem_of(X, beta=2.0):
    # PARTWISE_FORM=store runs every contract on another kind of matrix
    form = (FORMS | OUTSIDE)[os.environ.get("PARTWISE_FORM", "dense C")]
    return TwoFactors(as_matrix(form(X) if isinstance(X, np.ndarray) else X), as_loss(beta))


def start_of(problem, k=4, init="random", seed=0):
    return problem.start(*INITS[init](problem.X, k, np.random.RandomState(seed)))


@pytest.fixture(params=[np.float32, np.float64], ids=["float32", "float64"])
def dtype(request):
    return request.param
