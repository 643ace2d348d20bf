"""Pictures, what the parts make of them, and what is left over."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from partwise.plots.board import Board, bar_room, heading_height
from partwise.plots.lettering import percent, short
from partwise.plots.picture_columns import PictureColumns
from partwise.plots.pictures import Shape, as_picture, as_rows, left_over, relative_error, white_of
from partwise.plots.style import ERROR, ERROR_LIMIT, PICTURE, WIDTH, styled

ROWS = ("Picture", "Sum of parts", "Left over")


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
    columns = PictureColumns(len(X), ROWS, shape, 1.5, names)
    low, high = f"too much −{short(limit)}", f"{short(limit)} still missing"
    about = f"pictures: black is 0, white is {short(white)}"
    head = heading_height(title, about)
    with styled():
        board = Board(WIDTH, head + columns.height)
        board.heading(title, about, WIDTH - bar_room(low, high) - 0.3)
        board.colour_bar(WIDTH, head - 0.21, ERROR, low, high)
        columns.name_rows(board, head, "relative error")
        for index in range(len(X)):
            shown = (as_picture(X[index], shape), as_picture(estimate[index], shape))
            for row, picture in enumerate(shown):
                picture = picture / np.float32(white) if picture.ndim == 3 else picture
                board.picture(picture, columns.box(head, index, row), PICTURE, (0, white))
            rest = left_over(X[index], estimate[index], shape)
            board.picture(rest, columns.box(head, index, 2), ERROR, (-limit, limit))
            columns.name_column(board, head, index, percent(relative_error(X[index], estimate[index])))
        return board.figure
