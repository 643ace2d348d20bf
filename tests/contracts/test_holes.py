"""Holes in X: what stands in them is what was put there, and nothing of what was hidden is ever seen."""

import numpy as np
import pytest
import scipy.sparse

from partwise.losses import as_loss
from partwise.matrices import Holes, Residual, as_matrix, drawn_places, shuffled

from .conftest import low_rank


@pytest.fixture(params=["dense", "Fortran order", "sparse", "transposed sparse"])
def pair(request, dtype):
    X = low_rank(dtype=dtype)
    X[np.quantile(X, 0.3) > X] = 0
    forms = {
        "dense": lambda: as_matrix(X),
        "Fortran order": lambda: as_matrix(np.asfortranarray(X)),
        "sparse": lambda: as_matrix(scipy.sparse.csr_array(X)),
        "transposed sparse": lambda: as_matrix(scipy.sparse.csr_array(X.T)).T,
    }
    return X, forms[request.param]()


def test_places_are_different_and_as_many_as_asked():
    for shape, count in (((7, 9), 63), ((40, 30), 120), ((1, 5), 1)):
        places = drawn_places(shape, count, np.random.default_rng(0))
        assert len(places) == count
        assert len(np.unique(places)) == count
        assert (np.diff(places) > 0).all()
        assert places[-1] < shape[0] * shape[1]


def test_estimates_stand_in_the_holes_both_ways(pair, dtype, rng):
    X, M = pair
    places = drawn_places(X.shape, X.size // 10, np.random.default_rng(1))
    holes = Holes(M, places)
    np.testing.assert_array_equal(holes.hidden, X.ravel()[places])
    for _ in range(2):  # the second time over what stood there the first
        W, H = (rng.random((3, size)).astype(dtype) for size in X.shape)
        wanted = X.copy()
        wanted.ravel()[places] = (W.T @ H).ravel()[places]
        filled = holes.filled(W, H)
        F, G = rng.random((4, X.shape[1])).astype(dtype), rng.random((4, X.shape[0])).astype(dtype)
        np.testing.assert_allclose(filled.dot(F), F @ wanted.T, rtol=1e-5)
        np.testing.assert_allclose(filled.T.dot(G), G @ wanted, rtol=1e-5)
        np.testing.assert_allclose(filled.row_sums(), wanted.sum(axis=1), rtol=1e-5)
    np.testing.assert_allclose(M.row_sums(), X.sum(axis=1), rtol=1e-6)  # X itself is as it was


def test_a_hole_is_levelled_by_what_is_seen_alone(pair):
    X, M = pair
    places = drawn_places(X.shape, X.size // 10, np.random.default_rng(2))
    seen = X.astype(np.float64)
    seen.ravel()[places] = np.nan
    wanted = np.nanmean(seen, axis=1)[:, None] * np.nanmean(seen, axis=0) / np.nanmean(seen)
    got = Holes(M, places).levelled()
    F = np.eye(X.shape[1], dtype=X.dtype)
    np.testing.assert_allclose(got.dot(F).T.ravel()[places], wanted.ravel()[places], rtol=1e-5)


def test_a_row_and_a_column_of_which_all_is_hidden(dtype):
    X = low_rank(dtype=dtype) + dtype(0.1)
    hidden = np.zeros(X.shape, bool)
    hidden[2], hidden[:, 3] = True, True
    got = Holes(as_matrix(X), np.flatnonzero(hidden)).levelled().values
    assert np.isfinite(got).all()
    assert got[2, 3] == pytest.approx(X[~hidden].mean(), rel=1e-5)


def test_shuffled_columns_keep_their_entries(pair):
    X, M = pair
    got = shuffled(M, np.random.default_rng(0))
    plain = got.toarray() if scipy.sparse.issparse(got) else got
    np.testing.assert_array_equal(np.sort(plain, axis=0), np.sort(X, axis=0))
    assert not np.array_equal(plain, X)


def test_a_residual_is_what_is_left(pair, dtype, rng):
    X, M = pair
    W, H = (rng.random((3, size)).astype(dtype) for size in X.shape)
    wanted = X - W.T @ H
    got = Residual(M, W, H)
    F, G = rng.random((2, X.shape[1])).astype(dtype), rng.random((2, X.shape[0])).astype(dtype)
    np.testing.assert_allclose(got.dot(F), F @ wanted.T, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(got.T.dot(G), G @ wanted, rtol=1e-4, atol=1e-4)
    assert got.squared_norm == pytest.approx(float(np.sum(wanted.astype(np.float64) ** 2)), rel=1e-5)
    more = (rng.random((1, X.shape[0])).astype(dtype), rng.random((1, X.shape[1])).astype(dtype))
    further = float(np.sum((wanted - more[0].T @ more[1]).astype(np.float64) ** 2))
    assert got.squared_distance(*more) == pytest.approx(further, rel=1e-5)


@pytest.mark.parametrize("beta", [2, 1, 0, 0.5, 3])
def test_the_loss_between_entries_is_that_of_the_whole(beta, rng):
    X = as_matrix(rng.random((6, 5)) + 0.1)
    W, H = rng.random((2, 6)) + 0.1, rng.random((2, 5)) + 0.1
    loss = as_loss(beta)
    assert loss.between(X.values.ravel(), (W.T @ H).ravel(), 1e-12) == pytest.approx(loss.value(X, W, H), rel=1e-9)
