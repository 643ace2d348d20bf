"""Every registered solver keeps its promises; a new one is picked up from the registry."""

from dataclasses import dataclass

import numpy as np
import pytest
import scipy.sparse

from partwise.iterate import iterate
from partwise.kernels.threads import one_pool
from partwise.losses import LOSSES, as_loss
from partwise.matrices import as_matrix
from partwise.penalties import Elastic
from partwise.problems import TwoFactors
from partwise.solvers import SOLVERS, Alternating, as_solver, chosen
from partwise.stopping import IterationLimit

from .conftest import FORMS, beta_of, low_rank, problem_of, start_of


def promises(solver, make=problem_of):
    """All that is asked of a solver, for every loss that it accepts."""
    for beta in sorted({*LOSSES.values(), 0.5, 3.0}):
        if not isinstance(as_loss(beta), solver.accepts):
            continue
        for dtype in (np.float32, np.float64):
            X = low_rank(dtype=dtype, zeros=0.2 if beta > 0 else 0.0)
            X[3] = 0 if beta > 0 else X[3]
            problem = make(X, beta)
            state = first = start_of(problem)
            values = [problem.measure(state).objective]
            for _ in range(30):
                state = solver.step(problem, state)
                values.append(problem.measure(state).objective)
                for F, F0 in ((state.W, first.W), (state.H, first.H)):
                    assert F.dtype == dtype, "the dtype changed"
                    assert F.shape == F0.shape
                    assert np.isfinite(F).all()
                    assert (F >= 0).all(), "a factor became negative"
            assert state.iteration == 30
            if beta > 0:
                assert state.W[:, 3].max() <= 1e-3 * state.W.max(), "a row of zeros must go to a code of zeros"
            if solver.monotone:
                slack = values[0] * (1e-5 if dtype == np.float32 else 1e-12)
                assert (np.diff(values) <= slack).all(), "the objective rose"
            assert values[-1] < values[0]
            direct = problem.loss.value(problem.X, state.W, state.H)
            assert values[-1] == pytest.approx(direct, rel=1e-3 if dtype == np.float32 else 1e-8)


@pytest.fixture(params=SOLVERS)
def solver(request):
    return as_solver(request.param)


def test_promises(solver):
    promises(solver)


def test_all_kinds_of_matrix_agree(solver):
    results = []
    for form in FORMS.values():
        problem = problem_of(form(low_rank()), beta_of(solver))
        state = start_of(problem)
        for _ in range(10):
            state = solver.step(problem, state)
        results.append((state.W, state.H))
    for W, H in results[1:]:
        np.testing.assert_allclose(W, results[0][0], atol=1e-8)
        np.testing.assert_allclose(H, results[0][1], atol=1e-8)


def test_penalised_objective_never_rises(solver):
    for l1, l2 in [(0.5, 0.0), (0.0, 0.5), (0.2, 0.3)]:
        loss = as_loss(beta_of(solver))
        problem = TwoFactors(as_matrix(low_rank()), loss, Elastic(l1, l2), Elastic(2 * l1, l2))
        state = start_of(problem)
        values = []
        for _ in range(40):
            values.append(problem.measure(state).objective)
            state = solver.step(problem, state)
        expected = (
            problem.loss.value(problem.X, state.W, state.H)
            + problem.penalty_W.value(state.W.sum(), np.sum(state.W**2))
            + problem.penalty_H.value(state.H.sum(), np.sum(state.H**2))
        )
        assert problem.measure(state).objective == pytest.approx(expected, rel=1e-9)
        if solver.monotone:
            assert (np.diff(values) <= 1e-12 * values[0]).all()
        assert values[-1] < values[0]


def test_the_residual_goes_to_zero_at_a_stationary_point(solver):
    if not solver.certified:
        pytest.skip("this solver does not promise a small residual")
    problem = problem_of(low_rank(), beta_of(solver))
    *_, last = iterate(problem, solver, start_of(problem), [IterationLimit(2000)])
    assert last.record.residual < 1e-8


