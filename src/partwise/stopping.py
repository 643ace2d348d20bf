"""When to stop. A rule looks at the history and returns a Reason or None."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum


class Reason(Enum):
    """Why a fit stopped: the sentence that the user reads, with the remedy."""

    CONVERGED = "Converged after {n_iter} iterations: KKT residual {residual:.1e} <= tol {tol:.2g}."
    SMALL_DECREASE = (
        "Stopped after {n_iter} iterations: the last ones lowered the error by less than tol {tol:.2g} of its start "
        "(KKT residual {residual:.1e}). Lower tol to go on."
    )
    SMALL_CHANGE = (
        "Stopped after {n_iter} iterations: the last one changed W by less than tol {tol:.2g} of its length "
        "(KKT residual {residual:.1e}). Lower tol to go on."
    )
    STANDSTILL = (
        "Stopped after {n_iter} iterations: no step lowers the objective beyond rounding, KKT residual {residual:.1e} "
        "against tol {tol:.2g}. In single precision, X as float64 goes further."
    )
    ITERATION_LIMIT = (
        "Stopped at the limit of {n_iter} iterations, KKT residual {residual:.1e} against tol {tol:.2g}. "
        "Increase max_iter to improve convergence."
    )
    TIME_LIMIT = (
        "Stopped at the time limit after {n_iter} iterations, KKT residual {residual:.1e}. Give more seconds to go on."
    )
    NO_IMPROVEMENT = (
        "Stopped after {n_iter} iterations: the smoothed cost of the last mini-batches did not fall "
        "(KKT residual {residual:.1e} against tol {tol:.2g}). Increase max_no_improvement or batch_size to go on."
    )
    SETTLED = (
        "Stopped after {n_iter} iterations: the residual of the last mini-batch was at most tol {tol:.2g}. "
        "A stream is not kept, so the KKT residual of all samples is not known."
    )
    ONE_EPOCH = (
        "One epoch seen: the iterator is used up. Samples that are not kept have no KKT residual. "
        "Give an array or a list of batches to go on."
    )
    EPOCH_LIMIT = (
        "Stopped at the limit of {n_iter} iterations over a stream. Samples that are not kept have no KKT residual. "
        "Increase max_iter to go on."
    )
    GREEDY_KEPT = (
        "Refined for {n_iter} iterations: that lowered the sum over all layers and raised the error of the deepest, so "
        "the layers are kept as they were trained one by one (KKT residual {residual:.1e}). "
        "Other kinds lower the error of the deepest itself: try kind='multilayer'."
    )
    EARLIER_KEPT = (
        "Stopped after {n_iter} iterations: an earlier point was better than the last and is kept "
        "(KKT residual {residual:.1e} against tol {tol:.2g}). Lower tol to go on."
    )
    EARLIER_CONVERGED = (
        "Converged: {n_iter} iterations ended no better than an earlier point, which is kept; "
        "its KKT residual {residual:.1e} <= tol {tol:.2g}."
    )
    CALLER = "Stopped on request after {n_iter} iterations, KKT residual {residual:.1e}; the factors so far are kept."
    NOT_FINITE = (
        "Stopped after {n_iter} iterations: the next step was no longer finite, the last finite factors are kept. "
        "Scale X towards 1."
    )

    def sentence(self, n_iter: int, residual: float, tol: float) -> str:
        """Fill in the figures."""
        return str(self.value).format(n_iter=n_iter, residual=residual, tol=tol)


@dataclass(frozen=True)
class Record:
    """One line of the history of a fit."""

    iteration: int
    seconds: float  # solver time only; measuring is not billed
    objective: float  # loss and penalties
    residual: float  # KKT residual, without unit
    change: float | None = None  # ||W_old - W|| / ||W_old|| of the last step, where a problem has one factor


Rule = Callable[[Sequence[Record]], Reason | None]


@dataclass(frozen=True)
class ResidualBelow:
    """Stop when the KKT residual is at most `tol`."""

    tol: float

    def __call__(self, history: Sequence[Record]) -> Reason | None:
        """Look at the last record."""
        return Reason.CONVERGED if history[-1].residual <= self.tol else None


@dataclass(frozen=True)
class SmallDecrease:
    """Stop when the root of the loss fell by less than `tol` of its start since the last record (scikit-learn's mu)."""

    tol: float

    def __call__(self, history: Sequence[Record]) -> Reason | None:
        """Compare the last two records; a point that has not been measured yet says nothing."""
        if len(history) < 2 or self.tol <= 0 or not math.isfinite(history[-1].objective):
            return None
        first, previous, last = (math.sqrt(max(0.0, history[i].objective)) for i in (0, -2, -1))
        return Reason.SMALL_DECREASE if previous - last < self.tol * first else None


@dataclass(frozen=True)
class SmallChange:
    """Stop when the last step changed the factor by less than `tol` of its length (Yang & Oja 2010)."""

    tol: float

    def __call__(self, history: Sequence[Record]) -> Reason | None:
        """Look at the last record; a point that has not been measured yet says nothing."""
        change = history[-1].change
        return Reason.SMALL_CHANGE if change is not None and change < self.tol else None


@dataclass(frozen=True)
class Standstill:
    """Stop when the last step left the factor as it was."""

    def __call__(self, history: Sequence[Record]) -> Reason | None:
        """Look at the last record."""
        return Reason.STANDSTILL if history[-1].change == 0 else None


@dataclass(frozen=True)
class NoImprovement:
    """Stop when the lowest objective is `most` records old (scikit-learn's `max_no_improvement`)."""

    most: int

    def __call__(self, history: Sequence[Record]) -> Reason | None:
        """Compare the last records with the one before, which is the lowest: else the fit had stopped by then."""
        first, *rest = history[-self.most - 1 :]
        flat = len(rest) == self.most and all(record.objective >= first.objective for record in rest)
        return Reason.NO_IMPROVEMENT if flat and math.isfinite(rest[-1].objective) else None


@dataclass(frozen=True)
class IterationLimit:
    """Stop after `most` iterations."""

    most: int

    def __call__(self, history: Sequence[Record]) -> Reason | None:
        """Look at the last record's number."""
        return Reason.ITERATION_LIMIT if history[-1].iteration >= self.most else None


@dataclass(frozen=True)
class TimeLimit:
    """Stop after the first step that ends at `most` seconds of the solver, or later."""

    most: float

    def __call__(self, history: Sequence[Record]) -> Reason | None:
        """Look at the last record's seconds, measured or not."""
        return Reason.TIME_LIMIT if history[-1].seconds >= self.most else None
