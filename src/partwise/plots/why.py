"""Why two pictures are alike: their cosine as a sum over the parts, each with its picture; what keeps them apart."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from partwise.plots.board import Board, heading_height
from partwise.plots.lettering import part_names
from partwise.plots.pictures import Shape, as_picture, as_rows, brightest_of, divided, scale_of
from partwise.plots.style import ACCENT, EDGE, INK, INK_2, INK_3, LINE, PICTURE, SUNK, WIDTH, styled

ROW, THUMB = 0.34, 0.3
NAMES, BARS, SHARED = 1.7, 2.3, 2.6  # inches of the columns
APART, MOST_APART = 1.6, 6  # inches for what keeps the two apart, and so many parts of it


def why_alike(
    shared: ArrayLike,
    more: tuple[ArrayLike, ArrayLike],
    codes: tuple[ArrayLike, ArrayLike],
    H: ArrayLike,
    shape: Shape,
    *,
    pictures: tuple[ArrayLike, ArrayLike],
    names: tuple[str, str],
    called: Sequence[str | None] | None = None,
    most: int = 12,
) -> Figure:
    """Show two pictures, and their cosine part by part; what is shared and what is not add up to 1.

    Parameters
    ----------
    shared : array-like of shape (n_components,)
        What each part gives to the cosine.
    more : pair of array-like of shape (n_components,)
        What each part takes from it: where the first has more of it, and where the second has.
    codes : pair of array-like of shape (n_components,)
        The codes at length 1, as they are compared.
    H : array-like of shape (n_components, n_features)
    shape : (h, w) or (h, w, 3)
    pictures : pair of array-like of shape (height, width) or (height, width, 3)
        In [0, 1].
    names : pair of str
        What the pictures are called.
    called : sequence of str or None, optional
        Names of the parts.
    most : int
        So many parts one by one, >= 1; the others in one row.

    Returns
    -------
    matplotlib.figure.Figure
    """
    H, shared = as_rows(H, shape, "why_alike"), np.asarray(shared, dtype=np.float64)
    mine, theirs = (np.asarray(one, dtype=np.float64) for one in more)
    labels = [name for name, _ in part_names(called, len(H))]
    order = np.argsort(-shared, kind="stable")
    order = order[shared[order] > 0]
    first, rest = order[:most], order[most:]
    cosine = float(shared.sum())
    title = f"Why {names[0]} and {names[1]} are {'alike' if cosine >= 0.5 else 'not alike'}"
    about = "Each part's weights in the two as directions of length 1; their products add up to the cosine."
    head, picture = heading_height(title, about), 1.25
    tall = picture * shape[0] / shape[1]
    rows = len(first) + (len(rest) > 0) + 1
    with styled():
        board = Board(WIDTH, head + tall + 0.3 + 0.26 + rows * ROW + APART)
        board.heading(title, about, WIDTH)
        for place, (one, name) in enumerate(zip(pictures, names, strict=True)):
            x = place * (picture + 0.15)
            board.picture(np.asarray(one, dtype=np.float32), (x, head, picture, tall), PICTURE, (0, 1))
            board.text(x, head + tall + 0.17, name, room=picture, color=INK_2)
        _whole(board, 2 * picture + 0.5, head + 0.12, (shared[order], float(mine.sum()), float(theirs.sum())), names)
        table = _Table(board, H, shape, tuple(np.asarray(one, dtype=np.float64) for one in codes))
        y = head + tall + 0.3 + 0.2
        table.head(y - 0.04, names)
        y += 0.06
        for part in first:
            table.part(y, int(part), labels[int(part)], shared)
            y += ROW
        if len(rest):
            table.line(y, f"{len(rest)} more parts", float(shared[rest].sum()), bold=False)
            y += ROW
        board.bar((0, y, WIDTH, 0.01), LINE)
        table.line(y, "Sum = cosine", cosine, bold=True)
        for place, (one, name) in enumerate(zip((mine, theirs), names, strict=True)):
            table.apart(y + ROW + 0.24, place * (WIDTH + 0.3) / 2, one, name, labels)
        return board.figure


def _whole(board: Board, x: float, y: float, split: tuple[NDArray[Any], float, float], names: tuple[str, str]) -> None:
    """Draw the bar of length 1: what is shared, part by part, then what each has more of."""
    shared, mine, theirs = split
    length, height = WIDTH - x, 0.3
    board.bar((x, y, length, height), SUNK)
    at = x
    for one in shared:
        board.bar((at, y, max(0.0, one * length - 0.008), height), ACCENT)
        at += one * length
    board.bar((at, y, mine * length, height), EDGE)
    at += mine * length
    _hatched(board, (at, y, theirs * length, height))
    lines = (
        (float(shared.sum()), "shared: the cosine", ACCENT),
        (mine, f"more in {names[0]}", EDGE),
        (theirs, f"more in {names[1]}", None),
    )
    for place, (value, words, color) in enumerate(lines):
        below = y + height + 0.13 + 0.19 * place
        swatch = (x, below, 0.18, 0.1)
        _hatched(board, swatch) if color is None else board.bar(swatch, color)
        board.text(x + 0.26, below + 0.1, f"{value:.4f}", bold=True, color=INK)
        board.text(x + 0.82, below + 0.1, words, room=length - 0.9, color=INK_2)
    together = float(shared.sum()) + mine + theirs
    board.text(WIDTH, y + height + 0.23, f"together {together:.4f}", color=INK_3, ha="right")


def _hatched(board: Board, box: tuple[float, float, float, float]) -> None:
    x, y, width, height = box
    if width > 0:
        board.axes.add_patch(
            Rectangle((x, y), width, height, facecolor="none", edgecolor=EDGE, hatch="/////", linewidth=0)
        )


class _Table:
    """Rows of parts: name, weight in the first, picture, weight in the second, what is shared."""

    def __init__(self, board: Board, H: NDArray[Any], shape: Shape, codes: tuple[NDArray[Any], ...]) -> None:
        self.board, self.H, self.shape, self.codes = board, H, shape, codes
        self.top = max(float(max(code.max(initial=0.0) for code in codes)), 1e-12)
        self.middle = NAMES + BARS
        self.right = self.middle + THUMB + 0.16 + BARS
        self.sums = self.right + 0.25

    def head(self, y: float, names: tuple[str, str]) -> None:
        self.board.text(0, y, "part", color=INK_3)
        self.board.text(self.middle - 0.08, y, f"in {names[0]}", room=BARS - 0.1, color=INK_3, ha="right")
        self.board.text(self.middle + THUMB + 0.08, y, f"in {names[1]}", room=BARS, color=INK_3)
        self.board.text(self.sums, y, "shared", color=INK_3)

    def part(self, y: float, part: int, name: str, shared: NDArray[Any]) -> None:
        tall = min(THUMB, THUMB * self.shape[0] / self.shape[1])
        wide = tall * self.shape[1] / self.shape[0]
        self.picture(part, (self.middle + (THUMB - wide) / 2, y, wide, tall))
        here, there = (float(code[part]) / self.top * (BARS - 0.1) for code in self.codes)
        middle, height = y + THUMB / 2, 0.13
        self.board.bar((self.middle - 0.08 - here, middle - height / 2, here, height), EDGE)
        _hatched(self.board, (self.middle + THUMB + 0.08, middle - height / 2, there, height))
        size = float(shared[part]) / max(float(shared.max()), 1e-12) * SHARED
        self.board.bar((self.sums, middle - height / 2, size, height), ACCENT)
        self.line(y, name, float(shared[part]), bold=False)

    def apart(self, y: float, x: float, more: NDArray[Any], name: str, labels: Sequence[str]) -> None:
        """Show the parts of which one of the two has more than the other."""
        room = (WIDTH - 0.3) / 2
        self.board.text(x, y, f"More in {name}", room=room, bold=True, color=INK)
        order = [int(part) for part in np.argsort(-more, kind="stable")[:MOST_APART] if more[part] > 0]
        if not order:
            self.board.text(x, y + 0.22, "Nothing: every part counts at least as much in the other.", color=INK_3)
        side = (room - (MOST_APART - 1) * 0.1) / MOST_APART
        tall = min(side, side * self.shape[0] / self.shape[1])
        for place, part in enumerate(order):
            at = x + place * (side + 0.1)
            self.picture(part, (at, y + 0.1, tall * self.shape[1] / self.shape[0], tall))
            self.board.text(at, y + tall + 0.26, labels[part], room=side, color=INK_2)
            self.board.text(at, y + tall + 0.41, f"−{more[part]:.4f}", room=side, color=INK_3)

    def picture(self, part: int, box: tuple[float, float, float, float]) -> None:
        """Place a part on its own scale."""
        row = self.H[part]
        cmap, low = scale_of(row)
        self.board.picture(divided(as_picture(row, self.shape), brightest_of(row)), box, cmap, (low, 1))

    def line(self, y: float, words: str, value: float, *, bold: bool) -> None:
        self.board.text(0, y + 0.2, words, room=NAMES - 0.1, bold=bold, color=INK if bold else INK_2)
        self.board.text(WIDTH, y + 0.2, f"{value:.4f}", bold=True, color=INK, ha="right")
