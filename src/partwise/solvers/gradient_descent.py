"""Projected gradient descent with a fixed step: the plainest method that cannot go wrong, and a slow one.

Alternating over both factors it is PALM (Bolte, Sabach & Teboulle 2014, "Proximal alternating linearized minimization
for nonconvex and nonsmooth problems", Mathematical Programming 146, example 3).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from partwise.losses import Half, QuadraticHalf, QuadraticLoss
from partwise.solvers.projected_gradient import lipschitz
from partwise.solvers.solver import Alternating


@dataclass(frozen=True)
class GradientDescent(Alternating):
    """``W <- max(0, W - (W H H' - X H') / ||H H'||_2)``, then the same for H: one step each.

    ``||H H'||_2`` is the Lipschitz constant of the gradient, so no step can raise the objective.
    """

    accepts: ClassVar = QuadraticLoss

    def improve(self, half: Half, F: np.ndarray, iteration: int) -> np.ndarray:
        """Take one step; where the held factor is zero nothing pulls, and F stays as it is."""
        assert isinstance(half, QuadraticHalf)
        bound = lipschitz(half.penalty.fold(half.gram))
        if bound <= 0:
            return F
        plus, minus = half.split_gradient(F)
        return np.maximum(F - (plus - minus) / F.dtype.type(bound), 0)
