"""Deep Kullback-Leibler: every layer's codes are the next layer's data, and all of them are fitted at once.

Leplat, Hien, Onwunta & Gillis 2023, "Deep nonnegative matrix factorization with beta divergences", arXiv 2309.08249,
equation 2 with beta = 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from partwise.losses import KullbackLeiblerHalf
from partwise.matrices import Matrix, as_matrix
from partwise.problems.layered import LayeredState, multiplied
from partwise.problems.two_factors import Measure, State, TwoFactors


@dataclass(frozen=True)
class LayeredDivergence(TwoFactors):
    """Minimise the sum over layers of ``weight_l D(W_(l-1) | W_l H_l)``, W_0 = X, W >= 0, H >= 0 with rows of sum 1.

    The divergence grows with its arguments: without those sums all scale would go into the layers, and the codes,
    which are the data of the next term, to 0.

    Parameters
    ----------
    X : Matrix
    loss : KullbackLeibler
    weights : tuple of float
        Of every layer's divergence; the paper takes one over that of the start.
    """

    weights: tuple[float, ...] = ()

    def begin(self, codes: Sequence[np.ndarray], layers: Sequence[np.ndarray]) -> LayeredState:
        """Return the state at W_1 .. W_L and H_1 .. H_L."""
        return self.at(codes, layers, 0)

    def at(self, codes: Sequence[np.ndarray], layers: Sequence[np.ndarray], iteration: int) -> LayeredState:
        """Return the state at W_1 .. W_L and H_1 .. H_L."""
        H = multiplied(layers)[-1]
        left, right = self.left(H), self.right(codes[-1])
        return LayeredState(codes[-1], H, left, right, iteration, None, tuple(layers), tuple(codes))

    def half(self, data: Matrix, fixed: np.ndarray) -> KullbackLeiblerHalf:
        """Return the problem of a term's W, or of its H with the data transposed."""
        half = self.loss.half(data, fixed, self.penalty_W)
        assert isinstance(half, KullbackLeiblerHalf)
        return half

    def terms(self, state: State) -> list[float]:
        """Return every layer's divergence, without its weight."""
        assert isinstance(state, LayeredState)
        data = [self.X, *map(as_data, state.codes)]
        return [self.loss.value(X, W, H) for X, W, H in zip(data, state.codes, state.layers, strict=False)]

    def objective(self, state: State) -> float:
        """Return the weighted sum of divergences."""
        return float(np.dot(self.weights, self.terms(state)))

    def measure(self, state: State) -> Measure:
        """Return the weighted sum of divergences and the largest residual among all factors.

        That of a factor says how far its optimality is from complementary: the sum of ``|gradient| entry``, where a
        larger entry would be better of ``|gradient|`` times what it may become (the mean of its row, or what the next
        layer says that it is), relative to the sum of what pulls down. It has no unit.
        """
        assert isinstance(state, LayeredState)
        residuals, data = [], self.X
        for place, (W, H, weight) in enumerate(zip(state.codes, state.layers, self.weights, strict=True)):
            plus, minus = self.half(data.T, W).split_gradient(H)
            # the multiplier that holds the sums of its rows at 1
            held = np.sum(H * (plus - minus), axis=1, keepdims=True)
            residuals.append(_gap(H, plus - minus - held, plus, H.mean(axis=1, keepdims=True)))
            plus, minus = self.half(data, H).split_gradient(W)
            gradient, data, deeper = weight * (plus - minus), as_data(W), W.mean(axis=1, keepdims=True)
            if place + 1 < len(self.weights):
                deeper = self.estimate(state.codes[place + 1], state.layers[place + 1])
                low = np.finfo(W.dtype).tiny
                gradient += self.weights[place + 1] * np.log(np.maximum(W, low) / np.maximum(deeper, low))
            residuals.append(_gap(W, gradient, weight * plus, deeper))
        return Measure(self.objective(state), max(residuals))

    def estimate(self, W: np.ndarray, H: np.ndarray) -> np.ndarray:
        """Return what a deeper layer says that the codes above it are, (n_components, n_rows)."""
        return np.ascontiguousarray(H.T) @ W


def as_data(W: np.ndarray) -> Matrix:
    """Return codes held by component as what the next layer explains, a row for each sample."""
    return as_matrix(W.T)


def _gap(F: np.ndarray, gradient: np.ndarray, plus: np.ndarray, like: np.ndarray) -> float:
    size = np.where(gradient < 0, np.maximum(F, like), F)
    down = float(np.sum(F * plus, dtype=np.float64))
    return float(np.sum(np.abs(gradient) * size, dtype=np.float64)) / down if down > 0 else 0.0
