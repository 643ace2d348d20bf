"""Kullback-Leibler by Newton's method on the rows, with extrapolation and restart.

Each row's problem is convex; a multiplicative update and a Newton step with all second derivatives between its
components take it most of the way (Hsieh & Dhillon 2011 and Hien & Gillis 2021 take one coordinate at a time). The
restart rule is that of Ang & Gillis 2019, algorithm 3.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from partwise.kernels.rows import Pace
from partwise.losses import Half, KullbackLeibler, KullbackLeiblerHalf
from partwise.problems import State, TwoFactors
from partwise.solvers.momentum import GROW_CEILING, LEAST, SHRINK
from partwise.solvers.sample import from_sample
from partwise.solvers.solver import Alternating

FIRST = 0.3  # beta of the first step that looks ahead: far from the end 0.5 is often too far
PLAIN = 2  # steps that do not look ahead: the first change too much to say where the next will go
GROW = 1.05  # gamma: there are few steps, so beta grows faster than for HALS


@dataclass(frozen=True)
class Past:
    """The point before, and how far to look ahead from it over the present one.

    Parameters
    ----------
    W, H : ndarray
        The point before the present one.
    objective : float
        Of the present point.
    share : float
        beta; 0 takes a plain step, which cannot raise the objective.
    ceiling : float
        Limit of beta, lowered to what was rejected.
    resume : float
        beta after the next plain step.
    """

    W: np.ndarray
    H: np.ndarray
    objective: float
    share: float = 0.0
    ceiling: float = 1.0
    resume: float = FIRST

    def slower(self) -> Self:
        """Take a plain step next, then look less far ahead."""
        return replace(self, share=0.0, ceiling=max(LEAST, self.share), resume=max(LEAST, self.share / SHRINK))

    def after(self, state: State, objective: float) -> Self:
        """Make the given state, which has just been left for a point of that objective, the one before."""
        share = self.resume if self.share == 0 else min(self.ceiling, GROW * self.share)
        share = share if state.iteration >= PLAIN else 0.0
        ceiling = min(1.0, GROW_CEILING * self.ceiling)
        return replace(self, W=state.W, H=state.H, objective=objective, share=share, ceiling=ceiling)


@dataclass(frozen=True)
class Newton(Alternating):
    """A few steps on every row of W, then on every row of H', from points that look ahead.

    Parameters
    ----------
    updates : int
        Multiplicative updates at the start of a half-step.
    steps : int
        Newton steps after them.
    sweeps : int
        Coordinate descent sweeps over the quadratic model of a Newton step, at most.
    extrapolate : bool
        Whether half-steps look ahead.
    warm : bool
        Whether the first step begins with many on a sample of the longer side of X, where that pays.
    """

    accepts: ClassVar = KullbackLeibler
    measure_every: ClassVar = 5

    updates: int = 1
    steps: int = 1
    sweeps: int = 8
    extrapolate: bool = True
    warm: bool = True

    def step(self, problem: TwoFactors, state: State) -> State:
        """Improve W with the H ahead held, then H with the W ahead held; keep it unless the objective rose."""
        if not self.extrapolate:
            return super().step(problem, state)
        if state.memory is None:
            state = self._begun(problem, state)
        past: Past = state.memory
        share = past.share
        H_ahead = _ahead(state.H, past.H, share)
        left = problem.left(H_ahead) if share > 0 else state.left
        W = self.improve(left, _ahead(state.W, past.W, share), state.iteration)
        right = problem.right(W)
        over = problem.right(_ahead(W, state.W, share)) if share > 0 else right
        H = self.improve(over, H_ahead, state.iteration)
        objective = _objective(problem, W, H)
        if share > 0 and not objective <= past.objective:
            return replace(state, iteration=state.iteration + 1, memory=past.slower())
        return State(W, H, problem.left(H), right, state.iteration + 1, past.after(state, objective))

    def _begun(self, problem: TwoFactors, state: State) -> State:
        """Return where the first step goes on from, with a memory."""
        objective = _objective(problem, state.W, state.H)
        if self.warm and state.iteration == 0:
            found = from_sample(problem, state, replace(self, warm=False), objective)
            state, objective = found or (state, objective)
        return replace(state, memory=Past(state.W, state.H, objective))

    def improve(self, half: Half, F: np.ndarray, iteration: int) -> np.ndarray:
        """Take every row some steps."""
        assert isinstance(half, KullbackLeiblerHalf)  # `accepts` has made sure of it at the door
        return half.newton(F, Pace(self.updates, self.steps, self.sweeps, 0.0))


def _ahead(now: np.ndarray, before: np.ndarray, share: float) -> np.ndarray:
    """Return the point that lies ahead, now + share (now - before), at least 0."""
    return np.maximum(now + now.dtype.type(share) * (now - before), 0) if share > 0 else now


def _objective(problem: TwoFactors, W: np.ndarray, H: np.ndarray) -> float:
    return problem.loss.value(problem.X, W, H) + problem.penalties(W, H)
