"""Rows on the workers of a cluster: as many as there are, the same bits; one that dies costs no fit."""

import os
import signal
import time
from functools import partial

import numpy as np
import pytest

from partwise import NMF
from partwise.matrices.cluster import LOOK, WorkersGoneError, computed, in_groups
from partwise.matrices.on_disk import OnDisk
from partwise.matrices.on_workers import OnWorkers, is_on_workers
from partwise.matrices.row_reader import RowReader
from partwise.models.validation import check_entries
from partwise.penalties import Elastic
from partwise.solvers.row_works import Codes

from ..clusters import local_client

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")
pytest.importorskip("distributed")


@pytest.fixture
def X(rng):
    W, H = rng.gamma(1.0, size=(700, 4)), rng.gamma(1.0, size=(4, 30))
    return W @ H + 0.05 * rng.random((700, 30))


def chunked(X, rows=100):
    # made on the workers, so that one that dies loses nothing that cannot be made again
    return da.from_array(X, chunks=(rows, -1))


def model(**settings):
    return NMF(4, **{"tol": 1e-6, "max_iter": 300, "random_state": 0, **settings})


@pytest.fixture(scope="module")
def client():
    with local_client(2) as made:
        yield made


def kill_one(client):
    """Kill a worker as a machine dies; its nanny brings another."""
    pid = next(iter(client.run(os.getpid).values()))
    os.kill(pid, signal.SIGKILL)


def test_sums_are_added_in_an_order_that_their_number_decides():
    def join(*parts):
        return f"({''.join(parts)})"

    assert in_groups("abcdefghi", join) == "((abcd)(efgh)(i))"
    assert in_groups("abcdefg", join, 2) == "(((ab)(cd))((ef)(g)))"
    assert in_groups("a", join) == "(a)"


def test_a_single_chunk_is_enough(X):
    found = model().fit(chunked(X, len(X)))
    np.testing.assert_allclose(found.reconstruction_err_, model().fit(X).reconstruction_err_, rtol=1e-3)


def test_a_dask_array_is_known_without_dask(X):
    assert is_on_workers(chunked(X))
    assert not is_on_workers(X)


def test_columns_in_chunks_and_other_numbers_become_one_chunk_of_floats(X):
    counts = np.round(10 * X).astype(np.uint8)
    blocks = OnWorkers(da.from_array(counts, chunks=(150, 8)))
    assert blocks.gathered
    assert blocks.dtype == np.float32
    assert np.array_equal(blocks.sample(len(X)), counts.astype(np.float32))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -1.0])
def test_what_is_wrong_is_said_with_its_place(X, wrong):
    X[234, 5] = wrong
    with pytest.raises(ValueError, match=r"at row 234, column 5"):
        OnWorkers(chunked(X)).looked_at(partial(check_entries, whom="NMF (input X)"))


def test_masked_entries_are_not_learned_from(X):
    masked = da.ma.masked_where(chunked(X) == X[234, 5], chunked(X))
    with pytest.raises(ValueError, match=r"NaN, first at row 234, column 5"):
        model().fit(masked)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int64", "bool", "float16", ">f4", "longdouble"])
def test_codes_of_any_numbers_are_those_of_the_widened(X, dtype):
    numbers = np.round(X).astype(dtype)
    fitted = model(tol=0.1).fit(chunked(numbers))
    found = fitted.transform(chunked(numbers))
    assert np.array_equal(found.compute(), fitted.transform(chunked(numbers.astype(found.dtype))).compute())


@pytest.mark.parametrize("after", [0.0, 0.9 * LOOK, 1.1 * LOOK])
def test_a_timeout_of_the_rows_own_is_told(client, X, after):
    def lost(rows):
        time.sleep(after)
        raise TimeoutError("storage did not answer")

    with pytest.raises(TimeoutError, match="storage did not answer"):
        model().fit(chunked(X).map_blocks(lost, meta=X[:0]))


def test_chunks_of_unknown_size_are_refused(X):
    dense = chunked(X)
    with pytest.raises(ValueError, match="compute_chunk_sizes"):
        OnWorkers(dense[dense[:, 0] > 1])


def test_a_fit_on_threads_is_the_fit_of_the_same_rows_on_disk(X, tmp_path):
    np.save(tmp_path / "X.npy", X)
    mapped = OnDisk(RowReader(np.load(tmp_path / "X.npy", mmap_mode="r")), 1 << 20)
    here, there = OnWorkers(chunked(X)), model().fit(chunked(X))
    assert there.converged_
    assert np.array_equal(here.sample(200), mapped.sample(200))
    _, sums = mapped.go(Codes(there.components_, Elastic(), exact=True))
    _, same = here.go(Codes(there.components_, Elastic(), exact=True))
    np.testing.assert_allclose(same.cross, sums.cross, rtol=1e-12)
    codes = there.transform(chunked(X))
    assert is_on_workers(codes)
    assert codes.chunks[0] == chunked(X).chunks[0]
    assert np.array_equal(codes.compute(), there.transform(X))


def test_two_workers_and_one_have_the_same_bits(client, X):
    H = model(max_iter=20, tol=0.1).fit(X).components_
    first = list(client.nthreads())[:1]
    work = Codes(H, Elastic(), exact=True)
    _, of_two = OnWorkers(chunked(X)).go(work)
    with dask.annotate(workers=first):
        _, of_one = OnWorkers(chunked(X)).go(work)
    for name in ("cross", "gram", "reading"):
        assert np.array_equal(getattr(of_two, name), getattr(of_one, name))


def test_a_worker_that_dies_changes_no_bit(client, X):
    left = model().fit(chunked(X))
    killed = []

    def follow(snapshot):
        if snapshot.record.iteration == 4 and not killed:
            kill_one(client)
            killed.append(True)

    disturbed = model(callback=follow).fit(chunked(X))
    assert killed
    assert np.array_equal(disturbed.components_, left.components_)
    assert disturbed.n_iter_ == left.n_iter_
    client.wait_for_workers(2, timeout=60)


def test_whoever_is_interrupted_leaves_no_work(client):
    waiting = [dask.delayed(time.sleep, pure=False)(2) for _ in range(6)]
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 1.0)
    try:
        with pytest.raises(KeyboardInterrupt):
            computed(dask.delayed(list)(waiting))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    time.sleep(0.5)
    assert not any(client.processing().values())


def test_no_worker_left_is_said_in_time(X):
    with (
        dask.config.set({"distributed.scheduler.no-workers-timeout": "2s"}),
        local_client(0),
        pytest.raises(WorkersGoneError, match="no worker for 2 s"),
    ):
        model().fit(chunked(X))
