"""Deep Kullback-Leibler: layers by the multiplicative update on the simplex, codes between by Lambert's W function.

Leplat, Hien, Onwunta & Gillis 2023, arXiv 2309.08249, algorithm 1 with beta = 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import wrightomega

from partwise.kernels.rows import Pace
from partwise.problems import State
from partwise.problems.layered import LayeredState
from partwise.problems.layered_divergence import LayeredDivergence, as_data

ONCE = Pace(updates=1, steps=1, sweeps=8, tolerance=0.0)  # of the deepest codes, which nothing but their own term holds


@dataclass(frozen=True)
class LayeredKL:
    """Each H, then each W, with all others held; every update minimises a bound of the objective that touches it.

    Parameters
    ----------
    lift : float
        Share of every row of H that is spread over all of it before the first step.
    """

    measure_every: ClassVar[int | None] = None

    lift: float = 1e-2

    def step(self, problem: LayeredDivergence, state: State) -> LayeredState:
        """Improve H_1, W_1, H_2, W_2, ..; the first time from where no entry of H is 0, unless that ends above."""
        assert isinstance(state, LayeredState)
        if state.iteration == 0 and self.lift > 0:
            moved = self._moved(problem, state.codes, self._lifted(state.layers), 1)
            if problem.objective(moved) <= problem.objective(state):
                return moved
        return self._moved(problem, state.codes, state.layers, state.iteration + 1)

    def _lifted(self, layers: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return layers with rows that sum to what they did, and no zeros: multiplication would leave them 0 for ever.

        A part of zeros stays one, and the layer above stays without it: weight there would multiply to nothing.
        """
        out: list[np.ndarray] = []
        alive: np.ndarray = np.ones(layers[0].shape[1], bool)
        for H in layers:
            mean = H.sum(axis=1, keepdims=True) / max(1, int(alive.sum()))
            out.append((1 - self.lift) * H + self.lift * mean * alive)
            alive = np.any(H != 0, axis=1)
        return out

    def _moved(
        self, problem: LayeredDivergence, codes: Sequence[np.ndarray], layers: Sequence[np.ndarray], iteration: int
    ) -> LayeredState:
        codes, layers, data = list(codes), list(layers), problem.X
        last = len(layers) - 1
        for place in range(last + 1):
            layers[place] = on_simplex(
                problem.half(data.T, codes[place]).split_gradient(layers[place])[1], layers[place]
            )
            half = problem.half(data, layers[place])
            if place < last:
                ratio = problem.weights[place + 1] / problem.weights[place]
                deeper = problem.estimate(codes[place + 1], layers[place + 1])
                plus, minus = half.split_gradient(codes[place])
                codes[place] = between(codes[place] * minus, plus, deeper, ratio)
                data = as_data(codes[place])
            else:
                codes[place] = half.newton(codes[place], ONCE)[0]
        return problem.at(codes, layers, iteration)


def on_simplex(pull: np.ndarray, H: np.ndarray) -> np.ndarray:
    """Return ``H * pull`` with rows that sum to 1: the multiplicative update under that constraint.

    The bound of a row's divergence is ``-sum(b log h)`` there, with b = H * pull, and its minimum is at h = b / sum(b).
    """
    moved = H * pull
    sums = moved.sum(axis=1, dtype=np.float64)[:, None].astype(H.dtype)
    return np.where(sums > 0, moved / np.where(sums > 0, sums, 1), H)


def between(pulled: np.ndarray, plus: np.ndarray, deeper: np.ndarray, ratio: float) -> np.ndarray:
    """Return the minimum of ``plus w - pulled log w + ratio (w log(w / deeper) - w)`` over w > 0, entry by entry.

    With ``z = pulled / (ratio w)`` it is where ``z + log z = plus / ratio + log(pulled / (ratio deeper)) = t``, so z is
    Lambert's W of exp(t), which Wright's omega function gives of t: exp(t) is not formed and need not be guarded.

    Parameters
    ----------
    pulled : ndarray
        ``W * ((W_above / (W H)) H')`` at the present W, >= 0.
    plus : ndarray
        ``1 H'``.
    deeper : ndarray
        The next layer's estimate of W, >= 0; held above 0.
    ratio : float
        The next layer's weight relative to this one's, > 0.
    """
    dtype = pulled.dtype
    b, down = pulled.astype(np.float64) / ratio, plus.astype(np.float64) / ratio
    v = np.maximum(deeper.astype(np.float64), np.finfo(dtype).tiny)
    with np.errstate(divide="ignore"):
        logs = np.log(b) - np.log(v)
    omega = wrightomega(down + logs)
    # where omega is small b / omega would be 0 / 0: there log w = log v + omega - plus / ratio has all its digits
    large = omega > 1
    out = np.divide(b, omega, out=np.zeros_like(b), where=large)
    small = ~large
    out[small] = v[small] * np.exp((omega - down)[small])
    # at the end of the range means and floors made of such codes would vanish
    out[out < np.finfo(dtype).tiny / np.finfo(dtype).eps] = 0
    return out.astype(dtype)
