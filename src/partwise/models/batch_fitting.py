"""Drain the loop over mini-batches, and look at all samples once more at its end: their codes and the certificate."""

from dataclasses import dataclass, replace

import numpy as np

from partwise.iterate import iterate
from partwise.kernels.measure import read
from partwise.losses import Loss
from partwise.losses.loss import Reading
from partwise.matrices import Matrix
from partwise.models.batches import Batches
from partwise.models.following import Callback
from partwise.models.formulation import formulate
from partwise.models.scaling import Scaling
from partwise.problems import EndOfBatches, Measure, State, Stream, Tally, TwoFactors
from partwise.solvers.codes import solve_codes
from partwise.solvers.online import Online
from partwise.stopping import NoImprovement, Reason, Record, ResidualBelow, Rule


@dataclass(frozen=True)
class Pose:
    """What is asked of every batch: the loss, the unit, and (alpha_W, alpha_H, l1_ratio) as scikit-learn means them."""

    loss: Loss
    scaling: Scaling
    penalties: tuple[float, float | str, float]

    def __call__(self, X: Matrix) -> TwoFactors:
        """Return the problem of a batch, with its share of the penalty of H."""
        return formulate(X, self.loss, self.scaling, self.penalties)


@dataclass(frozen=True)
class Limits:
    """When a fit by mini-batches ends: bound on the residual, epochs, mini-batches without improvement."""

    tol: float
    max_iter: int
    max_no_improvement: int | None

    def rules(self, goal: float) -> list[Rule]:
        """Return the rules for the loop; epochs end by themselves."""
        some: list[Rule] = [ResidualBelow(goal)]
        return some if self.max_no_improvement is None else [*some, NoImprovement(self.max_no_improvement)]


@dataclass(frozen=True)
class Overview:
    """All samples at the final parts: codes by batch, the loss, objective and KKT residual."""

    codes: tuple[np.ndarray, ...] = ()
    loss: float = np.nan
    measure: Measure = Measure(np.nan, np.nan)


@dataclass(frozen=True)
class BatchFit:
    """The end of a fit by mini-batches; `overview` knows nothing where samples came from a stream."""

    state: State
    history: tuple[Record, ...]
    reason: Reason
    overview: Overview

    @property
    def n_dead(self) -> int:
        """Components that add nothing to any sample."""
        alive = self.state.H.max(axis=1, initial=0) > 0
        if self.overview.codes:
            alive &= np.max([W.max(axis=1, initial=0) for W in self.overview.codes], axis=0) > 0
        return int(np.sum(~alive))


def fit_batches(
    batches: Batches, pose: Pose, solver: Online, H: np.ndarray, limits: Limits, callback: Callback | None
) -> BatchFit:
    """Step through batches until settled, stopped or at the end of them.

    Where all samples can be seen again, "converged" is said of their own residual only: if that of the last batch was
    small and theirs is not, the fit goes on with a tighter goal.
    """
    stream = Stream(batches.visits(limits.max_iter), pose, pose.loss)
    history: list[Record] = []
    state, goal = solver.begin(H), limits.tol
    while True:
        state, reason = _drain(stream, solver, state, limits.rules(goal), history, callback)
        if not batches.kept:
            return BatchFit(state, tuple(history), _of_stream(reason, batches), Overview())
        overview = look_at_all(batches, pose, state.H)
        residual = overview.measure.residual
        if reason is Reason.CONVERGED and residual > limits.tol:
            goal /= 2
            # the loop goes on from the residual of all: that of one batch, perhaps 0, would stop it again at once
            seen = replace(state.memory.measure, residual=residual)
            state = replace(state, memory=replace(state.memory, measure=seen))
            continue
        if reason is Reason.ITERATION_LIMIT and residual <= limits.tol:
            reason = Reason.CONVERGED
        last = history[-1] if history else Record(0, 0.0, np.nan, np.nan)
        final = replace(last, objective=overview.measure.objective / _count(overview), residual=residual)
        return BatchFit(state, (*history, final), reason, overview)


def look_at_all(batches: Batches, pose: Pose, H: np.ndarray) -> Overview:
    """Solve the codes of all samples and add up, batch by batch, what objective and KKT residual are made of."""
    codes, pull_W, n_samples = [], Tally.nothing(len(H)), 0
    plus, minus = np.zeros(H.shape), np.zeros(H.shape)
    for X in batches.epoch():
        part = pose(X)
        left = part.left(H)
        W = solve_codes(left)
        pull_W = pull_W.plus(left.read(W), part.loss.value(X, W, H))
        up, down = part.right(W).split_gradient(H)
        plus, minus = plus + up, minus + down
        codes.append(W)
        n_samples += X.shape[0]
    reading = Reading(read(lambda rows: (plus[:, rows], minus[:, rows]), H))
    whole = replace(part, penalty_H=part.penalty_H.times(n_samples / X.shape[0]))
    measure = whole.measure(State(W, H, pull_W, Tally(reading, pull_W.value)))
    return Overview(tuple(codes), pull_W.value, measure)


def _drain(
    stream: Stream, solver: Online, state: State, rules: list[Rule], history: list[Record], callback: Callback | None
) -> tuple[State, Reason]:
    """Follow the loop to its end and lengthen the history; a start has no cost yet, so it is nobody's record."""
    try:
        for shot in iterate(stream, solver, state, rules, tuple(history)):
            state = shot.state
            if shot.record.iteration == (history[-1].iteration if history else 0):
                continue
            history.append(shot.record)
            if callback is not None and callback(shot) and shot.reason is None:
                return state, Reason.CALLER
    except EndOfBatches:
        return state, Reason.ITERATION_LIMIT
    return state, shot.reason or Reason.CALLER


def _of_stream(reason: Reason, batches: Batches) -> Reason:
    """Say no more of a stream than is known."""
    if reason is Reason.ITERATION_LIMIT:
        return Reason.EPOCH_LIMIT if batches.endless else Reason.ONE_EPOCH
    return Reason.SETTLED if reason is Reason.CONVERGED else reason


def _count(overview: Overview) -> int:
    return sum(W.shape[1] for W in overview.codes)
