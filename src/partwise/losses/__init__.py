"""How far W H is from X: beta divergences; Frobenius (2), Kullback-Leibler (1), Itakura-Saito (0) have names."""

import math

from partwise.losses.beta import BetaDivergence, BetaHalf, KullbackLeibler, KullbackLeiblerHalf
from partwise.losses.frobenius import Frobenius
from partwise.losses.loss import Half, Loss, QuadraticHalf, QuadraticLoss
from partwise.losses.weighted import WeightedDivergence, WeightedFrobenius, WeightedHalf, weighted

LOSSES: dict[str, float] = {"frobenius": 2.0, "kullback-leibler": 1.0, "itakura-saito": 0.0}

__all__ = [
    "LOSSES",
    "BetaDivergence",
    "BetaHalf",
    "Frobenius",
    "Half",
    "KullbackLeibler",
    "KullbackLeiblerHalf",
    "Loss",
    "QuadraticHalf",
    "QuadraticLoss",
    "WeightedDivergence",
    "WeightedFrobenius",
    "WeightedHalf",
    "as_loss",
    "weighted",
]


def as_loss(beta_loss: str | float | Loss) -> Loss:
    """Return the loss of that name or exponent (scikit-learn's `beta_loss`), or the loss itself."""
    if isinstance(beta_loss, Loss):
        return beta_loss
    beta = LOSSES[beta_loss] if isinstance(beta_loss, str) else float(beta_loss)
    if not math.isfinite(beta):
        raise ValueError(
            f"The 'beta_loss' parameter must be a finite number or one of {sorted(LOSSES)}. Got {beta_loss}."
        )
    if beta == 2:
        return Frobenius()
    return KullbackLeibler() if beta == 1 else BetaDivergence(beta)
