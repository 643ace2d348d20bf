"""How many parts: planted ones are found, hidden entries stay hidden, and what cannot be said is not."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
from threadpoolctl import threadpool_limits

from benchmarks.planted import planted, spoilt
from partwise import choose_n_components, open_source, rank_report
from partwise.losses import as_loss
from partwise.ranks import CRITERIA
from partwise.ranks.chains import HeldOut
from partwise.ranks.data import Data, guarded
from partwise.ranks.lines import Question
from partwise.ranks.traits import growth_of_noise

from .conftest import made

ON = {"n_restarts": 0, "random_state": 0}


def told(report):
    """Return all that a report says but how long it took."""
    return {key: value for key, value in report.to_dict().items() if key != "seconds"}


@pytest.mark.parametrize("index", range(6))
def test_planted_parts_are_counted(index):
    problem = planted(index, seed=7)
    report = rank_report(problem.X, range(1, 13), **ON)
    assert report.recommended == problem.k, report
    assert report.sentence.startswith(f"{problem.k} parts")


def test_the_door_for_scripts_gives_the_number_of_the_report(four):
    assert choose_n_components(four, range(1, 9), random_state=0) == 4
    assert choose_n_components(four.astype(np.float64), range(1, 9), random_state=0) == 4
    assert choose_n_components(scipy.sparse.csr_array(four), range(1, 9), random_state=0) == 4
    assert choose_n_components((1e6 * four).astype(np.float32), range(1, 9), random_state=0) == 4


def test_every_criterion_has_its_curve_and_its_reliability(four):
    report = rank_report(four, range(2, 8), n_restarts=3, criteria=tuple(CRITERIA), random_state=0)
    assert [one.key for one in report.criteria] == list(CRITERIA)
    assert [one.key for one in report.criteria if one.votes] == ["held-out", "permutation", "bend"]
    for one in report.criteria:
        assert one.title.endswith("?")
        assert one.said.endswith(".")
        assert "planted" in one.reliability or "of 100" in one.reliability
        for curve in one.curves:
            assert set(curve.ks) <= set(report.ks)
            assert len(curve.values) == len(curve.ks)
    assert report.agree
    assert report.recommended == 4
    assert "agree" in report.sentence
    assert report.n_fits == 6 * (4 + 1 + 1 + 3 + 4)


@pytest.mark.parametrize("guards", [(False, False), (True, False), (False, True), (True, True)])
@pytest.mark.parametrize("beta", [2, 1])
@pytest.mark.parametrize("form", [np.asarray, scipy.sparse.csr_array])
def test_what_is_hidden_changes_no_bit_of_a_fit(four, guards, beta, form):
    question = Question(Data(form(four), *guards), as_loss(beta), 3)
    places = np.random.default_rng(0).permutation(four.size)  # of which a fold hides a tenth
    line = HeldOut(1, question)
    hidden = line._holes._rows * four.shape[1] + line._holes._columns
    assert 0 < len(hidden) < len(places)
    spoilt_X = four.copy()
    spoilt_X.ravel()[hidden] = 1e6
    other = HeldOut(1, Question(Data(form(spoilt_X), *guards), as_loss(beta), 3))
    one = two = None
    for k in (1, 2, 4):
        one, two = line.fit(k, one, lambda: False), other.fit(k, two, lambda: False)
        for factor in ("W", "H"):
            np.testing.assert_array_equal(one.arrays[factor], two.arrays[factor])
        assert two.error > one.error or guards[1]  # what is scored is cut too


def test_the_number_of_threads_changes_nothing(four):
    with threadpool_limits(1):
        one = rank_report(four, range(1, 6), n_restarts=2, random_state=0)
    two = rank_report(four, range(1, 6), n_restarts=2, random_state=0)
    assert told(one) == told(two)
    for k in one.candidates:
        np.testing.assert_array_equal(one.parts[k], two.parts[k])


def test_parts_of_the_candidates_are_of_length_one_and_come_back(four):
    report = rank_report(four, range(1, 8), **ON)
    assert 4 in report.candidates
    assert len(report.candidates) <= 3
    for k in report.candidates:
        assert report.parts[k].shape == (k, four.shape[1])
        np.testing.assert_allclose(np.linalg.norm(report.parts[k], axis=1), 1, rtol=1e-5)
    assert report.part_stability[4].min() > 0.9
    assert report.robust == 4


def test_constant_data_have_one_part():
    report = rank_report(np.full((20, 15), 3.0), range(1, 6), n_restarts=2, random_state=0)
    assert report.recommended == 1
    assert report.sentence == "1 part: an exact fit. It rebuilds X exactly."
    large = rank_report(np.full((40, 30), 3.0), range(1, 6), **ON)
    assert {one.pick for one in large.criteria} == {1}


@pytest.mark.parametrize("seed", range(3))
def test_of_noise_no_number_is_claimed(seed):
    report = rank_report(np.random.default_rng(seed).random((80, 60)), range(1, 9), **ON)
    assert report.recommended == 1 or report.sentence.startswith("No clear number")
    assert "come back" not in report.sentence or report.agree


def test_the_swimmer_has_sixteen():
    swimmers = open_source("swimmer")
    assert swimmers.X.shape == (256, 484)
    report = rank_report(swimmers.X, range(13, 20), **ON)
    assert report.recommended in (16, 17)
    assert "exact fit" in report.sentence


def test_an_answer_at_the_end_of_the_range_is_said_to_be_one(four):
    high = rank_report(four, range(1, 4), **ON)
    assert high.sentence.startswith("At least 3 parts")
    low = rank_report(four, range(4, 8), **ON)
    assert low.sentence.startswith("At most 4 parts")


def test_one_number_has_nothing_to_be_compared_with(four):
    report = rank_report(four, [3], **ON)
    assert report.recommended is None
    assert report.sentence == (
        "No number can be recommended: one number of parts has none to be compared with. Try a wider range."
    )
    with pytest.raises(ValueError, match="wants three or more"):
        choose_n_components(four, [3, 4])


def test_a_single_restart_has_no_cophenetic_correlation(four):
    report = rank_report(four, range(1, 6), n_restarts=1, random_state=0)
    keys = [one.key for one in report.criteria]
    assert "cophenetic" not in keys
    assert "restart-stability" not in keys
    assert any("no cophenetic correlation of a single run" in one for one in report.warnings)
    assert report.firm == ()


def test_criteria_that_do_not_vote_recommend_nothing(four):
    report = rank_report(four, range(2, 6), n_restarts=2, criteria=["dispersion"], random_state=0)
    assert report.recommended is None
    assert "none was asked for" in report.sentence
    assert report.n_fits == 4 * 3


def test_a_table_too_small_to_hide_anything():
    report = rank_report(made(2, (8, 7)), range(1, 6), **ON)
    assert "held-out" not in [one.key for one in report.criteria]
    assert any("too few to hide some" in one for one in report.warnings)
    noise = rank_report(np.random.default_rng(0).random((12, 12)), range(1, 9), **ON)
    assert not noise.sentence.startswith(f"{noise.recommended} parts.")


def test_steps_are_said_to_be_steps(four):
    report = rank_report(four, range(1, 10, 3), **ON)
    assert report.recommended == 4
    assert any("known to 3 parts" in one for one in report.warnings)


def test_kullback_leibler_counts_counts():
    rng = np.random.default_rng(0)
    X = rng.poisson(3 * rng.exponential(size=(80, 3)) @ rng.exponential(size=(3, 60))).astype(np.float64)
    for form in (np.asarray, scipy.sparse.csr_array):
        report = rank_report(form(X), range(1, 7), beta_loss="kullback-leibler", **ON)
        assert report.recommended == 3, report
    assert report.loss == "kullback-leibler"


def test_another_divergence():
    rng = np.random.default_rng(0)
    S = rng.exponential(size=(90, 4)) @ rng.exponential(size=(4, 70))
    report = rank_report(S * rng.gamma(200, 1 / 200, S.shape), range(1, 7), beta_loss=1.5, **ON)
    assert report.recommended == 4, report


def test_opnmf_has_its_own_permutation_test():
    rng = np.random.default_rng(0)
    V = np.kron(np.eye(4), np.ones((1, 12))) * rng.uniform(0.5, 1, (4, 48))
    X = np.maximum(rng.exponential(size=(60, 4)) @ V + 0.05 * rng.standard_normal((60, 48)), 0)
    report = rank_report(X, range(1, 8), model="opnmf", n_restarts=2, random_state=0)
    assert report.recommended == 4, report
    assert [one.key for one in report.criteria if one.votes] == ["permutation", "bend"]


@pytest.mark.parametrize(("how", "said"), [("rows", "each was divided"), ("outliers", "X cut at")])
def test_what_leads_criteria_astray_is_mended_and_said(how, said):
    problem = planted(2, seed=7)
    report = rank_report(spoilt(problem, how, 0), range(1, 12), **ON)
    assert any(said in one for one in report.warnings)
    assert report.recommended == problem.k
    assert not any(said in one for one in rank_report(problem.X, range(1, 4), **ON).warnings)


def test_sizes_of_rows_are_taken_from_what_is_seen():
    X = np.array([[3, 4, 100], [0, 0, 7], [1, 1, 1]], np.float32)
    seen = Data(X, by_row=True).seen(np.array([2, 5]))
    np.testing.assert_allclose(seen[0, :2], X[0, :2] / np.sqrt(12.5), rtol=1e-6)
    assert np.isfinite(seen).all()


def test_one_column_that_decides_is_said(four):
    X = four.copy()
    X[:, 0] *= 1000
    _, said = guarded(X, as_loss(2), "keep", "keep")
    assert any(one.startswith("1 of 70 columns carry nearly all") for one in said)
    assert not guarded(four, as_loss(2), "keep", "keep")[1]


@pytest.mark.parametrize(("power", "wanted"), [(0, 0), (1, 1), (2, 2)])
def test_noise_that_grows_with_the_signal_is_told(power, wanted):
    rng = np.random.default_rng(0)
    y = rng.uniform(1, 50, 20_000)
    x = y + y ** (power / 2) * rng.standard_normal(len(y))
    assert growth_of_noise(x, y) == pytest.approx(wanted, abs=0.15)
    assert math.isnan(growth_of_noise(x[:50], y[:50]))


def test_a_true_answer_stops_and_the_report_is_of_what_is_there(four):
    steps = []

    def follow(step):
        steps.append(step)
        return step.k >= 4

    report = rank_report(four, range(1, 12), callback=follow, **ON)
    assert not report.complete
    assert max(report.ks) < 6
    assert any("Stopped before all was fitted" in one for one in report.warnings)
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert all(0 < step.share < 1 for step in steps)
    assert steps[-1].left >= 0


def test_stopped_at_once_it_says_that_there_is_nothing(four):
    report = rank_report(four, range(2, 6), callback=lambda step: True, **ON)
    assert report.recommended is None or report.ks
    assert not report.complete
    assert report.sentence


INTERRUPTED = """
import os, signal
from partwise import rank_report
from tests.ranks.conftest import made

