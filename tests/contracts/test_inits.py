"""Every init: non-negative, finite, of the right shape and dtype, the same for the same seed, and blind to X's unit."""

import numpy as np
import pytest
import scipy.sparse

from partwise.inits import INITS
from partwise.matrices import as_matrix

from .conftest import low_rank


@pytest.fixture(params=INITS)
def init(request):
    return INITS[request.param]


def test_shape_dtype_sign_and_seed(init, dtype):
    M = as_matrix(low_rank(dtype=dtype))
    W, H = init(M, 4, np.random.RandomState(3))
    assert W.shape == (4, 40)
    assert H.shape == (4, 30)
    for F in (W, H):
        assert F.dtype == dtype
        assert np.isfinite(F).all()
        assert (F >= 0).all()
        assert (F.max(axis=1) > 0).all()
    again = init(M, 4, np.random.RandomState(3))
    np.testing.assert_array_equal(W, again[0])
    np.testing.assert_array_equal(H, again[1])


@pytest.mark.parametrize("unit", [2.0**-20, 2.0**20])
def test_the_start_scales_with_the_root_of_the_unit(init, unit):
    X = low_rank()
    W, H = init(as_matrix(X), 4, np.random.RandomState(0))
    Wu, Hu = init(as_matrix(X * unit), 4, np.random.RandomState(0))
    np.testing.assert_allclose(Wu, W * np.sqrt(unit), rtol=1e-9)
    np.testing.assert_allclose(Hu, H * np.sqrt(unit), rtol=1e-9)


def test_dense_and_sparse_start_alike(init):
    X = low_rank()
    dense, sparse = (
        init(as_matrix(form(X)), 4, np.random.RandomState(0)) for form in (np.asarray, scipy.sparse.csr_array)
    )
    for a, b in zip(dense, sparse, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-9)


@pytest.mark.parametrize("X", [np.zeros((6, 5)), np.ones((6, 5)), np.eye(5), np.ones((1, 5)), np.ones((5, 1))], ids=str)
def test_degenerate_data_give_a_finite_start(init, X):
    W, H = init(as_matrix(X), min(X.shape), np.random.RandomState(0))
    assert np.isfinite(W).all()
    assert np.isfinite(H).all()
