"""A contact sheet of a search: the query, then what was found, originals above and reconstructions below."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from partwise.plots.board import Board, heading_height
from partwise.plots.pictures import Shape, as_picture, as_rows, white_of
from partwise.plots.style import ACCENT, INK, INK_2, INK_3, LINE, PICTURE, WIDTH, styled

GAP = 0.12
COLUMNS = 8
UNDER = 0.42  # inches for a name and a score


@dataclass(frozen=True)
class Card:
    """One picture of a sheet.

    Parameters
    ----------
    original : array-like of shape (height, width) or (height, width, 3)
        In [0, 1], of any size.
    estimate : array-like of shape (n_features,)
        Its reconstruction.
    name : str
    note : str
        The line below: a score.
    """

    original: ArrayLike
    estimate: ArrayLike
    name: str
    note: str


def contact_sheet(query: Card, found: Sequence[Card], shape: Shape, *, title: str, about: str = "") -> Figure:
    """Show a query beside what was found for it, in rows of eight, each original over what the parts make of it.

    Parameters
    ----------
    query : Card
    found : sequence of Card
        In their order.
    shape : (h, w) or (h, w, 3)
        Shape of a reconstruction.
    title, about : str
        Heading, and the line below it.

    Returns
    -------
    matplotlib.figure.Figure
    """
    estimates = as_rows(np.array([card.estimate for card in (query, *found)]), shape, "contact_sheet")
    white = white_of(estimates)
    side = (WIDTH - COLUMNS * GAP - 2 * GAP) / (COLUMNS + 1)
    tall = side * shape[0] / shape[1]
    bands = max(1, -(-len(found) // COLUMNS))
    band = 2 * tall + 0.06 + UNDER + GAP
    head = heading_height(title, about)
    with styled():
        board = Board(WIDTH, head + bands * band - GAP)
        board.heading(title, about, WIDTH)
        sheet = _Sheet(board, shape, side, tall, white)
        sheet.card(query, estimates[0], 0.0, head, ACCENT)
        board.bar((side + 1.5 * GAP - 0.005, head, 0.01, bands * band - GAP), LINE)
        for place, (card, estimate) in enumerate(zip(found, estimates[1:], strict=True)):
            row, column = divmod(place, COLUMNS)
            sheet.card(card, estimate, (column + 1) * (side + GAP) + 2 * GAP, head + row * band, INK_2)
        if not found:
            board.text(side + 3 * GAP, head + tall, "Nothing was found.", color=INK_3)
        return board.figure


class _Sheet:
    """Where cards are laid out."""

    def __init__(self, board: Board, shape: Shape, side: float, tall: float, white: float) -> None:
        self.board, self.shape, self.side, self.tall, self.white = board, shape, side, tall, white

    def card(self, card: Card, estimate: np.ndarray, x: float, y: float, ink: str) -> None:
        original = np.asarray(card.original, dtype=np.float32)
        self.board.picture(original, (x, y, self.side, self.tall), PICTURE, (0, 1))
        rebuilt = as_picture(estimate, self.shape)
        rebuilt = rebuilt / np.float32(self.white) if rebuilt.ndim == 3 else rebuilt
        below = y + self.tall + 0.06
        self.board.picture(rebuilt, (x, below, self.side, self.tall), PICTURE, (0, self.white))
        self.board.text(x, below + self.tall + 0.17, card.name, room=self.side, color=ink)
        self.board.text(x, below + self.tall + 0.33, card.note, room=self.side, bold=True, color=INK)