def test_the_residual_is_that_of_its_formula(solver):
    X, beta = low_rank(), beta_of(solver)
    problem = problem_of(X, beta)
    state = start_of(problem)
    for _ in range(5):
        state = solver.step(problem, state)
    W, H = state.W.T, state.H
    d = np.sqrt(np.linalg.norm(H, axis=1) / np.linalg.norm(W, axis=0))
    W, H = W * d, H / d[:, None]
    Y = np.maximum(W @ H, 1e-150)
    up, down = X * Y ** (beta - 2), Y ** (beta - 1)
    GW, GH = down @ H.T - up @ H.T, W.T @ down - W.T @ up
    PW, PH = np.where(W > 0, GW, np.minimum(GW, 0)), np.where(H > 0, GH, np.minimum(GH, 0))
    norm = np.linalg.norm
    assert problem.measure(state).residual == pytest.approx((norm(PW) + norm(PH)) / (norm(up @ H.T) + norm(W.T @ up)))


def test_one_thread_or_two_give_the_same_answer(solver, monkeypatch):
    X = low_rank(700, 650, dtype=np.float64)
    answers = []
    for count in (1, 2):
        monkeypatch.setattr("partwise.kernels.threads.allowed", lambda count=count: count)
        with one_pool() as threads:
            assert threads == count
            problem = problem_of(X, beta_of(solver))
            state = start_of(problem)
            for _ in range(10):
                state = solver.step(problem, state)
            answers.append(problem.measure(state).objective)
    assert answers[0] == pytest.approx(answers[1], rel=1e-10)


@dataclass(frozen=True)
class Cautious(Alternating):
    """A toy: projected gradient with a safe step."""

    share: float = 1.0

    def improve(self, half, F, iteration):
        plus, minus = half.split_gradient(F)
        return np.maximum(F - self.share * (plus - minus) / np.linalg.norm(half.gram, 2), 0).astype(F.dtype)


def test_a_toy_solver_in_the_registry_is_held_to_the_same_promises(monkeypatch):
    from partwise import NMF
    from partwise.losses import QuadraticLoss

    monkeypatch.setattr(Cautious, "accepts", QuadraticLoss)
    monkeypatch.setitem(SOLVERS, "cautious", Cautious)
    promises(as_solver("cautious"))
    X = low_rank()
    for solver in ("cautious", Cautious()):
        model = NMF(4, solver=solver, max_iter=500, random_state=0).fit(X)
        assert model.kkt_residual_ < 1e-2
    monkeypatch.delitem(SOLVERS, "cautious")
    with pytest.raises(ValueError, match="'solver' parameter"):
        NMF(4, solver="cautious").fit(X)


def test_a_solver_that_breaks_a_promise_is_found_out():
    class Careless(Alternating):
        def improve(self, half, F, iteration):
            return F - 0.1 * F.max()

    class Growing(Alternating):
        def improve(self, half, F, iteration):
            return F * F.dtype.type(1.1)

    with pytest.raises(AssertionError, match="negative"):
        promises(Careless())
    with pytest.raises(AssertionError, match=r"zeros|rose"):
        promises(Growing())


def test_sparse_data_of_a_quadratic_loss_are_never_densified(monkeypatch):
    X = scipy.sparse.random_array((200, 150), density=0.05, rng=0, format="csr")
    for name in ("toarray", "todense"):
        monkeypatch.setattr(type(X), name, lambda self: pytest.fail("densified"))
    for beta, name in ((2.0, "mu"), (1.0, "mu"), (1.0, "newton")):
        problem = problem_of(X, beta)
        state = start_of(problem)
        for _ in range(3):
            state = as_solver(name).step(problem, state)
        assert np.isfinite(problem.measure(state).objective)


def test_a_start_on_the_stand_in_is_better_and_never_worse(monkeypatch):
    monkeypatch.setattr("partwise.solvers.stand_in.WORTH", 0.0)
    X = low_rank(600, 500, k=8, noise=0.5)
    problem = problem_of(X)
    state = start_of(problem, k=8)
    cold, warm = (SOLVERS["cd"](warm=warm).step(problem, state) for warm in (False, True))
    assert problem.measure(warm).objective < problem.measure(cold).objective
    assert warm.iteration == cold.iteration == 1
    again = SOLVERS["cd"]().step(problem_of(X), state)
    np.testing.assert_array_equal(warm.W, again.W)


