"""rank: a source in; how many parts it has, by several criteria; a folder out, which keeps every finished fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from partwise import plots
from partwise.losses import as_loss
from partwise.models import NMF
from partwise.ranks import RankReport, RankStep, rank_report
from partwise.ranks.criteria import check_criteria
from partwise.ranks.keeping import ABOUT, fits_in
from partwise.report import Opinion, RankContent, render_rank, span
from partwise.runs import FITS, RANK, RANK_REPORT
from partwise.sources import Dataset
from partwise.tasks.pages import made_of, shown_of, write_numbers, write_page
from partwise.tasks.places import check_apart, check_rank
from partwise.tasks.progress import Progress, Silent
from partwise.tasks.read import Reading, read_or_list
from partwise.views import Candidates, Drawing, view_of
from partwise.wording import counted

USUAL = 40  # where the range ends unless it is given
MODELS = ("nmf", "opnmf")


@dataclass(frozen=True)
class Settings:
    """Which numbers of parts are tried, and how.

    Parameters
    ----------
    first : int
        The least number of parts, >= 1.
    last : int or None
        The largest. None: 40, or what the data allow.
    step : int
        From one to the next, >= 1.
    restarts : int
        Starts at every number of parts, >= 0.
    folds : int
        How often other entries are hidden, >= 2.
    criteria : tuple of str or None
        None: the usual ones.
    model : {"nmf", "opnmf"}
    beta_loss : str or float
    seed : int
    reading : Reading
        How the source is read.
    """

    first: int = 1
    last: int | None = None
    step: int = 1
    restarts: int = 5
    folds: int = 4
    criteria: tuple[str, ...] | None = None
    model: str = "nmf"
    beta_loss: str | float = "frobenius"
    seed: int = 0
    reading: Reading = Reading()


@dataclass(frozen=True)
class Ranked:
    """A rank report and its data.

    Attributes
    ----------
    report : RankReport
    data : Dataset
    n_new : int
        Fits of this sitting; the others had been kept.
    note : str
        What the user should know of the range; empty where there is nothing.
    page : Path or None
        Where one was written.
    """

    report: RankReport
    data: Dataset
    n_new: int
    note: str
    page: Path | None


def rank(
    source: str | Path,
    out: Path | None,
    settings: Settings,
    *,
    force: bool = False,
    progress: Progress | None = None,
) -> Ranked:
    """Read, fit every number of parts, and write numbers, figures and report.

    Called again with the same folder it goes on where it was; one that is asked to stop writes what it has.

    Raises
    ------
    ValueError, OSError
        With the message for the user; no report has been written then.
    """
    watcher = progress or Silent()
    # a wrong setting is said before a large folder is read
    NMF(beta_loss=settings.beta_loss)._validate_params()
    check_settings(settings)
    if out is not None:
        check_rank(out)
    data = read_or_list(source, settings.reading, out, watcher)
    if out is not None:
        check_apart(out, source)
    ks, note = range_of(settings, data)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        if force:
            forget(out)
    new = 0

    def follow(step: RankStep) -> bool:
        nonlocal new
        new += 1
        return watcher.ranking(step)

    keep = None if out is None else out / FITS
    try:
        report = rank_report(
            data.X,
            ks,
            model=settings.model,
            beta_loss=settings.beta_loss,
            n_restarts=settings.restarts,
            n_folds=settings.folds,
            criteria=settings.criteria,
            random_state=settings.seed,
            keep=keep,
            callback=follow,
        )
    except ValueError as error:
        if keep is None or not str(error).startswith(str(keep)):
            raise
        raise ValueError(f"{error} To begin anew: --force.") from None
    page = None if out is None else _write(out, report, data, settings, watcher)
    return Ranked(report, data, new, note, page)


def check_settings(settings: Settings) -> None:
    """Raise ValueError where no data could make sense of them."""
    least = {
        "--from": (settings.first, 1, ""),
        "--step": (settings.step, 1, ""),
        "--restarts": (settings.restarts, 0, ""),
        "--folds": (settings.folds, 2, ": a standard error needs two"),
    }
    for option, (value, lowest, why) in least.items():
        if value < lowest:
            raise ValueError(f"{option} wants a number of at least {lowest}, got {value}{why}.")
    if settings.last is not None and settings.last < settings.first:
        raise ValueError(
            f"--to {settings.last} is below --from {settings.first}, so there is nothing to try. "
            f"Choose --to {settings.first} or more."
        )
    if settings.model not in MODELS:
        raise ValueError(f"--model wants {' or '.join(MODELS)}, got {settings.model!r}.")
    if settings.criteria is not None:
        check_criteria(settings.criteria, settings.model, as_loss(settings.beta_loss).beta)


def range_of(settings: Settings, data: Dataset) -> tuple[list[int], str]:
    """Return the numbers of parts to try, and what to say of their end where nobody gave it.

    Raises
    ------
    ValueError
        The data are too few for them.
    """
    view = view_of(data)
    most, things = min((data.n_samples, view.samples_are), (data.n_features, view.features_are))
    asked = settings.first if settings.last is None else settings.last
    if asked > most:
        option = "--from" if settings.first > most else "--to"
        raise ValueError(
            f"{option} {settings.first if option == '--from' else asked} is more than there are {things}, "
            f"{most:,}, and so many parts rebuild any data exactly. Choose {option} {most} at most."
        )
    # as many parts as samples rebuild them all, and so say nothing
    end = max(settings.first, min(USUAL, most - 1))
    note = ""
    if settings.last is None:
        why = f" ({counted(most, things)})" if end < USUAL else ""
        note = f"k goes to {end}{why} unless --to says otherwise."
    return list(range(settings.first, (end if settings.last is None else settings.last) + 1, settings.step)), note


def forget(out: Path) -> None:
    """Remove the fits that a folder keeps, and nothing that is not of a survey."""
    for kept in (*fits_in(out / FITS), out / FITS / ABOUT):
        kept.unlink(missing_ok=True)


def drawings(report: RankReport, data: Dataset) -> list[Drawing]:
    """Return the figures of a rank report, in the order of its page."""
    made = []
    if any(len(curve.ks) for one in report.criteria for curve in one.curves):
        band = (
            "The band through all panels is the recommended number. "
            if report.recommended is not None
            else "No number is recommended. "
        )
        made.append(
            Drawing(
                "criteria",
                "Every criterion over the number of parts",
                f"A point marks what a criterion picks: filled where it votes, open where it stands beside. {band}"
                "Shaded: one standard error. Dotted: the level that values are held against.",
                lambda: plots.rank_criteria(report.criteria, recommended=report.recommended),
                "Criteria",
            )
        )
    shown = {k: report.parts[k] for k in report.candidates if k in report.parts}
    if shown:
        sure = {k: report.part_stability[k] for k in shown if k in report.part_stability}
        made.append(view_of(data).candidates(Candidates(shown, sure, report.recommended)))
    return made


def _write(out: Path, report: RankReport, data: Dataset, settings: Settings, watcher: Progress) -> Path:
    made_with = made_of(
        data,
        settings.reading,
        {
            "model": report.model,
            "loss": report.loss,
            "k": span(report.ks),
            "restarts": report.n_restarts,
            "folds": report.n_folds,
            "seed": settings.seed,
        },
    )
    page = out / RANK_REPORT
    write_numbers(out / RANK, page, data, {"made_with": made_with, "rank": report.to_dict()})
    return write_page(
        page,
        drawings(report, data),
        lambda figures: render_rank(content_of(report, data, made_with, figures)),
        watcher,
    )


def content_of(report: RankReport, data: Dataset, made_with: dict[str, Any], figures: Sequence[Any]) -> RankContent:
    """Return what the page of a rank report says."""
    sure = report.part_stability.get(report.recommended or 0, np.empty(0))
    known = sure[np.isfinite(sure)]
    return RankContent(
        **shown_of(data, "how many parts?", made_with, figures),
        sentence=report.sentence,
        recommended=report.recommended,
        robust=report.robust,
        firm=report.firm,
        agree=report.agree,
        complete=report.complete,
        ks=report.ks,
        opinions=[
            Opinion(one.key, one.title, one.pick, one.said, one.reliability, one.votes) for one in report.criteria
        ],
        least=float(known.min()) if len(known) else float("nan"),
        n_restarts=report.n_restarts,
        n_folds=report.n_folds,
        n_fits=report.n_fits,
        seconds=report.seconds,
        warnings=report.warnings,
    )
