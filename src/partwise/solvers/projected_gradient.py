"""Accelerated projected gradient on each half: matrix products and entrywise operations only.

Guan, Tao, Luo & Yuan 2012, "NeNMF: an optimal gradient method for nonnegative matrix factorization", IEEE Trans. Signal
Process. 60(6), algorithm 1; restarted as O'Donoghue & Candes 2015 (gradient scheme).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from partwise.losses import Half, QuadraticHalf, QuadraticLoss
from partwise.solvers.balancing import lengths
from partwise.solvers.solver import Alternating


@dataclass(frozen=True)
class ProjectedGradient(Alternating):
    """``F <- max(0, Y - (gram Y - cross) / ||gram||_2)``, with Y ahead of F, repeated while it pays.

    Departures from the paper: components of the held factor are brought to length 1 first, and every row has its own
    pace ahead and its own restarts, since rows are problems of their own.

    Parameters
    ----------
    least_steps, most_steps : int
        Limits of steps per product with X.
    share : float
        Between them, the steps may take this share of the operations of their product with X (operations are counted,
        never timed).
    """

    accepts: ClassVar = QuadraticLoss

    least_steps: int = 5
    most_steps: int = 20
    share: float = 0.5

    def improve(self, half: Half, F: np.ndarray, iteration: int) -> np.ndarray:
        """Take the affordable number of steps; a row that ended above its first, plain step goes back to that."""
        assert isinstance(half, QuadraticHalf)
        gram = half.penalty.fold(half.gram)
        unit = lengths(gram, np.finfo(F.dtype).eps)[:, None]
        cross = (half.cross - F.dtype.type(half.penalty.l1)) / unit
        affordable = 1 + int(self.share * half.X.row_cost / len(F))
        steps = max(self.least_steps, min(self.most_steps, affordable))
        return accelerated(gram / unit / unit.T, cross, F * unit, steps) / unit


def lipschitz(gram: np.ndarray) -> float:
    """Return ``||gram||_2``, which no second derivative exceeds; the rounding of a product is within it too."""
    return float(np.linalg.eigvalsh(gram.astype(np.float64))[-1]) * (1 + len(gram) * float(np.finfo(gram.dtype).eps))


def accelerated(gram: np.ndarray, cross: np.ndarray, F: np.ndarray, steps: int) -> np.ndarray:
    """Return F after some steps of Nesterov's optimal gradient on 1/2 <F, gram F> - <cross, F>, F >= 0.

    No row ends above where it started: the first step is plain, and a row that the others took above it goes back.
    """
    bound = lipschitz(gram)
    if bound <= 0:
        return F
    rate = F.dtype.type(1 / bound)
    plain = now = np.maximum(F - rate * (gram @ F - cross), 0)
    # the second step would start at the first one's end in any case (Nesterov's t_1 = 1)
    ahead, pace = now, np.full(F.shape[1], (1 + np.sqrt(5)) / 2, F.dtype)
    for _ in range(steps - 1):
        after = np.maximum(ahead - rate * (gram @ ahead - cross), 0)
        moved = after - now
        against = np.sum((ahead - after) * moved, axis=0) > 0
        pace = np.where(against, 1, pace)
        faster = (1 + np.sqrt(1 + 4 * pace * pace)) / 2
        ahead = after + (pace - 1) / faster * moved
        now, pace = after, faster
    rose = _values(gram, cross, now) > _values(gram, cross, plain)
    return np.where(rose, plain, now)


def _values(gram: np.ndarray, cross: np.ndarray, F: np.ndarray) -> np.ndarray:
    """Return each row's objective, shape (n_rows,)."""
    return np.sum(F * (gram @ F / 2 - cross), axis=0)
