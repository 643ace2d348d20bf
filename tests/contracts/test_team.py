"""What every shared loop relies on: each block is run once, by whoever, and an owner goes on when all are done."""

import gc
import os
from threading import Thread

import numpy as np
import pytest
from numba import njit

from partwise.kernels.processors import processor, step_aside
from partwise.kernels.team import CALLED, board, serve, share


@njit
def mark(out, weight, block):
    for place in range(out.shape[1]):
        out[block, place] += weight * (block + 1)


@njit
def fail(out, block):
    if block == 3:
        raise ValueError("this block cannot")
    out[block, 0] += 1


@njit
def mark_all(words, weight, n):
    out = np.zeros((n, 50))
    share(words, mark, (out, weight), n)
    return out


@njit
def fail_all(words, out):
    share(words, fail, (out,), len(out))


@pytest.fixture
def helped():
    """Yield a board that a helper watches."""
    words = board()
    helper = Thread(target=serve, args=(words, 0, 0), daemon=True)
    helper.start()
    yield words
    words[CALLED] += 1
    helper.join(timeout=10)
    assert not helper.is_alive(), "Python called, and the helper did not come"


def wanted(n, weight=2.0):
    return np.repeat(weight * np.arange(1.0, n + 1)[:, None], 50, axis=1)


@pytest.mark.parametrize("n", [0, 1, 2, 7, 1000])
def test_every_block_is_run_once(n, helped):
    for words in (helped, board(), board(closed=True)):
        for _ in range(200 if n < 10 else 20):
            np.testing.assert_array_equal(mark_all(words, 2.0, n), wanted(n))


def test_arguments_live_until_the_last_block(helped):
    for _ in range(50):
        found = mark_all(helped, 2.0, 64)
        gc.collect()
        np.testing.assert_array_equal(found, wanted(64))


def test_who_finds_the_board_taken_works_alone(helped):
    found = {}

    def own(weight):
        found[weight] = all(np.array_equal(mark_all(helped, weight, 40), wanted(40, weight)) for _ in range(300))

    threads = [Thread(target=own, args=(weight,)) for weight in (1.0, 2.0, 3.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {1.0: True, 2.0: True, 3.0: True}


def test_a_failing_block_is_told_and_the_board_is_free_again(helped):
    for words in (helped, board(closed=True)):
        with pytest.raises(MemoryError):
            fail_all(words, np.zeros((8, 1)))
        np.testing.assert_array_equal(mark_all(words, 2.0, 8), wanted(8))


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="the system does not tell which processors there are")
def test_a_thread_that_steps_aside_may_still_run_anywhere():
    allowed = os.sched_getaffinity(0)
    if len(allowed) == 1:
        pytest.skip("there is one processor only")
    for own in (allowed, allowed - {processor()}):
        os.sched_setaffinity(0, own)
        try:
            for taken in ([processor()], [-1, processor(), -1], list(own), []):
                step_aside(np.array(taken, np.int64))
                assert os.sched_getaffinity(0) == own
            one = min(own)
            step_aside(np.array(sorted(own - {one}), np.int64))
            assert len(own) == 1 or processor() == one
        finally:
            os.sched_setaffinity(0, allowed)
