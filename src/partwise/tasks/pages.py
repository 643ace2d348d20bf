"""A folder of a report that is no run's: numbers first, then figures and the page."""

import platform
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from partwise.runs import FIGURES, made_here, write_skipped
from partwise.sources import Dataset
from partwise.storage import FORMAT, write_json, write_whole
from partwise.tasks.figures import introduced, write_figures
from partwise.tasks.progress import Progress
from partwise.tasks.read import Reading, lasting
from partwise.views import Drawing, view_of


def made_of(data: Dataset, reading: Reading, how: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a result was made with: the versions and the machine, how, and of which data."""
    return {
        **made_here(),
        "machine": f"{platform.system()}, {platform.machine()}",
        **how,
        **{f"source {key}": value for key, value in reading.settings().items() if value is not None},
        "fingerprint of the data": data.fingerprint,
    }


def shown_of(data: Dataset, what: str, made_with: Mapping[str, Any], figures: Sequence[Any]) -> dict[str, Any]:
    """Return what every page shows (`PageContent`), by name; `what` is what it is about, after the name of the data."""
    view = view_of(data)
    name, origin = introduced(view, data.X.shape, lasting(data.origin))
    return {
        "title": f"{name}: {what}",
        "origin": origin,
        "n_samples": data.n_samples,
        "n_features": data.n_features,
        "samples_are": view.samples_are,
        "features_are": view.features_are,
        "made_with": made_with,
        "notes": data.notes,
        "skipped": [(one.name, one.reason) for one in data.skipped],
        "duplicates": [(one.name, one.of) for one in data.duplicates],
        "figures": figures,
    }


def write_numbers(numbers: Path, page: Path, data: Dataset, body: Mapping[str, Any]) -> None:
    """Write the numbers before the page: they are what one that is interrupted now must not lose."""
    out = numbers.parent
    out.mkdir(parents=True, exist_ok=True)
    # what an older one left here must not pass for this one's
    for stale in (page, *(out / FIGURES).glob("*.png")):
        stale.unlink(missing_ok=True)
    about = {"source": lasting(data.origin), "kind": data.kind, "fingerprint": data.fingerprint}
    write_skipped(out, data.skipped)
    write_json(numbers, {"format": FORMAT, "data": about, **body})


def write_page(
    page: Path, drawings: Sequence[Drawing], render: Callable[[Sequence[Any]], str], watcher: Progress
) -> Path:
    """Draw the figures and write the page that `render` makes of them; return where."""
    figures, _ = write_figures(page.parent / FIGURES, drawings, watcher)
    write_whole(page, render(figures).encode("utf-8"))
    watcher.drawing(len(figures) + 1, len(figures) + 1)
    return page
