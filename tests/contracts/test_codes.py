"""Codes for losses other than Frobenius: at the optimum of every row, alone or with others."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse
from scipy.optimize import minimize

from partwise import NMF
from partwise.losses import as_loss
from partwise.matrices import as_matrix
from partwise.penalties import Elastic
from partwise.solvers.codes import NEARLY_ALL, THE_REST, solve_codes

from .conftest import low_rank

FORMS = pytest.mark.parametrize("form", [np.asarray, scipy.sparse.csr_array], ids=["dense", "sparse"])


def problem(dtype=np.float64, zeros=0.3, k=6):
    X = low_rank(60, 45, 5, dtype=dtype, zeros=zeros)
    H = np.random.default_rng(1).random((k, 45)).astype(dtype)
    H[np.random.default_rng(2).random(H.shape) < 0.4] = 0
    return X, H


def residuals(half, F):
    plus, minus = half.split_gradient(F.astype(np.float64))
    gradient = plus - minus
    pulled = np.where(F > 0, gradient, np.minimum(gradient, 0))
    return np.linalg.norm(pulled, axis=0) / np.maximum(np.linalg.norm(minus, axis=0), 1e-300)


@FORMS
@pytest.mark.parametrize("zeros", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("penalty", [Elastic(), Elastic(1.5, 0.0), Elastic(0.5, 2.0)], ids=["free", "l1", "both"])
def test_kullback_leibler_codes_meet_the_conditions_of_an_optimum(form, zeros, penalty):
    X, H = problem(zeros=zeros)
    half = as_loss(1).half(as_matrix(form(X)), H, penalty)
    F = solve_codes(half)
    assert (F >= 0).all()
    assert residuals(half, F)[X.any(axis=1)].max() <= 1e-7
    assert not F[:, ~X.any(axis=1)].any()


def test_kullback_leibler_codes_are_those_of_a_general_optimiser():
    X, H = problem(zeros=0.5)
    F = solve_codes(as_loss(1).half(as_matrix(X), H, Elastic()))
    for i in range(0, 60, 7):
        x, stored = X[i], X[i] > 0

        def value(w, x=x, stored=stored):
            y = w @ H
            gradient = H.sum(axis=1) - H[:, stored] @ (x[stored] / y[stored])
            return y.sum() - np.sum(x[stored] * np.log(y[stored])), gradient

        best = minimize(value, np.full(6, x.sum() / H.sum()), jac=True, bounds=[(1e-12, None)] * 6, method="L-BFGS-B")
        assert value(F[:, i] + 1e-300)[0] <= best.fun + 1e-9 * abs(best.fun)


@FORMS
def test_kullback_leibler_codes_do_not_depend_on_the_batch(form):
    X, H = problem()
    whole = solve_codes(as_loss(1).half(as_matrix(form(X)), H, Elastic()))
    floor = as_loss(1).half(as_matrix(form(X)), H, Elastic())
    for rows in ([3], [0, 59], list(range(10, 40))):
        np.testing.assert_array_equal(solve_codes(floor.of_rows(np.array(rows))), whole[:, rows])


def test_float32_codes_are_those_of_float64_rounded():
    X, H = problem()
    narrow, wide = (
        solve_codes(as_loss(1).half(as_matrix(X.astype(d)), H.astype(d), Elastic())) for d in (np.float32, np.float64)
    )
    assert narrow.dtype == np.float32
    np.testing.assert_allclose(narrow, wide, rtol=1e-3, atol=1e-4 * wide.max())


@pytest.mark.parametrize("solver", ["auto", "mu"])
@FORMS
def test_the_codes_at_the_end_never_raise_the_objective(solver, form):
    X = low_rank(60, 45, 5)
    model = NMF(4, solver=solver, beta_loss=1, random_state=0, max_iter=40, tol=0)
    W = model.fit_transform(form(X))
    np.testing.assert_array_equal(W, model.transform(form(X)))
    before = []
    NMF(4, solver=solver, beta_loss=1, random_state=0, max_iter=40, tol=0, callback=before.append).fit(form(X))
    assert model.history_[-1].objective <= before[-1].record.objective * (1 + 1e-12)


@pytest.mark.parametrize(("share", "rest"), [(0.05, 0.0), (0.1, 0.0), (0.05, 1e-9), (0.1, 1e-9), (0.1, 1e-4)])
def test_kullback_leibler_codes_of_hard_rows_come_to_the_end(share, rest):
    rng = np.random.default_rng(0)
    # parts that hardly overlap: a full step would take estimates to 0 that X needs, and the first are far too small
    H = np.where(rng.random((12, 80)) < share, rng.gamma(0.5, size=(12, 80)), rest * rng.random((12, 80)))
    H = H[:, H.any(axis=0)]
    X = np.where(rng.random((1000, H.shape[1])) < 0.2, rng.gamma(0.2, size=(1000, H.shape[1])) + 1e-6, 0.0)
    half = as_loss(1).half(as_matrix(scipy.sparse.csr_array(X)), H, Elastic())
    assert residuals(half, solve_codes(half))[X.any(axis=1)].max() <= 1e-7


def test_kullback_leibler_codes_do_not_hang_on_the_unit_of_a_part(dtype):
    rng = np.random.default_rng(0)
    H, X = rng.random((4, 30)).astype(dtype), rng.random((40, 30)).astype(dtype)
    units = np.array([[1], [1e9], [1e-9], [1e3]], dtype)
    one, other = (solve_codes(as_loss(1).half(as_matrix(X), parts, Elastic())) for parts in (H, H * units))
    np.testing.assert_allclose(other * units, one, rtol=1e-4, atol=1e-5)


@FORMS
def test_rows_whose_parts_depend_on_each_other_come_to_the_end_by_the_active_set(form):
    rng = np.random.default_rng(3)
    basis = rng.random((8, 200)) ** 3
    H = rng.random((48, 8)) ** 3 @ basis  # more parts than the rank: sweeps over a singular model never end
    H[-1] = H[0]
    X = rng.random((40, 8)) ** 3 @ basis + 0.01
    half = as_loss(1).half(as_matrix(form(X)), H, Elastic())
    codes, settled = half.newton(np.full((48, 40), 0.1), NEARLY_ALL)
    assert not settled.all()
    codes, settled = half.newton(codes, replace(THE_REST, steps=20))
    assert settled.all()
    assert residuals(half, solve_codes(half)).max() <= 1e-7
