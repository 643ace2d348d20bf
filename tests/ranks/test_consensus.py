"""Consensus over many starts: parts that are there come back, and what cannot be known is not said."""

import numpy as np
import pytest
import scipy.sparse
from threadpoolctl import threadpool_limits

from partwise import NMF, consensus
from partwise.matching import matched
from partwise.ranks.agreement import agreed
from partwise.wording import sureness


def planted(k=4, seed=0, shape=(90, 40), noise=0.02):
    rng = np.random.default_rng(seed)
    H = rng.gamma(0.3, size=(k, shape[1]))
    S = rng.gamma(0.4, size=(shape[0], k)) @ H
    return np.maximum(S + noise * S.std() * rng.standard_normal(S.shape), 0), H


@pytest.mark.parametrize("loss", ["frobenius", "kullback-leibler"])
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("refit", [False, True])
def test_planted_parts_are_found_and_called_firm(loss, sparse, refit):
    X, H = planted()
    X = X * (0.05 * X.max() < X)
    found = consensus(
        scipy.sparse.csr_array(X) if sparse else X, 4, n_runs=6, beta_loss=loss, random_state=0, refit=refit
    )
    assert matched(found.parts, H)[1].min() > 0.9
    assert found.words == ["firm"] * 4
    np.testing.assert_allclose(np.linalg.norm(found.parts, axis=1), 1, rtol=1e-6)
    assert found.model.transform(X) == pytest.approx(found.codes, abs=1e-5 * found.codes.max())
    if refit:
        assert found.model.converged_


def test_groups_of_samples_that_share_a_part_are_found():
    rng = np.random.default_rng(0)
    groups = np.repeat([0, 1, 2], 20)
    X = np.eye(3)[groups] @ rng.gamma(0.3, size=(3, 40)) + 0.02 * rng.random((60, 40))
    found = consensus(X, 3, n_runs=6, random_state=0)
    np.testing.assert_array_equal(found.matrix, np.equal.outer(groups, groups))
    assert found.cophenetic == pytest.approx(1, abs=1e-8)
    assert found.dispersion == 1
    np.testing.assert_array_equal(found.samples, np.arange(60))


def test_the_medians_come_close_to_a_fit_and_fitting_on_closer():
    X, _ = planted(6, noise=0.2)
    errors = [
        np.linalg.norm(X - one.codes @ one.parts)
        for one in (consensus(X, 6, n_runs=8, random_state=0, refit=on) for on in (False, True))
    ]
    best = min(NMF(6, init="random", random_state=seed).fit(X).reconstruction_err_ for seed in range(8))
    assert errors[1] <= errors[0] <= 1.1 * best
    assert errors[1] <= 1.01 * best


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_number_of_threads_changes_nothing_and_the_precision_stays(dtype):
    X = planted()[0].astype(dtype)
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"):
            found.append(consensus(X, 5, n_runs=5, random_state=3))
    one, two = found
    assert one.parts.dtype == one.codes.dtype == dtype
    for name in ("parts", "codes", "stability", "stability_map", "labels", "matrix", "objectives"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name), err_msg=name)
    assert one.cophenetic == two.cophenetic


def test_the_first_runs_are_the_same_however_many_follow():
    X, _ = planted()
    few, many = (consensus(X, 3, n_runs=n, random_state=1) for n in (3, 5))
    np.testing.assert_array_equal(few.labels, many.labels[:3])
    np.testing.assert_array_equal(few.objectives, many.objectives[:3])


def test_a_single_run_has_no_cophenetic_and_says_so():
    found = consensus(planted()[0], 3, n_runs=1, random_state=0)
    for value in (found.cophenetic, found.dispersion, found.least_cosine, found.mean_cosine):
        assert np.isnan(value)
    assert np.isnan(found.stability).all()
    assert found.words == ["not known"] * 3
    assert "no cophenetic" in str(found)
    assert "nan" not in str(found)


def test_samples_that_all_use_one_part_form_no_groups():
    rng = np.random.default_rng(0)
    X = np.outer(rng.random(30) + 1, rng.random(12) + 1)
    found = consensus(X, 1, n_runs=3, random_state=0)
    assert np.isnan(found.cophenetic)
    assert "All samples use the same part" in found.sentence
    assert found.words == ["firm"]


