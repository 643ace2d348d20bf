"""THE loop: steps, measures, asks the rules, and yields a snapshot each time it has measured."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

from partwise.problems import Measure, State, TwoFactors
from partwise.solvers import Solver
from partwise.stopping import Reason, Record, Rule


@dataclass(frozen=True)
class Snapshot:
    """Where a fit is: its last record, its state, and the reason when it has stopped."""

    record: Record
    state: State
    reason: Reason | None = None


def iterate(
    problem: TwoFactors,
    solver: Solver,
    start: State,
    rules: Sequence[Rule],
    past: Sequence[Record] = (),
    clock: Callable[[], float] = perf_counter,
) -> Iterator[Snapshot]:
    """Yield snapshots from the start to the end; the last one has a reason. Stop early by leaving the loop.

    Parameters
    ----------
    problem : TwoFactors
        What is minimised.
    solver : Solver
        What takes the steps.
    start : State
        Where to begin; with `past`, the state of its last record.
    rules : sequence of Rule
        Asked in order after every measurement; the first reason ends the fit.
    past : sequence of Record
        The history so far, for a fit that goes on.
    clock : callable
        Seconds.
    """
    history = list(past)
    state, seconds = start, history[-1].seconds if history else 0.0
    last = history[-1].iteration if history else 0
    shot = _shoot(state, last, seconds, problem.measure(state))
    history.append(shot.record)
    yield shot
    every = solver.measure_every or problem.loss.measure_every
    while True:
        # a rule may stop the fit between two measurements; then the last point is measured too
        for _ in range(every):
            began = clock()
            moved = solver.step(problem, state)
            seconds += clock() - began
            last += 1
            previous, state = state, moved
            due = Record(last, seconds, math.inf, math.inf)
            if any(rule([*history[-1:], due]) for rule in rules):
                break
        measure = problem.measure(state)
        if not (math.isfinite(measure.objective) and math.isfinite(measure.residual)):
            yield Snapshot(history[-1], previous, Reason.NOT_FINITE)
            return
        shot = _shoot(state, last, seconds, measure)
        history.append(shot.record)
        reason = next((found for rule in rules if (found := rule(history))), None)
        yield Snapshot(shot.record, state, reason)
        if reason:
            return


def _shoot(state: State, iteration: int, seconds: float, measure: Measure) -> Snapshot:
    return Snapshot(Record(iteration, seconds, measure.objective, measure.residual), state)
