"""Solvers compared on the same data: each from the same start, for the same time, through the one loop."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions, validate_params

from partwise.comparison.standings import Comparison, Trial, mean_sparsity
from partwise.inits import INITS
from partwise.iterate import Snapshot, iterate
from partwise.kernels.threads import one_pool
from partwise.losses import LOSSES, Loss, as_loss
from partwise.matrices import as_matrix
from partwise.models import NMF
from partwise.models.fitting import prepare
from partwise.models.formulation import check_loss, formulate
from partwise.models.scaling import Scaling
from partwise.models.starting import default_init, drawn_start
from partwise.models.validation import checked, warn_of_zeros
from partwise.problems import State, TwoFactors
from partwise.solvers import SOLVERS, Solver, as_solver
from partwise.stopping import IterationLimit, Reason, Record, Rule, TimeLimit

SECONDS = 5.0  # for each solver, where no limit is given

Callback = Callable[[str, Snapshot], object]  # gets the solver's name; a true answer ends the comparison


@validate_params(
    {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "seconds": [Interval(Real, 0, None, closed="neither"), None],
        "max_iter": [Interval(Integral, 1, None, closed="left"), None],
        "init": [StrOptions(set(INITS)), None],
        "random_state": ["random_state"],
        "beta_loss": [StrOptions(set(LOSSES)), Real],
        "callback": [callable, None],
    },
    prefer_skip_nested_validation=True,
)
def compare(
    X: Any,
    n_components: int,
    *,
    solvers: Sequence[str] | Mapping[str, Solver] | None = None,
    seconds: float | None = None,
    max_iter: int | None = None,
    init: str | None = None,
    random_state: Any = None,
    beta_loss: str | float = "frobenius",
    callback: Callback | None = None,
) -> Comparison:
    """Run several solvers on the same data, each from the same start and for the same time.

    A solver's own seconds count: what is measured between its steps is not billed, and what has to be compiled is
    compiled before. The last step that begins within the time is finished, so a solver may end one step late.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        Entries >= 0; sparse X is never densified.
    n_components : int
        Number of parts, >= 1.
    solvers : sequence of str, or mapping of str to Solver, default=None
        Names as in `NMF`, or solvers with settings of their own under names of yours. None: every method that can
        minimise the loss, each once.
    seconds : float, default=None
        Time of each solver, > 0; None: 5 seconds, or no limit where `max_iter` is given.
    max_iter : int, default=None
        Limit of iterations of each; None: none.
    init : {'random', 'nndsvd', 'nndsvda', 'nndsvdar'}, default=None
        The start, as in `NMF`.
    random_state : int, RandomState or None, default=None
        Of the start.
    beta_loss : float or {'frobenius', 'kullback-leibler', 'itakura-saito'}, default='frobenius'
        The beta divergence to minimise.
    callback : callable, default=None
        Called with a solver's name and its snapshot (``record``, ``state``, ``reason``) after every measured iteration;
        a true answer ends the comparison, which keeps what it has.

    Returns
    -------
    Comparison
        A table to print; its ``trials`` have histories, factors, errors, sparsity and KKT residuals.

    Raises
    ------
    ValueError, TypeError
        If X or a setting is not what it must be, or a solver cannot minimise the loss.

    Examples
    --------
    >>> import numpy as np
    >>> from partwise import compare
    >>> X = np.random.default_rng(0).random((30, 20))
    >>> found = compare(X, 3, solvers=["hals", "mu", "gd"], max_iter=50, random_state=0)
    >>> [trial.name for trial in found.trials], found.lowest_error.name
    (['hals', 'mu', 'gd'], 'hals')
    """
    model = NMF(n_components, init=init, beta_loss=beta_loss)
    entrants = check_entrants(solvers, as_loss(beta_loss))
    if seconds is None and max_iter is None:
        seconds = SECONDS
    with one_pool():
        X, high = checked(model, X, reset=True)
        for solver in entrants.values():
            loss = check_loss(X, beta_loss, solver, init)
        warn_of_zeros(high)
        scaling = Scaling.of(X, high)
        problem = formulate(as_matrix(scaling.shrink(X)), loss, scaling, (0.0, 0.0, 0.0))
        init = init or default_init(n_components, problem.X)
        start = problem.start(*drawn_start(problem.X, n_components, init, check_random_state(random_state)))
        limits: list[Rule] = [TimeLimit(seconds)] if seconds is not None else []
        limits += [IterationLimit(int(max_iter))] if max_iter is not None else []
        trials: list[Trial] = []
        for name, solver in entrants.items():
            _compile(solver, problem)
            trials.append(_tried(name, problem, solver, start, limits, callback))
            if trials[-1].reason is Reason.CALLER:
                break
    return Comparison(
        trials=tuple(_in_unit_of_X(trial, scaling, loss) for trial in trials),
        n_components=n_components,
        shape=problem.X.shape,
        dtype=str(problem.X.dtype),
        beta=loss.beta,
        init=init,
        seconds=seconds,
        max_iter=max_iter,
        not_run=tuple(entrants)[len(trials) :],
    )


def check_entrants(solvers: Sequence[str] | Mapping[str, Solver] | None, loss: Loss) -> dict[str, Solver]:
    """Return the solvers by name, or raise ValueError that lists what can be given."""
    if isinstance(solvers, Mapping):
        for name, solver in solvers.items():
            if not isinstance(solver, Solver):
                raise ValueError(f"compare needs a Solver under {name!r}, got {solver!r}. Try solvers={list(SOLVERS)}.")
        given: dict[str, Solver] = dict(solvers)
    else:
        names = usual_solvers(loss) if solvers is None else [solvers] if isinstance(solvers, str) else list(solvers)
        for name in names:
            if not isinstance(name, str) or name not in SOLVERS:
                raise ValueError(f"compare knows no solver {name!r}. Try some of {', '.join(SOLVERS)}.")
            if names.count(name) > 1:
                raise ValueError(f"compare needs every solver once, got {name!r} {names.count(name)} times.")
        given = {name: as_solver(name) for name in names}
    if not given:
        raise ValueError(f"compare needs at least one solver, got none. Try some of {', '.join(SOLVERS)}.")
    for name, solver in given.items():
        if not isinstance(loss, solver.accepts):
            raise ValueError(
                f"compare cannot run {name!r}: it needs a {solver.accepts.__name__}, got {type(loss).__name__}. "
                f"Try some of {', '.join(usual_solvers(loss))}, or another loss (--loss)."
            )
    return given


def usual_solvers(loss: Loss) -> list[str]:
    """Return the registered solvers that can minimise the loss, each method under its first name."""
    first: dict[type[Solver], str] = {}
    for name, kind in SOLVERS.items():
        if isinstance(loss, kind.accepts):
            first.setdefault(kind, name)
    return list(first.values())


def _compile(solver: Solver, problem: TwoFactors) -> None:
    """Compile what the trial will run, for data stored as these are, so that its seconds are the solver's own."""
    for dtype in {np.dtype(np.float32), problem.X.dtype}:  # a start on a stand-in is in single precision
        prepare(type(solver), problem.loss, dtype)
    few = replace(problem, X=problem.X.take(slice(0, 8)))
    rows, columns = few.X.shape
    state = few.start(*(np.full((2, size), 0.5, problem.X.dtype) for size in (rows, columns)))
    solver.step(few, solver.step(few, state))


