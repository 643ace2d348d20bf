"""Train a chain of layers one after the other, then all at once; what comes out is never worse than what went in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from partwise.iterate import Snapshot, iterate
from partwise.kernels.products import times_columns
from partwise.matrices import Matrix, as_matrix
from partwise.models.deep_kinds import KINDS, Kind
from partwise.models.following import Asked
from partwise.problems.layered import LayeredState, multiplied, norms
from partwise.problems.layered_divergence import as_data
from partwise.stopping import IterationLimit, Reason, Record, ResidualBelow, Rule, SmallDecrease

ROUNDING = 1e-6  # of an error: a difference that says nothing


@dataclass(frozen=True)
class Limits:
    """When the fit of a layer, and that of all, has gone far enough."""

    tol: float
    greedy: int  # iterations of each layer alone
    joint: int


@dataclass(frozen=True)
class Chain:
    """Layers as they were trained alone: W_1 .. W_L, H_1 .. H_L, and the seconds of their solvers."""

    codes: list[np.ndarray]
    layers: list[np.ndarray]
    seconds: float


@dataclass(frozen=True)
class DeepFit:
    """A chain at the end of a fit, and what is known of it.

    Parameters
    ----------
    state : LayeredState
    history : tuple of Record
        Of the refinement; the first is the chain as it was trained layer by layer.
    reason : Reason
    greedy_error, error : float
        Relative, at the deepest layer with the best codes, before and after the refinement.
    """

    state: LayeredState
    history: tuple[Record, ...]
    residual: float
    reason: Reason
    greedy_error: float
    error: float


def deepen(
    kind: Kind,
    X: Matrix,
    sizes: Sequence[int],
    init: str | None,
    limits: Limits,
    rng: np.random.RandomState,
    asked: Asked | None = None,
) -> Chain:
    """Return W_1 .. W_L and H_1 .. H_L: X ~ W_1 H_1, then W_1 ~ W_2 H_2, .., each layer trained alone.

    After each, the parts multiplied through are brought to norm 1, so that codes say how much of a part there is.
    One that is asked to stop takes one more step of its layer, and one of each layer to come: the chain is whole.
    """
    asked = asked or Asked(None)
    codes: list[np.ndarray] = []
    layers: list[np.ndarray] = []
    data, parts, seconds = X, None, 0.0
    for place, size in enumerate(sizes, 1):
        training = kind.alone(data, size, init, rng)
        rules: list[Rule] = [ResidualBelow(limits.tol), IterationLimit(limits.greedy), asked]
        if training.slow:
            rules.append(SmallDecrease(limits.tol))
        for shot in iterate(training.problem, training.solver, training.start, rules):
            last = shot.state
            asked.tell(replace(shot, layer=place))
        W, H = last.W, last.H
        seconds += shot.record.seconds
        if parts is not None and not kind.revives:
            # of a part that is none there is nothing in those above: rows sum to what they multiply to
            H = H * np.any(parts != 0, axis=1)
        through = H if parts is None else times_columns(H, parts)
        if not kind.revives:
            W = W * np.any(through != 0, axis=1, keepdims=True)
        length = norms(through, kind.order)[:, None]
        codes.append(W * length)
        layers.append(H / length)
        data, parts = as_data(codes[-1]), through / length
    return Chain(codes, layers, seconds)


def refine(
    kind: Kind,
    X: Matrix,
    chain: Chain,
    limits: Limits,
    asked: Asked | None = None,
) -> DeepFit:
    """Return the chain after all its layers have been fitted together.

    The measured point with the lowest objective is kept, and only if the error of the deepest layer is not above the
    one before: a sum over layers may fall while that of the deepest rises.
    """
    asked = asked or Asked(None)
    training = kind.joint(X, chain.codes, chain.layers)
    rules: list[Rule] = [ResidualBelow(limits.tol), SmallDecrease(limits.tol), IterationLimit(limits.joint)]
    history: list[Record] = []
    first = best = None
    for shot in iterate(training.problem, training.solver, training.start, rules):
        shot = replace(shot, record=replace(shot.record, seconds=chain.seconds + shot.record.seconds))
        history.append(shot.record)
        first = first or shot
        best = shot if best is None or shot.record.objective <= best.record.objective else best
        if asked.tell(shot) and shot.reason is None:
            break
    assert first is not None
    assert best is not None
    greedy_error = _deepest_error(kind, X, first)
    error = greedy_error if best is first else _deepest_error(kind, X, best)
    reason = shot.reason or Reason.CALLER
    if error > greedy_error:
        # of a fit without error to speak of both are rounding
        reason = Reason.GREEDY_KEPT if error > (1 + ROUNDING) * greedy_error + ROUNDING else reason
        best, error = first, greedy_error
    if best is not shot:
        reason = _of_earlier(reason, best.record.residual, limits.tol)
    assert isinstance(best.state, LayeredState)
    return DeepFit(best.state, tuple(history), best.record.residual, reason, greedy_error, error)


def _of_earlier(reason: Reason, residual: float, tol: float) -> Reason:
    """Return the reason of a point that is kept, given why the loop ended at a later one."""
    if reason is not Reason.CALLER and residual <= tol:
        return Reason.EARLIER_CONVERGED
    return Reason.EARLIER_KEPT if reason in (Reason.CONVERGED, Reason.SMALL_DECREASE) else reason


@cache
def prepare(name: str, dtype: np.dtype[Any]) -> None:
    """Compile what the refinement will run, on a tiny problem, so that its seconds are its own; done once a process."""
    rng = np.random.RandomState(0)
    X = as_matrix(rng.random_sample((8, 6)).astype(dtype))
    kind, limits = KINDS[name](), Limits(0.0, 1, 1)
    refine(kind, X, deepen(kind, X, (3, 2), "random", limits, rng), limits)


def _deepest_error(kind: Kind, X: Matrix, shot: Snapshot) -> float:
    assert isinstance(shot.state, LayeredState)
    H = multiplied(shot.state.layers)[-1]
    return kind.error(X, kind.codes(X, H), H)
