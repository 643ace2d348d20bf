"""Figures on disk: each is made, written as a PNG, and handed on to a report, which says what they are of."""

import io
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from partwise.plots import STYLE
from partwise.report import ReportFigure, inlined
from partwise.storage import write_whole
from partwise.tasks.progress import Progress
from partwise.views import Drawing, View
from partwise.wording import counted


def write_figures(folder: Path, made: Sequence[Drawing], watcher: Progress) -> tuple[list[ReportFigure], list[Path]]:
    """Make figures and write each as a PNG into a folder; return them for a report, which is one more thing to make."""
    folder.mkdir(parents=True, exist_ok=True)
    watcher.drawing(0, len(made) + 1)
    figures: list[ReportFigure] = []
    paths: list[Path] = []
    for done, drawing in enumerate(made, 1):
        figure = drawing.draw()
        paths.append(folder / f"{drawing.key}.png")
        write_whole(paths[-1], png(figure))
        drawn = inlined(figure, drawing.key)
        del figure  # it keeps what it was drawn with, and the next is drawn now
        figures.append(ReportFigure(drawing.key, drawing.title, drawing.caption, drawn, drawing.short))
        watcher.drawing(done, len(made) + 1)
    return figures, paths


def png(figure: Figure) -> bytes:
    """Return a figure as a PNG."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=STYLE["savefig.dpi"], metadata={"Software": None})
    return buffer.getvalue()


def introduced(view: View, shape: tuple[int, int], source: str) -> tuple[str, str]:
    """Return the name of a source for a title, and a sentence about its data, (n_samples, n_features), for below it."""
    name = Path(source).name or source
    origin = f"{counted(shape[0], view.samples_are)} of {view.size(shape[1])}"
    return name, f"{origin}." if name == source else f"{origin}, from {source}"
