"""The projective problem and every registered solver of it: gradients, certificates, descent, bits."""

import numpy as np
import pytest

from partwise.iterate import iterate
from partwise.kernels.threads import one_pool
from partwise.matrices import as_matrix
from partwise.problems import Projective
from partwise.solvers import PROJECTIVE_SOLVERS, ProjectedLBFGS
from partwise.solvers.projected_lbfgs import best_share, between
from partwise.stopping import IterationLimit, Reason, Record, SmallChange, Standstill

from .conftest import FORMS as IN_MEMORY
from .conftest import OUTSIDE, low_rank

FORMS = IN_MEMORY | OUTSIDE

SOLVERS = [pytest.param(solver, id=name) for name, solver in PROJECTIVE_SOLVERS.items()]


def start_of(n_rows=40, k=4, dtype=np.float64, seed=0):
    W = np.random.default_rng(seed).random((k, n_rows)) + 0.01
    return (W / np.linalg.norm(W, 2)).astype(dtype)


def objective(X, W):
    """Of W held by component, computed as it is written."""
    return 0.5 * np.linalg.norm(X - W.T @ (W @ X)) ** 2


def course(X, solver, steps, W=None):
    problem = Projective(as_matrix(X))
    begin = solver.start(problem, start_of(X.shape[0], dtype=X.dtype) if W is None else W)
    return list(iterate(problem, solver, begin, [IterationLimit(steps)]))


