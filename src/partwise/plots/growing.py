"""Pictures rebuilt from more and more parts, by several methods beside each other."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from partwise.plots.board import Board, heading_height
from partwise.plots.lettering import percent, short
from partwise.plots.pictures import Shape, as_picture, as_rows, relative_error, white_of
from partwise.plots.style import INK, INK_2, INK_3, LABEL, PICTURE, SUNK, WIDTH, styled
from partwise.wording import counted

GAP, BETWEEN, UNDER = 0.08, 0.28, 0.2  # inches; between tiles, between methods, words under a tile
TILES = 9  # at most so many in a line, the picture included


def growing_reconstructions(
    X: ArrayLike,
    estimates: Mapping[str, Mapping[int, ArrayLike]],
    shape: Shape,
    *,
    most: int = 4,
    title: str | None = None,
) -> Figure:
    """Show pictures, then what each method makes of them with more and more parts, the relative error under each.

    Grey is never stretched: black is 0 and white is 1 (the largest value shown where data go beyond 1). Where the
    methods do not fit beside each other they stand one under the other.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Pictures, >= 0; the first ``most`` are shown.
    estimates : mapping of str to mapping of int to array-like of shape (n_samples, n_features)
        By the name of the method, and then by the number of parts, the pictures rebuilt. A method without one of the
        numbers has an empty place there.
    shape : (h, w) or (h, w, 3)
        Shape of one picture.
    most : int
        At most so many pictures, >= 1.
    title : str, optional
        An empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    X = as_rows(X, shape, "growing_reconstructions")[: max(most, 1)]
    if not len(X) or not any(estimates.values()):
        raise ValueError("growing_reconstructions needs at least one picture and one estimate, got none.")
    numbers = sorted({count for one in estimates.values() for count in one})
    rebuilt = {name: {k: _rows(rows, shape, len(X)) for k, rows in one.items()} for name, one in estimates.items()}
    across = max(1, min(len(rebuilt), (TILES - 1) // len(numbers)))
    lines = [list(rebuilt)[start : start + across] for start in range(0, len(rebuilt), across)]
    white = white_of(X)
    title = "The more parts, the closer" if title is None else title
    about = f"relative error under each; black is 0, white is {short(white)}"
    head, top = heading_height(title, about), 0.44
    tiles = 1 + across * len(numbers)
    side = min((WIDTH - across * (BETWEEN - GAP) + GAP) / max(tiles, 6) - GAP, 1.4)
    tall = side * shape[0] / shape[1]
    step = tall + UNDER + GAP
    # methods under each other repeat the picture: the eye need not look up for it
    block = top + len(X) * step + GAP
    with styled():
        board = Board(WIDTH, head + len(lines) * block - 2 * GAP)
        board.heading(title, about, WIDTH)
        draw = _Tiles(board, shape, white, side, tall)
        for line, methods in enumerate(lines):
            y = head + line * block
            board.text(0, y + 0.37, "Picture", room=side, color=INK_2)
            for row, picture in enumerate(X):
                draw.picture(picture, 0, y + top + row * step)
            for place, name in enumerate(methods):
                x = (1 + place * len(numbers)) * (side + GAP) + (place + 1) * (BETWEEN - GAP)
                board.text(x, y + 0.14, name, room=len(numbers) * (side + GAP) - GAP, size=LABEL, bold=True, color=INK)
                for column, count in enumerate(numbers):
                    left = x + column * (side + GAP)
                    board.text(left, y + 0.37, counted(count, "parts"), room=side, color=INK_2)
                    for row, picture in enumerate(X):
                        found = rebuilt[name].get(count)
                        draw.estimate(picture, None if found is None else found[row], left, y + top + row * step)
        return board.figure


def _rows(rows: ArrayLike, shape: Shape, count: int) -> NDArray[Any]:
    """Return the estimates of the pictures that are shown; raise where there are too few."""
    estimate = as_rows(rows, shape, "growing_reconstructions")
    if len(estimate) < count:
        raise ValueError(f"growing_reconstructions needs an estimate for each picture ({count}), got {len(estimate)}.")
    return estimate[:count]


class _Tiles:
    """Pictures on one grey scale, with an error below where there is one."""

    def __init__(self, board: Board, shape: Shape, white: float, side: float, tall: float) -> None:
        self.board, self.shape, self.white, self.side, self.tall = board, shape, white, side, tall

    def picture(self, row: NDArray[Any], x: float, y: float) -> None:
        picture = as_picture(row, self.shape)
        picture = picture / np.float32(self.white) if picture.ndim == 3 else picture
        self.board.picture(picture, (x, y, self.side, self.tall), PICTURE, (0, self.white))

    def estimate(self, row: NDArray[Any], estimate: NDArray[Any] | None, x: float, y: float) -> None:
        if estimate is None:
            self.board.bar((x, y, self.side, self.tall), SUNK)
            self.board.text(x, y + self.tall + 0.15, "not made", room=self.side, color=INK_3)
            return
        self.picture(estimate, x, y)
        self.board.text(x, y + self.tall + 0.15, percent(relative_error(row, estimate)), room=self.side, color=INK)
