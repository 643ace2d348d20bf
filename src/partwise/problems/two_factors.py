"""X ~ W H: loss(X, W H) + penalty(W) + penalty(H), with both factors held component by component."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from partwise.kernels.blocks import inner
from partwise.kernels.measure import kkt_residual
from partwise.losses import Half, Loss
from partwise.matrices import Operator
from partwise.penalties import Elastic


@dataclass(frozen=True)
class State:
    """A point (W, H) and both halves of the problem there: all that the objective and the KKT residual need.

    Parameters
    ----------
    W : ndarray of shape (n_components, n_rows), C order
    H : ndarray of shape (n_components, n_columns), C order
    left : Half
        The problem of W at this H.
    right : Half
        The problem of H at this W.
    iteration : int
        Steps taken so far.
    memory : object
        What a solver carries from step to step.
    """

    W: np.ndarray
    H: np.ndarray
    left: Half
    right: Half
    iteration: int = 0
    memory: Any = None  # what a solver carries from step to step; nobody else looks at it


@dataclass(frozen=True)
class Measure:
    """The objective (loss and penalties) and the KKT residual at one point."""

    objective: float
    residual: float
    change: float | None = None  # how far the last step went, where a problem tells


@dataclass(frozen=True)
class TwoFactors:
    """Minimise loss(X, W H) + penalty_W(W) + penalty_H(H) over W, H >= 0."""

    X: Any  # a Matrix; for a quadratic loss any Operator
    loss: Loss
    penalty_W: Elastic = Elastic()
    penalty_H: Elastic = Elastic()

    @cached_property
    def _transposed(self) -> Any:
        return self.X.T

    def left(self, H: np.ndarray, **known: np.ndarray) -> Half:
        """Return the problem of W with H held; for a quadratic loss this spends one product with X.

        `known` is what a step has at hand that the loss would compute again (``gram``, for a quadratic loss).
        """
        return self.loss.half(self.X, H, self.penalty_W, **known)

    def right(self, W: np.ndarray, **known: np.ndarray) -> Half:
        """Return the problem of H with W held; `known` as in `left`."""
        return self.loss.half(self._transposed, W, self.penalty_H, **known)

    def start(self, W: np.ndarray, H: np.ndarray) -> State:
        """Return the state at (W, H)."""
        return State(W, H, self.left(H), self.right(W))

    def with_W(self, state: State, W: np.ndarray) -> State:
        """Return the state with another W and the same H."""
        return State(W, state.H, state.left, self.right(W), state.iteration)

    def penalties(self, W: np.ndarray, H: np.ndarray) -> float:
        """Return what the penalties add at (W, H)."""
        both = ((self.penalty_W, W), (self.penalty_H, H))
        return sum(p.value(float(F.sum(dtype=np.float64)), inner(F, F)) for p, F in both if p.active)

    def lengths(self, F: np.ndarray) -> np.ndarray:
        """Return the lengths of the components of a factor, float64, (n_components,)."""
        return np.sqrt(np.sum(F.astype(np.float64) ** 2, axis=1))

    def stretched(self, F: np.ndarray, factor: np.ndarray) -> np.ndarray:
        """Return F with its components multiplied by `factor`, (n_components, 1)."""
        return np.ascontiguousarray(F * factor, dtype=F.dtype)

    def with_X(self, X: Operator) -> "TwoFactors":
        """Return the same problem for another X of the same shape."""
        return replace(self, X=X)

    def measure(self, state: State) -> Measure:
        """Return objective and KKT residual from the by-products of the last step: no product with X for a quadratic
        loss.

        The residual is ``(||P_W|| + ||P_H||) / (||M_W|| + ||M_H||)``, where P is the projected gradient and M its
        negative
        part (X H' and W'X for Frobenius), after each component is balanced to ``||w_j|| = ||h_j||`` (Lin 2007). It
        has no unit. Where a penalty pins the scale of the factors, it is taken as they are.
        """
        left, right = state.left.read(state.W), state.right.read(state.H)
        objective = state.right.loss(state.H, right)
        penalised = self.penalty_W.active or self.penalty_H.active
        if penalised:
            objective += self.penalty_W.value(left.totals.total, left.totals.squares)
            objective += self.penalty_H.value(right.totals.total, right.totals.squares)
        return Measure(objective, kkt_residual(left.sums, right.sums, not penalised))
