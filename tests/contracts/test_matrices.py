"""Every kind of matrix answers as the plain array does."""

import numpy as np
import pytest
import scipy.sparse

from partwise.kernels.divergence import Law
from partwise.matrices import MATRICES, LowRank, as_matrix
from partwise.matrices.range_basis import orthonormal_long

from .conftest import FORMS as IN_MEMORY
from .conftest import OUTSIDE, low_rank

FORMS = IN_MEMORY | OUTSIDE


@pytest.fixture(params=FORMS, ids=str)
def pair(request, dtype):
    X = low_rank(dtype=dtype)
    return X, as_matrix(FORMS[request.param](X))


def close(a, b, dtype):
    np.testing.assert_allclose(
        a, b, rtol=1e-5 if dtype == np.float32 else 1e-12, atol=1e-5 if dtype == np.float32 else 1e-12
    )


def test_every_registered_kind_is_among_the_forms():
    X = low_rank()
    made = {type(as_matrix(form(X))) for form in FORMS.values()}
    assert made == set(MATRICES.values())


def test_products_and_sums(pair, dtype, rng):
    X, M = pair
    F, G = rng.random((4, X.shape[1])).astype(dtype), rng.random((4, X.shape[0])).astype(dtype)
    close(M.dot(F), F @ X.T, dtype)
    close(M.T.dot(G), G @ X, dtype)
    assert M.dot(F).dtype == dtype
    assert M.dot(F).flags.c_contiguous
    assert M.shape == X.shape
    assert M.T.shape == X.T.shape
    assert M.squared_norm == pytest.approx(float(np.sum(X.astype(np.float64) ** 2)), rel=1e-7)
    assert M.mean == pytest.approx(float(X.mean(dtype=np.float64)), rel=1e-7)
    close(M.row_sums(), X.sum(axis=1), dtype)


def test_estimates_at_the_stored_entries(pair, dtype, rng):
    X, M = pair
    W, H = rng.random((3, X.shape[0])).astype(dtype), rng.random((3, X.shape[1])).astype(dtype)
    assert M.estimate(W, H).shape == M.values.shape
    close(M.squared_distance(W, H), np.sum((X - W.T @ H).astype(np.float64) ** 2), dtype)


@pytest.mark.parametrize("beta", [-0.5, 0, 0.3, 0.5, 1, 1.5, 2.5, 3, 4])
@pytest.mark.parametrize("tile", [(128, 512 << 10), (4, 64)], ids=["one tile", "many tiles"])
def test_pulls_are_their_formula(pair, dtype, rng, beta, tile, monkeypatch):
    X, M = pair
    monkeypatch.setattr("partwise.kernels.divergence.TILE", tile)
    for P, A in ((M, X), (M.T, X.T)):
        W, H = (rng.random((5, size)).astype(dtype) + dtype(0.1) for size in A.shape)
        up, down = P.pulls(W, H, Law(beta, 1e-10))
        Y = (W.T @ H).astype(np.float64)
        assert up.dtype == dtype
        np.testing.assert_allclose(up, H @ (A * Y ** (beta - 2)).T, rtol=2e-5 if dtype == np.float32 else 1e-11)
        if beta == 1:
            assert down is None
        else:
            np.testing.assert_allclose(down, H @ (Y ** (beta - 1)).T, rtol=2e-5 if dtype == np.float32 else 1e-11)


def test_entries_are_compared_with_their_estimates(pair, dtype, rng):
    X, M = pair
    W, H = (rng.random((3, size)).astype(dtype) for size in X.shape)
    Y = (W.T @ H).astype(np.float64)
    stored = M.compare(W, H, lambda x, y: float(np.sum(x * y + 2 * y)))
    elsewhere = M.elsewhere(W, H, lambda x, y: float(np.sum(x * y + 2 * y)))
    assert stored + elsewhere == pytest.approx(float(np.sum(X * Y + 2 * Y)), rel=1e-5)


def test_distance_does_not_cancel_where_x_is_the_product(pair, dtype, rng):
    _, M = pair
    W, H = rng.random((3, 20)).astype(dtype), rng.random((3, 25)).astype(dtype)
    is_dense = type(M) is MATRICES["dense"]
    exact = as_matrix(FORMS["dense C" if is_dense else "csr_array"](W.T @ H))
    # float32 data differ from the product by their own rounding; elsewhere, sparse takes a difference of sums
    noise = 1e-13 if dtype == np.float32 else (1e-29 if is_dense else 1e-15)
    assert 0 <= exact.squared_distance(W, H) <= noise * np.sum((W.T @ H).astype(np.float64) ** 2)


