"""What a solver is: settings, what it accepts, and one step. It never loops, stops, prints or records."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from partwise.losses import Half, Loss
from partwise.problems import State, TwoFactors


class Solver(ABC):
    """One step from a state to a better one."""

    accepts: ClassVar[type[Loss]] = Loss  # type: ignore[type-abstract]
    monotone: ClassVar[bool] = True  # the objective never rises, up to rounding; the contract tests hold it to that
    certified: ClassVar[bool] = (
        True  # `tol` bounds the KKT residual; otherwise it bounds the decrease, as scikit-learn's mu
    )
    compiled: ClassVar[bool] = True  # its loops are numba's: they are run once before the clock starts
    measure_every: ClassVar[int | None] = None  # iterations between two measurements; None leaves it to the loss

    @classmethod
    def create(cls, *, shuffle: bool = False, seed: int = 0) -> "Solver":
        """Return the solver with default settings; one that has no order to shuffle ignores `shuffle`."""
        return cls()

    @classmethod
    def require(cls, loss: Loss) -> None:
        """Raise ValueError, with a remedy, unless the solver can minimise this loss."""
        if not isinstance(loss, cls.accepts):
            raise ValueError(
                f"{cls.__name__} needs a {cls.accepts.__name__}, got {type(loss).__name__} (beta = {loss.beta:g}). "
                'Try solver="auto".'
            )

    @abstractmethod
    def step(self, problem: TwoFactors, state: State) -> State:
        """Return the next state, with both halves at the new point."""

    def rehearse(self, problem: TwoFactors, state: State) -> State:
        """Take every way that a step may take, so that all of them are compiled; return where that leads."""
        return self.step(problem, self.step(problem, state))


class Alternating(Solver):
    """A solver that improves W with H held, then H with W held."""

    @abstractmethod
    def improve(self, half: Half, F: np.ndarray, iteration: int) -> np.ndarray:
        """Return a better factor, >= 0, of the same shape; F itself is not modified."""

    def step(self, problem: TwoFactors, state: State) -> State:
        """Improve each factor once; the second product leaves both gradients of the new point at hand."""
        W = self.improve(state.left, state.W, state.iteration)
        right = problem.right(W)
        H = self.improve(right, state.H, state.iteration)
        return State(W, H, problem.left(H), right, state.iteration + 1)
