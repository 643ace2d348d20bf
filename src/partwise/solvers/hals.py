"""Hierarchical alternating least squares, accelerated: several sweeps per product with X, and extrapolation with restart.

Cichocki & Phan 2009; Gillis & Glineur 2012; Ang & Gillis 2019. scikit-learn calls the plain form 'cd'.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from partwise.kernels.blocks import beyond
from partwise.kernels.sweeps import sweep
from partwise.losses import Half, QuadraticHalf, QuadraticLoss
from partwise.problems import State, TwoFactors
from partwise.solvers.momentum import Momentum
from partwise.solvers.solver import Alternating
from partwise.solvers.stand_in import warmed


@dataclass(frozen=True)
class HALS(Alternating):
    """``w_j <- max(0, w_j + (cross_j - W gram_j) / gram_jj)`` for j = 1..k, repeated while it pays, from a point ahead.

    Parameters
    ----------
    least_sweeps, most_sweeps : int
        Limits of sweeps per product.
    share : float
        Between them, the sweeps may take this share of the operations of their product with X (operations are counted,
        never timed).
    shrink : float
        A chunk of rows stops once a sweep's change is below this share of its first sweep's.
    extrapolate : bool
        Whether half-steps look ahead.
    warm_steps : int
        Steps on a low-rank stand-in of X before the first step, where it pays; 0 for none.
    shuffle : bool
        Visit the components in random order (scikit-learn's `shuffle`).
    seed : int
        Of the random order.
    """

    accepts: ClassVar = QuadraticLoss

    least_sweeps: int = 3
    most_sweeps: int = 8
    share: float = 0.5
    shrink: float = 0.1
    extrapolate: bool = True
    warm_steps: int = 30
    shuffle: bool = False
    seed: int = 0

    @classmethod
    def create(cls, *, shuffle: bool = False, seed: int = 0) -> "HALS":
        """Return the solver with default settings."""
        return cls(shuffle=shuffle, seed=seed)

    def step(self, problem: TwoFactors, state: State) -> State:
        """Improve W at the point ahead of H, then H at the point ahead of W; keep the result unless the objective rose."""
        if not self.extrapolate:
            return super().step(problem, state)
        if state.iteration == 0 and state.memory is None and self.warm_steps > 0:
            state = warmed(problem, state, replace(self, warm_steps=0), self.warm_steps)
        memory = state.memory or Momentum(state.W, state.H, state.left, state.right, problem.objective(state))
        look = memory.share
        W = self.improve(
            state.left.beyond(memory.left, look), beyond(state.W, memory.W, look, clip=True), state.iteration
        )
        right = problem.right(W)
        H = self.improve(
            right.beyond(state.right, look), beyond(state.H, memory.H, look, clip=True), state.iteration
        )
        found = State(W, H, problem.left(H), right, state.iteration + 1)
        objective = problem.objective(found)
        # below the rounding of the constant a rise means nothing, and a restart would fire at random
        noise = np.finfo(W.dtype).eps * right.constant
        if look > 0 and objective > memory.objective + noise:
            return replace(state, iteration=state.iteration + 1, memory=memory.slower())
        here = Momentum(state.W, state.H, state.left, state.right, memory.objective)
        return replace(found, memory=memory.faster(here, objective))

    def improve(self, half: Half, F: np.ndarray, iteration: int) -> np.ndarray:
        """Sweep over the normal equations."""
        assert isinstance(half, QuadraticHalf)
        gram, cross = half.normal_equations()
        # a row of the product costs 2 row_cost k operations, a row of a sweep 2 k^2
        affordable = 1 + int(self.share * half.X.row_cost / len(F))
        most = max(self.least_sweeps, min(self.most_sweeps, affordable))
        if not self.shuffle:
            return sweep(gram, cross, F, most, self.shrink**2)
        order = np.random.default_rng([self.seed, iteration]).permutation(len(F))
        shuffled = sweep(gram[np.ix_(order, order)], cross[order], F[order], most, self.shrink**2)
        return shuffled[np.argsort(order)]
