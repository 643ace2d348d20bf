"""Kullback-Leibler by Newton's method on the rows, with extrapolation and restart.

Each row's problem is convex; a multiplicative update and a Newton step with all second derivatives between its
components take it most of the way (Hsieh & Dhillon 2011 and Hien & Gillis 2021 take one coordinate at a time). Where
nearly all entries are not 0, steps with second derivatives that like rows share (Fisher scoring) cost a fourth and lead
as far; once a plain one raises the objective, every row has its own. The restart rule is that of Ang & Gillis 2019,
algorithm 3.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from partwise.kernels.rows import Pace
from partwise.kernels.scoring import Information
from partwise.losses import Half, KullbackLeibler, KullbackLeiblerHalf
from partwise.problems import State, TwoFactors
from partwise.solvers.momentum import GROW, GROW_CEILING, LEAST, SHRINK
from partwise.solvers.sample import from_sample
from partwise.solvers.shared import Shared
from partwise.solvers.solver import Alternating

FIRST = 0.3  # beta of the first step that looks ahead: far from the end 0.5 is often too far
PLAIN = 2  # steps that do not look ahead: the first change too much to say where the next will go
PAUSE = 10  # every so many steps one does not look ahead, so that the residual is that of a plain step


@dataclass(frozen=True)
class Past:
    """The point before, and how far to look ahead from it over the present one.

    Parameters
    ----------
    W, H : ndarray
        The point before the present one.
    objective : float
        Of the present point.
    shared : Shared
        Second derivatives that like rows share.
    share : float
        beta; 0 takes a plain step, which cannot raise the objective if every row has its own second derivatives.
    ceiling : float
        Limit of beta, lowered to what was rejected.
    resume : float
        beta after the next plain step.
    """

    W: np.ndarray
    H: np.ndarray
    objective: float
    shared: Shared
    share: float = 0.0
    ceiling: float = 1.0
    resume: float = FIRST

    def slower(self) -> Self:
        """Take a plain step next, then look less far ahead."""
        return replace(self, share=0.0, ceiling=max(LEAST, self.share), resume=max(LEAST, self.share / SHRINK))

    def apart(self) -> Self:
        """Take a plain step next, and from now on give every row its own second derivatives."""
        return replace(self, shared=Shared(on=False), share=0.0, resume=self.share or self.resume)

    def after(self, state: State, objective: float, shared: Shared) -> Self:
        """Make the given state, which has just been left for a point of that objective, the one before."""
        share = self.resume if self.share == 0 else min(self.ceiling, GROW * self.share)
        share = share if state.iteration >= PLAIN else 0.0
        ceiling = min(1.0, GROW_CEILING * self.ceiling)
        return replace(self, W=state.W, H=state.H, objective=objective, shared=shared, share=share, ceiling=ceiling)


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
        share = past.share if (state.iteration + 1) % PAUSE else 0.0
        plain = share == 0
        shared = past.shared.at_left(state, plain)
        H_ahead = _ahead(state.H, past.H, share)
        left = state.left if plain else problem.left(H_ahead)
        W = self._moved(left, _ahead(state.W, past.W, share), shared.left)
        right = problem.right(W)
        shared = shared.at_right(right, state, plain)
        over = right if plain else problem.right(_ahead(W, state.W, share))
        H = self._moved(over, H_ahead, shared.right)
        objective = _objective(problem, W, H)
        if not objective <= past.objective:
            if not plain:
                return replace(state, iteration=state.iteration + 1, memory=past.slower())
            if shared.on:
                return replace(state, iteration=state.iteration + 1, memory=past.apart())
        return State(W, H, problem.left(H), right, state.iteration + 1, past.after(state, objective, shared))

    def _moved(self, half: Half, F: np.ndarray, shared: Information | None) -> np.ndarray:
        """Take every row some steps: with second derivatives that it shares if there are any, or with its own."""
        assert isinstance(half, KullbackLeiblerHalf)  # `accepts` has made sure of it at the door
        if shared is None:
            return half.newton(F, Pace(self.updates, self.steps, self.sweeps, 0.0))[0]
        return half.score(F, shared, self.sweeps)

    def _begun(self, problem: TwoFactors, state: State) -> State:
        """Return where the first step goes on from, with a memory."""
        objective = _objective(problem, state.W, state.H)
        if self.warm and state.iteration == 0:
            found = from_sample(problem, state, replace(self, warm=False), objective)
            state, objective = found or (state, objective)
        shared = Shared.where_it_pays(problem, len(state.W))
        return replace(state, memory=Past(state.W, state.H, objective, shared))

    def improve(self, half: Half, F: np.ndarray, iteration: int) -> np.ndarray:
        """Take every row some steps with its own second derivatives."""
        return self._moved(half, F, None)


def _ahead(now: np.ndarray, before: np.ndarray, share: float) -> np.ndarray:
    """Return the point that lies ahead, now + share (now - before), at least 0."""
    return np.maximum(now + now.dtype.type(share) * (now - before), 0) if share > 0 else now


def _objective(problem: TwoFactors, W: np.ndarray, H: np.ndarray) -> float:
    return problem.loss.value(problem.X, W, H) + problem.penalties(W, H)
