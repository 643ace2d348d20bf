"""The gallery of parts of data that are no pictures: for each part, its strongest features as bars."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from partwise.plots.board import Board, heading_height
from partwise.plots.lettering import part_names, weight, width_of
from partwise.plots.ranking import signed, strongest
from partwise.plots.style import ACCENT, CAPTION, INK, INK_2, INK_3, LABEL, SUNK, WARN, WIDTH, styled
from partwise.wording import counted

GAP, LINE_HEIGHT = 0.32, 0.19
BAR = 1.0  # inches that a bar and its number should have


def profiles_gallery(
    H: ArrayLike,
    feature_names: Sequence[str] | None = None,
    *,
    top: int = 8,
    names: Sequence[str | None] | None = None,
    columns: int | None = None,
    title: str | None = None,
) -> Figure:
    """Show each part as a small chart of its strongest features; a bar is full at the part's largest value.

    Parameters
    ----------
    H : array-like of shape (n_components, n_features)
        The parts; what is below 0 is taken away, and bears a minus.
    feature_names : sequence of str, optional
        Names of the features; by default their numbers, from 1.
    top : int
        At most so many features a part, >= 1.
    names : sequence of str or None, optional
        Names of the parts; those without one are called by their number.
    columns : int, optional
        Parts in one row, by default at most 5, fewer where names are long.
    title : str, optional
        By default the number of parts; an empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    H = np.asarray(H)
    if H.ndim != 2 or not H.size:
        raise ValueError(f"profiles_gallery needs parts of shape (n_components, n_features), got {H.shape}.")
    if feature_names is not None and len(feature_names) != H.shape[1]:
        raise ValueError(f"feature_names needs one name a feature ({H.shape[1]}), got {len(feature_names)}.")
    count, top = len(H), min(top, H.shape[1])
    labels = part_names(names, count)
    shown = [strongest(row, top) for row in H]
    words = [
        [signed(str(feature_names[j]) if feature_names is not None else f"feature {j + 1}", row[j]) for j in order]
        for row, order in zip(H, shown, strict=True)
    ]
    if columns is None:
        longest = max((width_of(word) for some in words for word in some), default=0.0)
        columns = min(max(int((WIDTH + GAP) / (longest + BAR + GAP)), 2), 5, max(count, 3))
    width = (WIDTH + GAP) / columns - GAP
    step = 0.26 + top * LINE_HEIGHT + GAP
    title = counted(count, "parts") if title is None else title
    about = "the strongest features of each; each part on its own scale: a full bar is its largest value"
    about += "; brown: taken away" if (H < 0).any() else ""
    head = heading_height(title, about)
    with styled():
        board = Board(WIDTH, head + math.ceil(count / columns) * step - GAP)
        board.heading(title, about, WIDTH)
        for index in range(count):
            x, y = index % columns * (width + GAP), head + index // columns * step
            name = labels[index][0]
            order = shown[index]
            ink = INK if len(order) else INK_3
            board.text(
                x, y + 0.15, name if len(order) else f"{name} (dead)", room=width, size=LABEL, bold=True, color=ink
            )
            gutter = min(max(map(width_of, words[index]), default=0.0) + 0.08, 0.6 * width)
            number = max((width_of(weight(float(H[index, j]))) for j in order), default=0.0) + 0.06
            for line, j in enumerate(order):
                foot = y + 0.26 + line * LINE_HEIGHT
                full = width - gutter - number
                board.text(x, foot + 0.13, words[index][line], room=gutter - 0.06, color=INK_2, size=CAPTION)
                board.bar((x + gutter, foot + 0.03, full, 0.12), SUNK)
                share, ink = abs(float(H[index, j] / H[index, order[0]])), WARN if H[index, j] < 0 else ACCENT
                board.bar((x + gutter, foot + 0.03, full * share, 0.12), ink)
                board.text(x + width, foot + 0.13, weight(float(H[index, j])), color=INK_3, ha="right")
        return board.figure
