"""HALS as it was published: one sweep a half-step, and nothing else.

Cichocki & Phan 2009, "Fast local algorithms for large scale nonnegative matrix and tensor factorizations", IEICE Trans.
Fundamentals E92-A(3), algorithm 2. What has been added since is in `hals.py`.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from partwise.kernels.sweeps import sweep
from partwise.losses import Half, QuadraticHalf, QuadraticLoss
from partwise.solvers.solver import Alternating


@dataclass(frozen=True)
class PlainHALS(Alternating):
    """``w_j <- max(0, w_j + (X h_j' - W H h_j') / h_j h_j')`` for j = 1..k, then the same for the rows of H.

    Departure from the paper: components are not brought to length 1 after each of them, which changes no product W H.
    """

    accepts: ClassVar = QuadraticLoss

    def improve(self, half: Half, F: np.ndarray, iteration: int) -> np.ndarray:
        """Visit every component once; each sees what those before it have become."""
        assert isinstance(half, QuadraticHalf)
        return sweep(half.penalty.fold(half.gram), half.cross, F, most=1, l1=half.penalty.l1).F
