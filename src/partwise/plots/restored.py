"""Pictures with holes: as they were, what a fit saw of them, and what the parts put into the holes."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from partwise.plots.board import Board, heading_height
from partwise.plots.lettering import percent
from partwise.plots.picture_columns import PictureColumns
from partwise.plots.pictures import Shape, as_picture, as_rows, relative_error, white_of
from partwise.plots.style import ACCENT, PICTURE, WIDTH, styled

ROWS = ("Picture", "With holes", "Restored")


def restored(
    X: ArrayLike,
    known: ArrayLike,
    filled: ArrayLike,
    shape: Shape,
    *,
    names: Sequence[str] | None = None,
    most: int = 6,
    title: str | None = None,
) -> Figure:
    """Show pictures over the same with holes over their restorations, with the error inside the holes under each.

    Parameters
    ----------
    X, filled : array-like of shape (n_samples, n_features)
        Pictures as they were, and with their holes filled, >= 0.
    known : array-like of bool of shape (n_samples, n_features)
        False in the holes.
    shape : (h, w) or (h, w, 3)
        Shape of one picture.
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
    X, filled, known = (as_rows(rows, shape, "restored")[:most] for rows in (X, filled, np.asarray(known, bool)))
    if not len(X) or not len(X) == len(filled) == len(known):
        raise ValueError(
            f"restored needs as many pictures before and after, got {len(X)}, {len(filled)}, {len(known)}."
        )
    white = white_of(X)
    title = "Pictures restored from their parts" if title is None else title
    about = "what stood in the holes was hidden from the fit"
    columns = PictureColumns(len(X), ROWS, shape, 1.6, names)
    head = heading_height(title, about)
    with styled():
        board = Board(WIDTH, head + columns.height)
        board.heading(title, about, WIDTH)
        columns.name_rows(board, head, "error in holes")
        for index in range(len(X)):
            shown = (
                _grey(X[index], shape, white),
                _with_holes(X[index], known[index], shape, white),
                _grey(filled[index], shape, white),
            )
            for row, picture in enumerate(shown):
                board.picture(picture, columns.box(head, index, row), PICTURE, (0, 1))
            hole = ~known[index]
            error = percent(relative_error(X[index][hole], filled[index][hole])) if hole.any() else "no hole"
            columns.name_column(board, head, index, error)
        return board.figure


def _grey(values: np.ndarray, shape: Shape, white: float) -> np.ndarray:
    return as_picture(values, shape) / np.float32(white)


def _with_holes(values: np.ndarray, known: np.ndarray, shape: Shape, white: float) -> np.ndarray:
    """Return a picture in colours whose holes are in the accent, which no grey can be mistaken for."""
    picture = _grey(np.where(known, values, 0), shape, white).clip(0, 1)
    there = known.reshape(shape)
    if picture.ndim == 2:
        picture, there = np.repeat(picture[:, :, None], 3, axis=2), there[:, :, None]
    hole = np.array([int(ACCENT[at : at + 2], 16) / 255 for at in (1, 3, 5)], np.float32)
    return np.where(there, picture, hole)
