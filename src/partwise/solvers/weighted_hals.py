"""HALS where entries have weights or are missing: sweeps over each row's own gram matrix, or over one that rows share.

Weighted least squares for NMF: Gabriel & Zamir 1979; Kim & Choi 2009, "Weighted nonnegative matrix factorization",
ICASSP. Extrapolation with restart: Ang & Gillis 2019.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from partwise.losses import Half, WeightedFrobenius, WeightedHalf
from partwise.matrices.weighted import Improved, Left
from partwise.problems import State, TwoFactors
from partwise.solvers.momentum import Reach
from partwise.solvers.solver import Alternating


@dataclass(frozen=True)
class Ahead(Reach):
    """The H before, and how far to look ahead from it over the present one.

    Parameters
    ----------
    H : ndarray
        Before the present one.
    objective : float
        Of the present point.
    """

    H: np.ndarray
    objective: float

    def after(self, H: np.ndarray, objective: float) -> Self:
        """Make the given H, which has just been left for a point of that objective, the one before; look further."""
        return replace(self, H=H, objective=objective, share=self.next_share, ceiling=self.next_ceiling)


@dataclass(frozen=True)
class WeightedHALS(Alternating):
    """``w_ij <- max(0, w_ij + pull_ij / curvature_ij)`` for j = 1..k, of every row's own problem.

    Parameters
    ----------
    sweeps : int
        Over a row, at most, before the other factor's turn.
    extrapolate : bool
        Whether half-steps look ahead.
    """

    accepts: ClassVar = WeightedFrobenius

    sweeps: int = 6
    extrapolate: bool = True

    def step(self, problem: TwoFactors, state: State) -> State:
        """Improve W with the H ahead held, then that H with W held; keep it unless the objective rose."""
        if state.memory is None:
            objective = problem.loss.value(problem.X, state.W, state.H) + problem.penalties(state.W, state.H)
            state = replace(state, memory=Ahead(state.H, objective))
        ahead: Ahead = state.memory
        share = ahead.share if self.extrapolate else 0.0
        H = state.H
        if share > 0:
            H = np.maximum(H + H.dtype.type(share) * (H - ahead.H), 0)
        first = self._improved(problem.left(H), state.W)
        W = first.F
        right = problem.right(W)
        second = self._improved(right, H, first.turned)
        H = second.F
        objective = second.value + problem.penalties(W, H)
        noise = np.finfo(W.dtype).eps * 0.5 * problem.X.squared_norm
        if share > 0 and not objective <= ahead.objective + noise:
            return replace(state, iteration=state.iteration + 1, memory=ahead.slower())
        return State(W, H, problem.left(H), right, state.iteration + 1, ahead.after(state.H, objective))

    def rehearse(self, problem: TwoFactors, state: State) -> State:
        """Take the way of own gram matrices and that of shared ones for both factors."""
        for half, F in ((state.left, state.W), (state.right, state.H)):
            assert isinstance(half, WeightedHalf)
            for own in (True, False):
                half.X.improved(F, half.fixed, (0.0, 0.0, 1), own=own)
        return super().rehearse(problem, state)

    def improve(self, half: Half, F: np.ndarray, iteration: int) -> np.ndarray:
        """Sweep over every row's own problem."""
        return self._improved(half, F).F

    def _improved(self, half: Half, F: np.ndarray, left: Left | None = None) -> Improved:
        assert isinstance(half, WeightedHalf)  # `accepts` has made sure of it at the door
        return half.X.improved(F, half.fixed, (half.penalty.l1, half.penalty.l2, self.sweeps), left)
