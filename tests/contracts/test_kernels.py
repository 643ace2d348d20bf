"""The inner loops against the same formulas written plainly."""

import time

import numpy as np
import pytest
from scipy.optimize import nnls as scipy_nnls

from partwise.kernels import threads
from partwise.kernels.blocks import gram
from partwise.kernels.measure import read, sum_squares
from partwise.kernels.nnls import nnls
from partwise.kernels.sweeps import sweep


def plain_sweep(gram, cross, F, count):
    F = F.astype(np.float64).copy()
    for _ in range(count):
        for j in range(len(F)):
            if gram[j, j] > 0:
                F[j] = np.maximum(0, F[j] + (cross[j] - gram[j] @ F) / gram[j, j])
    return F


def quadratic(k, m, n=30, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    H, X = rng.random((k, n)), rng.random((m, n))
    return (H @ H.T).astype(dtype), (H @ X.T).astype(dtype), rng.random((k, m)).astype(dtype), H, X


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 17])
@pytest.mark.parametrize("m", [1, 63, 64, 65, 200])
def test_tiled_sweeps_are_the_plain_sweeps(k, m):
    gram, cross, F, *_ = quadratic(k, m)
    before = F.copy()
    np.testing.assert_allclose(sweep(gram, cross, F, 3, shrink=0.0).F, plain_sweep(gram, cross, F, 3), atol=1e-10)
    np.testing.assert_array_equal(F, before)


def test_float32_sweeps_agree_to_rounding():
    gram, cross, F, *_ = quadratic(20, 300, dtype=np.float32)
    np.testing.assert_allclose(sweep(gram, cross, F, 4, shrink=0.0).F, plain_sweep(gram, cross, F, 4), atol=2e-4)


def test_a_component_without_curvature_is_left_as_it_is():
    gram, cross, F, *_ = quadratic(5, 70)
    gram[2], gram[:, 2], cross[2] = 0, 0, 0
    out = sweep(gram, cross, F, 3).F
    np.testing.assert_array_equal(out[2], F[2])
    np.testing.assert_allclose(out, plain_sweep(gram, cross, F, 3), atol=0.1)


@pytest.mark.parametrize("k", [1, 3, 10, 40])
def test_codes_are_the_least_squares_optimum(k):
    gram, cross, _, H, X = quadratic(k, 80, n=60)
    codes = nnls(gram, cross)
    for i in range(80):
        best, _ = scipy_nnls(H.T, X[i])
        np.testing.assert_allclose(codes[:, i], best, atol=1e-8)


def test_codes_where_components_depend_on_each_other():
    rng = np.random.default_rng(1)
    H = rng.random((4, 30))
    H = np.vstack([H, H[0], H[0] + H[1], np.zeros(30), 2 * H[2]])
    X = rng.random((50, 30))
    codes = nnls(H @ H.T, H @ X.T)
    assert (codes >= 0).all()
    assert not codes[6].any()
    for i in range(50):
        _, distance = scipy_nnls(H.T, X[i])
        assert np.linalg.norm(X[i] - codes[:, i] @ H) == pytest.approx(distance, rel=1e-7)


@pytest.mark.parametrize(("k", "n"), [(20, 12), (40, 12), (100, 12), (9, 8)])
@pytest.mark.parametrize("exact", [True, False], ids=["in the range", "outside"])
def test_codes_where_there_are_more_components_than_features(k, n, exact):
    rng = np.random.default_rng(k)
    H = rng.random((k, n))
    X = rng.random((40, k)) @ H if exact else rng.random((40, n))
    codes = nnls(H @ H.T, H @ X.T)
    assert (codes >= 0).all()
    for i in range(40):
        _, distance = scipy_nnls(H.T, X[i])
        assert np.linalg.norm(X[i] - codes[:, i] @ H) <= distance + 1e-6 * np.linalg.norm(X[i])


def test_codes_do_not_depend_on_the_batch():
    gram, cross, *_ = quadratic(12, 150)
    whole = nnls(gram, cross)
    for rows in (slice(0, 1), slice(10, 90), slice(149, 150)):
        np.testing.assert_allclose(nnls(gram, cross[:, rows]), whole[:, rows], rtol=1e-9, atol=1e-12)


