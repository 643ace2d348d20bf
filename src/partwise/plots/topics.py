"""Topics of texts: the strongest words of each as bars."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from partwise.plots.board import Board, heading_height
from partwise.plots.lettering import part_names, width_of
from partwise.plots.ranking import signed, strongest
from partwise.plots.style import ACCENT, INK, INK_2, INK_3, LABEL, WARN, WIDTH, styled
from partwise.wording import counted

GAP, LINE_HEIGHT = 0.34, 0.2


def topic_bars(
    H: ArrayLike,
    words: Sequence[str],
    *,
    top: int = 8,
    names: Sequence[str | None] | None = None,
    columns: int | None = None,
    title: str | None = None,
) -> Figure:
    """Show each topic as its strongest words, a bar each; a full bar is the topic's strongest word.

    Parameters
    ----------
    H : array-like of shape (n_topics, n_words)
        The topics; what is below 0 is taken away, and bears a minus.
    words : sequence of str
        One for each column of `H`.
    top : int
        At most so many words a topic, >= 1.
    names : sequence of str or None, optional
        Names of the topics; those without one are called by their number.
    columns : int, optional
        Topics in one row, by default at most 5, fewer where words are long.
    title : str, optional
        By default the number of topics; an empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    H = np.asarray(H)
    if H.ndim != 2 or not H.size:
        raise ValueError(f"topic_bars needs topics of shape (n_topics, n_words), got {H.shape}.")
    if len(words) != H.shape[1]:
        raise ValueError(f"words needs one word a column of H ({H.shape[1]}), got {len(words)}.")
    labels = part_names(names, len(H))
    shown = [strongest(row, top) for row in H]
    # one gutter for all, so that the bars of a column of topics begin on one line
    named = [[signed(str(words[j]), row[j]) for j in some] for row, some in zip(H, shown, strict=True)]
    longest = max((width_of(word, LABEL) for some in named for word in some), default=0.0)
    columns = columns or min(max(int((WIDTH + GAP) / (longest + 0.8 + GAP)), 2), 5, max(len(H), 3))
    width = (WIDTH + GAP) / columns - GAP
    gutter = min(longest + 0.1, 0.6 * width)
    title = counted(len(H), "topics") if title is None else title
    about = "the strongest words of each, most first; a full bar is the part's strongest word"
    about += "; brown: taken away" if (H < 0).any() else ""
    step = 0.26 + max((len(some) for some in shown), default=0) * LINE_HEIGHT + GAP
    head = heading_height(title, about)
    with styled():
        board = Board(WIDTH, head + math.ceil(len(H) / columns) * step - GAP)
        board.heading(title, about, WIDTH)
        for index, some in enumerate(shown):
            x, y = index % columns * (width + GAP), head + index // columns * step
            name = labels[index][0] if len(some) else f"{labels[index][0]} (empty)"
            ink = INK if len(some) else INK_3
            board.text(x, y + 0.15, name, room=width, size=LABEL, bold=True, color=ink)
            for line, j in enumerate(some):
                foot = y + 0.26 + line * LINE_HEIGHT
                board.text(x, foot + 0.135, named[index][line], room=gutter - 0.08, size=LABEL, color=INK_2)
                share, ink = abs(float(H[index, j] / H[index, some[0]])), WARN if H[index, j] < 0 else ACCENT
                board.bar((x + gutter, foot + 0.035, (width - gutter) * share, 0.12), ink)
        return board.figure
