"""Hierarchical alternating least squares: exact coordinate descent on one component after the other.

Cichocki & Phan 2009; several sweeps per product with X, Gillis & Glineur 2012. scikit-learn calls it 'cd'.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from partwise.kernels.sweeps import sweep
from partwise.losses import Half, QuadraticHalf, QuadraticLoss
from partwise.solvers.solver import Alternating


@dataclass(frozen=True)
class HALS(Alternating):
    """``w_j <- max(0, w_j + (cross_j - W gram_j) / gram_jj)`` for j = 1..k, repeated while it pays.

    Parameters
    ----------
    most_sweeps : int
        Upper limit of sweeps per product.
    share : float
        The sweeps may take this share of the operations of their product with X (operations are counted, never timed).
    shrink : float
        A chunk of rows stops once a sweep's change is below this share of its first sweep's.
    shuffle : bool
        Visit the components in random order (scikit-learn's `shuffle`).
    seed : int
        Of the random order.
    """

    accepts: ClassVar = QuadraticLoss

    most_sweeps: int = 8
    share: float = 0.5
    shrink: float = 0.1
    shuffle: bool = False
    seed: int = 0

    @classmethod
    def create(cls, *, shuffle: bool = False, seed: int = 0) -> "HALS":
        """Return the solver with default settings."""
        return cls(shuffle=shuffle, seed=seed)

    def improve(self, half: Half, F: np.ndarray, iteration: int) -> np.ndarray:
        """Sweep over the normal equations."""
        assert isinstance(half, QuadraticHalf)
        gram, cross = half.normal_equations()
        # a product costs 2 n k operations a row, a sweep 2 k^2
        affordable = 1 + int(self.share * half.X.shape[1] / len(F))
        most = max(1, min(self.most_sweeps, affordable))
        if not self.shuffle:
            return sweep(gram, cross, F, most, self.shrink**2)
        order = np.random.default_rng([self.seed, iteration]).permutation(len(F))
        shuffled = sweep(gram[np.ix_(order, order)], cross[order], F[order], most, self.shrink**2)
        return shuffled[np.argsort(order)]