def test_row_blocks_cover_all_rows_once(pair, monkeypatch):
    X, M = pair
    monkeypatch.setattr("partwise.matrices.matrix.BLOCK_BYTES", 4 * X.shape[1] * X.itemsize)
    seen = []
    for rows, block in M.row_blocks():
        assert block.shape == (rows.stop - rows.start, X.shape[1])
        np.testing.assert_allclose(block.row_sums(), X[rows].sum(axis=1), rtol=1e-5)
        seen += range(rows.start, rows.stop)
    assert seen == list(range(X.shape[0]))
    chosen = np.array([5, 2, 9])
    np.testing.assert_allclose(M.take(chosen).row_sums(), X[chosen].sum(axis=1), rtol=1e-5)


def test_contiguous_arrays_are_not_copied():
    X = low_rank()
    assert as_matrix(X).values is X
    F = np.asfortranarray(X)
    assert as_matrix(F).values is F


@pytest.mark.parametrize("strided", ["data", "indices", "both"])
def test_sparse_arrays_with_gaps_between_their_entries_are_read_aright(strided, rng):
    X = scipy.sparse.random(30, 20, 0.3, "csr", random_state=0)
    gaps = {}
    for name in ("data", "indices"):
        room = np.full(2 * X.nnz, 7, getattr(X, name).dtype)
        room[::2] = getattr(X, name)
        gaps[name] = room[::2] if strided in (name, "both") else getattr(X, name)
    given = scipy.sparse.csr_array((gaps["data"], gaps["indices"], X.indptr), X.shape)
    F, G = rng.random((4, 20)), rng.random((4, 30))
    ours = as_matrix(given)
    np.testing.assert_allclose(ours.dot(F), F @ X.toarray().T, rtol=1e-12)
    np.testing.assert_allclose(ours.T.dot(G), G @ X.toarray(), rtol=1e-12)


def test_what_is_no_matrix_is_refused_with_a_remedy():
    with pytest.raises(TypeError, match=r"float32 or float64, got int64\. Try X\.astype"):
        as_matrix(np.ones((2, 2), int))
    with pytest.raises(TypeError, match=r"got list\. Try np\.asarray"):
        as_matrix([[1.0]])


def test_a_stand_in_answers_as_its_product(dtype, rng):
    left, right = rng.random((5, 40)).astype(dtype), rng.random((5, 30)).astype(dtype)
    X, M = left.T @ right, LowRank(left, right)
    F, G = rng.random((3, 30)).astype(dtype), rng.random((3, 40)).astype(dtype)
    close(M.dot(F), F @ X.T, dtype)
    close(M.T.dot(G), G @ X, dtype)
    assert M.squared_norm == pytest.approx(float(np.sum(X.astype(np.float64) ** 2)), rel=1e-5)
    assert M.squared_distance(G, F) == pytest.approx(float(np.sum((X - G.T @ F).astype(np.float64) ** 2)), rel=1e-4)
    rows, columns = np.array([3, 1]), np.array([0, 7, 9])
    close(M.take(rows, columns).dot(F[:, columns]), F[:, columns] @ X[np.ix_(rows, columns)].T, dtype)
    close(M.take(None, columns).dot(F[:, columns]), F[:, columns] @ X[:, columns].T, dtype)
    assert M.lighter().dtype == np.float32
    close(M.lighter().dot(F.astype(np.float32)), F @ X.T, np.float32)


def test_sparse_doubles_have_a_twin_in_single_precision(rng):
    X = scipy.sparse.random_array((40, 30), density=0.2, rng=rng, format="csr")
    M = as_matrix(X)
    light = M.lighter()
    assert light.dtype == light.T.dtype == np.float32
    assert light.T.T is light
    F, G = rng.random((3, 30)), rng.random((3, 40))
    close(light.dot(F.astype(np.float32)), F @ X.T, np.float32)
    close(light.T.dot(G.astype(np.float32)), G @ X, np.float32)
    assert light.lighter() is None
    assert as_matrix(np.ones((3, 2))).lighter() is None


def test_a_basis_of_long_rows_is_orthonormal_and_loses_nothing_but_rounding(dtype, rng):
    rows = rng.random((6, 5)) @ rng.random((5, 3000))  # one of them is the sum of others
    Q = orthonormal_long(rows.astype(dtype))
    assert len(Q) >= 5
    np.testing.assert_allclose(Q[-5:] @ Q[-5:].T, np.eye(5), atol=1e-3 if dtype == np.float32 else 1e-8)
    close(rows @ Q.T @ Q, rows, dtype)
