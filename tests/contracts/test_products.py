"""The register kernels beside NumPy, in every shape that does not fill a vector or a tile."""

import numpy as np
import pytest
import scipy.sparse

from partwise.kernels import sparse
from partwise.kernels.blocks import gram, narrow
from partwise.kernels.measure import read_normal, relative_residuals
from partwise.kernels.products import times_columns, times_rows

SIZES = (1, 2, 5, 17, 63, 81, 130)


@pytest.mark.parametrize("k", [1, 3, 5, 7, 16, 23])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_products_of_every_shape(k, dtype):
    rng = np.random.default_rng(k)
    tolerance = 1e-5 if dtype == np.float32 else 1e-13
    for m in SIZES:
        for n in SIZES:
            X, H, W = (rng.random(shape).astype(dtype) for shape in ((m, n), (k, n), (k, m)))
            for got, wanted in (
                (times_rows(H, X), H @ X.T),
                (times_columns(W, X), W @ X),
                (narrow(H, X), H @ X.T),
                (gram(H), H @ H.T),
            ):
                assert got.dtype == dtype
                np.testing.assert_allclose(got, wanted, rtol=tolerance)


def test_long_sums_keep_their_digits():
    X = np.full((40_000, 3), 0.1, np.float32)
    W = np.full((2, 40_000), 0.1, np.float32)
    wanted = 40_000 * float(np.float32(0.1)) ** 2
    np.testing.assert_allclose(times_columns(W, X), wanted, rtol=3e-6)
    np.testing.assert_allclose(times_rows(W, np.ascontiguousarray(X.T)), wanted, rtol=3e-6)


@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("k", [1, 4, 9, 20, 50])
def test_sparse_products(k, index, dtype):
    rng = np.random.default_rng(k)
    X = scipy.sparse.random_array((90, 70), density=0.1, rng=rng, format="csr", dtype=dtype)
    X[10:20] = 0
    X.eliminate_zeros()
    F = rng.random((k, 70)).astype(dtype)
    entries = (X.indptr.astype(index), X.indices.astype(index), X.data)
    got = sparse.times(entries, F, np.array([0, 7, 15, 90]))
    np.testing.assert_allclose(got, (X @ F.T).T, rtol=1e-5)


def test_sums_of_a_quadratic_half(dtype):
    rng = np.random.default_rng(0)
    for k, n in ((1, 1), (3, 50), (12, 333)):
        F, G, C = (rng.random(shape).astype(dtype) for shape in ((k, n), (k, k), (k, n)))
        F[rng.random(F.shape) < 0.3] = 0
        G = G @ G.T
        plus = G.astype(float) @ F + 0.5 + 0.25 * F
        slope = plus - C
        free = np.where(F > 0, slope, np.minimum(slope, 0))
        wanted = [np.sum(A * B, axis=1) for A, B in ((free, free), (C, C), (F, F), (C, F), (plus, F))]
        np.testing.assert_allclose(
            read_normal(G, C, F, 0.5, 0.25).T[:5], wanted, rtol=1e-4 if dtype == np.float32 else 1e-11
        )
        slope = G.astype(float) @ F - C
        free = np.where(F > 0, slope, np.minimum(slope, 0))
        found = relative_residuals(*(A.astype(np.float64) for A in (G, C, F)))
        np.testing.assert_allclose(found, np.linalg.norm(free, axis=0) / np.linalg.norm(C, axis=0), rtol=1e-4)
