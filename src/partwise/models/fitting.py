"""Drain the loop: from a start to factors, their certificate and the reason for stopping."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from partwise.iterate import Snapshot, iterate, measured_every
from partwise.losses import Loss
from partwise.matrices import Weighted, as_matrix
from partwise.models.checkpoint import Position
from partwise.models.following import Callback
from partwise.models.warning import warn
from partwise.problems import Measure, State, TwoFactors
from partwise.solvers import Solver
from partwise.solvers.balancing import factors_to_balance
from partwise.solvers.by_rows import HALSByRows
from partwise.solvers.codes import solve_codes
from partwise.stopping import IterationLimit, Reason, Record, ResidualBelow, Rule, SmallDecrease

RUNAWAY = 20  # doublings between the lengths of a component in W and in H


@dataclass(frozen=True)
class Fit:
    """Factors at the end of a fit, and what is known of them."""

    W: np.ndarray  # (n_components, n_rows)
    H: np.ndarray  # (n_components, n_columns)
    history: tuple[Record, ...]
    residual: float
    reason: Reason
    tol: float
    silent: np.ndarray | None = None  # (n_components,), which components no sample has, where W is not in memory
    loss: float | None = None  # without penalties, where it was found in passing

    @property
    def n_iter(self) -> int:
        """Steps taken."""
        return self.history[-1].iteration

    @property
    def converged(self) -> bool:
        """Whether the KKT residual of exactly these factors is at most tol; nothing else is called converged."""
        return self.residual <= self.tol

    @property
    def sentence(self) -> str:
        """Why it stopped, for the user."""
        return self.reason.sentence(self.n_iter, self.residual, self.tol)

    @property
    def n_dead(self) -> int:
        """Components that add nothing to any sample."""
        silent = self.W.max(axis=1, initial=0) <= 0 if self.silent is None else self.silent
        return int(np.sum(silent | (self.H.max(axis=1, initial=0) <= 0)))


Keep = Callable[[Position, bool], None]  # gets where a fit is, and whether it ends there


@dataclass(frozen=True)
class Goal:
    """When a fit ends.

    Parameters
    ----------
    tol : float
    max_iter : int
    certified : bool
        Whether `tol` bounds the KKT residual, or the decrease.
    """

    tol: float
    max_iter: int
    certified: bool = True


def fit(
    problem: TwoFactors,
    solver: Solver,
    start: State | Position,
    tol: float,
    max_iter: int,
    callback: Callback | None = None,
    keep: Keep | None = None,
) -> Fit:
    """Iterate until converged, stopped or at the limit, then solve the codes for the final components.

    The codes W are those that `transform` gives for the same X. Solving them moves the residual, so a fit that has
    converged before and not after goes on with a tighter goal. A fit that starts at a position goes on from there as if
    it had never stopped; `keep` is offered every position from which one can.
    """
    if solver.compiled:
        prepare(type(solver), problem.loss, (start.state if isinstance(start, Position) else start).W.dtype)
    at = start if isinstance(start, Position) else Position(start)
    kept = keep and _at_measured(keep, measured_every(problem, solver))

    def solved(state: State) -> State:
        state = balanced(problem, state)
        return problem.with_W(state, solve_codes(state.left))

    return _to_the_end(problem, solver, at, Goal(tol, max_iter, solver.certified), callback, kept, solved)[0]


def fit_rows(
    problem: TwoFactors,
    solver: HALSByRows,
    at: Position,
    goal: Goal,
    callback: Callback | None = None,
    keep: Keep | None = None,
) -> Fit:
    """Do what `fit` does where W lies beside rows that are not in memory; W of the fit is the handle of its codes.

    A position is kept only where codes hang on H alone: a fit that goes on from there solves them again. One that ends
    between two of them keeps the last.
    """
    newest: Position | None = None

    def kept(position: Position, last: bool) -> None:
        nonlocal newest
        if position.state.memory.age == 0:
            newest = replace(position, state=solver.left_behind(position.state), history=tuple(position.history))
        elif not last:
            return
        if keep is not None and newest is not None:
            keep(newest, last)

    found, state = _to_the_end(problem, solver, at, goal, callback, kept, partial(solver.solved, problem))
    silent = np.diag(state.right.gram) <= 0
    return replace(found, H=found.H.astype(problem.X.dtype), silent=silent, loss=state.right.value)


def _to_the_end(
    problem: TwoFactors,
    solver: Any,
    at: Position,
    goal: Goal,
    callback: Callback | None,
    keep: Keep | None,
    solved: Callable[[State], State],
) -> tuple[Fit, Any]:
    """Iterate and solve the codes until both ends agree on how it went."""
    tol, max_iter = goal.tol, goal.max_iter
    while True:
        rules: list[Rule] = [IterationLimit(max_iter)]
        rules.insert(0, ResidualBelow(tol / 2**at.tightened) if goal.certified else SmallDecrease(tol))
        shots = iterate(problem, solver, at.state, rules, at.history)
        shot, history = _drain(shots, at, callback, keep)
        reason = shot.reason or Reason.CALLER
        state = solved(shot.state)
        measure = problem.measure(state)
        residual = measure.residual
        if reason is Reason.CONVERGED and residual > tol:
            if shot.record.iteration < max_iter:
                at = replace(at, state=state, history=history, tightened=at.tightened + 1)
                continue
            reason = Reason.ITERATION_LIMIT
        if reason is Reason.ITERATION_LIMIT and residual <= tol:
            reason = Reason.CONVERGED
        final = _final(shot.record, measure)
        return Fit(state.W, state.H, (*history, final), residual, reason, tol), state


def recoded(problem: TwoFactors, fitted: Fit) -> Fit:
    """Return the fit with its codes solved again, with as many threads as `transform` will have: products shared out
    over others end in other last bits."""
    state = problem.start(fitted.W, fitted.H)
    state = problem.with_W(state, solve_codes(state.left))
    measure = problem.measure(state)
    history = (*fitted.history[:-1], _final(fitted.history[-1], measure))
    return replace(fitted, W=state.W, history=history, residual=measure.residual)


def balanced(problem: TwoFactors, state: State) -> State:
    """Return the state with components of like length in W and H, where one has run away by more than a million.

    A part that a superfluous component has blown up would be shown and saved at 1e30 otherwise.
    """
    factor = factors_to_balance(problem, state, RUNAWAY)
    if factor is None:
        return state
    moved = problem.start(problem.stretched(state.W, factor), problem.stretched(state.H, 1 / factor))
    return replace(moved, iteration=state.iteration)


@cache
def prepare(solver: type[Solver], loss: Loss, dtype: np.dtype[Any]) -> None:
    """Compile what a fit will run, on a tiny problem, so that the solver's seconds are its own; done once a process."""
    rng = np.random.default_rng(0)
    X = rng.random((8, 6)).astype(dtype) + dtype.type(0.1)
    problem = TwoFactors(Weighted.of(X, rng.random(X.shape) < 0.8) if loss.weighs else as_matrix(X), loss)
    start = problem.start(*(np.ascontiguousarray(rng.random((2, size)), dtype=dtype) for size in X.shape))
    tiny = solver.create()
    state = tiny.rehearse(problem, start)
    problem.measure(state)
    solve_codes(state.left)


