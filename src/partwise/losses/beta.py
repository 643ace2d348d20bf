"""Beta divergences other than 2, visited block by block: W H is never formed for more than a block.

Fevotte & Idier 2011, "Algorithms for nonnegative matrix factorization with the beta-divergence", equations 2, 3 and 40.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import xlogy

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
        return sum(self._block_value(block, W[:, rows], H, floor) for rows, block in X.row_blocks())

    def _block_value(self, X: Matrix, W: np.ndarray, H: np.ndarray, floor: float) -> float:
        beta = self.beta
        stored = X.estimate(W, H)
        full = np.maximum(X.everywhere(stored, W, H).astype(np.float64), floor)
        estimate = np.maximum(stored.astype(np.float64), floor)
        x = X.values.astype(np.float64)
        if beta == 0:
            ratio = x / estimate
            return float(np.sum(ratio - np.log(ratio)) - ratio.size)
        cross = float(np.sum(x * estimate ** (beta - 1)))
        own, other = float(np.sum(x**beta)), float(np.sum(full**beta))
        return (own - beta * cross + (beta - 1) * other) / (beta * (beta - 1))

    def half(self, X: Matrix, H: np.ndarray, penalty: Elastic, **known: np.ndarray) -> "BetaHalf":
        """Keep X and H; the passes are made when the gradient is asked for."""
        return BetaHalf(self, X, H, penalty, self.beta, estimate_floor(X))

    def plus_part(self, X: Matrix, stored: np.ndarray, W: np.ndarray, H: np.ndarray, floor: float) -> np.ndarray:
        """Return ((W H)^(beta-1) H')' for a block of rows, shape (n_components, n_rows of the block)."""
        full = np.maximum(X.everywhere(stored, W, H), stored.dtype.type(floor))
        return H @ (full ** full.dtype.type(self.beta - 1)).T


class KullbackLeibler(BetaDivergence):
    """The generalised Kullback-Leibler divergence, beta = 1; zeros of X cost nothing but the sum of W H."""

    def __init__(self) -> None:
        super().__init__(1.0)

    def _block_value(self, X: Matrix, W: np.ndarray, H: np.ndarray, floor: float) -> float:
        estimate = np.maximum(X.estimate(W, H).astype(np.float64), floor)
        x = X.values.astype(np.float64)
        everywhere = float(W.sum(axis=1, dtype=np.float64) @ H.sum(axis=1, dtype=np.float64))
        return float(np.sum(xlogy(x, x / estimate)) - x.sum()) + everywhere

    def plus_part(self, X: Matrix, stored: np.ndarray, W: np.ndarray, H: np.ndarray, floor: float) -> np.ndarray:
        """Return the row sums of H: nothing is formed."""
        sums = H.sum(axis=1, dtype=np.float64).astype(H.dtype)
        return np.broadcast_to(sums[:, None], (len(H), X.shape[0]))


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
        """Return ((W H)^(beta-1) H' + penalty, ((W H)^(beta-2) * X) H'), in one pass over blocks of rows."""
        floor = F.dtype.type(self.floor)
        power = F.dtype.type(self.beta - 2)
        plus, minus = np.empty_like(F), np.empty_like(F)
        for rows, block in self.X.row_blocks():
            W = np.ascontiguousarray(F[:, rows])
            stored = block.estimate(W, self.fixed)
            plus[:, rows] = self.divergence.plus_part(block, stored, W, self.fixed, floor)
            weighted = block.values * np.maximum(stored, floor) ** power
            minus[:, rows] = block.with_values(weighted).dot(self.fixed)
        if self.penalty.active:
            plus += self.penalty.gradient(F)
        return plus, minus

    def of_rows(self, rows: np.ndarray) -> "BetaHalf":
        """Return the problem of some rows alone; the floor stays that of all rows."""
        return replace(self, X=self.X.take(rows))

    def loss(self, F: np.ndarray, reading: Reading) -> float:
        """Spend a pass over X."""
        return self.divergence.value(self.X, F, self.fixed)


def estimate_floor(X: Matrix) -> float:
    """Return the smallest estimate that is divided by; a share of X's mean, so that X's unit does not matter.

    Where X is all zeros, 1: no power of it overflows, and zeros need no other.
    """
    return float(np.finfo(np.float32).eps) * X.mean if X.mean > 0 else 1.0
