"""Half the squared Frobenius distance, 1/2 ||X - W H||^2."""

import numpy as np

from partwise.kernels.blocks import gram
from partwise.losses.loss import QuadraticHalf, QuadraticLoss
from partwise.matrices import Operator
from partwise.penalties import Elastic


class Frobenius(QuadraticLoss):
    """The squared Euclidean distance, beta = 2."""

    beta = 2.0

    def value(self, X: Operator, W: np.ndarray, H: np.ndarray) -> float:
        """Return 1/2 ||X - W'H||^2 in float64."""
        return 0.5 * X.squared_distance(W, H)

    def between(self, x: np.ndarray, y: np.ndarray, floor: float) -> float:
        """Return half the sum of squared differences in float64."""
        difference = np.subtract(x, y, dtype=np.float64)
        return 0.5 * float(difference @ difference)

    def half(self, X: Operator, H: np.ndarray, penalty: Elastic, **known: np.ndarray) -> QuadraticHalf:
        """Spend the half-step's one product with X."""
        own = known["gram"] if "gram" in known else gram(H)
        return QuadraticHalf(X, H, own, X.dot(H), penalty)
