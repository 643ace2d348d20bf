"""What a comparison of solvers has found: each one's trial, who was fastest and who most exact, as a table and JSON."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from partwise.sparsity import sparsity
from partwise.stopping import Reason, Record
from partwise.wording import decimals

WAY = 0.99  # of the way from the error of the start to the lowest: near enough to have arrived
ALIKE, ROUNDING = 1e-4, 1e-6  # of the way, and of an error: what no reader could tell apart
MOST = 300  # points of a history that a table of numbers or a figure can use


def mean_sparsity(F: np.ndarray) -> float:
    """Return the mean over all components, the rows of F, of Hoyer's sparsity; those of zeros are left out.

    Not a number where it is that of every row, see `partwise.sparsity`.
    """
    known = sparsity(F)
    known = known[np.isfinite(known)]
    return float(known.mean()) if len(known) else math.nan


@dataclass(frozen=True, repr=False)
class Trial:
    """One solver's part of a comparison.

    Attributes
    ----------
    name : str
    method : str
        What it does, in a sentence: the first of the file in which it is written.
    monotone : bool
        Whether its objective never rises.
    reason : Reason
        Why it stopped.
    history : tuple of Record
        ``iteration``, ``seconds`` of the solver, ``objective`` and KKT ``residual``; the first is the start.
    errors : tuple of float
        One for each record: ``||X - W H|| / ||X||``; for other losses than Frobenius the objective as a share of that
        of the start.
    W : ndarray of shape (n_samples, n_components)
    H : ndarray of shape (n_components, n_features)
        Where it ended.
    sparsity_W, sparsity_H : float
        Mean of Hoyer's sparsity over the components, 0 (all entries equal) to 1 (one entry).
    n_dead_components : int
        Components that add nothing.
    """

    name: str
    method: str
    monotone: bool
    reason: Reason
    history: tuple[Record, ...]
    errors: tuple[float, ...]
    W: np.ndarray
    H: np.ndarray
    sparsity_W: float
    sparsity_H: float
    n_dead_components: int

    def __repr__(self) -> str:
        return f"Trial({self.name!r}, error={self.error:.5f}, {self.n_iter} iterations, {self.seconds:.2f} s)"

    @property
    def error(self) -> float:
        """Of the end."""
        return self.errors[-1]

    @property
    def residual(self) -> float:
        """KKT residual of the end."""
        return self.history[-1].residual

    @property
    def objective(self) -> float:
        """Of the end."""
        return self.history[-1].objective

    @property
    def n_iter(self) -> int:
        """Iterations taken."""
        return self.history[-1].iteration

    @property
    def seconds(self) -> float:
        """Seconds of the solver."""
        return self.history[-1].seconds

    @property
    def stopped(self) -> str:
        """Why it stopped, a sentence."""
        return self.reason.sentence(self.n_iter, self.residual, 0.0)

    def seconds_to(self, error: float) -> float | None:
        """Return the solver's seconds until its error was at most this; None where it never was."""
        reached = (record.seconds for record, own in zip(self.history, self.errors, strict=True) if own <= error)
        return next(reached, None)

    def curve(self, most: int = MOST) -> list[tuple[int, float, float, float]]:
        """Return (iteration, seconds, error, KKT residual) of at most so many records, closer together at first."""
        count = len(self.history)
        places = np.unique(np.round(np.geomspace(1, count, min(most, count))).astype(int)) - 1
        return [
            (self.history[i].iteration, self.history[i].seconds, self.errors[i], self.history[i].residual)
            for i in places
        ]


