"""What a solver of the projective problem is: settings, where it begins, and one step."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from partwise.problems.projective import Projection, Projective


class ProjectiveSolver(ABC):
    """One step from a W to a better one."""

    monotone: ClassVar[bool] = True  # the objective never rises, up to rounding; the contract tests hold it to that
    certified: ClassVar[bool] = True  # `tol` bounds the KKT residual; otherwise the relative change of W
    measure_every: ClassVar[int | None] = 1  # the by-products of a step hold the objective

    def start(self, problem: Projective, W: np.ndarray) -> Projection:
        """Return the state at W, or at a W in the same directions."""
        return problem.start(W)

    @abstractmethod
    def step(self, problem: Projective, state: Projection) -> Projection:
        """Return the next state, its change included."""


def relative_change(old: np.ndarray, new: np.ndarray) -> float:
    """Return ``||old - new|| / ||old||``, and what there is of new where old is zero."""
    length = float(np.linalg.norm(old))
    return float(np.linalg.norm(old - new)) / length if length > 0 else float(np.linalg.norm(new))
