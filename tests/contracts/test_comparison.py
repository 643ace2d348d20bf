"""What a comparison of solvers promises: one start, equal time, the loop's own records, numbers that JSON keeps."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse

from partwise import compare
from partwise.comparison import usual_solvers
from partwise.comparison.standings import mean_sparsity
from partwise.losses import as_loss
from partwise.solvers import SOLVERS, as_solver
from partwise.stopping import Reason, Record, TimeLimit

from .conftest import FORMS, low_rank

ALL = usual_solvers(as_loss(2))


@pytest.fixture(scope="module")
def found():
    return compare(low_rank(), 4, max_iter=25, random_state=0)


def test_every_method_is_there_once(found):
    assert len(found.trials) >= 7
    assert [trial.name for trial in found.trials] == ALL
    kinds = [SOLVERS[name] for name in ALL]
    assert len(set(kinds)) == len(kinds)
    assert set(kinds) == {kind for kind in SOLVERS.values() if issubclass(type(as_loss(2)), kind.accepts)}
    assert set(usual_solvers(as_loss(1))) == {"newton", "mu"}


def test_all_begin_at_the_same_start(found):
    starts = {(trial.history[0], trial.errors[0]) for trial in found.trials}
    assert len(starts) == 1
    assert next(iter(starts))[0].iteration == 0
    assert all(trial.n_iter == 25 and trial.reason is Reason.ITERATION_LIMIT for trial in found.trials)


def test_time_is_equal_up_to_one_step():
    found = compare(low_rank(60, 50), 4, seconds=0.03, random_state=0)
    for trial in found.trials:
        assert trial.reason is Reason.TIME_LIMIT
        assert trial.history[-2].seconds < 0.03 <= trial.seconds, "a step was begun after the time was over"


def test_a_time_limit_holds_between_two_measurements():
    # mu for a divergence is measured every ten steps, and must not take ten more
    found = compare(low_rank(), 4, solvers=["mu"], beta_loss=1.5, seconds=1e-9, random_state=0)
    assert found["mu"].n_iter == 1


def test_the_rule_looks_at_the_clock_of_the_solver():
    rule = TimeLimit(2.0)
    assert rule([Record(1, 1.9, 0, 0)]) is None
    assert rule([Record(1, 1.9, 0, 0), Record(2, 2.0, np.inf, np.inf)]) is Reason.TIME_LIMIT


def test_the_numbers_are_those_of_the_factors(found, rng):
    X = low_rank()
    for trial in found.trials:
        assert trial.W.shape == (40, 4)
        assert trial.H.shape == (4, 30)
        direct = np.linalg.norm(X - trial.W @ trial.H)
        assert trial.error == pytest.approx(direct / np.linalg.norm(X), rel=1e-9)
        assert trial.objective == pytest.approx(0.5 * direct**2, rel=1e-9)
        assert trial.sparsity_H == pytest.approx(np.mean([hoyer(row) for row in trial.H]))
        assert trial.sparsity_W == pytest.approx(np.mean([hoyer(column) for column in trial.W.T]))
        assert len(trial.errors) == len(trial.history)


def hoyer(x):
    root = np.sqrt(x.size)
    return (root - np.abs(x).sum() / np.linalg.norm(x)) / (root - 1)


def test_sparsity_goes_from_equal_entries_to_a_single_one():
    assert mean_sparsity(np.ones((2, 9))) == pytest.approx(0)
    assert mean_sparsity(np.eye(3, 9)) == pytest.approx(1)
    assert mean_sparsity(np.vstack([np.eye(1, 9), np.zeros((1, 9))])) == pytest.approx(1), "a dead component counted"
    assert np.isnan(mean_sparsity(np.zeros((2, 9))))
    assert np.isnan(mean_sparsity(np.ones((2, 1))))


@pytest.mark.parametrize("unit", [1e-200, 1e200])
def test_the_unit_of_x_does_not_matter(unit):
    plain, far = (compare(low_rank() * u, 4, solvers=["hals", "mu"], max_iter=10, random_state=0) for u in (1, unit))
    for one, other in zip(plain.trials, far.trials, strict=True):
        assert other.error == pytest.approx(one.error, rel=1e-6)
        np.testing.assert_allclose(other.W @ other.H / unit, one.W @ one.H, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("loss", ["frobenius", "kullback-leibler"])
def test_sparse_data_give_the_same_and_are_never_densified(loss, monkeypatch):
    X = low_rank(60, 50, zeros=0.9)
    # gradient steps amplify rounding in ten iterations, so few are enough here
    settings = {"max_iter": 3, "random_state": 0, "beta_loss": loss, "init": "random"}
    dense = compare(X, 4, **settings)
    for name in ("toarray", "todense"):
        for kind in (scipy.sparse.csr_array, scipy.sparse.csc_array):
            monkeypatch.setattr(kind, name, lambda self, *_, **__: pytest.fail("densified"))
    found = compare(FORMS["csr_array"](X), 4, **settings)
    for one, other in zip(dense.trials, found.trials, strict=True):
        assert other.error == pytest.approx(one.error, rel=1e-6)


def test_who_is_fastest_and_who_most_exact_is_read_from_the_records(found):
    a, b, c = found.trials[:3]

    def made(trial, *points):
        records = [Record(i, float(i), error, residual) for i, (error, residual) in enumerate(points)]
        return replace(trial, history=tuple(records), errors=tuple(error for error, _ in points))

    quick = made(a, (1.0, 1), (0.506, 0.1), (0.505, 0.2))
    exact = made(b, (1.0, 1), (0.8, 0.1), (0.5, 0.1))
    still = made(c, (1.0, 1), (0.9, 0.01))
    for trials in ((quick, exact, still), (still, exact, quick)):
        standing = replace(found, trials=trials)
        assert standing.fastest.name == exact.name, "0.506 is not 99 % of the way from 1 to 0.5"
        assert standing.lowest_error.name == exact.name
        assert standing.smallest_residual.name == still.name
    quick = made(a, (1.0, 1), (0.505, 0.1), (0.505, 0.2))
    standing = replace(found, trials=(still, exact, quick))
    assert [trial.name for trial in standing.ranked] == [quick.name, exact.name, still.name]
    assert [standing.arrival(trial) for trial in standing.ranked] == [1.0, 2.0, None]
    assert standing.awards(quick) == ["fastest"]
    assert standing.awards(exact) == ["lowest error"]
    assert "never" in str(standing).splitlines()[-1]


def test_where_all_end_above_the_start_nobody_has_a_way(found):
    trial = found.trials[0]
    records = tuple(Record(i, float(i), error, 1.0) for i, error in enumerate((0.5, 0.9)))
    standing = replace(found, trials=(replace(trial, history=records, errors=(0.5, 0.9)),))
    assert standing.way == 0
    assert standing.arrival(standing.trials[0]) == 0
    assert "90.00 %" in str(standing)


def test_json_brings_the_numbers_back(found):
    again = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert again == found.to_dict()
    assert [one["name"] for one in again["trials"]] == [trial.name for trial in found.ranked]
    for one in again["trials"]:
        trial = found[one["name"]]
        assert one["error"] == trial.error == one["history"]["error"][-1]
        assert one["history"]["iteration"][0] == 0
        assert one["history"]["seconds"] == sorted(one["history"]["seconds"])


def test_a_long_history_is_thinned_and_keeps_both_ends(found):
    trial = found.trials[0]
    long = replace(trial, history=trial.history[:1] * 5000, errors=tuple(range(5000)))
    errors = [point[2] for point in long.curve(300)]
    assert 100 < len(errors) <= 300
    assert (errors[0], errors[-1]) == (0, 4999)
    assert errors == sorted(set(errors))


def test_zeros_and_superfluous_parts_are_compared_too():
    for X in (np.zeros((6, 5)), np.eye(5), np.ones((4, 3))):
        with pytest.warns(UserWarning, match="all zeros") if not X.any() else np.errstate():
            found = compare(X, 4, max_iter=5, random_state=0)
        json.dumps(found.to_dict(), allow_nan=False)
        assert all(np.isfinite(trial.errors).all() for trial in found.trials)
        assert str(found).count("\n") == len(found.trials)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"solvers": ["hals", "fast"]}, "compare knows no solver 'fast'. Try some of hals, cd, bpp"),
        ({"solvers": ["hals", "mu", "hals"]}, "needs every solver once, got 'hals' 2 times"),
        ({"solvers": []}, "needs at least one solver, got none. Try some of hals, cd, bpp"),
        ({"solvers": {"mine": "hals"}}, "needs a Solver under 'mine', got 'hals'"),
        ({"solvers": ["hals"], "beta_loss": "kullback-leibler"}, "needs a QuadraticLoss, got KullbackLeibler"),
        ({"seconds": 0}, "The 'seconds' parameter of compare must be"),
        ({"max_iter": 0}, "The 'max_iter' parameter of compare must be"),
        ({"init": "custom"}, "The 'init' parameter of compare must be"),
    ],
    ids=str,
)
def test_a_wrong_setting_is_told_with_what_can_be_given(settings, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        compare(low_rank(), 3, **{"max_iter": 2, **settings})


def test_solvers_with_settings_of_their_own_have_names_of_yours():
    mine = {"one sweep": as_solver("hals-plain"), "as usual": as_solver("hals")}
    found = compare(low_rank(), 3, solvers=mine, max_iter=3, random_state=0)
    assert [trial.name for trial in found.trials] == list(mine)
    assert "one sweep a half-step" in found["one sweep"].method


def test_a_stop_keeps_what_is_done():
    told = []

    def stop(name, shot):
        told.append((name, shot.record.iteration))
        return name == "bpp" and shot.record.iteration == 3

    found = compare(low_rank(), 3, solvers=["hals", "bpp", "mu"], max_iter=8, random_state=0, callback=stop)
    assert [(trial.name, trial.n_iter) for trial in found.trials] == [("hals", 8), ("bpp", 3)]
    assert found["bpp"].reason is Reason.CALLER
    assert found.stopped
    assert found.not_run == ("mu",)
    assert told[-1] == ("bpp", 3)
    with pytest.raises(KeyError, match="No trial of 'mu', only of hals, bpp"):
        found["mu"]
    assert not compare(low_rank(), 3, solvers=["mu"], max_iter=2, callback=lambda *_: None).stopped


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_of_x_stays(dtype):
    found = compare(low_rank(dtype=dtype), 3, max_iter=3, random_state=0)
    assert {trial.W.dtype for trial in found.trials} == {trial.H.dtype for trial in found.trials} == {np.dtype(dtype)}


def test_of_those_that_end_alike_the_most_exact_is_nearest_to_a_stationary_point(rng):
    X = np.outer(rng.random(20) + 1, rng.random(15) + 1)  # of rank one: all come to the same error
    found = compare(X + 0.1 * rng.random(X.shape), 1, solvers=["hals", "bpp", "mu"], max_iter=200, random_state=0)
    assert len(found.lowest) > 1
    assert found.lowest_error.residual == min(trial.residual for trial in found.lowest)


def test_a_solver_for_another_loss_is_refused_by_its_name(rng):
    with pytest.raises(ValueError, match="compare cannot run 'newton': it needs a KullbackLeibler, got Frobenius"):
        compare(rng.random((6, 5)), 2, solvers=["hals", "newton"], max_iter=2)
