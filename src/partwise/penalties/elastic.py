"""A mixture of L1 and L2, scaled as scikit-learn scales it."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Elastic:
    """``l1 * sum(F) + l2 / 2 * ||F||^2`` for one non-negative factor.

    Parameters
    ----------
    l1, l2 : float
        Weights, >= 0. 0 and 0 is no penalty at all.
    """

    l1: float = 0.0
    l2: float = 0.0

    @classmethod
    def scaled(cls, alpha: float, l1_ratio: float, other_size: int) -> "Elastic":
        """Scale by the other side's size: alpha_W by n_features, alpha_H by n_samples (scikit-learn 1.0)."""
        return cls(alpha * l1_ratio * other_size, alpha * (1 - l1_ratio) * other_size)

    @property
    def active(self) -> bool:
        """Whether it changes anything; only an unpenalised problem may be rebalanced freely between W and H."""
        return self.l1 > 0 or self.l2 > 0

    def times(self, share: float) -> "Elastic":
        """Return a share of the penalty."""
        return Elastic(self.l1 * share, self.l2 * share)

    def value(self, total: float, squares: float) -> float:
        """Return the penalty of a factor with this sum and this sum of squares."""
        return self.l1 * total + 0.5 * self.l2 * squares

    def gradient(self, F: np.ndarray) -> np.ndarray:
        """Return its gradient, >= 0, shape of F."""
        return F.dtype.type(self.l1) + F.dtype.type(self.l2) * F

    def fold(self, gram: np.ndarray) -> np.ndarray:
        """Return the second derivatives with the penalty's; its first derivative takes `l1` off the cross products."""
        return gram + gram.dtype.type(self.l2) * np.eye(len(gram), dtype=gram.dtype) if self.l2 > 0 else gram