def _drain(
    shots: Iterable[Snapshot], begin: Position, callback: Callback | None, keep: Keep | None
) -> tuple[Snapshot, tuple[Record, ...]]:
    """Follow the loop to its end, or to where the callback says stop."""
    history = list(begin.history[:-1])
    for shot in shots:
        history.append(shot.record)
        stop = callback is not None and callback(shot) and shot.reason is None
        if keep is not None and shot.reason is not Reason.NOT_FINITE:
            keep(replace(begin, state=shot.state, history=history), bool(stop or shot.reason))
        if stop:
            break
    return shot, tuple(history)


def _at_measured(keep: Keep, every: int) -> Keep:
    """Keep only where a fit without a limit measures too: resumed under another limit it takes the same path."""

    def kept(position: Position, last: bool) -> None:
        if position.history[-1].iteration % every == 0:
            keep(position, last)

    return kept


def _final(last: Record, measure: Measure) -> Record:
    """The last line of a history: the same iteration, with its codes solved."""
    return Record(last.iteration, last.seconds, measure.objective, measure.residual)


def warn_of_outcome(fitted: Fit) -> None:
    """Warn where a fit ended at its limit, or with components that do nothing."""
    if 0 < fitted.n_dead < len(fitted.H):
        warn(
            f"{fitted.n_dead} of {len(fitted.H)} components are empty (n_dead_components_={fitted.n_dead}). "
            "X may have a lower rank; ask for fewer components.",
            UserWarning,
        )
    if fitted.reason is Reason.ITERATION_LIMIT and fitted.tol > 0:
        warn(
            f"Maximum number of iterations {fitted.n_iter} reached. Increase it to improve convergence. "
            f"(KKT residual {fitted.residual:.1e} > tol {fitted.tol:.2g})",
            ConvergenceWarning,
        )
