"""THE loop: steps, measures, asks the rules, and yields a snapshot each time it has measured."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, ClassVar, Protocol, TypeVar

from partwise.losses import Loss
from partwise.problems import Measure
from partwise.stopping import Reason, Record, Rule

S = TypeVar("S")  # a point, with all that its problem and its solver keep there
S_contra = TypeVar("S_contra", contravariant=True)


class Problem(Protocol[S_contra]):
    """All that the loop asks of a problem."""

    @property
    def loss(self) -> Loss:
        """Say how often it is worth measuring."""

    def measure(self, state: S_contra) -> Measure:
        """Return objective and residual."""


P_contra = TypeVar("P_contra", contravariant=True)


class Stepper(Protocol[P_contra, S]):
    """All that the loop asks of a solver."""

    measure_every: ClassVar[int | None]

    def step(self, problem: P_contra, state: S) -> S:
        """Return the next state."""


P = TypeVar("P", bound=Problem[Any])


@dataclass(frozen=True)
class Snapshot:
    """Where a fit is: its last record, its state, and the reason when it has stopped."""

    record: Record
    state: Any
    reason: Reason | None = None
    start: int = 0  # which one, of a fit with several
    layer: int | None = None  # which one, from 1, while a model of layers trains them one by one


def iterate(
    problem: P,
    solver: Stepper[P, S],
    start: S,
    rules: Sequence[Rule],
    past: Sequence[Record] = (),
    clock: Callable[[], float] = perf_counter,
) -> Iterator[Snapshot]:
    """Yield snapshots from the start to the end; the last one has a reason. Stop early by leaving the loop.

    Parameters
    ----------
    problem : Problem
        What is minimised: `TwoFactors`, a `Stream` of mini-batches, or `Projective`.
    solver : Solver
        What takes the steps.
    start : State
        Where to begin; with `past`, the state of its last record.
    rules : sequence of Rule
        Asked in order after every measurement; the first reason ends the fit.
    past : sequence of Record
        The history so far, for a fit that goes on: the rules are asked before its first step too.
    clock : callable
        Seconds.
    """
    history = list(past[:-1])
    state, seconds, last = start, past[-1].seconds if past else 0.0, past[-1].iteration if past else 0
    shot = _shoot(state, last, seconds, problem.measure(state))
    history.append(shot.record)
    reason = next((found for rule in rules if (found := rule(history))), None) if past else None
    yield replace(shot, reason=reason)
    every = measured_every(problem, solver)
    while reason is None:
        measured = state
        # the first step of a solver that says how often may have begun with many on a sample: it is shown
        first = last == 0 and solver.measure_every is not None
        # a rule may stop the fit between two measurements; then the last point is measured too
        for _ in range(1 if first else every - last % every):
            began = clock()
            moved = solver.step(problem, state)
            seconds += clock() - began
            last += 1
            state = moved
            due = Record(last, seconds, math.inf, math.inf)
            if any(rule([*history[-1:], due]) for rule in rules):
                break
        measure = problem.measure(state)
        if not (math.isfinite(measure.objective) and math.isfinite(measure.residual)):
            yield Snapshot(history[-1], measured, Reason.NOT_FINITE)
            return
        shot = _shoot(state, last, seconds, measure)
        history.append(shot.record)
        reason = next((found for rule in rules if (found := rule(history))), None)
        yield Snapshot(shot.record, state, reason)


def measured_every(problem: Problem[Any], solver: Stepper[Any, Any]) -> int:
    """Return how many steps lie between two measurements, which are at its multiples."""
    return solver.measure_every or problem.loss.measure_every


def _shoot(state: Any, iteration: int, seconds: float, measure: Measure) -> Snapshot:
    return Snapshot(Record(iteration, seconds, measure.objective, measure.residual, measure.change), state)
