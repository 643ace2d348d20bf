"""For each part, the pictures that use it most."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from partwise.plots.board import Board, heading_height
from partwise.plots.lettering import part_names, weight
from partwise.plots.pictures import Shape, as_picture, as_rows, brightest_of, divided, scale_of, white_of
from partwise.plots.ranking import strongest
from partwise.plots.style import INK, INK_2, INK_3, PICTURE, WIDTH, styled

GAP, GUTTER = 0.1, 0.28


def top_pictures(
    X: ArrayLike,
    W: ArrayLike,
    H: ArrayLike,
    shape: Shape,
    *,
    parts: Sequence[int] | None = None,
    top: int = 8,
    names: Sequence[str | None] | None = None,
    title: str | None = None,
) -> Figure:
    """Show one row a part: the part, then the pictures that use it most, each over its weight.

    Only the rows that are shown are read from ``X``, so it may lie on disk.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        The pictures, >= 0.
    W : array-like of shape (n_samples, n_components)
        Their codes, >= 0.
    H : array-like of shape (n_components, n_features)
        The parts, >= 0.
    shape : (h, w) or (h, w, 3)
        Shape of one picture.
    parts : sequence of int, optional
        The parts to show, from 0; by default the six that give most light.
    top : int
        At most so many pictures a part, >= 1.
    names : sequence of str or None, optional
        Names of all parts; those without one are called by their number.
    title : str, optional
        An empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    X, H, W = as_rows(X, shape, "top_pictures"), as_rows(H, shape, "top_pictures"), np.asarray(W)
    if W.shape != (len(X), len(H)):
        raise ValueError(f"top_pictures needs W of shape {(len(X), len(H))}, got {W.shape}.")
    if parts is None:
        light = W.sum(axis=0, dtype=np.float64) * np.abs(H).sum(axis=1, dtype=np.float64)
        parts = [int(part) for part in np.argsort(-light, kind="stable")[:6]]
    labels = part_names(names, len(H))
    title = "Where each part is strongest" if title is None else title
    about = "the part on its own scale, then the pictures that use it most, with its weight in each"
    cmap, low = scale_of(H)
    shown = [strongest(W[:, part], top) for part in parts]
    white = white_of(X[np.concatenate([np.empty(0, dtype=np.intp), *shown])])
    columns = max(top + 1, 6)
    side = min((WIDTH - GUTTER - (columns - 1) * GAP) / columns, 1.3)
    tall = side * shape[0] / shape[1]
    head, step = heading_height(title, about), tall + 0.2 + GAP
    with styled():
        board = Board(WIDTH, head + max(len(parts), 1) * step - GAP)
        board.heading(title, about, WIDTH)
        for row, part in enumerate(parts):
            y = head + row * step
            picture = as_picture(H[part], shape)
            shown_part = divided(picture, brightest_of(picture)).astype(np.float32)
            board.picture(shown_part, (0, y, side, tall), cmap, (low, 1))
            name, given = labels[part]
            board.text(0, y + tall + 0.15, name, room=side, bold=given, color=INK if given else INK_2)
            if not len(shown[row]):
                board.text(side + GUTTER + GAP, y + tall / 2, "no picture uses it", color=INK_3, va="center")
            for column, index in enumerate(shown[row]):
                x = side + GUTTER + GAP + column * (side + GAP)
                sample = as_picture(X[index], shape) / np.float32(white)
                board.picture(sample, (x, y, side, tall), PICTURE, (0, 1))
                board.text(x, y + tall + 0.15, weight(float(W[index, part])), room=side)
        return board.figure