@pytest.mark.parametrize("form", FORMS)
def test_the_gradient_is_that_of_finite_differences(form, rng):
    X = low_rank()
    state = Projective(as_matrix(FORMS[form](X))).start(start_of())
    for _ in range(5):
        way, h = rng.standard_normal(state.W.shape), 1e-5
        slope = (objective(X, state.W + h * way) - objective(X, state.W - h * way)) / (2 * h)
        assert np.vdot(state.gradient, way) == pytest.approx(slope, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("form", FORMS)
def test_objective_and_certificate_are_what_they_say(form):
    X = low_rank()
    problem = Projective(as_matrix(FORMS[form](X)))
    W = start_of()
    W[:, ::3] = 0
    measure = problem.measure(problem.start(W))
    A, V = X @ X.T, W.T
    gradient = V @ V.T @ A @ V + A @ V @ V.T @ V - 2 * A @ V
    projected = np.where(V > 0, gradient, np.minimum(gradient, 0))
    assert measure.objective == pytest.approx(objective(X, W), rel=1e-12)
    assert measure.residual == pytest.approx(np.linalg.norm(projected) / np.linalg.norm(2 * A @ V), rel=1e-10)


def test_blocks_that_do_not_overlap_are_rebuilt_without_error_and_certified():
    X, W = np.zeros((6, 5)), np.zeros((2, 6))
    X[:2, :2], X[2:, 2:] = [[1, 2], [2, 4]], 3
    W[0, :2], W[1, 2:] = np.array([1, 2]) / np.sqrt(5), 0.5
    measure = Projective(as_matrix(X)).measure(Projective(as_matrix(X)).start(W))
    # too small for an expanded square to tell
    assert measure.objective < 1e-28
    assert measure.residual < 1e-15


@pytest.mark.parametrize("unit", [1e-8, 1e8])
def test_the_residual_has_no_unit(unit):
    W = start_of()
    one, other = (
        problem.measure(problem.start(W))
        for problem in map(Projective, map(as_matrix, (low_rank(), unit * low_rank())))
    )
    assert other.residual == pytest.approx(one.residual, rel=1e-10)
    assert other.objective == pytest.approx(unit**2 * one.objective, rel=1e-10)


@pytest.mark.parametrize("solver", SOLVERS)
def test_factors_stay_non_negative_and_keep_their_precision(solver, dtype):
    for shot in course(low_rank(dtype=dtype), solver(), 30):
        for array in (shot.state.W, shot.state.H, shot.state.pull):
            assert array.dtype == dtype
            assert np.isfinite(array).all()
        assert (shot.state.W >= 0).all()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("solver", [one for one in SOLVERS if one.values[0].monotone])
def test_the_objective_never_rises_where_a_solver_claims_so(solver, seed, dtype):
    X = low_rank(seed=seed, dtype=dtype)
    shots = course(X, solver(), 100, start_of(dtype=dtype, seed=seed))
    rises = np.diff([shot.record.objective for shot in shots])
    slack = (1e-6 if dtype == np.float32 else 1e-13) * np.sum(X.astype(np.float64) ** 2)
    assert rises.max() <= slack
    assert shots[-1].record.objective < 0.7 * shots[0].record.objective


def test_lbfgs_comes_to_a_stationary_point_that_is_nearly_orthonormal():
    shot = course(low_rank(), ProjectedLBFGS(), 400)[-1]
    W = shot.state.W
    assert shot.record.residual < 1e-8
    assert np.linalg.norm(W @ W.T - np.eye(4)) < 0.5


@pytest.mark.parametrize("solver", SOLVERS)
def test_all_forms_of_a_matrix_take_the_same_path(solver, dtype):
    X = low_rank(dtype=dtype)
    ends = [course(FORMS[form](X), solver(), 15)[-1].state.W for form in FORMS]
    for end in ends[1:]:
        np.testing.assert_allclose(end, ends[0], atol=1e-3 if dtype == np.float32 else 1e-8)


@pytest.mark.parametrize("solver", SOLVERS)
def test_one_thread_or_two_give_the_same_bits(solver, monkeypatch):
    X = low_rank(1500, 700)
    ends = []
    for count in (1, 2):
        monkeypatch.setattr("partwise.kernels.threads.allowed", lambda count=count: count)
        with one_pool() as threads:
            assert threads == count
            ends.append(course(X, solver(), 5, start_of(1500))[-1].state.W)
    np.testing.assert_array_equal(*ends)


@pytest.mark.parametrize("solver", SOLVERS)
def test_where_nothing_can_be_learned_nothing_breaks(solver, dtype):
    for X in (np.zeros((8, 5)), np.ones((8, 5)), np.diag([1.0, 0, 0, 2, 0]), np.ones((1, 1))):
        W = start_of(len(X), min(2, len(X)), dtype)
        W[-1] = 0
        shots = course(X.astype(dtype), solver(), 20, W)
        assert shots[-1].reason is Reason.ITERATION_LIMIT
        assert all(np.isfinite(shot.state.W).all() for shot in shots)


def test_the_published_update_is_what_the_paper_says():
    X, W = low_rank(), start_of().T
    for shot in course(X, PROJECTIVE_SOLVERS["multiplicative"](), 3):
        old, A = W, X @ X.T
        W = np.maximum(W * (A @ W) / (W @ W.T @ A @ W), 1e-16)
        W = W / np.linalg.norm(W, 2)
        np.testing.assert_allclose(shot.state.W.T, W, rtol=1e-10)
        assert shot.record.change == pytest.approx(np.linalg.norm(old - W) / np.linalg.norm(old), rel=1e-8)


@pytest.mark.parametrize("seed", range(8))
def test_the_share_of_the_way_is_the_best_or_lowers_the_objective_well(seed):
    X, problem = low_rank(seed=seed), Projective(as_matrix(low_rank(seed=seed)))
    state = problem.start(start_of(seed=seed))
    # ways of any length, some far too long
    end = np.maximum(state.W - 10.0 ** (seed / 2 - 4) * state.gradient, 0)
    ahead = problem.start(end)
    share = best_share(state, ahead)
    found = between(state, ahead, share)
    np.testing.assert_allclose(found.pull, problem.start(found.W).pull, rtol=1e-9, atol=1e-9)
    slope = np.vdot(state.gradient, end - state.W)
    tried = [objective(X, state.W + t * (end - state.W)) for t in np.linspace(0, 1, 2001)]
    gained = objective(X, found.W) - tried[0]
    assert gained < 0
    assert (share == 1 and gained <= 0.01 * slope) or objective(X, found.W) <= min(tried) + 1e-9 * tried[0]


def test_a_step_that_cannot_lower_the_objective_stands_still():
    problem = Projective(as_matrix(np.diag([3.0, 2.0])))
    state = problem.start(np.eye(2))
    moved = ProjectedLBFGS().step(problem, state)
    assert moved.change == 0
    np.testing.assert_array_equal(moved.W, state.W)
    assert Standstill()([Record(1, 0.0, 0.0, 0.0, moved.change)]) is Reason.STANDSTILL


def test_a_small_change_stops_and_one_that_is_not_known_does_not():
    rule = SmallChange(1e-3)
    assert rule([Record(1, 0.0, 1.0, 1.0, 9e-4)]) is Reason.SMALL_CHANGE
    assert rule([Record(1, 0.0, 1.0, 1.0, 1e-3)]) is None
    assert rule([Record(1, 0.0, 1.0, 1.0)]) is None


@pytest.mark.parametrize("form", ["dense C", "dense F"])
def test_a_wide_matrix_is_compressed_to_one_with_the_same_products(form, dtype):
    X = FORMS[form](low_rank(20, 300, dtype=dtype))
    L = as_matrix(X).compressed(10_000)
    assert L.shape == (20, 20)
    assert L.dtype == dtype
    W = start_of(20, dtype=dtype)
    np.testing.assert_allclose(L.dot(L.T.dot(W)), W @ X @ X.T, rtol=1e-4 if dtype == np.float32 else 1e-12)


def test_what_saves_nothing_is_not_compressed():
    X = low_rank(20, 300)
    assert as_matrix(X).compressed(10) is None
    assert as_matrix(X.T).compressed(10**9) is None
    assert as_matrix(FORMS["csr_array"](X)).compressed(10**9) is None
