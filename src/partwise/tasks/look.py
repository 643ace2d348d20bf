"""look: the figures and the report of a run, made again from what is on disk."""

import io
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from partwise.plots import STYLE
from partwise.report import ReportContent, ReportFigure, render_report
from partwise.runs import FIGURES, REPORT, Run
from partwise.sources import Dataset
from partwise.storage import write_whole
from partwise.tasks.drawing import drawings
from partwise.tasks.progress import Progress, Silent
from partwise.tasks.read import Reading, read_source


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
    run: Run, data: Dataset | None = None, *, most_parts: int | None = None, progress: Progress | None = None
) -> Look:
    """Draw the figures of a run and write its report.

    Parameters
    ----------
    run : Run
    data : Dataset or None
        The samples, if they are at hand; else they are read again, and left out if they are gone or have changed.
    most_parts : int or None
        Show only so many of the strongest parts.
    """
    watcher = progress or Silent()
    data, note = (data, None) if data is not None else _read_again(run, watcher)
    folder = run.path / FIGURES
    folder.mkdir(exist_ok=True)
    made = drawings(run, data, most_parts)
    watcher.drawing(0, len(made) + 1)
    figures: list[ReportFigure] = []
    paths: list[Path] = []
    for done, drawing in enumerate(made, 1):
        figure = drawing.draw()
        paths.append(folder / f"{drawing.key}.png")
        write_whole(paths[-1], _png(figure))
        figures.append(ReportFigure(drawing.key, drawing.title, drawing.caption, figure))
        watcher.drawing(done, len(made) + 1)
    html = render_report(_content(run, figures, note))
    write_whole(run.path / REPORT, html.encode("utf-8"))
    watcher.drawing(len(made) + 1, len(made) + 1)
    return Look(run.path / REPORT, tuple(paths), note)


def _read_again(run: Run, watcher: Progress) -> tuple[Dataset | None, str | None]:
    """Return the samples, or None and the reason why they are not those of the fit."""
    source = run.facts["source"]
    missing = "Figures that show samples are left out"
    try:
        data = read_source(source, Reading.from_settings(run.settings), watcher)
    except (ValueError, OSError) as error:
        return None, f"{missing}: {error}"
    if data.fingerprint != run.facts["fingerprint"]:
        return None, f"{missing}: {source} has changed since the fit."
    return data, None


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=STYLE["savefig.dpi"], metadata={"Software": None})
    return buffer.getvalue()


def _content(run: Run, figures: list[ReportFigure], note: str | None) -> ReportContent:
    facts = run.facts
    pictures = run.shape is not None
    return ReportContent(
        title=f"{Path(facts['source']).name or facts['source']}: {facts['n_components']} parts",
        origin=str(facts["source"]),
        n_samples=facts["n_samples"],
        n_features=facts["n_features"],
        n_components=facts["n_components"],
        relative_error=facts["relative_error"],
        kkt_residual=facts["kkt_residual"],
        tol=facts["tol"],
        converged=facts["converged"],
        reason=facts["reason"],
        n_iter=facts["n_iter"],
        seconds=facts["seconds"],
        n_dead_components=facts["n_dead_components"],
        samples_are="pictures" if pictures else "samples",
        features_are="pixels" if pictures else "features",
        made_with=run.made_with,
        notes=[*run.notes, *([note] if note else [])],
        skipped=[(one.name, one.reason) for one in run.skipped],
        duplicates=[(one.name, one.of) for one in run.duplicates],
        figures=figures,
    )
