"""Topics of texts: the strongest words of each as bars, and the texts that are most about it."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from partwise.plots.board import Board, heading_height
from partwise.plots.lettering import SPACE, fit_start, part_names, width_of
from partwise.plots.ranking import strongest
from partwise.plots.style import ACCENT, CAPTION, INK, INK_2, INK_3, LABEL, WIDTH, styled
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
        The topics, >= 0.
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
    longest = max((width_of(str(words[j]), LABEL) for some in shown for j in some), default=0.0)
    columns = columns or min(max(int((WIDTH + GAP) / (longest + 0.8 + GAP)), 2), 5, max(len(H), 3))
    width = (WIDTH + GAP) / columns - GAP
    gutter = min(longest + 0.1, 0.6 * width)
    title = counted(len(H), "topics") if title is None else title
    about = "the strongest words of each, most first; a full bar is the part's strongest word"
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
                board.text(x, foot + 0.135, str(words[j]), room=gutter - 0.08, size=LABEL, color=INK_2)
                share = float(H[index, j] / H[index, some[0]])
                board.bar((x + gutter, foot + 0.035, (width - gutter) * share, 0.12), ACCENT)
        return board.figure


def topic_documents(
    W: ArrayLike,
    beginnings: Sequence[str],
    *,
    heads: Sequence[str],
    labels: Sequence[str] | None = None,
    top: int = 3,
    names: Sequence[str | None] | None = None,
    title: str | None = None,
) -> Figure:
    """Show for each topic the texts that are most about it, by their first words.

    Parameters
    ----------
    W : array-like of shape (n_texts, n_topics)
        The codes, >= 0.
    beginnings : sequence of str
        How each text begins, on one line; it is cut to the room there is.
    heads : sequence of str
        What stands beside the name of each topic, such as its strongest words.
    labels : sequence of str, optional
        What is known of each text, such as its group or its name; shown before its first words. With less than a
        hundred different ones, each topic says which of them has most of its weight.
    top : int
        At most so many texts a topic, >= 1.
    names : sequence of str or None, optional
        Names of the topics; those without one are called by their number.
    title : str, optional
        An empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    W = np.asarray(W)
    if W.ndim != 2 or W.shape[1] != len(heads):
        raise ValueError(f"topic_documents needs W of shape (n_texts, {len(heads)}), got {W.shape}.")
    for what, given in (("beginnings", beginnings), ("labels", labels)):
        if given is not None and len(given) != len(W):
            raise ValueError(f"{what} needs one text a row of W ({len(W)}), got {len(given)}.")
    called = [name for name, _ in part_names(names, W.shape[1])]
    shown = [strongest(column, top) for column in W.T]
    columns = 1 if W.shape[1] == 1 else 2
    width = (WIDTH + GAP) / columns - GAP
    known = max((width_of(str(labels[i])) for some in shown for i in some), default=0.0) if labels is not None else 0.0
    gutter = min(known + 0.14, 0.36 * width) if known else 0.0
    title = "The texts that are most about each topic" if title is None else title
    about = "the texts that use a part most, by their first words"
    most = _most_of(W, labels)
    step = 0.28 + max(max((len(some) for some in shown), default=0), 1) * LINE_HEIGHT + 0.24
    head, rows = heading_height(title, about), math.ceil(len(heads) / columns)
    with styled():
        board = Board(WIDTH, head + rows * step - 0.24)
        board.heading(title, about, WIDTH)
        for index, some in enumerate(shown):
            # down the first column, then the second: so a list is read
            x, y = index // rows * (width + GAP), head + index % rows * step
            left = min(width_of(called[index], LABEL, "bold"), 0.25 * width) + 0.12
            right = min(width_of(most[index]) + 0.12, 0.45 * width) if most[index] else 0.0
            board.text(x, y + 0.15, called[index], size=LABEL, bold=True, color=INK, room=left - 0.1)
            board.text(x + left, y + 0.15, fit_start(heads[index], width - left - right, LABEL), size=LABEL)
            if most[index]:
                board.text(x + width, y + 0.15, most[index], room=right - 0.1, color=INK_3, ha="right")
            for line, i in enumerate(some):
                foot = y + 0.28 + line * LINE_HEIGHT + 0.13
                if labels is not None and gutter:
                    board.text(x, foot, str(labels[i]), room=gutter - 0.12, color=INK_3)
                words = fit_start(beginnings[i], width - gutter, CAPTION) or "(no words)"
                board.text(x + gutter, foot, words, color=INK_2)
            if not len(some):
                board.text(x, y + 0.41, "no text is about it", color=INK_3)
        return board.figure


def _most_of(W: np.ndarray, labels: Sequence[str] | None) -> list[str]:
    """Return for each topic which label has most of its weight, and how much; "" where that says nothing."""
    kinds, places = np.unique([] if labels is None else list(labels), return_inverse=True)
    if not 1 < len(kinds) < 100:
        return [""] * W.shape[1]
    weights = np.zeros((len(kinds), W.shape[1]))
    np.add.at(weights, places, W)
    sums = weights.sum(axis=0)
    best = weights.argmax(axis=0)
    return [
        f"{100 * weights[kind, topic] / sums[topic]:.0f}{SPACE}% {kinds[kind]}" if sums[topic] > 0 else ""
        for topic, kind in enumerate(best)
    ]