@pytest.mark.parametrize("unit", [1.0, 1e12])
def test_sparse_doubles_of_a_flat_spectrum_begin_in_single_precision(monkeypatch, unit):
    monkeypatch.setattr("partwise.solvers.stand_in.WORTH", 0.0)
    rng = np.random.default_rng(0)
    X = unit * scipy.sparse.random_array((900, 700), density=0.02, rng=rng, format="csr")
    problem = problem_of(X)
    state = start_of(problem, k=4)
    cold, warm = (SOLVERS["cd"](warm=warm).step(problem, state) for warm in (False, True))
    assert warm.W.dtype == warm.H.dtype == warm.left.cross.dtype == np.float64
    better = problem.measure(warm).objective < problem.measure(cold).objective * (1 - 1e-3)
    # beyond the range in which single precision has room there is no such start
    assert better if unit == 1 else np.array_equal(warm.W, cold.W)


def test_the_stand_in_weighs_penalties_as_the_whole(monkeypatch):
    monkeypatch.setattr("partwise.solvers.stand_in.WORTH", 0.0)
    X = low_rank(600, 500, k=8, noise=0.5)
    problem = TwoFactors(as_matrix(X), as_loss(2), Elastic(20.0, 5.0), Elastic(15.0, 3.0))
    state = start_of(problem, k=8)
    values = []
    for _ in range(40):
        state = SOLVERS["cd"]().step(problem, state)
        values.append(problem.measure(state).objective)
    # most of the way is made before the first full step, which would not be so in a problem with other weights
    assert values[0] <= values[-1] * 1.02
    assert (np.diff(values) <= 1e-12 * values[0]).all()


def test_a_rise_of_the_objective_is_taken_back():
    rng = np.random.default_rng(5)
    for _ in range(20):
        X = rng.random((30, 20)) ** rng.integers(1, 9)
        problem = problem_of(X)
        state = start_of(problem, k=3, seed=int(rng.integers(100)))
        solver = as_solver("cd")
        values = []
        for _ in range(150):
            values.append(problem.measure(state).objective)
            state = solver.step(problem, state)
        assert (np.diff(values) <= 1e-12 * values[0]).all()


def tall_or_wide(wide):
    X = low_rank(60, 700, k=5, noise=0.5)
    return X if wide else np.ascontiguousarray(X.T)


@pytest.mark.parametrize("wide", [True, False], ids=["columns", "rows"])
@pytest.mark.parametrize("form", [np.asarray, scipy.sparse.csr_array], ids=["dense", "sparse"])
def test_a_start_on_a_sample_is_better_and_never_worse(wide, form, monkeypatch):
    monkeypatch.setattr("partwise.solvers.sample.WORTH", 0.0)
    monkeypatch.setattr("partwise.solvers.sample.LEAST", 5)
    loss = as_loss(1)
    problem = TwoFactors(as_matrix(form(tall_or_wide(wide))), loss, Elastic(2.0, 0.5), Elastic(1.0, 0.3))
    state = start_of(problem, k=5)
    cold, warm = (SOLVERS["newton"](warm=warm).step(problem, state) for warm in (False, True))
    assert problem.measure(warm).objective < problem.measure(cold).objective < problem.measure(state).objective
    assert warm.iteration == cold.iteration == 1
    np.testing.assert_array_equal(warm.W, SOLVERS["newton"]().step(problem, state).W)


def test_newton_never_raises_the_divergence_of_hard_data():
    rng = np.random.default_rng(5)
    for _ in range(10):
        X = rng.random((30, 20)) ** rng.integers(1, 20)
        X[rng.random(X.shape) < 0.7] = 0
        problem = problem_of(X, 1)
        state = start_of(problem, k=6, init=("random", "nndsvd")[int(rng.integers(2))], seed=int(rng.integers(100)))
        values = []
        for _ in range(60):
            values.append(problem.measure(state).objective)
            state = as_solver("newton").step(problem, state)
        assert (np.diff(values) <= 1e-12 * values[0]).all()


@pytest.mark.parametrize(
    ("loss", "name"), [("frobenius", "cd"), ("kullback-leibler", "newton"), ("itakura-saito", "mu"), (1.5, "mu")]
)
def test_auto_is_the_fastest_for_the_loss(loss, name):
    assert chosen("auto", as_loss(loss)) == name
    assert chosen("mu", as_loss(loss)) == "mu"
