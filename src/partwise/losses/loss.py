"""What a loss is asked for: its value, and the problem it poses for one factor while the other is held."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from partwise.kernels.measure import read, read_normal
from partwise.kernels.products import times_columns
from partwise.matrices import Matrix, Operator
from partwise.penalties import Elastic


class Totals(NamedTuple):
    """What `Reading.sums` has, over all components."""

    projected: float
    balance: float
    squares: float
    inner_minus: float
    inner_plus: float
    total: float


@dataclass(frozen=True)
class Reading:
    """Sums over one factor at one point.

    Parameters
    ----------
    sums : ndarray of shape (n_components, 6)
        For every component the squared norm of the projected gradient, that of the pull which holds it in balance
        (X H' for W), that of the component, its inner products with minus and plus, and its sum (float64).
    """

    sums: np.ndarray

    @cached_property
    def totals(self) -> Totals:
        """The sums over all components."""
        return Totals(*self.sums.sum(axis=0).tolist())


class Half(ABC):
    """One factor's problem while the other is held; F is that factor, (n_components, n_rows)."""

    penalty: Elastic
    beta: float  # of the loss

    @abstractmethod
    def split_gradient(self, F: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (plus, minus), both >= 0, with gradient = plus - minus; the penalty is in plus."""

    @abstractmethod
    def loss(self, F: np.ndarray, reading: Reading) -> float:
        """Return the loss, without penalties, at F; `reading` was taken at F and often holds all that is needed."""

    def read(self, F: np.ndarray) -> Reading:
        """Take the sums that the objective and the KKT residual are made of."""
        plus, minus = self.split_gradient(F)
        return Reading(read(lambda rows: (plus[:, rows], minus[:, rows]), F))


class Loss(ABC):
    """A distance between X and W H. Written for W; H is the same call on the transposed matrix."""

    beta: float
    weighs: bool = False  # whether X is a matrix whose entries have weights
    measure_every: int = 10  # iterations between two measurements, where one costs a pass over X

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Loss) and (type(self), self.beta) == (type(other), other.beta)

    def __hash__(self) -> int:
        return hash((type(self), self.beta))

    @abstractmethod
    def value(self, X: Matrix, W: np.ndarray, H: np.ndarray) -> float:
        """Return the loss, computed directly."""

    @abstractmethod
    def between(self, x: np.ndarray, y: np.ndarray, floor: float) -> float:
        """Return the loss of entries x with estimates y, of which none counts as smaller than `floor`."""

    @abstractmethod
    def half(self, X: Matrix, H: np.ndarray, penalty: Elastic, **known: np.ndarray) -> Half:
        """Return the problem of W, with H held; `known` is what the caller has at hand of it."""


@dataclass(frozen=True)
class QuadraticHalf(Half):
    """``constant - <cross, F> + 1/2 <gram F, F>``: all that a quadratic loss leaves of X."""

    X: Operator
    fixed: np.ndarray
    gram: np.ndarray
    cross: np.ndarray
    penalty: Elastic
    beta: float = 2.0

    @property
    def constant(self) -> float:
        """The loss at F = 0."""
        return 0.5 * self.X.squared_norm

    def split_gradient(self, F: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (gram F + penalty, cross)."""
        plus = times_columns(self.gram, F)
        if self.penalty.active:
            plus += self.penalty.gradient(F)
        return plus, self.cross

    def read(self, F: np.ndarray) -> Reading:
        """Take the sums without holding the gradient of all rows."""
        return Reading(read_normal(self.gram, self.cross, F, self.penalty.l1, self.penalty.l2))

    def value(self, inner: float, gram_of_F: np.ndarray) -> float:
        """Return the loss at F, given ``<cross, F>`` and ``F F'``; no better than rounding of the constant."""
        return self.constant - inner + 0.5 * float(np.vdot(self.gram.astype(np.float64), gram_of_F.astype(np.float64)))

    def loss(self, F: np.ndarray, reading: Reading) -> float:
        """Expand the square; where that would cancel, compute the distance itself."""
        sums = reading.totals
        curvature = sums.inner_plus - self.penalty.l1 * sums.total - self.penalty.l2 * sums.squares
        value = self.constant - sums.inner_minus + 0.5 * curvature
        # the inner products carry about eps of the constant; below a thousand times that the digits are noise
        noise = 1e3 * np.finfo(self.X.dtype).eps * self.constant
        return value if value > noise else 0.5 * self.X.squared_distance(F, self.fixed)


class QuadraticLoss(Loss):
    """A loss whose halves are quadratic: HALS and exact least squares need one."""

    measure_every = 1  # the by-products of a step already hold the objective

    @abstractmethod
    def half(self, X: Operator, H: np.ndarray, penalty: Elastic, **known: np.ndarray) -> QuadraticHalf:
        """Return the quadratic problem of W, with H held; `known` may hold ``gram``, ``H H'``."""
