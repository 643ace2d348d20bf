"""Alternating non-negative least squares by block principal pivoting: each half-step is solved to its end.

Kim & Park 2011, "Fast nonnegative matrix factorization: an active-set-like method and comparisons", SIAM Journal on
Scientific Computing 33(6).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from partwise.kernels.pivoting import pivot
from partwise.losses import Half, QuadraticHalf, QuadraticLoss
from partwise.problems import State, TwoFactors
from partwise.solvers.balancing import factors_to_balance, lengths, rescaled
from partwise.solvers.solver import Alternating

# eigenvalue of the gram matrix of components of length 1 below which the least squares are singular to the rounding of
# their cross products; there a step is held to the present point (proximal point: Grippo & Sciandrone 2000, section 4)
SINGULAR = {np.dtype(np.float32): 1e-6, np.dtype(np.float64): 1e-10}
APART = 6  # doublings between the lengths of a component in W and in H: singular problems blow up the one or the other


@dataclass(frozen=True)
class BlockPivoting(Alternating):
    """``F <- argmin over F >= 0 of the half``, exactly, from the passive set of the present factor."""

    accepts: ClassVar = QuadraticLoss

    def step(self, problem: TwoFactors, state: State) -> State:
        """Solve for W, then for H, from components of like length in both."""
        factor = factors_to_balance(problem, state, APART)
        return super().step(problem, state if factor is None else rescaled(state, factor))

    def improve(self, half: Half, F: np.ndarray, iteration: int) -> np.ndarray:
        """Solve every row's non-negative least squares; a component that the held factor has not stays as it is."""
        assert isinstance(half, QuadraticHalf)
        fixed = half.fixed.astype(np.float64, copy=False)
        gram = half.penalty.fold(fixed @ fixed.T)
        singular = SINGULAR[F.dtype]
        unit = lengths(gram, np.sqrt(singular))
        gram = gram / unit / unit[:, None]
        hold = 0.0 if np.linalg.eigvalsh(gram)[0] > singular else singular
        scale = unit.astype(F.dtype)[:, None]
        return pivot(gram, (half.cross - F.dtype.type(half.penalty.l1)) / scale, F * scale, hold) / scale