def follow(step):
    if step.k == 3:
        os.kill(os.getpid(), signal.SIGINT)

report = rank_report(made(), range(1, 40), n_restarts=0, random_state=0, callback=follow)
print(report.complete, len(report.ks) < 39, report.sentence)
"""


def test_ctrl_c_gives_what_is_there():
    # in a program of its own: who runs the tests has another use for the signal
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=300, cwd=root)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("False True ")


WRONG = {
    "ks of one number": ({"ks": 5}, TypeError, r"ks wants several numbers of parts, got 5\. Try range\(1, 21\)"),
    "no ks": ({"ks": []}, ValueError, r"whole numbers of parts from 1 up, got none"),
    "zero": ({"ks": [0, 1]}, ValueError, r"from 1 up, got 0\. Try range\(1, 21\)\."),
    "a fraction": ({"ks": [2.5]}, ValueError, r"from 1 up, got 2\.5"),
    "more than samples": (
        {"ks": range(1, 91)},
        ValueError,
        r"90 parts were asked for, but X has 90 samples and 70 features: .* Choose at most 70\.",
    ),
    "unknown criterion": (
        {"criteria": ["elbow"]},
        ValueError,
        r"criteria \(--criteria\) wants some of held-out, .*; got 'elbow'\.",
    ),
    "one fold": ({"n_folds": 1}, ValueError, "n_folds"),
    "OPNMF by KL": ({"model": "opnmf", "beta_loss": 1}, ValueError, "OPNMF minimises the squared distance"),
    "what OPNMF has not": ({"model": "opnmf", "criteria": ["held-out"]}, ValueError, "a projection .* needs all"),
    "blocks by KL": ({"beta_loss": 1, "criteria": ["bi-cross-validation"]}, ValueError, "is of the squared distance"),
    "a model": ({"model": "pca"}, ValueError, "'model'"),
    "zeros by Itakura-Saito": ({"beta_loss": 0}, ValueError, "contains zeros"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_settings_are_said(four, case):
    settings, kind, words = WRONG[case]
    with pytest.raises(kind, match=words):
        rank_report(np.where(four < 0.1, 0, four), **({"ks": range(1, 4)} | ON | settings))


@pytest.mark.parametrize(
    ("X", "words"),
    [
        (np.zeros((5, 4)), "all zeros"),
        (-np.ones((5, 4)), "Negative values"),
        (np.full((5, 4), np.nan), "contains NaN"),
        (np.ones(5), "Expected 2D array"),
    ],
)
def test_wrong_data_are_said(X, words):
    with pytest.raises(ValueError, match=words):
        rank_report(X, range(1, 4))


@pytest.mark.parametrize(("shape", "noise", "reach"), [((80, 5, 60), 0.1, 60), ((100, 4, 20), 0.02, 20)])
def test_noise_that_is_rebuilt_near_the_smaller_side_is_no_exact_fit(shape, noise, reach):
    (m, k, n), rng = shape, np.random.default_rng(15)
    S = rng.exponential(size=(m, k)) @ rng.exponential(size=(k, n))
    X = np.maximum(S + noise * S.std() * rng.standard_normal(S.shape), 0)
    report = rank_report(X, range(1, reach), n_restarts=0, random_state=0, criteria=["held-out", "permutation", "bend"])
    assert report.recommended == k
    assert "exact" not in report.sentence


@pytest.mark.parametrize("size", [2, 3])
def test_of_next_to_nothing_no_more_is_asked_than_there_can_be(size):
    X = np.random.default_rng(2).random((size, size))
    report = rank_report(X, range(1, size + 1), random_state=0)
    assert "larger range" not in report.sentence
    assert not any("outliers" in one or "Rows differ" in one for one in report.warnings)