def _tried(
    name: str,
    problem: TwoFactors,
    solver: Solver,
    start: State,
    limits: Sequence[Rule],
    callback: Callback | None,
) -> Trial:
    """Drain the loop for one solver; factors and objectives are in the unit of the problem."""
    history: list[Record] = []
    reason = None
    for shot in iterate(problem, solver, start, limits):
        if not history or shot.record != history[-1]:
            history.append(shot.record)
        state, reason = shot.state, shot.reason
        if callback is not None and callback(name, shot):
            reason = Reason.CALLER
            break
    assert reason is not None
    quadratic = problem.loss.beta == 2
    scale = 0.5 * problem.X.squared_norm if quadratic else history[0].objective
    shares = np.array([record.objective for record in history]) / (scale or 1.0)
    errors = np.sqrt(np.maximum(shares, 0)) if quadratic else shares
    dead = (state.W.max(axis=1, initial=0) <= 0) | (state.H.max(axis=1, initial=0) <= 0)
    return Trial(
        name=name,
        method=_method(solver),
        monotone=solver.monotone,
        reason=reason,
        history=tuple(history),
        errors=tuple(errors.tolist()),
        W=np.ascontiguousarray(state.W.T),
        H=state.H,
        sparsity_W=mean_sparsity(state.W),
        sparsity_H=mean_sparsity(state.H),
        n_dead_components=int(dead.sum()),
    )


def _method(solver: Solver) -> str:
    """Return the first sentence of the file that a solver is written in; its class where that says nothing."""
    about = inspect.getdoc(inspect.getmodule(type(solver))) or type(solver).__name__
    return " ".join(about.split("\n\n")[0].split())


def _in_unit_of_X(trial: Trial, scaling: Scaling, loss: Loss) -> Trial:
    """Return the trial with factors and objectives in the unit of the caller's X."""
    W, H = trial.W * trial.W.dtype.type(scaling.of_W), trial.H * trial.H.dtype.type(scaling.of_H)
    return replace(trial, W=W, H=H, history=scaling.history(trial.history, loss.beta))
