"""The course of one fit: where it begins or goes on, from how many starts, who follows it, where it is kept."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from partwise.iterate import Snapshot, measured_every
from partwise.kernels.threads import alone
from partwise.models.checkpoint import Checkpoint, Position, identity
from partwise.models.fitting import Fit, fit, recoded
from partwise.models.following import Following, follower
from partwise.models.hooks import Hooks
from partwise.models.restarts import best_of
from partwise.models.scaling import Scaling
from partwise.models.starting import SEEDS, count_components, drawn_start, given_start
from partwise.models.validation import fingerprint
from partwise.models.warning import warn
from partwise.problems import State, TwoFactors
from partwise.solvers import Solver, as_solver, chosen
from partwise.storage import check_checkpoint_place


def check_course(model: Any) -> None:
    """Raise ValueError or OSError where an estimator's settings of starts and checkpoints cannot be met."""
    name = type(model).__name__
    if model.checkpoint is None:
        if model.resume:
            raise ValueError(
                f"{name} with resume=True (--resume) wants a checkpoint to go on from, got none. "
                "Set checkpoint=PATH (--checkpoint)."
            )
        return
    if model.n_init > 1:
        raise ValueError(
            f"{name} keeps one fit in a checkpoint, got n_init={model.n_init}. Use n_init=1, or no checkpoint."
        )
    check_checkpoint_place(Path(model.checkpoint), model.resume)


class Course:
    """One fit of an estimator.

    Parameters
    ----------
    model : NMF
        Its settings.
    problem : TwoFactors
        In the unit of `scaling`.
    scaling : Scaling
    solver : Solver, default=None
        In place of the model's.

    Attributes
    ----------
    objectives : list of float
        Where each start ended, once it has run.
    """

    def __init__(self, model: Any, problem: TwoFactors, scaling: Scaling, solver: Solver | None = None) -> None:
        self.objectives: list[float] = []
        self._model = model
        self._problem = problem
        self._scaling = scaling
        self._solver = solver

    def run(self, X: Any, W: Any, H: Any, weights: np.ndarray | None = None) -> Fit:
        """Return the fit from the best start; X, W, H and weights are the caller's, checked and in their own units."""
        model, problem = self._model, self._problem
        name = chosen(self._solver or model.solver, problem.loss)
        every = measured_every(problem, as_solver(name))
        most = -(-model.max_iter // every) + (every > 1)  # the first step may be shown too
        self._hooks = Hooks(model, X, self._learned, (model.n_init, most))
        told = follower(model.callback, model.verbose, model.n_init)
        following = Following(told, self._hooks, model.n_init)
        checkpoint = None
        if model.checkpoint is not None:
            about = identity(model, fingerprint(X), (W, H), weights)
            checkpoint = Checkpoint(Path(model.checkpoint), model.checkpoint_every, model.resume, about)
        rng = check_random_state(model.random_state)
        first = checkpoint.restored(problem) if checkpoint else None
        if first is None:
            # of several starts each keeps to one thread, and so does what the first is made of
            with alone() if model.n_init > 1 else nullcontext():
                first = self._first(W, H, rng)
        seeds = rng.randint(SEEDS, size=model.n_init - 1)
        keep = checkpoint.keeper(problem) if checkpoint else None

        def run(index: int) -> Fit:
            at = self._further(first.state.H.shape[0], seeds[index - 1]) if index else first
            solver = as_solver(name, shuffle=model.shuffle, seed=at.seed)
            return fit(problem, solver, at, model.tol, model.max_iter, following.of_start(index), keep)

        fitted, self.objectives = best_of(model.n_init, run, following.stop)
        return recoded(problem, fitted) if model.n_init > 1 else fitted

    def end(self) -> None:
        """Tell scikit-learn's callbacks that the model is fitted."""
        self._hooks.end()

    def _first(self, W: Any, H: Any, rng: np.random.RandomState) -> Position:
        """Return the start that the settings ask for."""
        model, X = self._model, self._problem.X
        if model.init == "custom":
            known = "auto" if model.n_components == "auto" else count_components(model.n_components, X)
            factors = given_start(X, known, W, H, type(model).__name__, self._scaling)
        else:
            factors = drawn_start(X, count_components(model.n_components, X), model.init, rng)
            if W is not None or H is not None:
                warn(
                    "When init!='custom', provided W or H are ignored. "
                    "Set init='custom' to use them as initialization.",
                    RuntimeWarning,
                )
        seed = int(rng.randint(SEEDS)) if model.shuffle else 0
        return Position(self._problem.start(*factors), seed=seed)

    def _further(self, n_components: int, seed: int) -> Position:
        """Return one of the other starts, all of them random."""
        rng = np.random.RandomState(seed)
        factors = drawn_start(self._problem.X, n_components, "random", rng)
        return Position(self._problem.start(*factors), seed=int(rng.randint(SEEDS)))

    def _learned(self, shot: Snapshot) -> dict[str, Any]:
        """Return the attributes of the model if the fit had stopped at a snapshot."""
        state: State = shot.state
        return {
            "components_": state.H * state.H.dtype.type(self._scaling.of_H),
            "n_components_": len(state.H),
            "n_iter_": state.iteration,
            "kkt_residual_": shot.record.residual,
            "_scaling": self._scaling,
        }
