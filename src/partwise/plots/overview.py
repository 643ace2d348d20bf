"""How it works, in one picture: examples, the parts found in them, and one picture as a sum of parts."""

import math
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from partwise.plots.board import Board
from partwise.plots.lettering import percent, weight
from partwise.plots.pictures import Shape, as_picture, as_rows, brightest_of, divided, relative_error, white_of
from partwise.plots.style import INK, INK_2, INK_3, PARTS, PICTURE, styled
from partwise.plots.sums import Sum, taken_apart, term_limit
from partwise.wording import counted

TOP, BLOCK = 0.66, 3.4  # inches; where the grids begin, and how high they are
GAP, ARROW, SIGN, LINE = 0.05, 0.55, 0.26, 0.3
TERMS = 6  # tiles of the sum, the last for all other parts


def how_it_works(X: ArrayLike, H: ArrayLike, x: ArrayLike, w: ArrayLike, shape: Shape) -> Figure:
    """Show from left to right: pictures, the parts learned from them, and one picture as a sum of parts.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        Example pictures, >= 0; the first 16 are shown.
    H : array-like of shape (n_components, n_features)
        The parts, >= 0; the first 49 are shown, each on its own scale.
    x : array-like of shape (n_features,)
        The picture that is taken apart, >= 0.
    w : array-like of shape (n_components,)
        Its code, >= 0.
    shape : (h, w) or (h, w, 3)
        Shape of one picture.

    Returns
    -------
    matplotlib.figure.Figure
        About 14 inches wide and 4 high, for the top of a page.
    """
    X, H = as_rows(X, shape, "how_it_works"), as_rows(H, shape, "how_it_works")
    row, w = as_rows(np.asarray(x).reshape(1, -1), shape, "how_it_works")[0], np.asarray(w).ravel()
    if len(w) != len(H) or not len(X):
        raise ValueError(f"how_it_works needs pictures and one weight a part ({len(H)}), got {len(X)} and {len(w)}.")
    parts = taken_apart(w, H, TERMS - 1)
    pictures = [as_picture(one, shape) / np.float32(white_of(X[:16])) for one in X[:16]]
    shown = [divided(one, brightest_of(one)).reshape(shape) for one in H[:49]]
    side = min((BLOCK / 2 - LINE) * shape[1] / shape[0], 1.3)
    first, second, third = _grid(len(pictures), shape), _grid(len(shown), shape), 5 * side + 4 * SIGN
    with styled():
        board = Board(max(first.width, 2.3) + max(second.width, 3.0) + third + 2 * ARROW, TOP + BLOCK)
        _head(board, 0, "1", "Pictures", "nobody says what is in them")
        _fill(board, 0, first, pictures, PICTURE)
        start = max(first.width, 2.3) + ARROW
        _arrow(board, start - ARROW / 2)
        _head(board, start, "2", counted(len(H), "parts"), "only adding, never taking away")
        _fill(board, start, second, shown, PARTS)
        start += max(second.width, 3.0) + ARROW
        _arrow(board, start - ARROW / 2)
        _head(board, start, "3", "Each picture is a sum of parts", "weight × part + weight × part + ...")
        _equation(board, start, side, row, w, parts, shape)
        return board.figure


class _Grid(NamedTuple):
    """A block of tiles: so many columns of tiles of this size."""

    columns: int
    side: float
    tall: float

    @property
    def width(self) -> float:
        return self.columns * (self.side + GAP) - GAP


def _grid(count: int, shape: Shape) -> _Grid:
    """Choose the grid with the largest tiles in a block as high as wide."""
    aspect = shape[1] / shape[0]

    def tall(columns: int) -> float:
        rows = math.ceil(count / columns)
        return min((BLOCK + GAP) / rows - GAP, ((BLOCK + GAP) / columns - GAP) / aspect)

    columns = max(range(1, count + 1), key=tall)
    return _Grid(columns, tall(columns) * aspect, tall(columns))


def _fill(board: Board, x: float, grid: _Grid, pictures: list[NDArray[Any]], cmap: str) -> None:
    for index, picture in enumerate(pictures):
        left = x + index % grid.columns * (grid.side + GAP)
        board.picture(
            picture, (left, TOP + index // grid.columns * (grid.tall + GAP), grid.side, grid.tall), cmap, (0, 1)
        )


def _head(board: Board, x: float, number: str, title: str, words: str) -> None:
    board.text(x, 0.2, number, size=14, bold=True, color=INK_3)
    board.text(x + 0.22, 0.2, title, size=14, bold=True, color=INK)
    board.text(x, 0.45, words, size=10, color=INK_2)


def _arrow(board: Board, x: float) -> None:
    board.text(x, TOP + BLOCK / 2, "→", size=20, color=INK_3, ha="center", va="center")


def _equation(
    board: Board, x: float, side: float, row: NDArray[Any], w: NDArray[Any], parts: Sum, shape: Shape
) -> None:
    """Write the picture, then the terms in two lines, then their sum."""
    white, limit = np.float32(white_of(row)), np.float32(term_limit(parts.terms))
    tall, step = side * shape[0] / shape[1], side + SIGN
    pooled = len(parts.order) - len(parts.terms)
    tiles = [
        (term / limit, PARTS, f"{weight(float(w[index]))} ×")
        for index, term in zip(parts.order, parts.terms, strict=False)
    ]
    if pooled:
        tiles.append((parts.others / white, PICTURE, f"{pooled} more"))
    columns = math.ceil(len(tiles) / 2) if len(tiles) > 3 else max(len(tiles), 1)
    lines = math.ceil(len(tiles) / columns)
    upper = TOP + (BLOCK - lines * (tall + LINE)) / 2
    middle = TOP + (BLOCK - tall - LINE) / 2

    def tile(left: float, top: float, one: tuple[NDArray[Any], str, str], mark: str) -> None:
        board.picture(as_picture(one[0], shape), (left, top, side, tall), one[1], (0, 1))
        board.text(left, top + tall + 0.18, one[2], size=10, bold=True, color=INK, room=side + 0.2)
        board.text(left - SIGN / 2, top + tall / 2, mark, size=15, color=INK_3, ha="center", va="center")

    tile(x, middle, (row / white, PICTURE, "Picture"), "")
    board.text(x + side + SIGN / 2, middle + tall / 2, "≈", size=15, color=INK_3, ha="center", va="center")
    for place, one in enumerate(tiles):
        line, column = divmod(place, columns)
        tile(x + step * (1 + column), upper + line * (tall + LINE), one, "+" if place else "")
    end = x + step * (1 + columns)
    tile(end, middle, (parts.whole / white, PICTURE, "Sum of parts"), "=")
    error = f"{percent(relative_error(row, parts.whole), 0)} error"
    board.text(end, middle + tall + 0.36, error, size=10, color=INK_2, room=side + 0.2)