@dataclass(frozen=True, repr=False, kw_only=True)
class Comparison:
    """Trials of several solvers, from the same start and for the same time. Printed, it is a table.

    Attributes
    ----------
    trials : tuple of Trial
        In the order in which they ran.
    n_components : int
    shape : tuple of int
        Of X.
    dtype : str
        Of X.
    beta : float
        Of the divergence; 2 is Frobenius.
    init : str
        The start.
    seconds : float or None
        Limit of each solver.
    max_iter : int or None
        Limit of each solver.
    not_run : tuple of str
        Solvers that were left out because the comparison was stopped.
    """

    trials: tuple[Trial, ...]
    n_components: int
    shape: tuple[int, int]
    dtype: str
    beta: float
    init: str
    seconds: float | None
    max_iter: int | None
    not_run: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Trial:
        found = next((trial for trial in self.trials if trial.name == name), None)
        if found is None:
            raise KeyError(f"No trial of {name!r}, only of {', '.join(trial.name for trial in self.trials)}.")
        return found

    @property
    def stopped(self) -> bool:
        """Whether it was ended on request before all was done."""
        return bool(self.not_run) or self.trials[-1].reason is Reason.CALLER

    @property
    def error_is(self) -> str:
        """What `errors` are."""
        return "relative error" if self.beta == 2 else "objective, of its start"

    @property
    def least(self) -> float:
        """The lowest error that any of them ended at."""
        return min(trial.error for trial in self.trials)

    @property
    def lowest_error(self) -> Trial:
        """The trial that ended lowest; of those that ended alike the one with the smallest KKT residual."""
        return min(self.lowest, key=lambda trial: trial.residual)

    @property
    def lowest(self) -> tuple[Trial, ...]:
        """The trials that ended lowest, but for a ten-thousandth of the way or the rounding of the error."""
        close = self.least + ALIKE * self.way + ROUNDING * self.least
        return tuple(trial for trial in self.trials if trial.error <= close)

    @property
    def smallest_residual(self) -> Trial:
        """The trial that ended nearest to a stationary point."""
        return min(self.trials, key=lambda trial: trial.residual)

    @property
    def fastest(self) -> Trial:
        """The trial that had first come 99 % of the way from the start to the lowest error."""
        return self.ranked[0]

    @property
    def ranked(self) -> tuple[Trial, ...]:
        """The trials, in the order in which they had come 99 % of the way; those that never had by their error."""

        def place(trial: Trial) -> tuple[float, float]:
            arrived = self.arrival(trial)
            return (math.inf if arrived is None else arrived, trial.error)

        return tuple(sorted(self.trials, key=place))

    @property
    def way(self) -> float:
        """From the error of the start to the lowest; 0 where all ended above the start."""
        return max(0.0, self.trials[0].errors[0] - self.least)

    def arrival(self, trial: Trial) -> float | None:
        """Return the seconds until a trial had come 99 % of the way from the start to the lowest error of all.

        None where it never had. Of the way and not of the error, since data may be such that no error can be low.
        """
        return trial.seconds_to(self.least + (1 - WAY) * self.way)

    def awards(self, trial: Trial) -> list[str]:
        """Return what a trial is best in, in words."""
        best = {"fastest": self.fastest, "lowest error": self.lowest_error, "smallest residual": self.smallest_residual}
        return [words for words, one in best.items() if one is trial]

    def to_dict(self) -> dict[str, Any]:
        """Return all but the factors as what JSON can hold; of long histories 300 records, closer together at first."""
        return {
            "n_components": self.n_components,
            "shape": list(self.shape),
            "dtype": self.dtype,
            "beta": self.beta,
            "init": self.init,
            "seconds": self.seconds,
            "max_iter": self.max_iter,
            "error_is": self.error_is,
            "fastest": self.fastest.name,
            "lowest_error": self.lowest_error.name,
            "smallest_residual": self.smallest_residual.name,
            "not_run": list(self.not_run),
            "trials": [self._facts(trial) for trial in self.ranked],
        }

    def _facts(self, trial: Trial) -> dict[str, Any]:
        curve = zip(*trial.curve(), strict=True)
        return {
            "name": trial.name,
            "method": trial.method,
            "seconds_to_99_percent": self.arrival(trial),
            "error": _number(trial.error),
            "objective": _number(trial.objective),
            "kkt_residual": _number(trial.residual),
            "sparsity_W": _number(trial.sparsity_W),
            "sparsity_H": _number(trial.sparsity_H),
            "n_dead_components": trial.n_dead_components,
            "n_iter": trial.n_iter,
            "seconds": trial.seconds,
            "monotone": trial.monotone,
            "reason": trial.stopped,
            "history": {
                name: [_number(value) for value in values]
                for name, values in zip(("iteration", "seconds", "error", "kkt_residual"), curve, strict=True)
            },
        }

    def __repr__(self) -> str:
        return "\n".join(table(self))


def table(comparison: Comparison) -> list[str]:
    """Return the lines of a table of the trials, those first that had first come 99 % of the way."""
    digits = decimals(comparison.way / 1000)
    head = ("solver", "99 % there", comparison.error_is, "KKT residual", "sparsity H", "W", "iterations", "seconds", "")
    rows = [head]
    for trial in comparison.ranked:
        arrived = comparison.arrival(trial)
        rows.append(
            (
                trial.name,
                "never" if arrived is None else f"{arrived:.3g} s",
                f"{100 * trial.error:.{digits}f} %",
                f"{trial.residual:.1e}",
                f"{trial.sparsity_H:.2f}",
                f"{trial.sparsity_W:.2f}",
                f"{trial.n_iter:,}",
                f"{trial.seconds:.2f}",
                ", ".join(comparison.awards(trial)),
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    last = len(head) - 1
    return [
        "  ".join(
            cell.ljust(width) if i in (0, last) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _number(value: float) -> float | int | None:
    """Return what JSON can say: it has no infinity."""
    return value if math.isfinite(value) else None
