"""Alternating non-negative least squares by block principal pivoting: each half-step is solved to its end.

Kim & Park 2011, "Fast nonnegative matrix factorization: an active-set-like method and comparisons", SIAM J. Sci. Comput.
33(6).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from partwise.kernels.pivoting import pivot
from partwise.losses import Half, QuadraticHalf, QuadraticLoss
from partwise.solvers.solver import Alternating

# squared sine between components below which the least squares are singular to the rounding of their cross products;
# there a step is held to the present point with this weight (proximal point: Grippo & Sciandrone 2000, section 4)
SINGULAR = {np.dtype(np.float32): 1e-6, np.dtype(np.float64): 1e-10}


@dataclass(frozen=True)
class BlockPivoting(Alternating):
    """``F <- argmin over F >= 0 of the half``, exactly, from the passive set of the present factor."""

    accepts: ClassVar = QuadraticLoss

    def improve(self, half: Half, F: np.ndarray, iteration: int) -> np.ndarray:
        """Solve every row's non-negative least squares; a component that the held factor has not stays as it is."""
        assert isinstance(half, QuadraticHalf)
        fixed = half.fixed.astype(np.float64, copy=False)
        gram, length = unit_length(half.penalty.fold(fixed @ fixed.T))
        unit = np.where(length > 0, length, 1).astype(F.dtype)[:, None]
        pulls = half.cross - F.dtype.type(half.penalty.l1)
        singular = SINGULAR[F.dtype]
        hold = 0.0 if np.linalg.eigvalsh(gram[np.ix_(length > 0, length > 0)]).min(initial=1) > singular else singular
        better = pivot(gram, pulls / unit, F * unit, hold) / unit
        return np.where((length > 0)[:, None] | (pulls < 0), better, F)


def unit_length(gram: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the gram matrix of components of length 1 (those of length 0 stay) and their lengths."""
    length = np.sqrt(np.diagonal(gram))
    unit = np.where(length > 0, length, 1)
    return gram / unit / unit[:, None], length
