"""look: the figures and the report of a run, made again from what is on disk."""

from dataclasses import dataclass
from pathlib import Path

from partwise.report import ReportContent, ReportFigure, render_report
from partwise.runs import FIGURES, REPORT, Run
from partwise.sources import Dataset
from partwise.storage import write_whole
from partwise.tasks.drawing import drawings
from partwise.tasks.figures import introduced, write_figures
from partwise.tasks.findings import findings, goal_of
from partwise.tasks.progress import Progress, Silent
from partwise.tasks.read import read_source, reading_of
from partwise.wording import counted


@dataclass(frozen=True)
class Look:
    """What was made.

    Attributes
    ----------
    report : Path
    figures : tuple of Path
    note : str or None
        Why figures with samples are missing, if they are.
    """

    report: Path
    figures: tuple[Path, ...]
    note: str | None = None


def look(
    run: Run,
    data: Dataset | None = None,
    *,
    most_parts: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> Look:
    """Draw the figures of a run and write its report.

    Parameters
    ----------
    run : Run
    data : Dataset or None
        The samples, if they are at hand; else they are read again, and left out if they are gone or have changed.
    most_parts : int or None
        Show only so many of the strongest parts.
    force : bool
        Make a report without the samples even where there is one with them; their figures are removed.

    Raises
    ------
    ValueError
        The samples cannot be had again, and there is a report with figures of them; nothing has been changed then.
    """
    watcher = progress or Silent()
    reason = None
    if data is None:
        data, reason = _read_again(run, watcher)
    note = f"Figures that show samples are left out: {reason}" if reason else None
    folder = run.path / FIGURES
    stale = [path for key in run.view.of_samples if (path := folder / f"{key}.png").exists()] if reason else []
    if stale and not force and (run.path / REPORT).exists():
        raise ValueError(
            f"{run.path} has figures that cannot be made again: {str(reason).rstrip('.')}. "
            "Its report stays as it is; --force makes it again without them."
        )
    figures, paths = write_figures(folder, drawings(run, data, most_parts), watcher)
    html = render_report(_content(run, figures, note))
    write_whole(run.path / REPORT, html.encode("utf-8"))
    for path in stale if force else ():
        path.unlink(missing_ok=True)
    watcher.drawing(len(figures) + 1, len(figures) + 1)
    return Look(run.path / REPORT, tuple(paths), note)


def _read_again(run: Run, watcher: Progress) -> tuple[Dataset | None, str | None]:
    """Return the samples, or None and the reason why they are not those of the fit."""
    source = run.facts["source"]
    try:
        data = read_source(source, reading_of(run, source), watcher)
    except (ValueError, OSError) as error:
        return None, str(error)
    if data.fingerprint != run.facts["fingerprint"]:
        return None, f"{source} has changed since the fit."
    return data, None


def _content(run: Run, figures: list[ReportFigure], note: str | None) -> ReportContent:
    facts, view = run.facts, run.view
    name, origin = introduced(view, (facts["n_samples"], facts["n_features"]), str(facts["source"]))
    return ReportContent(
        title=f"{name}: {counted(facts['n_components'], 'parts')}",
        origin=origin,
        n_samples=facts["n_samples"],
        n_features=facts["n_features"],
        n_components=facts["n_components"],
        relative_error=facts["relative_error"],
        kkt_residual=facts["kkt_residual"],
        tol=goal_of(facts),
        converged=facts["converged"],
        reason=facts["reason"],
        n_iter=facts["n_iter"],
        seconds=facts["seconds"],
        n_dead_components=facts["n_dead_components"],
        samples_are=view.samples_are,
        features_are=view.features_are,
        image_shape=view.shape,
        made_with=run.made_with,
        findings=tuple(findings(facts)),
        notes=[*run.notes, *([note] if note else [])],
        skipped=[(one.name, one.reason) for one in run.skipped],
        duplicates=[(one.name, one.of) for one in run.duplicates],
        figures=figures,
    )
