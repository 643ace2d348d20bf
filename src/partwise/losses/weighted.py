"""Losses of entries with weights: ``sum_ij q_ij d(x_ij | (W H)_ij)``; an entry of weight 0 is missing."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from partwise.losses.beta import BetaDivergence, BetaHalf, divergences, estimate_floor
from partwise.losses.frobenius import Frobenius
from partwise.losses.loss import Half, Loss, Reading
from partwise.matrices import Dense, Weighted
from partwise.penalties import Elastic


class WeightedFrobenius(Loss):
    """``1/2 sum_ij q_ij (x_ij - (W H)_ij)^2``."""

    beta = 2.0
    weighs = True
    measure_every = 5  # a measurement takes as many products as a step

    def value(self, X: Weighted, W: np.ndarray, H: np.ndarray) -> float:  # type: ignore[override]
        """Return the loss in float64."""
        return 0.5 * X.squared_distance(W, H)

    def between(self, x: np.ndarray, y: np.ndarray, floor: float) -> float:
        """Return half the sum of squared differences in float64, of entries that count alike."""
        return Frobenius().between(x, y, floor)

    def half(self, X: Weighted, H: np.ndarray, penalty: Elastic, **known: np.ndarray) -> "WeightedHalf":  # type: ignore[override]
        """Keep X and H; what costs products is computed when it is asked for."""
        return WeightedHalf(X, H, penalty)


@dataclass(frozen=True)
class WeightedHalf(Half):
    """The problem of W where entries have weights, with H held: every row has a gram matrix of its own."""

    X: Weighted
    fixed: np.ndarray
    penalty: Elastic
    beta: float = 2.0

    @cached_property
    def cross(self) -> np.ndarray:
        """``(Q * X) H'``."""
        return self.X.dot(self.fixed)

    def split_gradient(self, F: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return ((Q * W H) H' + penalty, (Q * X) H')."""
        estimate = self.X.estimate(F, self.fixed)
        np.multiply(estimate, self.X.weights, out=estimate)
        plus = Dense(estimate).dot(self.fixed)
        if self.penalty.active:
            plus += self.penalty.gradient(F)
        return plus, self.cross

    def loss(self, F: np.ndarray, reading: Reading) -> float:
        """Compute it directly."""
        return 0.5 * self.X.squared_distance(F, self.fixed)


class WeightedDivergence(BetaDivergence):
    """A beta divergence other than 2 of entries with weights."""

    weighs = True

    def value(self, X: Weighted, W: np.ndarray, H: np.ndarray) -> float:  # type: ignore[override]
        """Return the divergence in float64."""
        floor = estimate_floor(X)

        def visit(x: np.ndarray, y: np.ndarray, q: np.ndarray) -> float:
            there = q > 0
            y = np.maximum(y[there], floor, dtype=np.float64)
            return float(np.sum(q[there] * divergences(x[there].astype(np.float64), y, self.beta)))

        return X.weigh(W, H, visit)

    def half(self, X: Weighted, H: np.ndarray, penalty: Elastic, **known: np.ndarray) -> "BetaHalf":  # type: ignore[override]
        """Keep X and H; the passes are made when the gradient is asked for."""
        return BetaHalf(self, X, H, penalty, self.beta, estimate_floor(X))


def weighted(loss: Loss) -> Loss:
    """Return the loss for entries with weights."""
    return WeightedFrobenius() if loss.beta == 2 else WeightedDivergence(loss.beta)
