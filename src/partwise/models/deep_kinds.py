"""The kinds of deep NMF: what each minimises, how a layer of it is trained alone, and what an error of it is."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from partwise.inits import nndsvd
from partwise.losses import Frobenius, KullbackLeibler, Loss
from partwise.matrices import Matrix
from partwise.models.starting import drawn_start
from partwise.problems import State, TwoFactors
from partwise.problems.layered import Layered, LayeredState, Link, multiplied
from partwise.problems.layered_divergence import LayeredDivergence
from partwise.solvers import HALS, LayeredGradient, LayeredKL, LayeredSemi, Newton
from partwise.solvers.codes import solve_codes

FAINT = 1e-6  # of the sum of its data, the least divergence of a layer that its weight is one over of
EXACT = 1e-9  # of the sum of X, the least divergence that others are relative to: below it all is rounding


@dataclass(frozen=True)
class Training:
    """Where a fit begins and what takes its steps; whether several lie between two records, so that these can tell when
    more do not pay.
    """

    problem: Any
    solver: Any
    start: State
    slow: bool = False


class Kind(ABC):
    """What the three kinds answer, each in its way; X and codes are in the unit of the fit."""

    signed: ClassVar[bool] = False  # whether X and the layers may have entries below 0
    order: ClassVar[int] = 2  # of the norm that parts of every layer are brought to 1 in
    beta: ClassVar[float] = 2.0  # the power of X's unit that the objective has
    loss: ClassVar[type[Loss]] = Frobenius
    revives: ClassVar[bool] = True  # whether a part of zeros may become one in the refinement

    def given(self, X: Any) -> Any:
        """Return an array or sparse matrix in the precision of the fit."""
        return X

    @abstractmethod
    def alone(self, X: Matrix, n_parts: int, init: str | None, rng: np.random.RandomState) -> Training:
        """Return how one layer is trained by itself."""

    @abstractmethod
    def joint(self, X: Matrix, codes: Sequence[np.ndarray], layers: Sequence[np.ndarray]) -> Training:
        """Return how all layers, trained one after the other, are refined."""

    def codes(self, X: Matrix, H: np.ndarray) -> np.ndarray:
        """Return the best codes of X for given parts, (n_parts, n_rows)."""
        return solve_codes(TwoFactors(X, self.loss()).left(np.ascontiguousarray(H, dtype=X.dtype)))

    def error(self, X: Matrix, W: np.ndarray, H: np.ndarray) -> float:
        """Return the relative error of W H: ``||X - W H|| / ||X||``."""
        size = X.squared_norm
        return float(np.sqrt(max(0.0, X.squared_distance(W, H)) / size)) if size > 0 else 0.0

    def finer_errors(self, X: Matrix, state: LayeredState) -> list[float]:
        """Return the relative error of X from the layers up to each but the deepest, with the best codes for it."""
        return [self.error(X, self.codes(X, H), H) for H in multiplied(state.layers)[:-1]]


class Multilayer(Kind):
    """X ~ W H_L .. H_1, all factors >= 0."""

    def alone(self, X: Matrix, n_parts: int, init: str | None, rng: np.random.RandomState) -> Training:
        """Fit as `NMF` does."""
        problem = TwoFactors(X, self.loss())
        return Training(problem, HALS(), problem.start(*drawn_start(X, n_parts, init, rng)))

    def joint(self, X: Matrix, codes: Sequence[np.ndarray], layers: Sequence[np.ndarray]) -> Training:
        """Lower the distance of X and the whole product."""
        problem, solver = Layered(X, self.loss()), LayeredGradient()
        return Training(problem, solver, solver.begin(problem, layers))


class Semi(Kind):
    """X ~ W H_L .. H_1, W >= 0 and layers of any sign."""

    signed = True

    def given(self, X: Any) -> Any:
        """Go to double precision: parts of opposite signs cancel, and take the digits with them."""
        return X.astype(np.float64, copy=False)

    def alone(self, X: Matrix, n_parts: int, init: str | None, rng: np.random.RandomState) -> Training:
        """Fit semi-NMF, from one half of each singular vector or at random."""
        problem, solver = Layered(X, self.loss(), signed=True), LayeredSemi()
        if init != "random" and n_parts <= min(X.shape):
            W = nndsvd(X, n_parts, rng)[0]
        else:
            W = np.abs(rng.standard_normal((n_parts, X.shape[0]))).astype(X.dtype)
        right = problem.right(W)
        H = solver.improve(Link.first(right), np.zeros((n_parts, X.shape[1]), X.dtype))
        return Training(problem, solver, solver.begin(problem, [H]), slow=True)

    def joint(self, X: Matrix, codes: Sequence[np.ndarray], layers: Sequence[np.ndarray]) -> Training:
        """Lower the distance of X and the whole product."""
        problem, solver = Layered(X, self.loss(), signed=True), LayeredSemi()
        return Training(problem, solver, solver.begin(problem, layers))


class DeepKL(Kind):
    """W_(l-1) ~ W_l H_l in every layer at once, by the Kullback-Leibler divergence, all factors >= 0."""

    order = 1
    beta = 0.0  # the weights take the unit off
    revives = False
    loss = KullbackLeibler

    def alone(self, X: Matrix, n_parts: int, init: str | None, rng: np.random.RandomState) -> Training:
        """Fit as `NMF` with ``solver='newton'`` does."""
        problem = TwoFactors(X, self.loss())
        return Training(problem, Newton(), problem.start(*drawn_start(X, n_parts, init, rng)), slow=True)

    def joint(self, X: Matrix, codes: Sequence[np.ndarray], layers: Sequence[np.ndarray]) -> Training:
        """Lower the sum of all layers' divergences, each relative to what it is now."""
        problem = LayeredDivergence(X, self.loss())
        start = problem.begin(codes, layers)
        faint = FAINT * float(X.mean) * X.shape[0] * X.shape[1]
        weights = tuple(1 / max(term, faint) if faint > 0 else 1.0 for term in problem.terms(start))
        return Training(LayeredDivergence(X, self.loss(), weights=weights), LayeredKL(), start)

    def error(self, X: Matrix, W: np.ndarray, H: np.ndarray) -> float:
        """Return the divergence of X from W H relative to that from the best single part."""
        loss, rows, columns = self.loss(), X.row_sums(), X.T.row_sums()
        total = float(rows.sum())
        if total == 0:
            return 0.0
        single = loss.value(X, (rows / total)[None], columns[None])
        return max(0.0, loss.value(X, W, H)) / max(single, EXACT * total)

    def finer_errors(self, X: Matrix, state: LayeredState) -> list[float]:
        """Return the relative error of X from each layer but the deepest, with its own codes."""
        finer = multiplied(state.layers)[:-1]
        return [self.error(X, W, H) for W, H in zip(state.codes[:-1], finer, strict=True)]


# by the name that `kind` takes
KINDS: dict[str, type[Kind]] = {"multilayer": Multilayer, "semi": Semi, "kl": DeepKL}
