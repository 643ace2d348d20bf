"""Projected gradient with a step found by trial: Armijo's rule along the projection arc.

Lin 2007, "Projected gradient methods for nonnegative matrix factorization", Neural Computation 19, algorithm 4.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from partwise.losses import Half, QuadraticHalf, QuadraticLoss
from partwise.solvers.projected_gradient import lipschitz
from partwise.solvers.solver import Alternating

ENOUGH = 0.1  # share of the projected gradient at the start of a half-step, at which it is solved well enough


@dataclass(frozen=True)
class ArmijoGradient(Alternating):
    """``F <- max(0, F - alpha (gram F - cross))``, alpha as large as Armijo's rule allows, repeated in each half-step.

    Departures from the paper: the first alpha is 1 / ||gram||_2 and not 1, so that the unit of X does not matter, and a
    half-step ends by its own start, so that nothing is carried from step to step.

    Parameters
    ----------
    sigma : float
        Share of the decrease which the slope promises that a step has to bring.
    beta : float
        alpha is divided by it while that is accepted, or multiplied by it until it is.
    most_steps : int
        Steps of a half-step, at most; it ends before where the projected gradient has fallen to a tenth.
    most_trials : int
        Values of alpha that are tried for a step, at most.
    """

    accepts: ClassVar = QuadraticLoss

    sigma: float = 0.01
    beta: float = 0.1
    most_steps: int = 10
    most_trials: int = 20

    def improve(self, half: Half, F: np.ndarray, iteration: int) -> np.ndarray:
        """Take steps until the half-step is solved well enough."""
        assert isinstance(half, QuadraticHalf)
        gram = half.penalty.fold(half.gram)
        cross = half.cross - F.dtype.type(half.penalty.l1)
        bound = lipschitz(gram)
        if bound <= 0:
            return F
        alpha, enough = 1 / bound, None
        for _ in range(self.most_steps):
            gradient = gram @ F - cross
            size = float(np.linalg.norm(np.where(F > 0, gradient, np.minimum(gradient, 0))))
            enough = ENOUGH * size if enough is None else enough
            if size == 0 or size < enough:
                break
            F, alpha = self._searched(gram, F, gradient, alpha)
        return F

    def _searched(
        self, gram: np.ndarray, F: np.ndarray, gradient: np.ndarray, alpha: float
    ) -> tuple[np.ndarray, float]:
        """Return the point of the largest alpha that is accepted, counted from the one before, and that alpha."""

        def point(alpha: float) -> np.ndarray:
            return np.maximum(F - F.dtype.type(alpha) * gradient, 0)

        def accepted(new: np.ndarray) -> bool:
            # Lin's (17): f(new) - f(F) <= sigma <gradient, new - F>, which for a quadratic f needs no value of f
            d = new - F
            slope = float(np.sum(gradient * d, dtype=np.float64))
            return (1 - self.sigma) * slope + 0.5 * float(np.sum(d * (gram @ d), dtype=np.float64)) <= 0

        found = point(alpha)
        grows = accepted(found)
        for _ in range(self.most_trials):
            alpha = alpha / self.beta if grows else alpha * self.beta
            tried = point(alpha)
            if grows:
                if not accepted(tried) or np.array_equal(tried, found):
                    return found, alpha * self.beta
                found = tried
            elif accepted(tried):
                return tried, alpha
        return (found, alpha) if grows else (F, alpha)
