"""The gallery of parts: all of them in one view, on one scale or each on its own."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from partwise.plots.board import Board, bar_room, heading_height
from partwise.plots.lettering import part_names, short
from partwise.plots.pictures import (
    Shape,
    as_picture,
    as_rows,
    brightest_of,
    divided,
    limit_of,
    scale_of,
    strong_weights,
)
from partwise.plots.style import ACCENT, INK, INK_2, INK_3, LINE, PARTS, WIDTH, styled
from partwise.plots.usage import share_of_light
from partwise.wording import counted

GAP = 0.1


def parts_gallery(
    H: ArrayLike,
    shape: Shape,
    *,
    W: ArrayLike | None = None,
    scale: Literal["common", "own"] = "common",
    limit: float | None = None,
    names: Sequence[str | None] | None = None,
    cmap: str = PARTS,
    columns: int | None = None,
    title: str | None = None,
) -> Figure:
    """Show all parts as a grid of pictures, with their names and, if codes are given, their share of all light.

    Parameters
    ----------
    H : array-like of shape (n_components, n_features)
        The parts; where some are below 0, red adds and blue takes away.
    shape : (h, w) or (h, w, 3)
        Shape of one picture. Colour parts are shown in colour, each scaled by its own brightest pixel.
    W : array-like of shape (n_samples, n_components), optional
        The codes. With them, "common" shows what a part adds in a picture that uses it strongly (its 99th
        percentile weight times the part), and a bar below each part shows its share of all the light.
    scale : {"common", "own"}
        One scale for all parts, so that they can be compared, or each part on its own 99.9 % pixel.
    limit : float, optional
        Upper end of the common scale; by default the 99.5 % pixel that nine parts in ten stay below.
    names : sequence of str or None, optional
        Names of the parts; those without one are called by their number.
    cmap : str
        Colour map of grey parts.
    columns : int, optional
        Parts in one row; by default chosen so that the rows are full and the parts large.
    title : str, optional
        By default the number of parts; an empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    H = as_rows(H, shape, "parts_gallery")
    codes = None if W is None else _codes(W, len(H))
    if scale not in ("common", "own"):
        raise ValueError(f'scale needs "common" or "own", got {scale!r}.')
    count = len(H)
    labels = part_names(names, count)
    own = scale == "own" or len(shape) == 3
    strength = np.ones(count) if codes is None or own else strong_weights(codes)
    top = limit if limit is not None else limit_of(H, strength)
    share = None if codes is None else share_of_light(codes, H)
    cmap, low = scale_of(H, cmap)
    alive = np.asarray(H.any(axis=1) if codes is None else H.any(axis=1) & codes.any(axis=0))

    columns = columns or _columns(count, shape)
    side = min((WIDTH + GAP) / columns - GAP, 1.6)
    tall = side * shape[0] / shape[1]
    under = 0.2 if share is None else 0.26
    title = counted(count, "parts") if title is None else title
    about = _about(own, len(shape) == 3, codes is not None) + ("; white is 0, blue takes away" if low else "")
    head = heading_height(title, about)
    rows = math.ceil(count / columns)
    with styled():
        board = Board(WIDTH, head + rows * (tall + under + GAP) - GAP)
        room = WIDTH if own else WIDTH - bar_room(short(low * top), short(top)) - 0.3
        board.heading(title, about, room)
        if not own:
            board.colour_bar(WIDTH, head - 0.21, cmap, short(low * top), short(top))
        for index in range(count):
            x, y = index % columns * (side + GAP), head + index // columns * (tall + under + GAP)
            part = as_picture(H[index], shape)
            part = divided(part, brightest_of(part)).astype(np.float32) if own else part * np.float32(strength[index])
            end = 1 if own else top
            board.picture(part, (x, y, side, tall), cmap, (low * end, end))
            name, given = labels[index]
            ink = INK_3 if not alive[index] else INK if given else INK_2
            words = name if alive[index] else f"{name} (dead)"
            board.text(x, y + tall + 0.145, words, room=side, bold=given, color=ink)
            if share is not None:
                board.bar((x, y + tall + 0.2, side, 0.03), LINE)
                board.bar((x, y + tall + 0.2, side * share[index] / max(share.max(), 1e-300), 0.03), ACCENT)
        return board.figure


def _codes(W: ArrayLike, count: int) -> NDArray[Any]:
    codes = np.asarray(W)
    if codes.ndim != 2 or codes.shape[1] != count or not len(codes):
        raise ValueError(f"W needs shape (n_samples, {count}), one column a part, got {codes.shape}.")
    return codes


def _columns(count: int, shape: Shape) -> int:
    """Choose columns: about as wide as two screens of a page, and as few empty places as can be."""
    ideal = math.sqrt(count * 2.0 * shape[0] / shape[1])
    low, high = max(1, math.floor(ideal * 0.85)), max(1, math.ceil(ideal * 1.15))
    choices = range(min(max(low, 7), 16), min(max(high, 8), 16) + 1)
    return min(choices, key=lambda columns: (-count % columns / columns + abs(columns - ideal) / ideal, columns))


def _about(own: bool, colour: bool, weighted: bool) -> str:
    """Say which scale is used."""
    bars = "; bar: its share of all the light" if weighted else ""
    if colour:
        return f"each part in colour, on its own scale: its brightest pixels are as bright as can be{bars}"
    if own:
        return f"each part on its own scale: its brightest pixels are as bright as can be{bars}"
    if weighted:
        return f"one scale for all: what each part adds where it is used strongly{bars}"
    return "one scale for all: the value of each pixel"
