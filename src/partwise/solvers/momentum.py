"""Extrapolation with restart: how far the next half-steps look ahead, and when they had better not.

Ang & Gillis 2019, "Accelerating nonnegative matrix factorization algorithms using extrapolation", algorithm 3.
Departure: the products with X are taken at the points themselves, and those at the points ahead are blended from the
last two, which is exact because they are linear. So every iterate has both its gradients, its objective and its
certificate without a product more.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from partwise.losses import Half
from partwise.problems import State

FIRST = 0.5  # beta of the first step that looks ahead
SHRINK = 2.0  # eta: a rejected beta is divided by it
GROW = 1.05  # gamma
GROW_CEILING = 1.005  # gamma bar
LEAST = 0.05  # a beta that has shrunk to nothing would never grow again


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How far to look ahead, from the point before over the present one.

    Parameters
    ----------
    share : float
        beta; 0 takes a plain step, which cannot raise the objective.
    ceiling : float
        Limit of beta, lowered to what was rejected.
    resume : float
        beta after the next plain step.
    """

    share: float = 0.0
    ceiling: float = 1.0
    resume: float = FIRST

    @property
    def next_share(self) -> float:
        """beta of the next step, unless this one is rejected."""
        return self.resume if self.share == 0 else min(self.ceiling, GROW * self.share)

    @property
    def next_ceiling(self) -> float:
        """Limit of beta after this step, unless it is rejected."""
        return min(1.0, GROW_CEILING * self.ceiling)

    def slower(self) -> Self:
        """Take a plain step next, then look less far ahead."""
        beta = max(LEAST, self.share / SHRINK)
        return replace(self, share=0.0, ceiling=max(LEAST, self.share), resume=beta)


@dataclass(frozen=True)
class Momentum(Reach):
    """The point before, and how far to look ahead from it over the present one.

    Parameters
    ----------
    W, H : ndarray
        The point before the present one.
    left : Half
        Its half of W.
    gram : ndarray of shape (n_components, n_components)
        ``H H'`` at the point ahead.
    objective : float
        Of the present point.
    """

    W: np.ndarray
    H: np.ndarray
    left: Half
    gram: np.ndarray
    objective: float

    @property
    def pace(self) -> float:
        """The beta that this fit has come to, for one that goes on from here."""
        return self.share or self.resume

    def after(self, state: State, gram: np.ndarray, objective: float) -> Self:
        """Make the given state, which has just been left for a point of that objective, the one before; look further.

        `gram` is ``H H'`` at the point ahead.
        """
        return replace(
            self,
            W=state.W,
            H=state.H,
            left=state.left,
            gram=gram,
            objective=objective,
            share=self.next_share,
            ceiling=self.next_ceiling,
        )
