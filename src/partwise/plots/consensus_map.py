"""The consensus matrix as a heat map: which samples go together in how many of the runs, in the order of their tree."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from partwise.plots.board import Board, bar_room, heading_height
from partwise.plots.clustermap import CLASSES, leaves, neighbours
from partwise.plots.lettering import fit, percent, readable, width_of
from partwise.plots.style import CAPTION, EDGE, HEAT, WIDTH, styled
from partwise.wording import natural_key

TREE, STRIP, GAP = 1.3, 0.16, 0.06  # inches: the tree beside the map, the strip of classes, the air between them
SIDE, NAMELESS = 6.2, 7.8  # inches of the map, with names beside it and without
NAMED = 60  # samples whose names have room beside the map


def consensus_map(
    matrix: ArrayLike,
    tree: ArrayLike | None = None,
    *,
    labels: Sequence[Any] | None = None,
    names: Sequence[str] | None = None,
    samples_are: str = "samples",
    title: str | None = None,
) -> Figure:
    """Draw in which share of the runs two samples used the same part most, alike samples side by side.

    Parameters
    ----------
    matrix : array-like of shape (n, n)
        0 to 1, symmetric.
    tree : array-like of shape (n - 1, 4), optional
        A linkage matrix of the samples, which gives their order and is drawn beside them; unless given, they stay as
        they are.
    labels : sequence of shape (n,), optional
        A class for each sample, shown as a strip of colours. At most ten are named; the colours of more come again.
    names : sequence of str of shape (n,), optional
        Shown beside the map where there are at most 60.
    samples_are : str
        What a sample is called, in the plural.
    title : str, optional
        An empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    C = np.asarray(matrix, dtype=np.float64)
    n = len(C)
    if C.ndim != 2 or C.shape != (n, n) or not n:
        raise ValueError(f"consensus_map needs a square matrix, a row for each sample, got {C.shape}.")
    for what, given in (("labels", labels), ("names", names)):
        if given is not None and len(given) != n:
            raise ValueError(f"{what} needs one a sample ({n}), got {len(given)}.")
    links = None if tree is None or n < 2 else np.asarray(tree, dtype=np.float64)
    order = np.arange(n) if links is None else leaves(links)
    classes = None if labels is None else [str(labels[int(row)]) for row in order]
    title = f"Which {samples_are} stay together? ({n:,} {samples_are})" if title is None else title
    about = f"in which share of the runs two {samples_are} used the same part most"
    legend = [] if classes is None else _legend(classes)
    head = heading_height(title, about) + (0.24 if classes else 0.0)
    named = names is not None and n <= NAMED
    side = SIDE if named else NAMELESS
    left = (TREE + GAP if links is not None else 0.0) + (STRIP + GAP if classes else 0.0)
    with styled():
        board = Board(WIDTH, head + side)
        below = board.heading(title, about, WIDTH - bar_room("never", "always") - 0.3)
        board.colour_bar(WIDTH, below - 0.31, HEAT, "never", "always")
        x = 0.0
        for colour, words, room in legend:
            if colour:
                board.text(x, below + 0.05, "■", color=colour)
            board.text(x + (0.14 if colour else 0), below + 0.05, words, room=room)
            x += 0.34 + width_of(fit(words, room))
        if links is not None:
            _draw_tree(board, links, order, (0.0, head, TREE, side))
        colours = dict(_colours(classes)) if classes else {}
        step = side / n
        for place, name in enumerate(classes or []):
            board.bar((left - STRIP - GAP, head + place * step, STRIP, step * 1.02), colours[name])
        image = board.picture(C[np.ix_(order, order)].astype(np.float32), (left, head, side, side), HEAT, (0, 1))
        image.set_interpolation("nearest" if n <= 400 else "auto")
        if names is not None and named:
            size = min(CAPTION, step * 72 * 0.85)
            room = WIDTH - left - side - 0.1
            for place, row in enumerate(order):
                y = head + (place + 0.5) * step
                board.text(left + side + 0.08, y, readable(names[int(row)]), room=room, size=size, va="center")
        return board.figure


def _draw_tree(
    board: Board, links: NDArray[np.float64], order: NDArray[np.intp], box: tuple[float, float, float, float]
) -> None:
    """Draw the tree, its leaves at the right; a loop and no recursion, so that its depth does not matter."""
    x, y, width, height = box
    n = len(order)
    top = float(links[-1, 2]) or 1.0
    down, across = np.empty(2 * n - 1), np.full(2 * n - 1, x + width)
    down[order] = y + (np.arange(n) + 0.5) * height / n
    lines = []
    for step, (one, other, distance) in enumerate(links[:, :3]):
        left, right, here = int(one), int(other), n + step
        across[here] = x + width * (1 - max(distance, 0.0) / top)
        down[here] = (down[left] + down[right]) / 2
        lines.append(
            [
                (across[left], down[left]),
                (across[here], down[left]),
                (across[here], down[right]),
                (across[right], down[right]),
            ]
        )
    board.axes.add_collection(
        LineCollection(lines, colors=EDGE, linewidths=0.6 if n <= 200 else 0.3, rasterized=n > 200), autolim=False
    )


def _colours(classes: Sequence[str]) -> list[tuple[str, str]]:
    """Return the colour of each class: by name if all have their own, else in turn as they come."""
    names = sorted(set(classes), key=natural_key)
    if len(names) > len(CLASSES):
        names = list(dict.fromkeys(classes))
    return [(name, CLASSES[place % len(CLASSES)]) for place, name in enumerate(names)]


def _legend(classes: Sequence[str]) -> list[tuple[str, str, float]]:
    """Return (colour, words, room) of each class, or a sentence of no colour where there are too many to be named."""
    colours = _colours(classes)
    if len(colours) <= len(CLASSES):
        return [(colour, name, min(WIDTH / len(colours) - 0.34, 1.4)) for name, colour in colours]
    alike, chance = neighbours(classes)
    said = (
        f"strip beside the map: {len(colours):,} classes, the colours come again; {percent(alike, 0)} of neighbours "
        f"are of one class, {percent(chance, 0)} would be by chance"
    )
    return [("", said, WIDTH)]
