"""Several starts: the best is kept, with the same bits for any number of threads; and no thread too many, wherever."""

import os
import subprocess
import sys
import threading
import time
import warnings

import joblib
import numpy as np
import pytest
import scipy.sparse
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from partwise import NMF
from partwise.kernels.threads import allowed, alone, one_pool, over_rows, resting, side_by_side
from partwise.models.restarts import best_of

from .conftest import low_rank


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def nmf(n_init, k=4, **settings):
    return NMF(k, n_init=n_init, **{"random_state": 0, "max_iter": 30, "tol": 0} | settings)


def parts_with(monkeypatch, count, X, **settings):
    """Fit with so many threads, whatever this machine has."""
    with monkeypatch.context() as patched:
        patched.setattr("partwise.kernels.threads.allowed", lambda: count)
        model = nmf(3, **settings)
        return model, model.fit_transform(X)


@pytest.mark.parametrize(
    ("form", "dtype", "settings"),
    [
        (np.asarray, np.float32, {"init": "random"}),
        (np.asfortranarray, np.float64, {"init": "nndsvda"}),
        (scipy.sparse.csr_array, np.float32, {"shuffle": True}),
        (np.asarray, np.float32, {"solver": "mu", "beta_loss": 1}),
    ],
    ids=str,
)
def test_any_number_of_threads_gives_the_same_parts(form, dtype, settings, monkeypatch):
    # products of these sizes do end in other last bits when they are shared out over other numbers of threads
    X = form(low_rank(200, 150, dtype=dtype))
    runs = [parts_with(monkeypatch, count, X, k=8, max_iter=10, **settings) for count in (1, 2, 5)]
    for model, W in runs[1:]:
        np.testing.assert_array_equal(model.components_, runs[0][0].components_)
        np.testing.assert_array_equal(model.objectives_of_starts_, runs[0][0].objectives_of_starts_)
        np.testing.assert_allclose(W, runs[0][1], rtol=1e-3, atol=1e-4 * W.max())


def test_the_codes_are_those_of_transform():
    X = low_rank(200, 150)
    model = nmf(3, k=8)
    W = model.fit_transform(X)
    np.testing.assert_array_equal(W, model.transform(X))
    last = model.history_[-1]
    assert last.residual == model.kkt_residual_
    assert last.objective == pytest.approx(0.5 * np.linalg.norm(X - W @ model.components_) ** 2)


def test_the_best_of_several_is_kept_and_the_first_is_that_of_init():
    X = low_rank(k=6)
    many = nmf(6, k=6, init="nndsvda", max_iter=15).fit(X)
    first = nmf(1, k=6, init="nndsvda", max_iter=15).fit(X)
    assert many.objectives_of_starts_.shape == (6,)
    assert len(set(many.objectives_of_starts_)) == 6
    assert many.history_[-1].objective == pytest.approx(many.objectives_of_starts_.min(), rel=1e-12)
    assert many.objectives_of_starts_[0] == pytest.approx(first.history_[-1].objective, rel=1e-9)
    np.testing.assert_array_equal(first.objectives_of_starts_, [first.history_[-1].objective])
    assert many.reconstruction_err_ <= first.reconstruction_err_ * (1 + 1e-9)
    same, other = nmf(6, k=6, max_iter=15).fit(X), nmf(6, k=6, max_iter=15, random_state=1).fit(X)
    np.testing.assert_array_equal(same.objectives_of_starts_, many.objectives_of_starts_)
    assert not set(other.objectives_of_starts_[1:]) & set(many.objectives_of_starts_)


def test_a_given_start_is_the_first_of_several(rng):
    X, start = low_rank(), {"W": rng.random((40, 4)), "H": rng.random((4, 30))}
    alone_ = nmf(1, init="custom").fit(X, **start)
    several = nmf(3, init="custom").fit(X, **start)
    assert several.objectives_of_starts_[0] == pytest.approx(alone_.objectives_of_starts_[0], rel=1e-9)
    assert len(set(several.objectives_of_starts_)) == 3


def test_objectives_of_starts_are_in_the_unit_of_x():
    X = low_rank()
    near, far = nmf(3).fit(X), nmf(3).fit(X * 2.0**400)
    np.testing.assert_allclose(far.objectives_of_starts_ / 2.0**800, near.objectives_of_starts_, rtol=1e-6)


class Ended:
    """What is asked of a fit that took part."""

    def __init__(self, objective):
        self.history = [type("Record", (), {"objective": objective})]


def test_ties_go_to_the_first_whoever_comes_first():
    objectives = [3.0, 1.0, 2.0, 1.0]

    def run(index):
        time.sleep(0.02 if index == 1 else 0)  # the first of the equals comes last
        ended[index] = Ended(objectives[index])
        return ended[index]

    ended = {}
    with one_pool():
        best, found = best_of(4, run, lambda: None)
    assert best is ended[1]
    assert found == objectives


def test_a_callback_follows_all_starts_and_stops_all():
    seen = []

    def callback(shot):
        seen.append((shot.start, shot.record.iteration))
        return len(seen) >= 20

    model = nmf(4, max_iter=1000, callback=callback).fit(low_rank())
    assert len(seen) == 20
    assert {start for start, _ in seen} <= set(range(4))
    for start in range(4):
        iterations = [iteration for one, iteration in seen if one == start]
        assert iterations == list(range(len(iterations)))
    assert "Stopped on request" in model.stopped_


