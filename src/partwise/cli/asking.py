"""What search and explain ask for alike: a run with its catalogue, and what counts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from partwise.tasks.asking import Counting
    from partwise.tasks.finder import Finder

Measure = Annotated[
    str,
    typer.Option("--measure", help="cosine, whitened (every part equally loud) or euclidean (sees brightness too)."),
]
Only = Annotated[
    str | None, typer.Option("--only", metavar="PARTS", help="Only these parts count, such as 3,eyes; or --without.")
]
Without = Annotated[str | None, typer.Option("--without", metavar="PARTS", help="These parts do not count.")]
Weights = Annotated[
    str | None,
    typer.Option("--weights", metavar="PART:WEIGHT,...", help="How much parts count, such as 3:2,7:0.5; others 1."),
]
Figure = Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE.png", help="Draw it into this file.")]


def finder_of(run: Path, out: Path | None, force: bool) -> "Finder":
    """Open a run to be searched; what is wrong with the figure that is to be drawn is said first."""
    from partwise.runs import load_run
    from partwise.tasks.finder import Finder

    opened = load_run(run)
    if out is not None:
        from partwise.tasks.places import check_figure_place

        if "image_shape" not in opened.facts or opened.facts["image_shape"] is None:
            raise ValueError(f"--out draws pictures, and {run} was made of {opened.view.samples_are}. Leave it out.")
        check_figure_place(out, force)
    finder = Finder.of(opened, tell=lambda text: typer.echo(f"note: {text}", err=True))
    if finder.entries.stale:
        typer.echo(
            f"note: {finder.entries.stale} {opened.view.samples_are} have codes of an earlier model and are left out. "
            f"Run: partwise reindex {run}",
            err=True,
        )
    return finder


def counting_of(
    finder: "Finder", measure: str, only: str | None, without: str | None, weights: str | None, label: str | None
) -> "Counting":
    """Return what counts, as the options say it."""
    import numpy as np

    from partwise.tasks.asking import Counting
    from partwise.tasks.finder import part_weights

    if only is not None and without is not None:
        raise ValueError("--only and --without say the same thing from two sides. Give one of them.")
    count = np.ones(len(finder.run.parts))
    if only is not None:
        count[:] = 0
        count[[finder.part_called(one) - 1 for one in split(only)]] = 1
    for one in split(without):
        count[finder.part_called(one) - 1] = 0
    for part, weight in part_weights(finder, split(weights)).items():
        count[part - 1] *= weight
    return Counting(measure, None if (count == 1).all() else count, label)


def split(text: str | None) -> list[str]:
    """Return what stands between commas."""
    return [one for one in text.split(",") if one.strip()] if text else []


def names_of_parts(finder: "Finder") -> list[str]:
    """Return what each part is called: its name, or its number and, where words tell what it is, its strongest."""
    from partwise.tasks.drawing import learned_of

    run = finder.run
    words = [""] * len(run.parts)
    if run.view.lines(learned_of(run)):
        words = [f" ({', '.join(run.view.strongest(part, 3))})" for part in run.parts]
    return [finder.part_names.get(number, f"part {number}") + one for number, one in enumerate(words, 1)]
