"""Figures of a search: the contact sheet, why two pictures are alike, what each part adds to one."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from partwise import plots
from partwise.search import Explanation
from partwise.storage import write_whole
from partwise.tasks.asking import Hit, Query
from partwise.tasks.figures import png
from partwise.tasks.finder import Finder
from partwise.tasks.places import check_figure_place


def contact_sheet(finder: Finder, query: Query, hits: Sequence[Hit], *, title: str, scores_are: str = "") -> Figure:
    """Show a query beside what was found, originals above and reconstructions below.

    Parameters
    ----------
    finder : Finder
        Of a run of pictures.
    query : Query
    hits : sequence of Hit
    title : str
    scores_are : str
        What stands before a score.
    """
    numbers = [hit.number for hit in hits]
    found = [
        plots.Card(
            original, finder.reconstruction(finder.entries.codes[hit.row]), hit.name, f"{scores_are}{hit.score:.4f}"
        )
        for hit, original in zip(hits, originals(finder, numbers), strict=True)
    ]
    code = finder.reconstruction(query.code)
    first = plots.Card(original_of(finder, query), code, query.name, "query")
    about = "Originals above, what the parts make of them below."
    return plots.contact_sheet(first, found, finder.run.view.shape, title=title, about=about)  # type: ignore[arg-type]


def why_figure(finder: Finder, queries: tuple[Query, Query], explanation: Explanation) -> Figure:
    """Show why two pictures are alike, or not."""
    here, there = queries
    return plots.why_alike(
        explanation.shared,
        (explanation.more_here, explanation.more_there),
        (explanation.here, explanation.there),
        finder.run.parts,
        finder.run.view.shape,  # type: ignore[arg-type]
        pictures=(original_of(finder, here), original_of(finder, there)),
        names=(here.name, there.name),
        called=called(finder),
    )


def maps_figure(finder: Finder, query: Query) -> Figure:
    """Show what each part adds to a picture, their sum and what is left over.

    Raises
    ------
    ValueError, OSError
        The picture cannot be read again.
    """
    values = query.values if query.number is None else finder.pixels(query.number)
    if values is None:
        raise ValueError(f"{query.name} is no picture, so nothing is left over of it. Give a picture.")
    shape = finder.run.view.shape
    title = f"What each part adds to {query.name}"
    return plots.contribution_maps(values, query.code, finder.run.parts, shape, names=called(finder), title=title)  # type: ignore[arg-type]


def called(finder: Finder) -> list[str | None]:
    """Return the names of all parts, None for those without one."""
    return [finder.part_names.get(number) for number in range(1, len(finder.run.parts) + 1)]


def original_of(finder: Finder, query: Query) -> np.ndarray:
    """Return a query as a picture in [0, 1]: as it is catalogued, as it was read, or as the mixture that it is."""
    if query.number is not None:
        return originals(finder, [query.number])[0]
    values = finder.reconstruction(query.code) if query.values is None else query.values
    return np.clip(finder.run.picture(values), 0, 1)


def originals(finder: Finder, numbers: Sequence[int]) -> list[np.ndarray]:
    """Return thumbnails as arrays in [0, 1]."""
    made = []
    for number, thumbnail in zip(numbers, finder.catalogue.thumbnails(numbers), strict=True):
        if thumbnail is None:
            raise ValueError(f"Number {number} of {finder.run.path} has no thumbnail, so it cannot be drawn.")
        made.append(np.asarray(Image.open(io.BytesIO(thumbnail), formats=["JPEG"]), dtype=np.float32) / 255)
    return made


def write_figure(path: Path, figure: Figure, *, force: bool = False) -> None:
    """Write a figure as a PNG file.

    Raises
    ------
    ValueError, OSError
        The file is there already, or is to have another ending, or cannot be written.
    """
    check_figure_place(path, force)
    write_whole(path, png(figure))
