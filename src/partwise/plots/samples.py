"""For each part, the samples that use it most, in words."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from partwise.plots.board import Board, heading_height
from partwise.plots.lettering import SPACE, fit_start, part_names, width_of
from partwise.plots.ranking import strongest
from partwise.plots.style import CAPTION, INK, INK_2, INK_3, LABEL, WIDTH, styled

GAP, LINE_HEIGHT = 0.34, 0.2


def top_samples(
    W: ArrayLike,
    told: Sequence[str],
    *,
    heads: Sequence[str],
    labels: Sequence[str] | None = None,
    top: int = 3,
    names: Sequence[str | None] | None = None,
    samples_are: str = "samples",
    title: str | None = None,
) -> Figure:
    """Show for each part the samples that use it most, in words: texts by how they begin, others by their names.

    Parameters
    ----------
    W : array-like of shape (n_samples, n_components)
        The codes, >= 0.
    told : sequence of str
        What each sample is, on one line, such as its name or its first words; it is cut to the room there is.
    heads : sequence of str
        What stands beside the name of each part, such as its strongest features.
    labels : sequence of str, optional
        What is known of each sample, such as its class; shown before it. With less than a hundred different ones,
        each part says which of them has most of its weight.
    top : int
        At most so many samples a part, >= 1.
    names : sequence of str or None, optional
        Names of the parts; those without one are called by their number.
    samples_are : str
        What a sample is, in the plural.
    title : str, optional
        An empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    W = np.asarray(W)
    if W.ndim != 2 or W.shape[1] != len(heads):
        raise ValueError(f"top_samples needs W of shape (n_samples, {len(heads)}), got {W.shape}.")
    for what, given in (("told", told), ("labels", labels)):
        if given is not None and len(given) != len(W):
            raise ValueError(f"{what} needs one line a row of W ({len(W)}), got {len(given)}.")
    called = [name for name, _ in part_names(names, W.shape[1])]
    shown = [strongest(column, top) for column in W.T]
    columns = 1 if W.shape[1] == 1 else 2
    width = (WIDTH + GAP) / columns - GAP
    known = max((width_of(str(labels[i])) for some in shown for i in some), default=0.0) if labels is not None else 0.0
    gutter = min(known + 0.14, 0.36 * width) if known else 0.0
    title = f"The {samples_are} that use each part most" if title is None else title
    about = f"the {samples_are} that use a part most, most first"
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
                words = fit_start(told[i], width - gutter, CAPTION) or "(no words)"
                board.text(x + gutter, foot, words, color=INK_2)
            if not len(some):
                board.text(x, y + 0.41, "nothing uses it", color=INK_3)
        return board.figure


def _most_of(W: np.ndarray, labels: Sequence[str] | None) -> list[str]:
    """Return for each part which label has most of its weight, and how much; "" where that says nothing."""
    kinds, places = np.unique([] if labels is None else list(labels), return_inverse=True)
    if not 1 < len(kinds) < 100:
        return [""] * W.shape[1]
    weights = np.zeros((len(kinds), W.shape[1]))
    np.add.at(weights, places, W)
    sums = weights.sum(axis=0)
    best = weights.argmax(axis=0)
    return [
        f"{100 * weights[kind, part] / sums[part]:.0f}{SPACE}% {kinds[kind]}" if sums[part] > 0 else ""
        for part, kind in enumerate(best)
    ]
