"""Parts as bars of their strongest features, in a grid: what galleries of features and of topics have in common."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from partwise.plots.board import Board, heading_height
from partwise.plots.lettering import part_names, weight, width_of
from partwise.plots.ranking import signed, strongest
from partwise.plots.style import ACCENT, CAPTION, EDGE, INK, INK_2, INK_3, LABEL, SUNK, WARN, WIDTH, styled

GAP, TITLE = 0.33, 0.26  # inches; between parts, and for the name of one


@dataclass(frozen=True)
class FeatureBars:
    """Parts as bars; a full bar is a part's largest value.

    Parameters
    ----------
    H : ndarray of shape (n_components, n_features)
        The parts; what is below 0 is taken away.
    feature : callable
        Returns the name of a feature, by its place from 0.
    top : int
        At most so many features a part.
    numbers : bool
        Whether the values stand beside the bars.
    sure : ndarray of shape (n_components, n_features), optional
        Up to which share of itself a bar is a bar, 0 to 1; the rest is a line.
    """

    H: NDArray
    feature: Callable[[int], str]
    top: int
    numbers: bool
    sure: NDArray | None = None

    def draw(self, title: str, about: str, names: Sequence[str | None] | None, columns: int | None) -> Figure:
        """Return the figure, its parts under their names, in so many columns or as many as have room."""
        labels = [label for label, _ in part_names(names, len(self.H))]
        shown = [strongest(row, self.top) for row in self.H]
        named = [[signed(self.feature(int(j)), row[j]) for j in some] for row, some in zip(self.H, shown, strict=True)]
        values = [
            [weight(float(row[j])) if self.numbers else "" for j in some]
            for row, some in zip(self.H, shown, strict=True)
        ]
        size = CAPTION if self.numbers or self.sure is not None else LABEL
        # one gutter for all, so that the bars of a column begin on one line
        longest = max((width_of(word, size) for some in named for word in some), default=0.0)
        number = max((width_of(value) + 0.06 for some in values for value in some if value), default=0.0)
        columns = columns or min(max(int((WIDTH + GAP) / (longest + number + 0.7 + GAP)), 2), 5, max(len(self.H), 3))
        width = (WIDTH + GAP) / columns - GAP
        gutter = min(longest + 0.1, 0.6 * width)
        line, full = size * 0.0217, width - gutter - number
        step = TITLE + max((len(some) for some in shown), default=0) * line + GAP
        about += "; brown: taken away" if (self.H < 0).any() else ""
        head = heading_height(title, about)
        with styled():
            board = Board(WIDTH, head + math.ceil(len(self.H) / columns) * step - GAP)
            board.heading(title, about, WIDTH)
            for index, some in enumerate(shown):
                x, y = index % columns * (width + GAP), head + index // columns * step
                name, ink = (labels[index], INK) if len(some) else (f"{labels[index]} (dead)", INK_3)
                board.text(x, y + 0.15, name, room=width, size=LABEL, bold=True, color=ink)
                for place, j in enumerate(some):
                    foot = y + TITLE + place * line
                    board.text(x, foot + 0.13, named[index][place], room=gutter - 0.06, size=size, color=INK_2)
                    share = abs(float(self.H[index, j] / self.H[index, some[0]]))
                    board.bar((x + gutter, foot + 0.03, full, 0.12), SUNK)
                    ink = WARN if self.H[index, j] < 0 else ACCENT
                    if self.sure is not None:
                        board.bar((x + gutter, foot + 0.075, full * share, 0.03), EDGE)
                        share *= float(self.sure[index, j])
                    board.bar((x + gutter, foot + 0.03, full * share, 0.12), ink)
                    if self.numbers:
                        board.text(x + width, foot + 0.13, values[index][place], color=INK_3, ha="right")
            return board.figure


def as_parts(H: object, who: str, columns_are: str) -> NDArray:
    """Return parts as an array, or raise ValueError where they are none."""
    parts = np.asarray(H)
    if parts.ndim != 2 or not parts.size:
        raise ValueError(f"{who} needs parts of shape (n_components, n_{columns_are}), got {parts.shape}.")
    return parts
