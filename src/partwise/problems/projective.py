"""X ~ W W'X: the samples projected on one non-negative factor that is orthonormal, or nearly so, at the optimum.

Yang & Oja 2010, "Linear and nonlinear projective nonnegative matrix factorization". With A = X X', which is never
formed, ``f(W) = 1/2 ||X - W W'X||^2 = 1/2 (tr A - 2 tr W'AW + <W'W, W'AW>)``.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from partwise.kernels.blocks import narrow_sums
from partwise.kernels.measure import read
from partwise.kernels.products import times_columns
from partwise.losses import Frobenius
from partwise.matrices import Operator
from partwise.problems.two_factors import Measure

NOTHING = 1e-12  # of the largest entry of W: what is less adds nothing to any sum, and counts as zero


@dataclass(frozen=True)
class Projection:
    """A point W and the two products of a step there: objective, gradient and KKT residual follow without another.

    Parameters
    ----------
    W : ndarray of shape (n_components, n_rows), C order
    H : ndarray of shape (n_components, n_columns), C order
        ``W'X``; in the columns of the compressed matrix where the problem is of one.
    pull : ndarray of shape (n_components, n_rows)
        ``X X'W``, half of what pulls W up.
    iteration : int
        Steps taken so far.
    change : float or None
        ``||W_old - W|| / ||W_old||`` of the last one.
    memory : object
        What a solver carries from step to step.
    """

    W: np.ndarray
    H: np.ndarray
    pull: np.ndarray
    iteration: int = 0
    change: float | None = None
    memory: Any = None  # what a solver carries from step to step; nobody else looks at it

    @cached_property
    def gram_W(self) -> np.ndarray:
        """``W'W``, float64."""
        return narrow_sums(self.W, self.W)

    @cached_property
    def gram_H(self) -> np.ndarray:
        """``W'X X'W``, float64."""
        return narrow_sums(self.H, self.H)

    @cached_property
    def hold(self) -> np.ndarray:
        """What pulls W down: ``W W'AW + A W W'W``."""
        return times_columns(self.gram_H, self.W) + times_columns(self.gram_W, self.pull)

    @cached_property
    def gradient(self) -> np.ndarray:
        """The gradient of f, ``W W'AW + A W W'W - 2 A W``."""
        return self.hold - 2 * self.pull


@dataclass(frozen=True)
class Projective:
    """Minimise ``1/2 ||X - W W'X||^2`` over W >= 0, (n_rows, n_components); W is held by component."""

    X: Operator
    loss: Frobenius = field(default_factory=Frobenius)

    @cached_property
    def _transposed(self) -> Operator:
        return self.X.T

    def start(self, W: np.ndarray) -> Projection:
        """Return the state at W: two products with X, all that a step may spend."""
        H = self._transposed.dot(W)
        return Projection(W, H, self.X.dot(H))

    def measure(self, state: Projection) -> Measure:
        """Return objective, KKT residual and the last change from the by-products of the step.

        The residual is ``||P|| / ||M||``, where P is the projected gradient and M its negative part, ``2 X X'W``. It
        has no unit: both grow with the square of X, and the problem pins the length of W.
        """
        # multiplicative updates come to no zero
        W = np.where(NOTHING * state.W.max(initial=0) >= state.W, 0, state.W)
        sums = read(lambda rows: (state.hold[:, rows], 2 * state.pull[:, rows]), W)
        projected, balance = sums[:, 0].sum(), sums[:, 1].sum()
        residual = float(np.sqrt(projected / balance)) if balance > 0 else 0.0
        return Measure(self.objective(state), residual, state.change)

    def objective(self, state: Projection) -> float:
        """Expand the square; where that would cancel, compute the distance itself."""
        whole = self.X.squared_norm
        crossed = float(np.vdot(state.gram_W, state.gram_H))
        value = 0.5 * (whole - 2 * float(np.trace(state.gram_H)) + crossed)
        noise = 1e3 * np.finfo(state.W.dtype).eps * 0.5 * whole
        return value if value > noise else self.loss.value(self.X, state.W, state.H)
