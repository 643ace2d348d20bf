"""One step of a chain of layers whose loss is quadratic: every layer from the deepest to the first, then the codes."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from partwise.problems import State
from partwise.problems.layered import Layered, LayeredState, Link, links, of_length_one
from partwise.solvers.codes import solve_codes


@dataclass(frozen=True)
class Layerwise(ABC):
    """Block coordinate descent: no block raises the objective; X is asked for two products of the deepest rank.

    The codes are solved to their end, so a point is known by its layers, and its certificate is that of the codes that
    `transform` gives.
    """

    measure_every: ClassVar[int | None] = None

    def begin(self, problem: Layered, layers: Sequence[np.ndarray], iteration: int = 0) -> LayeredState:
        """Return the state at the given layers, scaled so that the parts of each have length 1, with the best codes."""
        layers, parts = of_length_one(layers)
        left = problem.left(parts[-1])
        W = solve_codes(left)
        return LayeredState(W, parts[-1], left, problem.right(W), iteration, None, layers)

    def step(self, problem: Layered, state: State) -> LayeredState:
        """Improve H_L .. H_1, each with all others held, then W."""
        assert isinstance(state, LayeredState)
        layers = list(state.layers)
        for place, link in links(state.right, layers):
            layers[place] = self.improve(link, layers[place])
        return self.begin(problem, layers, state.iteration + 1)

    @abstractmethod
    def improve(self, link: Link, H: np.ndarray) -> np.ndarray:
        """Return a better H; H itself is not modified."""
