"""Parts beside where they are sure: what comes back from other starts, as pictures and as bars."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from partwise.plots.board import Board, bar_room, heading_height
from partwise.plots.feature_bars import FeatureBars, as_parts
from partwise.plots.lettering import part_names
from partwise.plots.pictures import Shape, as_picture, as_rows, brightest_of, divided
from partwise.plots.style import ACCENT, HEAT, INK, INK_2, INK_3, PARTS, WARN, WIDTH, styled
from partwise.wording import FAIR, FIRM, counted, sureness

GAP, BETWEEN, UNDER = 0.26, 0.035, 0.2  # inches: between pairs, within one, and for the words below
INKS = {"firm": ACCENT, "fair": INK_2, "shaky": WARN}
LEGEND = f"a part is firm where its mean cosine is above {FIRM:g}, fair above {FAIR:g}, else shaky"


def stability_pictures(
    H: ArrayLike,
    maps: ArrayLike,
    shape: Shape,
    stability: ArrayLike,
    *,
    names: Sequence[str | None] | None = None,
    title: str | None = None,
) -> Figure:
    """Show each part as a picture, and beside it where it comes back.

    Parameters
    ----------
    H : array-like of shape (n_components, n_features)
        The parts, >= 0; each is shown on its own scale.
    maps : array-like of shape (n_components, n_features)
        How sure each pixel is, 0 to 1 (`partwise.Consensus.stability_map`); all on one scale. Of a picture in colour
        the mean of its channels.
    shape : (h, w) or (h, w, 3)
        Shape of one picture.
    stability : array-like of shape (n_components,)
        How surely each part comes back, 0 to 1.
    names : sequence of str or None, optional
        Names of the parts; those without one are called by their number.
    title : str, optional
        By default the number of parts; an empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    H = as_rows(H, shape, "stability_pictures")
    sure, values = _checked(H, maps, stability, "stability_pictures")
    labels = part_names(names, len(H))
    columns = _columns(len(H))
    wide = (WIDTH + GAP) / columns - GAP
    side = (wide - BETWEEN) / 2
    tall = side * shape[0] / shape[1]
    step = tall + UNDER + 0.14
    title = counted(len(H), "parts") if title is None else title
    about = f"left: the part, on its own scale; right: where it comes back;\n{LEGEND}"
    head = heading_height(title, about)
    with styled():
        board = Board(WIDTH, head + math.ceil(len(H) / columns) * step - 0.14)
        board.heading(title, about, WIDTH - bar_room("surely there", "nothing, or not sure") - 0.3)
        board.colour_bar(WIDTH, head - 0.4, HEAT, "nothing, or not sure", "surely there")
        for index in range(len(H)):
            x, y = index % columns * (wide + GAP), head + index // columns * step
            part = as_picture(H[index], shape)
            shown = divided(part, brightest_of(part)).astype(np.float32)
            board.picture(shown, (x, y, side, tall), PARTS, (0, 1))
            where = as_picture(sure[index], shape)
            where = where.mean(axis=2) if where.ndim == 3 else where
            board.picture(where, (x + side + BETWEEN, y, side, tall), HEAT, (0, 1))
            name, given = labels[index]
            board.text(x, y + tall + 0.155, name, room=side, bold=given, color=INK if given else INK_2)
            words, ink = how_sure(values[index])
            board.text(x + side + BETWEEN, y + tall + 0.155, words, color=ink)
        return board.figure


def stability_bars(
    H: ArrayLike,
    maps: ArrayLike,
    stability: ArrayLike,
    feature: Callable[[int], str],
    *,
    top: int = 8,
    names: Sequence[str | None] | None = None,
    title: str | None = None,
) -> Figure:
    """Show each part as its strongest features, each a bar as far as it comes back and a line beyond.

    Parameters
    ----------
    H : array-like of shape (n_components, n_features)
        The parts, >= 0; a full bar is a part's largest value.
    maps : array-like of shape (n_components, n_features)
        How sure each feature is, 0 to 1.
    stability : array-like of shape (n_components,)
        How surely each part comes back, 0 to 1.
    feature : callable
        Returns the name of a feature, by its place from 0.
    top : int
        At most so many features a part, >= 1.
    names : sequence of str or None, optional
        Names of the parts; those without one are called by their number.
    title : str, optional
        By default the number of parts; an empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    parts = as_parts(H, "stability_bars", "features")
    sure, values = _checked(parts, maps, stability, "stability_bars")
    title = counted(len(parts), "parts") if title is None else title
    about = f"a bar as far as it comes back from other starts, a thin line as far as it does not;\n{LEGEND}"
    told = [
        f"{name}: {value:.2f} {sureness(value)}"
        for (name, _), value in zip(part_names(names, len(parts)), values, strict=True)
    ]
    return FeatureBars(parts, feature, top, numbers=False, sure=sure).draw(title, about, told, None)


def _columns(count: int) -> int:
    """Choose how many pairs stand in a row: few empty places, about as wide as high."""
    ideal = min(max(3.0, math.sqrt(1.1 * count)), 7.0)
    choices = range(math.floor(0.8 * ideal), min(math.ceil(1.25 * ideal), 7) + 1)
    return min(choices, key=lambda columns: (-count % columns / columns + abs(columns - ideal) / ideal, columns))


def how_sure(value: float) -> tuple[str, str]:
    """Return a stability with its word, and the colour that they are written in."""
    word = sureness(value)
    return (f"{value:.2f} {word}", INKS[word]) if word in INKS else (word, INK_3)


def _checked(
    H: NDArray[Any], maps: ArrayLike, stability: ArrayLike, who: str
) -> tuple[NDArray[np.float64], list[float]]:
    sure, values = np.asarray(maps, dtype=np.float64), np.asarray(stability, dtype=np.float64)
    if sure.shape != H.shape or values.shape != (len(H),):
        raise ValueError(
            f"{who} needs maps of the shape of H {H.shape} and stability of shape ({len(H)},), "
            f"got {sure.shape} and {values.shape}."
        )
    return sure, values.tolist()