def test_rows_without_any_pull_have_codes_of_zeros():
    gram, cross, *_ = quadratic(6, 10)
    cross[:, 4] = 0
    cross[:, 5] *= -1
    codes = nnls(gram, cross)
    assert not codes[:, 4].any()
    assert not codes[:, 5].any()


def test_readings_are_the_plain_sums(rng):
    plus, minus, F = rng.random((3, 50)), rng.random((3, 50)), np.maximum(rng.random((3, 50)) - 0.5, 0)
    G = plus - minus
    P = np.where(F > 0, G, np.minimum(G, 0))
    wanted = [P**2, minus**2, F**2, minus * F, plus * F, F]
    np.testing.assert_allclose(
        read(lambda rows: (plus[:, rows], minus[:, rows]), F), np.stack([w.sum(axis=1) for w in wanted], axis=1)
    )


def test_sums_of_squares_are_taken_in_double():
    values = np.full(3_000_000, 0.1, np.float32)
    assert sum_squares(values) == pytest.approx(3_000_000 * float(np.float32(0.1)) ** 2, rel=1e-12)
    assert sum_squares(np.asfortranarray(np.arange(12.0).reshape(3, 4))) == sum(i * i for i in range(12))
    assert sum_squares(np.arange(12.0).reshape(3, 4)[:, ::2]) == 0 + 4 + 16 + 36 + 64 + 100


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("n_rows", [0, 1, 64, 100, 1000])
def test_every_row_is_visited_once(count, n_rows, monkeypatch):
    monkeypatch.setattr(threads, "allowed", lambda: count)
    seen = np.zeros(n_rows, int)

    def task(start, stop):
        seen[start:stop] += 1

    with threads.one_pool():
        threads.over_rows(task, n_rows)
    assert (seen == 1).all()


def test_an_error_in_a_thread_reaches_the_caller(monkeypatch):
    monkeypatch.setattr(threads, "allowed", lambda: 2)

    def task(start, stop):
        if start > 0:
            raise ZeroDivisionError

    with threads.one_pool(), pytest.raises(ZeroDivisionError):
        threads.over_rows(task, 1000)


def test_the_limits_of_blas_are_restored_and_obeyed():
    from threadpoolctl import threadpool_info, threadpool_limits

    def limits():
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    before = limits()
    with threads.one_pool(), threads.one_pool():
        assert set(limits()) == {1}
    assert limits() == before
    with threadpool_limits(1), threads.one_pool() as count:
        assert count == 1


def test_helpers_rest_when_the_last_user_has_left(monkeypatch):
    monkeypatch.setattr(threads, "allowed", lambda: 2)
    monkeypatch.setattr(threads, "_pool", threads._Pool())
    for _ in range(100):
        with threads.one_pool():
            assert threads.crew() is threads._pool.board
    assert threads.crew() is not threads._pool.board
    # whoever watches the board has come back to the queue, and is kept by nothing in it
    deadline = time.monotonic() + 10
    while threads._pool.work.qsize() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threads._pool.work.qsize() == 0
    assert not threads._pool.watched_by(0)


def test_a_pool_works_without_threads_that_cannot_be_had(monkeypatch):
    def none(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threads, "allowed", lambda: 2)
    monkeypatch.setattr(threads, "_pool", threads._Pool())
    monkeypatch.setattr(threads.Thread, "start", none)
    seen = np.zeros(1000, int)

    def task(start, stop):
        seen[start:stop] += 1

    with threads.one_pool():
        threads.over_rows(task, 1000)
        F = np.random.default_rng(0).random((3, 1000))
        np.testing.assert_allclose(gram(F), F @ F.T)
    assert (seen == 1).all()
    assert threads._pool.users == 0


def test_an_interrupt_waits_for_those_who_still_write(monkeypatch):
    monkeypatch.setattr(threads, "allowed", lambda: 2)
    done = []

    def task(start, stop):
        if start == 0:
            raise KeyboardInterrupt
        time.sleep(0.1)
        done.append(start)

    with threads.one_pool(), pytest.raises(KeyboardInterrupt):
        threads.over_rows(task, 1000)
    assert len(done) == 1
