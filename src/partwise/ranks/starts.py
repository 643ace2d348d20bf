"""Random starts of a fit, one or many side by side: each one's parts, the groups of its samples, where it ended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock

import numpy as np

from partwise.iterate import Snapshot
from partwise.kernels.threads import side_by_side
from partwise.matching import unit_rows
from partwise.models.fitting import Fit, fit
from partwise.models.starting import drawn_start
from partwise.problems import TwoFactors
from partwise.ranks.clusters import labels_of
from partwise.solvers import Solver, as_solver
from partwise.stopping import Reason

Callback = Callable[[int, int], object]  # gets how many runs are done, of how many; a true answer ends them


@dataclass(frozen=True)
class Ended:
    """One run, with parts of length 1."""

    parts: np.ndarray  # (n_components, n_features)
    labels: np.ndarray  # (n_samples,), the part that each sample uses most
    objective: float
    converged: bool

    @classmethod
    def of(cls, fitted: Fit) -> "Ended":
        """Keep of a fit what is asked of it later."""
        return cls(
            unit_rows(fitted.H).astype(fitted.H.dtype),
            labels_of(fitted.W.T, fitted.H),
            fitted.history[-1].objective,
            fitted.converged,
        )


@dataclass(frozen=True)
class Recipe:
    """How each run goes.

    Parameters
    ----------
    n_components : int
    solver : str or Solver
    tol : float
    max_iter : int
    """

    n_components: int
    solver: str | Solver
    tol: float
    max_iter: int


def from_start(
    problem: TwoFactors, recipe: Recipe, rng: np.random.RandomState, follow: Callable[[Snapshot], object]
) -> tuple[Reason, Ended]:
    """Run a fit from a random start; a true answer of `follow` to a snapshot ends it."""
    start = problem.start(*drawn_start(problem.X, recipe.n_components, "random", rng))
    fitted = fit(problem, as_solver(recipe.solver), start, recipe.tol, recipe.max_iter, follow)
    return fitted.reason, Ended.of(fitted)


def from_many_starts(
    problem: TwoFactors, recipe: Recipe, seeds: Sequence[int], callback: Callback | None = None
) -> dict[int, Ended]:
    """Run a fit from each seed, inside `one_pool`, each with one thread; return those that came to their end.

    Parameters
    ----------
    problem : TwoFactors
    recipe : Recipe
    seeds : sequence of int
        One for each run; a run hangs on nothing else.
    callback : callable, optional
        Told whenever an iteration was measured or a run is done; a true answer, or an interruption, ends what runs.

    Returns
    -------
    dict of int to Ended
        By their places in `seeds`, increasing. Where none had come to its end, those that had begun, as far as they
        were.

    Raises
    ------
    KeyboardInterrupt
        Where it came before any run had begun.
    """
    watch = _Watch(len(seeds), callback)
    try:
        side_by_side([partial(watch.run, problem, recipe, index, seed) for index, seed in enumerate(seeds)], watch.stop)
    except KeyboardInterrupt:
        if not watch.found:
            raise
    return watch.found


class _Watch:
    """What all runs share: what has been found, and whether to end."""

    def __init__(self, n_runs: int, callback: Callback | None) -> None:
        self._n_runs = n_runs
        self._callback = callback
        self._lock = Lock()
        self._stopped = False
        self._done: dict[int, Ended] = {}
        self._cut: dict[int, Ended] = {}

    @property
    def found(self) -> dict[int, Ended]:
        """Runs that came to their end, or what there is."""
        return dict(sorted((self._done or self._cut).items()))

    def stop(self) -> None:
        """Ask every run to end at its next measurement."""
        self._stopped = True

    def run(self, problem: TwoFactors, recipe: Recipe, index: int, seed: int) -> None:
        """Fit from one start."""
        if self._stopped:
            return
        reason, ended = from_start(problem, recipe, np.random.RandomState(seed), self._follow)
        kept = self._cut if reason is Reason.CALLER else self._done
        with self._lock:
            kept[index] = ended
            self._tell()

    def _follow(self, shot: Snapshot) -> bool:
        with self._lock:
            self._tell()
        return self._stopped

    def _tell(self) -> None:
        """Tell the caller, one at a time; one that has said stop is not asked again."""
        if not self._stopped and self._callback is not None:
            self._stopped = True  # should it raise
            self._stopped = bool(self._callback(len(self._done), self._n_runs))
