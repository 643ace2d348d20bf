"""Figures on disk: each is made, written as a PNG, and handed on to a report."""

import io
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from partwise.plots import STYLE
from partwise.report import ReportFigure
from partwise.storage import write_whole
from partwise.tasks.progress import Progress
from partwise.views import Drawing


def write_figures(folder: Path, made: Sequence[Drawing], watcher: Progress) -> tuple[list[ReportFigure], list[Path]]:
    """Make figures and write each as a PNG into a folder; return them for a report, which is one more thing to make."""
    folder.mkdir(parents=True, exist_ok=True)
    watcher.drawing(0, len(made) + 1)
    figures: list[ReportFigure] = []
    paths: list[Path] = []
    for done, drawing in enumerate(made, 1):
        figure = drawing.draw()
        paths.append(folder / f"{drawing.key}.png")
        write_whole(paths[-1], _png(figure))
        figures.append(ReportFigure(drawing.key, drawing.title, drawing.caption, figure, drawing.short))
        watcher.drawing(done, len(made) + 1)
    return figures, paths


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=STYLE["savefig.dpi"], metadata={"Software": None})
    return buffer.getvalue()
