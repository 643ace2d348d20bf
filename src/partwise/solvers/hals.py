"""Hierarchical alternating least squares, with several sweeps per product with X and extrapolation with restart.

Cichocki & Phan 2009; Gillis & Glineur 2012; Ang & Gillis 2019. scikit-learn calls the plain form 'cd'.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from partwise.kernels.blocks import gram as gram_of
from partwise.kernels.blocks import inner
from partwise.kernels.sweeps import Ahead, Swept, sweep
from partwise.losses import Half, QuadraticHalf, QuadraticLoss
from partwise.problems import State, TwoFactors
from partwise.solvers.momentum import FIRST, Momentum
from partwise.solvers.solver import Alternating
from partwise.solvers.stand_in import warmed

SWEEPS = 4  # on the stand-in, at least: its products cost less than its sweeps, so counting would allow fewer than help
CALLS = 1e7  # multiplications that take as long as a half-step's calls: of a small problem sweeps are free


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
    warm : bool
        Whether the first step begins with many on a low-rank stand-in of X, where that pays.
    shuffle : bool
        Visit the components in random order (scikit-learn's `shuffle`).
    seed : int
        Of the random order.
    """

    accepts: ClassVar = QuadraticLoss

    least_sweeps: int = 2
    most_sweeps: int = 5
    share: float = 0.1
    shrink: float = 0.1
    extrapolate: bool = True
    warm: bool = True
    shuffle: bool = False
    seed: int = 0

    @classmethod
    def create(cls, *, shuffle: bool = False, seed: int = 0) -> "HALS":
        """Return the solver with default settings."""
        return cls(shuffle=shuffle, seed=seed)

    def step(self, problem: TwoFactors, state: State) -> State:
        """Improve W at the point ahead of H, then H at the point ahead of W; keep it unless the objective rose."""
        if not self.extrapolate:
            return super().step(problem, state)
        if state.memory is None:
            warm = warmed(problem, state, self) if self.warm and state.iteration == 0 else None
            if warm is not None:
                return warm
            state = self.begin(problem, state)
        memory, left, right = state.memory, quadratic(state.left), quadratic(state.right)
        ahead = Ahead(quadratic(memory.left).cross, memory.W, memory.share)
        gram = memory.gram if memory.share > 0 else left.gram
        W = self._swept(left, gram, state.W, state.iteration, ahead, memory.share)

        at_W = quadratic(problem.right(W.F, gram=W.gram))
        ahead = Ahead(right.cross, memory.H, memory.share)
        H = self._swept(at_W, W.gram_beyond, state.H, state.iteration, ahead, memory.next_share)

        objective = at_W.value(H.inner, H.gram) + problem.penalties(W.F, H.F)
        # below the rounding of the constant a rise means nothing, and a restart would fire at random
        noise = np.finfo(W.F.dtype).eps * at_W.constant
        if memory.share > 0 and not objective <= memory.objective + noise:
            return replace(state, iteration=state.iteration + 1, memory=memory.slower())
        after = memory.after(state, H.gram_beyond, objective)
        return State(W.F, H.F, problem.left(H.F, gram=H.gram), at_W, state.iteration + 1, after)

    def improve(self, half: Half, F: np.ndarray, iteration: int) -> np.ndarray:
        """Sweep over the normal equations, without looking ahead."""
        half = quadratic(half)
        return self._swept(half, half.gram, F, iteration).F

    def patient(self) -> "HALS":
        """Return the solver for a stand-in of low rank."""
        return replace(self, least_sweeps=max(self.least_sweeps, SWEEPS))

    def begin(self, problem: TwoFactors, state: State, resume: float = FIRST) -> State:
        """Return the state with the memory of a solver that has not moved yet; `resume` is its first beta."""
        left = quadratic(state.left)
        value = left.value(inner(left.cross, state.W), gram_of(state.W)) + problem.penalties(state.W, state.H)
        memory = Momentum(state.W, state.H, left, left.gram, value, resume=resume)
        return replace(state, memory=memory)

    def _swept(
        self,
        half: QuadraticHalf,
        gram: np.ndarray,
        F: np.ndarray,
        iteration: int,
        ahead: Ahead | None = None,
        beyond: float = 0.0,
    ) -> Swept:
        most = self.least_sweeps
        if most < self.most_sweeps:
            # a row of the product costs row_cost k multiplications, a row of a sweep k^2
            k, n_rows = F.shape
            affordable = 1 + int(self.share * (half.X.row_cost + CALLS / (n_rows * k)) / k)
            most = max(most, min(self.most_sweeps, affordable))
        order = np.random.default_rng([self.seed, iteration]).permutation(len(F)) if self.shuffle else None
        folded, l1 = half.penalty.fold(gram), half.penalty.l1
        return sweep(folded, half.cross, F, most, self.shrink**2, l1=l1, order=order, ahead=ahead, beyond=beyond)


def quadratic(half: Half) -> QuadraticHalf:
    """Return the half as what it is; `accepts` has made sure of it at the door."""
    assert isinstance(half, QuadraticHalf)
    return half
