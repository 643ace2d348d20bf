"""Exact least squares by pivoting: scipy's answer, whatever the start, the company and the rank."""

import numpy as np
import pytest
from scipy.optimize import nnls as reference

from partwise.kernels import pivoting
from partwise.kernels.nnls import nnls
from partwise.kernels.pivoting import pivot

from .conftest import low_rank, problem_of


def unit_parts(rng, k, n, dtype=np.float64):
    H = rng.random((k, n)) ** 3
    return (H / np.linalg.norm(H, axis=1, keepdims=True)).astype(dtype)


@pytest.mark.parametrize("start", ["zeros", "ones", "random"])
def test_rows_are_those_of_scipy(start):
    rng = np.random.default_rng(0)
    for k in (1, 2, 7, 30):
        H, X = unit_parts(rng, k, 40), rng.random((50, 40)) ** 4
        F = {"zeros": np.zeros, "ones": np.ones, "random": lambda shape: np.maximum(rng.normal(size=shape), 0)}[start]
        found = pivot(H @ H.T, H @ X.T, F((k, 50)))
        wanted = np.array([reference(H.T, x)[0] for x in X]).T
        np.testing.assert_allclose(found, wanted, atol=1e-10)


def test_a_row_is_solved_alike_in_any_company():
    rng = np.random.default_rng(1)
    H, X = unit_parts(rng, 9, 40), rng.random((3000, 40)) ** 4
    gram, cross, F = H @ H.T, H @ X.T, (rng.random((9, 3000)) > 0.5).astype(float)
    whole = pivot(gram, cross, F)
    for rows in (slice(0, 1), slice(2040, 2060), slice(1, 3000, 7)):
        part = pivot(gram, np.ascontiguousarray(cross[:, rows]), np.ascontiguousarray(F[:, rows]))
        np.testing.assert_array_equal(part, whole[:, rows])


def test_the_start_of_a_row_sets_its_first_passive_set_alone(dtype):
    rng = np.random.default_rng(2)
    H, X = unit_parts(rng, 6, 40, dtype), (rng.random((80, 40)) ** 4).astype(dtype)
    gram = H.astype(np.float64) @ H.T.astype(np.float64)
    found = pivot(gram, H @ X.T, np.ones((6, 80), dtype))
    assert found.dtype == dtype
    again = pivot(gram, H @ X.T, found)
    np.testing.assert_allclose(again, found, atol=1e-5 if dtype == np.float32 else 1e-12)


def test_rows_that_do_not_finish_are_solved_by_the_active_set(monkeypatch):
    rng = np.random.default_rng(3)
    H, X = unit_parts(rng, 8, 40), rng.random((60, 40)) ** 4
    wanted = np.array([reference(H.T, x)[0] for x in X]).T
    done = []

    def none(board, gram, cross, F, hold, signs, out, unfinished, tolerance, size):
        unfinished[:] = True
        done.append(unfinished.shape)

    monkeypatch.setattr(pivoting, "_pivot_all", none)
    np.testing.assert_allclose(pivot(H @ H.T, H @ X.T, np.ones((8, 60))), wanted, atol=1e-10)
    assert done == [(60,)]


def test_a_full_exchange_that_never_helps_gives_way_to_single_ones():
    best, patience = 5, pivoting.PATIENCE
    infeasible = np.array([True, False, True, True])
    passive = np.zeros(4, bool)
    changed = []
    for _ in range(5):
        before = passive.copy()
        best, patience = pivoting._exchange(passive, infeasible, 6, best, patience)
        changed.append(int(np.sum(before != passive)))
    assert changed == [3, 3, 3, 1, 1]
    pivoting._exchange(passive, infeasible, 4, best, patience)
    assert pivoting._exchange(passive, infeasible, 4, best, patience)[0] == 4


def test_singular_least_squares_are_held_and_never_worse():
    rng = np.random.default_rng(4)
    H = unit_parts(rng, 3, 20)
    H = np.vstack([H, H, H[:1] + H[1:2]])
    H /= np.linalg.norm(H, axis=1, keepdims=True)
    X, F = rng.random((50, 20)), rng.random((7, 50))
    found = pivot(H @ H.T, H @ X.T, F, hold=1e-10)
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    lengths = np.array([reference(H.T, x)[1] for x in X])
    np.testing.assert_allclose(np.linalg.norm(X - found.T @ H, axis=1), lengths, atol=1e-8)


def test_codes_choose_the_part_that_a_penalty_prefers():
    # the same part in three lengths: under L1 the longest does the work with the smallest code
    part = np.array([1.0, 2.0, 0.0, 3.0])
    for order in ([5.0, 1.0, 9.0], [9.0, 5.0, 1.0], [1.0, 5.0, 9.0]):
        H = np.outer(order, part)
        X = np.outer([1.0, 4.0], part)
        W = nnls(H @ H.T, H @ X.T - 0.5)
        longest = order.index(9.0)
        best = (9 * (part @ part) * np.array([1.0, 4.0]) - 0.5) / (81 * (part @ part))
        np.testing.assert_allclose(W[longest], best, rtol=1e-9)
        assert np.delete(W, longest, axis=0).max() <= 1e-12


def test_no_code_is_below_zero_by_rounding():
    rng = np.random.default_rng(0)
    for _ in range(300):
        k, n = int(rng.integers(2, 13)), 4
        H = rng.random((k, n)) * (rng.random((k, n)) < 0.5)
        X = np.zeros((4, n))
        for _ in range(2):
            X[rng.integers(4), rng.integers(n)] = rng.random()
        assert nnls(H @ H.T, H @ X.T).min() >= 0


def test_superfluous_components_stay_in_bounds(dtype):
    from partwise.solvers import as_solver

    rng = np.random.default_rng(6)
    X = np.zeros((6, 2), dtype)
    X[:2] = 1e4 * np.outer(rng.random(2), [1.0, 2.0])
    problem = problem_of(X)
    for name in ("bpp", "pg"):
        state = problem.start(*(np.abs(rng.normal(size=(9, size))).astype(dtype) for size in X.shape))
        for _ in range(60):
            state = as_solver(name).step(problem, state)
        assert max(state.W.max(), state.H.max()) < 1e9
        assert problem.measure(state).objective < 1e-6 * problem.loss.value(problem.X, 0 * state.W, state.H)


def test_pivoting_and_gradients_reach_a_stationary_point():
    from partwise import NMF

    for solver in ("bpp", "pg"):
        model = NMF(4, solver=solver, tol=1e-6, max_iter=3000, random_state=0).fit(low_rank())
        assert model.converged_
        assert model.kkt_residual_ <= 1e-6
