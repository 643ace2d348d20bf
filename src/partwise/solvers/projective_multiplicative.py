"""The multiplicative update of orthonormal projective NMF, as published.

Yang & Oja 2010, "Linear and nonlinear projective nonnegative matrix factorization", IEEE Transactions on Neural
Networks 21(5), with the floor and the division by the spectral norm of their program:

    W <- W * (X X'W) / (W W'X X'W),   W <- max(W, 1e-16),   W <- W / ||W||_2
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from partwise.kernels.blocks import narrow_sums
from partwise.kernels.products import times_columns
from partwise.problems.projective import Projection, Projective
from partwise.solvers.projective import ProjectiveSolver, relative_change

FLOOR = 1e-16  # a zero would stay one for ever


@dataclass(frozen=True)
class ProjectiveMultiplicative(ProjectiveSolver):
    """``W <- W * (X X'W) / (W W'X X'W)``, floored, divided by its largest singular value."""

    monotone: ClassVar = False
    certified: ClassVar = False

    def start(self, problem: Projective, W: np.ndarray) -> Projection:
        """Return the state after one update of W: the published iteration 0, which brings W to its length."""
        return replace(self.step(problem, problem.start(W)), iteration=0)

    def step(self, problem: Projective, state: Projection) -> Projection:
        """Multiply, floor, normalise; the two products with X are taken at the new point."""
        down = times_columns(state.gram_H, state.W)
        pulled = down > np.finfo(down.dtype).tiny
        ratio = np.divide(state.pull, down, out=np.ones_like(down), where=pulled)
        W = np.maximum(state.W * ratio, down.dtype.type(FLOOR))
        W /= spectral_norm(W)
        change = relative_change(state.W, W)
        return replace(problem.start(W), iteration=state.iteration + 1, change=change)


def spectral_norm(W: np.ndarray) -> np.ndarray:
    """Return the largest singular value of W, by way of its gram matrix, in the dtype of W."""
    return np.sqrt(np.linalg.eigvalsh(narrow_sums(W, W))[-1]).astype(W.dtype)
