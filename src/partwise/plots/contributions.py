"""Contribution maps: what each part adds to one picture; they add up to its reconstruction. And what remains."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from partwise.plots.board import Board, bar_room, heading_height
from partwise.plots.lettering import part_names, percent, short
from partwise.plots.pictures import Shape, as_picture, left_over, relative_error, scale_of, white_of
from partwise.plots.style import ERROR, ERROR_LIMIT, INK, INK_2, INK_3, LINE, PICTURE, WIDTH, styled
from partwise.plots.sums import one_picture, taken_apart, term_limit
from partwise.wording import counted

GAP = 0.12
COLUMNS = 10
UNDER = 0.5


def contribution_maps(
    x: ArrayLike,
    w: ArrayLike,
    H: ArrayLike,
    shape: Shape,
    *,
    names: Sequence[str | None] | None = None,
    title: str | None = None,
) -> Figure:
    """Show what every part adds to a picture, on one scale, most light first, beside their sum and what is left over.

    Parameters
    ----------
    x : array-like of shape (n_features,)
        The picture.
    w : array-like of shape (n_components,)
        Its code.
    H : array-like of shape (n_components, n_features)
        The parts.
    shape : (h, w) or (h, w, 3)
        Shape of the picture.
    names : sequence of str or None, optional
        Names of the parts.
    title : str, optional
        An empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    row, w, H = one_picture(x, w, H, shape, "contribution_maps")
    labels, apart, white = part_names(names, len(H)), taken_apart(w, H, len(H)), white_of(row)
    limit, missing = term_limit(apart.terms), ERROR_LIMIT * white
    cmap, low = scale_of(apart.terms)
    title = "What each part adds to the picture" if title is None else title
    about = f"{counted(len(apart.order), 'parts')} of {len(H)} are used; their maps add up to the sum, all on one scale"
    side = (WIDTH - (COLUMNS - 1) * GAP) / COLUMNS
    tall = side * shape[0] / shape[1]
    large = 1.9
    high = large * shape[0] / shape[1]
    bands = -(-len(apart.order) // COLUMNS)
    head = heading_height(title, about)
    with styled():
        board = Board(WIDTH, head + high + 0.5 + bands * (tall + UNDER))
        from_ = short(low * limit)
        board.heading(title, about, WIDTH - bar_room(from_, short(limit)) - 0.3)
        if len(shape) == 2:
            board.colour_bar(WIDTH, head - 0.21, cmap, from_, short(limit))
        error = percent(relative_error(row, apart.whole))
        three = (
            (as_picture(row, shape), PICTURE, (0.0, white), "Picture"),
            (as_picture(apart.whole, shape), PICTURE, (0.0, white), "Sum of its parts"),
            (left_over(row, apart.whole, shape), ERROR, (-missing, missing), f"Left over, {error}"),
        )
        for place, (picture, colours, limits, words) in enumerate(three):
            at = place * (large + 2 * GAP)
            picture = picture / np.float32(white) if picture.ndim == 3 else picture
            board.picture(picture, (at, head, large, high), colours, limits)
            board.text(at, head + high + 0.18, words, room=large + GAP, bold=True, color=INK)
        board.text(3 * (large + 2 * GAP), head + high, "red is missing, blue too much", color=INK_3)
        y = head + high + 0.4
        board.bar((0, y - 0.09, WIDTH, 0.01), LINE)
        for place, part in enumerate(apart.order):
            band, column = divmod(place, COLUMNS)
            at, top = column * (side + GAP), y + band * (tall + UNDER)
            term = as_picture(apart.terms[place], shape)
            term = term / np.float32(limit) if term.ndim == 3 else term
            board.picture(term, (at, top, side, tall), cmap, (low * limit, limit))
            board.text(at, top + tall + 0.16, labels[part][0], room=side, bold=labels[part][1], color=INK_2)
            share = percent(float(apart.share[part]))
            board.text(at, top + tall + 0.31, f"{float(w[part]):.2g} ×, {share}", room=side, color=INK_3)
        return board.figure