def test_a_callback_that_raises_ends_all_starts_and_the_error_comes_through(monkeypatch):
    monkeypatch.setattr("partwise.kernels.threads.allowed", lambda: 2)

    def callback(shot):
        if shot.record.iteration == 3:
            raise KeyError("mine")

    model = nmf(2, max_iter=10**9, callback=callback)
    with pytest.raises(KeyError, match="mine"):
        model.fit(low_rank())
    assert not hasattr(model, "components_")
    X = low_rank()
    model.set_params(callback=None, max_iter=20)
    np.testing.assert_array_equal(model.fit(X).components_, nmf(2, max_iter=20).fit(X).components_)


def test_verbose_says_which_start(capsys):
    nmf(2, max_iter=2, verbose=1).fit(low_rank())
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert sorted(line.split(",")[0] for line in lines) == ["start 0"] * 3 + ["start 1"] * 3


def test_n_init_is_checked():
    with pytest.raises(ValueError, match=r"The 'n_init' parameter of NMF must be an int in the range \[1, inf\)"):
        nmf(0).fit(low_rank())


def test_jobs_are_alone_on_their_threads_and_not_more_than_allowed(monkeypatch):
    monkeypatch.setattr("partwise.kernels.threads.allowed", lambda: 3)
    ranges, at_once, most, lock = [], [0], [0], threading.Lock()

    def job():
        with lock:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        over_rows(lambda start, stop: ranges.append((start, stop)), 10_000)
        time.sleep(0.01)
        with lock:
            at_once[0] -= 1

    with one_pool():
        side_by_side([job] * 10, lambda: None)
        assert ranges == [(0, 10_000)] * 10
        assert most[0] <= 3
        ranges.clear()
        over_rows(lambda start, stop: ranges.append((start, stop)), 10_000)
        assert len(ranges) == 3
        with alone():
            over_rows(lambda start, stop: ranges.append((start, stop)), 10_000)
        assert len(ranges) == 4


def test_helpers_sleep_while_the_work_is_done_elsewhere(monkeypatch):
    monkeypatch.setattr("partwise.kernels.threads.allowed", lambda: 2)
    ranges = []
    with one_pool():
        over_rows(lambda start, stop: ranges.append((start, stop)), 10_000)
        with resting():
            time.sleep(0.05)  # the helper may be in a nap
            before = time.process_time()
            time.sleep(0.5)
            assert time.process_time() - before < 0.02  # one that watches takes a tenth of a core or more
        over_rows(lambda start, stop: ranges.append((start, stop)), 10_000)
    assert len(ranges) == 4


def test_a_pool_is_no_larger_than_was_asked_for(monkeypatch):
    monkeypatch.setattr("partwise.kernels.threads.allowed", lambda: 3)
    with one_pool(1) as count:
        assert count == 1
    with one_pool() as count:
        assert count == 3


def threads_of_a_fit():
    """Fit, and return how many threads were allowed, how many of ours there are, and BLAS's limit afterwards."""
    before = allowed()
    NMF(4, random_state=0, max_iter=20, tol=0).fit(low_rank(400, 300))
    ours = sum(thread.name.startswith("partwise") for thread in threading.enumerate())
    return before, ours, allowed()


@pytest.mark.filterwarnings("ignore")
def test_a_process_worker_of_joblib_has_its_share_of_the_threads():
    # loky shares the cores out over its workers by a limit of BLAS, and our threads keep to it: one each, of two cores
    share = max(1, joblib.cpu_count() // 2)
    found = joblib.Parallel(n_jobs=2, backend="loky")(joblib.delayed(threads_of_a_fit)() for _ in range(2))
    for before, helpers, after in found:
        assert before == after == share
        assert helpers <= share - 1


def test_thread_workers_of_joblib_share_one_pool_and_disturb_nobody():
    X = low_rank(400, 300)
    wanted = NMF(4, random_state=0, max_iter=20, tol=0).fit(X).components_
    limit = allowed()
    before = sum(thread.name == "partwise" for thread in threading.enumerate())

    def work():
        parts = NMF(4, random_state=0, max_iter=20, tol=0).fit(X).components_
        return parts, sum(thread.name == "partwise" for thread in threading.enumerate())

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = joblib.Parallel(n_jobs=2, prefer="threads")(joblib.delayed(work)() for _ in range(4))
    for parts, helpers in found:
        np.testing.assert_array_equal(parts, wanted)
        # two fits at once have the helpers of one: threads add up and do not multiply
        assert helpers <= max(before, limit - 1)
    assert allowed() == limit


def test_a_worker_that_was_given_one_thread_takes_one():
    # dask starts its workers like this
    code = (
        "import threading, numpy as np; from partwise import NMF; from partwise.kernels.threads import allowed;"
        "NMF(4, max_iter=5).fit(np.random.default_rng(0).random((400, 300)));"
        "print(allowed(), threading.active_count())"
    )
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(command, env=os.environ | one, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "1"]
    with threadpool_limits(1):
        assert allowed() == 1
