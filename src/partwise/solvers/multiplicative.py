"""The multiplicative update, for every beta divergence.

Lee & Seung 2001; the exponent outside 1 <= beta <= 2 is Fevotte & Idier's 2011 (section 4.1), with which the objective
never rises.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from partwise.losses import Half
from partwise.solvers.solver import Alternating


def exponent(beta: float) -> float:
    """Return gamma(beta): 1/(2-beta) below 1, 1 between, 1/(beta-1) above 2."""
    if beta < 1:
        return 1 / (2 - beta)
    return 1 / (beta - 1) if beta > 2 else 1.0


@dataclass(frozen=True)
class MultiplicativeUpdate(Alternating):
    """``F <- F * (minus / plus) ** gamma``: zeros stay zeros."""

    certified: ClassVar = False

    def improve(self, half: Half, F: np.ndarray, iteration: int) -> np.ndarray:
        """Multiply; where nothing pulls either way the entry stays as it is."""
        plus, minus = half.split_gradient(F)
        pulled = plus > np.finfo(F.dtype).tiny
        ratio = np.divide(minus, plus, out=np.ones_like(F), where=pulled)
        gamma = exponent(half.beta)
        return F * (ratio if gamma == 1 else ratio ** F.dtype.type(gamma))