def test_samples_that_each_have_a_part_form_no_groups_either():
    found = consensus(np.eye(5, 12) + 0.01, 5, n_runs=3, random_state=0)
    assert np.isnan(found.cophenetic)
    assert "its own part" in found.sentence
    assert "no groups" in consensus(np.eye(2, 12), 2, n_runs=3, random_state=0).sentence


def test_what_was_stopped_keeps_the_runs_that_are_done():
    told = []

    def stop(done, total):
        told.append((done, total))
        return done >= 3

    found = consensus(planted()[0], 3, n_runs=200, random_state=0, callback=stop)
    assert 3 <= found.n_runs < 200
    assert not found.complete
    assert "of 200, stopped on request" in str(found)
    assert told[0][1] == 200
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_an_interruption_keeps_the_runs_that_are_done(monkeypatch):
    from partwise.ranks import starts

    def interrupted(jobs, give_up):
        jobs[0]()
        jobs[1]()
        give_up()
        jobs[2]()
        raise KeyboardInterrupt

    monkeypatch.setattr(starts, "side_by_side", interrupted)
    found = consensus(planted()[0], 3, n_runs=9, random_state=0)
    assert (found.n_runs, found.n_wanted) == (2, 9)


def test_stopped_before_any_run_was_done_it_keeps_what_there_was():
    found = consensus(planted(noise=0.5)[0], 8, n_runs=4, random_state=0, tol=0, callback=lambda done, total: True)
    assert 1 <= found.n_runs <= 4
    assert found.n_converged == 0
    assert np.isfinite(found.parts).all()


def test_an_error_of_the_callback_is_passed_on():
    def fail(done, total):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        consensus(planted()[0], 3, n_runs=4, random_state=0, callback=fail)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"n_components": 91}, "at most as many parts as samples"),
        ({"n_components": 0}, "n_components"),
        ({"n_runs": 0}, "n_runs"),
        ({"outliers": 0}, "outliers"),
        ({"solver": "cd", "beta_loss": "kullback-leibler"}, "does not handle"),
    ],
)
def test_wrong_settings_are_refused(changed, said):
    with pytest.raises(ValueError, match=said):
        consensus(planted()[0], **{"n_components": 3, "random_state": 0, **changed})


def test_wrong_data_are_refused():
    X, _ = planted()
    with pytest.raises(ValueError, match="all zeros"):
        consensus(np.zeros_like(X), 2)
    with pytest.raises(ValueError, match="NaN"):
        consensus(np.where(3 * X.mean() < X, np.nan, X), 2)
    with pytest.raises(ValueError, match="Negative"):
        consensus(X - 1, 2)


def test_what_stands_alone_is_left_out_of_the_median():
    rng = np.random.default_rng(0)
    true = np.eye(3, 30, 2) + 0.5 * np.eye(3, 30, 9)
    runs = [true + 0.01 * rng.random(true.shape) for _ in range(7)]
    runs[4][1] = rng.random(30)
    found = agreed(runs, 0.5)
    np.testing.assert_array_equal(np.argwhere(~found.kept), [[4, 1]])
    others = np.stack([run[1] / np.linalg.norm(run[1]) for place, run in enumerate(runs) if place != 4])
    median = np.median(others, axis=0)
    np.testing.assert_allclose(found.parts[1], median / np.linalg.norm(median))
    everything = agreed(runs, 2.0)
    assert everything.kept.all()


def test_a_group_of_outliers_is_kept_and_never_empty():
    # each run has its own third part
    runs = [np.vstack([np.eye(2, 12), np.eye(1, 12, 4 + place)]) for place in range(6)]
    found = agreed(runs, 0.5)
    assert found.kept[:, 2].all()
    assert np.linalg.norm(found.parts, axis=1) == pytest.approx(1)
    assert found.distances[:, 2] == pytest.approx(np.sqrt(2))


def test_sureness_has_words():
    assert [sureness(one) for one in (0.9, 0.85, 0.7, 0.65, 0.1, float("nan"))] == [
        "firm", "fair", "fair", "shaky", "shaky", "not known",
    ]  # fmt: skip
