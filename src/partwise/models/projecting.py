"""Drain the loop of the projective problem: from a start to one factor, its certificate and the reason for stopping."""

from functools import cache
from typing import Any

import numpy as np

from partwise.iterate import iterate
from partwise.matrices import Matrix, as_matrix
from partwise.models.fitting import Fit
from partwise.models.following import Callback
from partwise.problems import Projective
from partwise.solvers import PROJECTIVE_SOLVERS, ProjectiveSolver
from partwise.stopping import IterationLimit, Reason, ResidualBelow, Rule, SmallChange, Standstill

USUAL = 100  # steps that a fit takes at least, usually: what a smaller X must save its cost in


def as_projective_solver(solver: str | ProjectiveSolver) -> ProjectiveSolver:
    """Return the registered solver of that name with its default settings, or the instance itself."""
    return solver if isinstance(solver, ProjectiveSolver) else PROJECTIVE_SOLVERS[solver]()


def project(
    X: Matrix, W: np.ndarray, solver: ProjectiveSolver, tol: float, max_iter: int, callback: Callback | None
) -> Fit:
    """Iterate until converged, stopped or at the limit; components that carry most come first.

    Parameters
    ----------
    X : Matrix of shape (n_rows, n_columns)
    W : ndarray of shape (n_components, n_rows)
        The start.
    solver : ProjectiveSolver
    tol : float
        Of the KKT residual, or of the relative change of W for a solver that is not certified.
    max_iter : int
    callback : callable or None
        Gets every snapshot; a true answer ends the fit.

    Returns
    -------
    fitted : Fit
        With ``H = W'X``.
    """
    prepare(type(solver), W.dtype)
    problem = Projective(X.compressed(len(W) * min(max_iter, USUAL)) or X)
    rules: list[Rule] = [ResidualBelow(tol) if solver.certified else SmallChange(tol), Standstill()]
    history = []
    for shot in iterate(problem, solver, solver.start(problem, W), [*rules, IterationLimit(max_iter)]):
        if shot.reason is not Reason.NOT_FINITE:
            history.append(shot.record)
        if callback is not None and callback(shot) and shot.reason is None:
            break
    H = X.T.dot(shot.state.W)
    order = np.argsort(-np.linalg.norm(shot.state.W, axis=1) * np.linalg.norm(H, axis=1), kind="stable")
    W, H = np.ascontiguousarray(shot.state.W[order]), np.ascontiguousarray(H[order])
    return Fit(W, H, tuple(history), shot.record.residual, shot.reason or Reason.CALLER, tol)


@cache
def prepare(solver: type[ProjectiveSolver], dtype: np.dtype[Any]) -> None:
    """Compile what a fit will run, on a tiny problem, so that the solver's seconds are its own; done once a process."""
    rng = np.random.default_rng(0)
    problem = Projective(as_matrix(rng.random((8, 6)).astype(dtype)))
    tiny = solver()
    state = tiny.start(problem, rng.random((2, 8)).astype(dtype))
    for _ in range(3):
        state = tiny.step(problem, state)
    problem.measure(state)
