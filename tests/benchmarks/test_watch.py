"""The rules of the race: the first moment at the goal, what is billed, and how many iterations are tried."""

import numpy as np

from benchmarks.survey import rerun
from benchmarks.watch import SLACK, Moment, Watch, first_at

GOAL = 0.2
NOTHING = (np.zeros((1, 1)), np.zeros((1, 1)))


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_the_first_moment_at_or_below_the_goal_is_taken_as_measured():
    moments = [Moment(1, 1.0, 0.3), Moment(2, 2.0, 0.21), Moment(4, 4.0, 0.19), Moment(8, 8.0, 0.1)]
    assert first_at(moments, GOAL) == moments[2]
    assert first_at(moments[:2], GOAL) is None


def test_exactly_the_goal_counts_and_so_does_its_rounding():
    assert first_at([Moment(1, 1.0, GOAL)], GOAL)
    assert first_at([Moment(1, 1.0, GOAL * (1 + SLACK / 2))], GOAL)
    assert not first_at([Moment(1, 1.0, GOAL * (1 + 3 * SLACK))], GOAL)


def test_an_error_that_rises_again_has_reached_the_goal_once():
    assert first_at([Moment(1, 1.0, 0.1), Moment(2, 2.0, 0.5)], GOAL).iteration == 1


def watched(clock, errors, judging, **settings):
    """A fit of a second an iteration under a watch whose judge takes its time."""

    def judge(W, H):
        clock.now += judging
        return errors[min(len(watch.moments), len(errors) - 1)]

    watch = Watch(judge, GOAL, clock=clock, **settings)
    watch.start()
    for iteration in range(1, 1000):
        clock.now += 1.0
        if watch(iteration, lambda: NOTHING):
            break
    return watch


def test_judging_is_not_billed():
    watch = watched(Clock(), [0.9, 0.5, 0.1], judging=100.0, limit=50.0)
    assert [one.seconds for one in watch.moments[:3]] == [1.0, 2.0, 3.0]
    assert first_at(watch.moments, GOAL).iteration == 3
    assert watch.seconds() == 6.0  # it goes on to twice the time to the goal, for the picture


def test_a_fit_that_never_reaches_the_goal_ends_at_the_limit():
    watch = watched(Clock(), [0.9], judging=0.0, limit=50.0)
    assert first_at(watch.moments, GOAL) is None
    assert watch.seconds() == 50.0


def test_a_timed_repetition_is_looked_at_once():
    watch = watched(Clock(), [0.9], judging=7.0, limit=float("inf"), only=12)
    assert [(one.iteration, one.seconds) for one in watch.moments] == [(12, 12.0)]


def test_what_is_kept_of_an_iterate_is_a_copy():
    seen = []
    watch = Watch(lambda W, H: seen.append(W) or 1.0, GOAL, 10.0)
    W = np.zeros((2, 2))
    watch.start()
    watch(1, lambda: (W, W))
    W += 1
    assert not seen[0].any()


def reached_at(true):
    """A program that takes a second for 10 iterations and is at the goal from `true` on."""
    asked = []

    def measure(n):
        asked.append(n)
        return Moment(n, n / 10, GOAL if n >= true else 0.5)

    return measure, asked


def test_an_entrant_that_is_run_again_is_not_billed_for_a_coarse_grid():
    for true in (1, 4, 7, 97, 333, 5000):
        measure, _ = reached_at(true)
        moments = rerun(measure, GOAL, limit=1e6)
        assert true <= first_at(moments, GOAL).iteration <= max(true + 1, 1.1 * true)
        assert [one.iteration for one in moments] == sorted(one.iteration for one in moments)


def test_no_fit_is_started_that_would_take_longer_than_the_limit():
    measure, asked = reached_at(10**9)
    moments = rerun(measure, GOAL, limit=30.0)
    assert max(asked) == 300
    assert first_at(moments, GOAL) is None


def test_known_iterations_are_run_and_no_others():
    measure, asked = reached_at(200)
    assert first_at(rerun(measure, GOAL, 1.0, (10, 200)), GOAL).iteration == 200
    assert asked == [10, 200]
