"""Pictures, what the parts make of them, and what is left over."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from partwise.plots.board import Board, bar_room, heading_height
from partwise.plots.lettering import percent, short, width_of
from partwise.plots.pictures import Shape, as_picture, as_rows, left_over, relative_error, white_of
from partwise.plots.style import ERROR, ERROR_LIMIT, INK, INK_3, PICTURE, WIDTH, styled

GAP = 0.1
ROWS = ("Picture", "Sum of parts", "Left over")
LETTERS = 9.5  # points


def reconstructions(
    X: ArrayLike,
    estimate: ArrayLike,
    shape: Shape,
    *,
    names: Sequence[str] | None = None,
    most: int = 8,
    title: str | None = None,
) -> Figure:
    """Show pictures over their reconstructions over what is left, with the relative error under each.

    Grey is never stretched: black is 0 and white is 1 (the largest value shown where data go beyond 1). The map of
    what is left is the same for all pictures: white at 0, red where light is still missing, blue where there is too
    much, full colour at 0.6 of white.

    Parameters
    ----------
    X, estimate : array-like of shape (n_samples, n_features)
        Pictures and their reconstructions ``W @ H``, >= 0; the first ``most`` rows are shown.
    shape : (h, w) or (h, w, 3)
        Shape of one picture. What is left of a colour picture is the mean over its channels.
    names : sequence of str, optional
        Names of the pictures.
    most : int
        At most so many pictures, >= 1.
    title : str, optional
        An empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    X = as_rows(X, shape, "reconstructions")[:most]
    estimate = as_rows(estimate, shape, "reconstructions")[:most]
    if len(X) != len(estimate) or not len(X):
        raise ValueError(f"reconstructions needs as many estimates as pictures, got {len(estimate)} for {len(X)}.")
    white = white_of(X)
    limit = ERROR_LIMIT * white
    title = "Pictures, rebuilt from parts" if title is None else title
    # the rows' names are never cut, whatever font is there
    gutter = max(width_of(words, LETTERS, "bold") for words in ROWS) + GAP
    side = min((WIDTH - gutter + GAP) / max(len(X), 6) - GAP, 1.5)
    tall = side * shape[0] / shape[1]
    top = 0.2 if names is not None else 0.0
    low, high = f"too much −{short(limit)}", f"{short(limit)} still missing"
    about = f"pictures: black is 0, white is {short(white)}"
    head = heading_height(title, about)
    with styled():
        board = Board(WIDTH, head + top + 3 * (tall + GAP) + 0.2)
        board.heading(title, about, WIDTH - bar_room(low, high) - 0.3)
        board.colour_bar(WIDTH, head - 0.21, ERROR, low, high)
        for row, words in enumerate(ROWS):
            y = head + top + row * (tall + GAP) + tall / 2
            board.text(0, y, words, room=gutter, size=LETTERS, bold=True, color=INK, va="center")
        board.text(0, head + top + 3 * (tall + GAP) + 0.05, "relative error", color=INK_3, room=gutter)
        for index in range(len(X)):
            x, y = gutter + index * (side + GAP), head + top
            if names is not None:
                board.text(x, y - 0.07, str(names[index]), room=side)
            shown = (as_picture(X[index], shape), as_picture(estimate[index], shape))
            for row, picture in enumerate(shown):
                picture = picture / np.float32(white) if picture.ndim == 3 else picture
                board.picture(picture, (x, y + row * (tall + GAP), side, tall), PICTURE, (0, white))
            rest = left_over(X[index], estimate[index], shape)
            board.picture(rest, (x, y + 2 * (tall + GAP), side, tall), ERROR, (-limit, limit))
            error = percent(relative_error(X[index], estimate[index]))
            board.text(x, y + 3 * (tall + GAP) + 0.05, error, room=side, bold=True, color=INK)
        return board.figure
