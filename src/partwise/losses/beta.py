"""Beta divergences other than 2: fused passes over X, W H never formed for more than a tile.

Fevotte & Idier 2011, "Algorithms for nonnegative matrix factorization with the beta-divergence", equations 2, 3 and 40.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from partwise.kernels.divergence import Law
from partwise.kernels.kullback_leibler import sum_of_logs
from partwise.kernels.rows import Pace, Rows
from partwise.kernels.scoring import Information, inform, score
from partwise.losses.loss import Half, Loss, Reading
from partwise.matrices import Matrix
from partwise.penalties import Elastic


class BetaDivergence(Loss):
    """The beta divergence, summed over all entries.

    Parameters
    ----------
    beta : float
        Any real number but 2. Where it is <= 0, X must have no zeros.
    """

    def __init__(self, beta: float) -> None:
        self.beta = beta

    def value(self, X: Matrix, W: np.ndarray, H: np.ndarray) -> float:
        """Return the divergence in float64."""
        floor = estimate_floor(X)

        def visit(x: np.ndarray, y: np.ndarray) -> float:
            return self.between(x, y, floor)

        return X.compare(W, H, visit) + X.elsewhere(W, H, visit)

    def between(self, x: np.ndarray, y: np.ndarray, floor: float) -> float:
        """Return the divergence of entries x from estimates y in float64."""
        return self.sum_of(x.astype(np.float64, copy=False), np.maximum(y, floor, dtype=np.float64))

    def sum_of(self, x: np.ndarray, y: np.ndarray) -> float:
        """Return the sum of d(x | y) over entries x and their estimates y > 0."""
        return float(np.sum(divergences(x, y, self.beta)))

    def half(self, X: Matrix, H: np.ndarray, penalty: Elastic, **known: np.ndarray) -> "BetaHalf":
        """Keep X and H; the passes are made when the gradient is asked for."""
        return BetaHalf(self, X, H, penalty, self.beta, estimate_floor(X))


class KullbackLeibler(BetaDivergence):
    """The generalised Kullback-Leibler divergence, beta = 1; zeros of X cost nothing but the sum of W H."""

    def __init__(self) -> None:
        super().__init__(1.0)

    def value(self, X: Matrix, W: np.ndarray, H: np.ndarray) -> float:
        """Return the divergence in float64; what W H sums to is known without forming it.

        Below the floor the logarithm goes on as its tangent, so entries of X below it may bring the sum below 0.
        """
        floor = estimate_floor(X)
        everywhere = float(W.sum(axis=1, dtype=np.float64) @ H.sum(axis=1, dtype=np.float64))

        def visit(x: np.ndarray, y: np.ndarray) -> float:
            return sum_of_logs(x, y, floor)

        return X.compare(W, H, visit) + everywhere

    def between(self, x: np.ndarray, y: np.ndarray, floor: float) -> float:
        """Return the divergence of entries x from estimates y in float64."""
        return sum_of_logs(x, y, floor) + float(y.sum(dtype=np.float64))

    def half(self, X: Matrix, H: np.ndarray, penalty: Elastic, **known: np.ndarray) -> "KullbackLeiblerHalf":
        """Keep X and H; the passes are made when they are asked for."""
        return KullbackLeiblerHalf(self, X, H, penalty, self.beta, estimate_floor(X))


@dataclass(frozen=True)
class BetaHalf(Half):
    """The problem of W for a beta divergence, with H held."""

    divergence: BetaDivergence
    X: Matrix
    fixed: np.ndarray
    penalty: Elastic
    beta: float
    floor: float  # smallest estimate that is divided by

    def split_gradient(self, F: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return ((W H)^(beta-1) H' + penalty, ((W H)^(beta-2) * X) H'), in one pass over X."""
        minus, down = self.X.pulls(F, self.fixed, Law(self.beta, self.floor))
        plus = np.repeat(self.sums[:, None], F.shape[1], axis=1) if down is None else down
        if self.penalty.active:
            plus += self.penalty.gradient(F)
        return plus, minus

    @property
    def sums(self) -> np.ndarray:
        """The sums of the held factor's rows, (n_components,)."""
        return self.fixed.sum(axis=1, dtype=np.float64).astype(self.fixed.dtype)

    def of_rows(self, rows: np.ndarray) -> Self:
        """Return the problem of some rows alone; the floor stays that of all rows."""
        return replace(self, X=self.X.take(rows))

    def loss(self, F: np.ndarray, reading: Reading) -> float:
        """Spend a pass over X."""
        return self.divergence.value(self.X, F, self.fixed)


class KullbackLeiblerHalf(BetaHalf):
    """The problem of W for beta = 1: every row's own is convex, with second derivatives for Newton's method."""

    def newton(self, F: np.ndarray, pace: Pace) -> tuple[np.ndarray, np.ndarray]:
        """Return F after some steps on every row, each of which lowers the row's divergence and penalty.

        The second says which rows came to the pace's tolerance.
        """
        down = self.fixed.sum(axis=1, dtype=np.float64) + self.penalty.l1
        return self.X.solve_rows(F, Rows(self.fixed, down, self.penalty.l2, self.floor, pace))

    def inform(self, F: np.ndarray, groups: Information | None = None) -> Information:
        """Return the second derivatives that rows like each other share at F, in the groups of `groups` or new ones."""
        return inform(F, self.fixed, self.floor, groups)

    def score(self, F: np.ndarray, information: Information, sweeps: int) -> np.ndarray:
        """Return F after one step on every row with second derivatives that like rows share.

        Nothing keeps that from raising the divergence. Penalties are not known to it.
        """
        return score(F, np.subtract(*self.split_gradient(F)), information, sweeps)


def divergences(x: np.ndarray, y: np.ndarray, beta: float) -> np.ndarray:
    """Return d(x | y) entry by entry, for y > 0 (Fevotte & Idier 2011, equation 2)."""
    if beta == 1:
        ratio = x / y
        return x * np.log(np.where(ratio > 0, ratio, 1)) - x + y
    if beta == 0:
        ratio = x / y
        return ratio - np.log(ratio) - 1
    return (x**beta + y ** (beta - 1) * ((beta - 1) * y - beta * x)) / (beta * (beta - 1))


def estimate_floor(X: Matrix) -> float:
    """Return the smallest estimate that is divided by; a share of X's mean, so that X's unit does not matter.

    Where X is all zeros, 1: no power of it overflows, and zeros need no other.
    """
    return float(np.finfo(np.float32).eps) * X.mean if X.mean > 0 else 1.0
