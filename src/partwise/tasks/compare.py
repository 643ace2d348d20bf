"""compare: a source in; several solvers on it, from the same start and for the same time; a folder out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from partwise import plots
from partwise.comparison import Comparison, Trial, check_entrants
from partwise.comparison import compare as run
from partwise.iterate import Snapshot
from partwise.losses import as_loss
from partwise.models import NMF
from partwise.report import ComparisonContent, Rival, Table, render_comparison
from partwise.runs import COMPARISON, REPORT
from partwise.sources import Dataset
from partwise.tasks.pages import made_of, shown_of, write_numbers, write_page
from partwise.tasks.places import check_apart, check_free
from partwise.tasks.progress import Progress, Silent
from partwise.tasks.read import Reading, read_or_list
from partwise.views import Drawing, view_of
from partwise.wording import counted


@dataclass(frozen=True)
class Settings:
    """What is compared, and for how long.

    Parameters
    ----------
    n_components : int
        Number of parts, >= 1; anything else is refused by the model, in its words.
    solvers : tuple of str or None
        None: every method that can minimise the loss.
    seconds : float
        Of each solver, > 0.
    beta_loss : str or float
    init : str or None
    seed : int
    reading : Reading
        How the source is read.
    """

    n_components: Any
    solvers: tuple[str, ...] | None = None
    seconds: float = 5.0
    beta_loss: str | float = "frobenius"
    init: str | None = None
    seed: int = 0
    reading: Reading = Reading()


@dataclass(frozen=True)
class Compared:
    """A comparison, its data, and the report where one was written."""

    comparison: Comparison
    data: Dataset
    report: Path | None


def compare(
    source: str | Path,
    out: Path | None,
    settings: Settings,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> Compared:
    """Read, run every solver, and write numbers, figures and report; one that is asked to stop writes what it has.

    Raises
    ------
    ValueError, OSError
        With the message for the user; nothing has been written then.
    """
    watcher = progress or Silent()
    # a wrong setting is said before a large folder is read
    NMF(settings.n_components, init=settings.init, beta_loss=settings.beta_loss)._validate_params()
    entrants = check_entrants(settings.solvers, as_loss(settings.beta_loss))
    if not settings.seconds > 0:
        raise ValueError(f"--seconds wants a number above 0, got {settings.seconds:g}.")
    if out is not None:
        check_free(out, force, "a comparison")
    data = read_or_list(source, settings.reading, out, watcher)
    if out is not None:
        check_apart(out, source)
    view_of(data).check_count(settings.n_components, data.n_samples)
    names = list(entrants)
    whole = settings.seconds * len(names)

    def follow(name: str, shot: Snapshot) -> bool:
        own = settings.seconds if shot.reason else min(shot.record.seconds, settings.seconds)
        return watcher.comparing(name, names.index(name) * settings.seconds + own, whole)

    comparison = run(
        data.X,
        settings.n_components,
        solvers=settings.solvers,
        seconds=settings.seconds,
        init=settings.init,
        random_state=settings.seed,
        beta_loss=settings.beta_loss,
        callback=follow,
    )
    report = None if out is None else _write(out, comparison, data, settings, watcher)
    return Compared(comparison, data, report)


def drawings(comparison: Comparison, data: Dataset) -> list[Drawing]:
    """Return the figures of a comparison, in the order of its report."""
    ranked = comparison.ranked
    curves = {trial.name: [line[:3] for line in trial.curve()] for trial in ranked}
    error_is = comparison.error_is
    return [
        Drawing(
            "standings",
            "What each solver came to",
            "In order of the time until 99 % of the way from the start to the lowest error were done; those that never "
            "came there by their error. Sparsity is Hoyer's, the mean over all parts: 0 where all entries of one are "
            "equal, 1 where only one is not 0.",
            lambda: plots.standings(
                [_standing(comparison, trial) for trial in ranked], error_is=error_is, way=comparison.way, title=""
            ),
            "Standings",
        ),
        Drawing(
            "rivals",
            f"{error_is.capitalize()} over time and over iterations",
            "Soon down is fast, far down is exact. The height is what is left of the way from the start to the lowest "
            "error, on a logarithmic scale, and so is the time. A step that takes long is one long level line.",
            lambda: plots.rivals(curves, accent=comparison.fastest.name, error_is=error_is),
            "Curves",
        ),
        view_of(data).side_by_side({trial.name: _by_energy(trial) for trial in ranked}),
    ]


def _standing(comparison: Comparison, trial: Trial) -> plots.Standing:
    return plots.Standing(
        trial.name,
        comparison.arrival(trial),
        trial.error,
        trial.residual,
        trial.sparsity_H,
        trial.sparsity_W,
        trial.n_iter,
        trial.seconds,
    )


def _by_energy(trial: Trial) -> np.ndarray:
    """Return the parts, those that add most first."""
    energy = np.linalg.norm(trial.W, axis=0) * np.linalg.norm(trial.H, axis=1)
    return np.asarray(trial.H[np.argsort(-energy, kind="stable")])


def _write(out: Path, comparison: Comparison, data: Dataset, settings: Settings, watcher: Progress) -> Path:
    made_with = made_of(
        data,
        settings.reading,
        {
            "loss": str(settings.beta_loss),
            "start": comparison.init,
            "seed": settings.seed,
            "seconds of each": settings.seconds,
        },
    )
    page = out / REPORT
    write_numbers(out / COMPARISON, page, data, {"made_with": made_with, "comparison": comparison.to_dict()})
    return write_page(
        page,
        drawings(comparison, data),
        lambda figures: render_comparison(_content(comparison, data, settings, made_with, figures)),
        watcher,
    )


def _content(
    comparison: Comparison, data: Dataset, settings: Settings, made_with: dict[str, Any], figures: Sequence[Any]
) -> ComparisonContent:
    ranked = comparison.ranked
    what = f"{counted(len(ranked), 'solvers')}, {counted(comparison.n_components, 'parts')}"
    return ComparisonContent(
        **shown_of(data, what, made_with, figures),
        n_components=comparison.n_components,
        rivals=[
            Rival(one.name, one.method, comparison.arrival(one), one.error, one.residual, one.seconds) for one in ranked
        ],
        exact=comparison.lowest_error.name,
        n_alike=len(comparison.lowest),
        error_is=comparison.error_is,
        way=comparison.way,
        limit=f"{settings.seconds:g} s",
        start=comparison.init,
        not_run=comparison.not_run,
        stopped=comparison.stopped,
        table=_table(comparison),
    )


def _table(comparison: Comparison) -> Table:
    """Return what the figures leave out: exact numbers, why each one stopped, and what each one is."""
    rows = []
    for one in comparison.ranked:
        rises = "" if one.monotone else " Its error may rise."
        rows.append(
            (
                one.name,
                f"{one.seconds:.2f} s",
                f"{one.n_iter:,}",
                f"{one.objective:.6g}",
                f"{one.residual:.1e}",
                f"{one.n_dead_components:,}",
                f"{one.method}{rises}",
            )
        )
    head = ("solver", "seconds", "iterations", "objective", "KKT residual", "dead parts", "what it is")
    return Table("The solvers", "The last step that begins within the time is finished.", head, rows)
