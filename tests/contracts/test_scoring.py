"""Second derivatives that like rows share: no row's are underrated, steps end at the model's least, nothing rises."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import nnls

from partwise.inits import INITS
from partwise.kernels import threads
from partwise.kernels.scoring import alike, inform, score
from partwise.losses import as_loss
from partwise.matrices import as_matrix
from partwise.penalties import Elastic
from partwise.problems import TwoFactors
from partwise.solvers import Newton, shared
from partwise.solvers.newton import Past


def factors(k, m, n, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.random((k, m)) + 0.05).astype(dtype), (rng.random((k, n)) + 0.05).astype(dtype)


@pytest.mark.parametrize("size", [1, 2, 7, 16])
@pytest.mark.parametrize("n", [1, 2, 15, 16, 17, 333])
def test_groups_hold_every_row_once(size, n):
    F, _ = factors(4, n, 1)
    order, edges = alike(F, np.ones(4), size)
    assert sorted(order) == list(range(n))
    assert (edges[0], edges[-1]) == (0, n)
    assert set(np.diff(edges)[:-1]) <= {size}
    assert 0 < np.diff(edges)[-1] <= size


def test_rows_that_are_multiples_of_each_other_come_together():
    rng = np.random.default_rng(1)
    kinds = np.eye(2)[:, np.arange(64) % 2] + 0.01 * rng.random((2, 64))
    order, edges = alike(kinds * 10 ** rng.uniform(-3, 3, 64), np.ones(2), 8)
    for start, stop in pairwise(edges):
        assert len({row % 2 for row in order[start:stop]}) == 1


@pytest.mark.parametrize("k", [1, 3, 6, 20])
def test_no_row_is_underrated(k, dtype):
    F, B = factors(k, 45, 33, dtype)
    information = inform(F, B, 1e-7)
    for group, (start, stop) in enumerate(pairwise(information.edges)):
        for row in information.order[start:stop]:
            own = (B / (F[:, row] @ B)) @ B.T
            spare = information.matrices[group] / information.scales[row] - own
            assert np.linalg.eigvalsh(spare.astype(np.float64)).min() > -1e-5 * np.trace(own)


def test_a_sample_of_long_rows_says_nearly_the_same():
    F, B = factors(3, 4, 20_000)
    information = inform(F, B, 1e-7)
    assert len(information.matrices) == 4
    for row in range(4):
        own = (B / (F[:, row] @ B)) @ B.T
        np.testing.assert_allclose(information.matrices[row] / information.scales[row], own, rtol=0.25)


@pytest.mark.parametrize("k", [1, 4, 7, 20])
def test_steps_end_where_the_model_is_least(k, dtype):
    F, B = factors(k, 37, 50, dtype)
    F[:, ::3] *= F[:, ::3] > 0.5
    gradient = np.random.default_rng(2).standard_normal(F.shape).astype(dtype)
    information = inform(F, B, 1e-7)
    before = F.copy()
    found = score(F, gradient, information, 2000)
    np.testing.assert_array_equal(F, before)
    assert found.dtype == dtype
    assert found.min() >= 0
    for group, (start, stop) in enumerate(pairwise(information.edges)):
        G = information.matrices[group].astype(np.float64)
        root = np.linalg.cholesky(G + 1e-9 * np.trace(G) * np.eye(k))
        for row in information.order[start:stop]:
            w, g = F[:, row].astype(np.float64), information.scales[row] * gradient[:, row].astype(np.float64)

            def model(end, w=w, g=g, G=G):
                return g @ (end - w) + 0.5 * (end - w) @ G @ (end - w)

            best, _ = nnls(root.T, np.linalg.solve(root, G @ w - g))
            assert model(found[:, row]) <= 0.98 * model(best)


def test_a_component_that_holds_nothing_is_left_as_it_is():
    F, B = factors(5, 20, 30)
    B[2] = 0
    gradient = np.random.default_rng(0).standard_normal(F.shape)
    gradient[2] = 0
    found = score(F, gradient, inform(F, B, 1e-7), 8)
    np.testing.assert_array_equal(found[2], F[2])
    assert np.isfinite(found).all()


def test_rows_of_nothing_stay_finite(dtype):
    F, B = factors(5, 20, 30, dtype)
    F[:, 7] = 0
    found = score(F, np.ones_like(F), inform(F, B, 1e-7), 8)
    assert np.isfinite(found).all()
    assert found.min() >= 0
    np.testing.assert_array_equal(found[:, 7], 0)


def pictures(dtype=np.float64, seed=0, m=60, n=90, k=5):
    W, H = factors(k, m, n, seed=seed)
    rng = np.random.default_rng(seed)
    return (rng.poisson(40 * W.T @ H) / 40 + 0.01).astype(dtype)


def outliers(seed=0):
    """Half zeros, and entries a thousand times the rest: estimates say next to nothing of second derivatives."""
    rng = np.random.default_rng(seed)
    return rng.lognormal(0, 4, (50, 40)) * (rng.random((50, 40)) < 0.5)


def fitted(X, steps, k=5):
    problem = TwoFactors(as_matrix(X), as_loss(1.0))
    state = problem.start(*INITS["random"](problem.X, k, np.random.RandomState(0)))
    states = [state]
    with threads.one_pool():
        for _ in range(steps):
            state = Newton().step(problem, state)
            states.append(state)
    return states, [problem.measure(state) for state in states]


@pytest.fixture
def always(monkeypatch):
    monkeypatch.setattr(shared, "WORTH", 0)
    monkeypatch.setattr(shared, "FILLED", 0)


def test_like_rows_share_where_it_pays(monkeypatch):
    X = as_matrix(pictures())
    problem = TwoFactors(X, as_loss(1.0))
    pays = shared.Shared.where_it_pays
    assert not pays(problem, 5).on
    monkeypatch.setattr(shared, "WORTH", 1e4)
    assert pays(problem, 5).on
    assert not pays(problem, 50).on
    assert not pays(replace(problem, penalty_H=Elastic(0.1)), 5).on
    assert not pays(TwoFactors(as_matrix(outliers()), as_loss(1.0)), 5).on


def test_sharing_leads_as_far_as_newtons_method(always, monkeypatch, dtype):
    X = pictures(dtype)
    states, measures = fitted(X, 60)
    assert isinstance(states[-1].memory, Past)
    assert states[-1].memory.shared.left is not None
    monkeypatch.setattr(shared, "WORTH", np.inf)
    own, alone = fitted(X, 60)
    assert own[-1].memory.shared.left is None
    assert measures[-1].objective < 1.01 * alone[-1].objective
    assert measures[-1].residual < 1e-2


@pytest.mark.parametrize("make", [pictures, outliers])
@pytest.mark.parametrize("seed", range(5))
def test_nothing_rises_whatever_the_data(always, make, seed):
    _, measures = fitted(make(seed=seed), 60)
    objectives = np.array([measure.objective for measure in measures])
    assert (np.diff(objectives) <= 1e-12 * objectives[0]).all()
    assert objectives[-1] < 0.5 * objectives[0]


def test_a_plain_step_that_rises_gives_every_row_its_own_for_good(always, monkeypatch):
    on = []
    step = Newton.step
    monkeypatch.setattr(Newton, "step", lambda *given: on.append((end := step(*given)).memory.shared.on) or end)
    _, measures = fitted(outliers(), 60)
    assert on[0]
    assert not on[-1]
    assert on == sorted(on, reverse=True)
    assert measures[-1].residual < 1e-2


def test_one_thread_or_two_give_the_same_bits(always, monkeypatch):
    X = pictures(np.float32, m=300, n=400)
    ends = []
    for count in (1, 2):
        monkeypatch.setattr(threads, "allowed", lambda count=count: count)
        ends.append(fitted(X, 25)[0][-1])
    np.testing.assert_array_equal(ends[0].W, ends[1].W)
    np.testing.assert_array_equal(ends[0].H, ends[1].H)
