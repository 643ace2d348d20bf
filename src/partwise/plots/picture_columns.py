"""Pictures side by side: a column each, a row for each thing that is shown of them, and words under it."""

from collections.abc import Sequence

from partwise.plots.board import Board
from partwise.plots.lettering import width_of
from partwise.plots.pictures import Shape
from partwise.plots.style import INK, INK_3, WIDTH

GAP = 0.1  # inches
LETTERS = 9.5  # points


class PictureColumns:
    """Where each picture lies, and the words around them.

    Parameters
    ----------
    count : int
        Of columns, >= 1.
    rows : sequence of str
        What each row is called, from the top.
    shape : (h, w) or (h, w, 3)
        Shape of one picture.
    largest : float
        Inches that a picture is wide at most.
    names : sequence of str or None
        Names of the pictures.
    """

    def __init__(
        self, count: int, rows: Sequence[str], shape: Shape, largest: float, names: Sequence[str] | None
    ) -> None:
        self.rows, self.names = rows, names
        # the rows' names are never cut, whatever font is there
        self.gutter = max(width_of(words, LETTERS, "bold") for words in rows) + GAP
        self.side = min((WIDTH - self.gutter + GAP) / max(count, 6) - GAP, largest)
        self.tall = self.side * shape[0] / shape[1]
        self.top = 0.2 if names is not None else 0.0
        self.height = self.top + len(rows) * (self.tall + GAP) + 0.2

    def box(self, head: float, index: int, row: int) -> tuple[float, float, float, float]:
        """Return where a picture lies, below a heading of that height."""
        x, y = self.gutter + index * (self.side + GAP), head + self.top + row * (self.tall + GAP)
        return x, y, self.side, self.tall

    def name_rows(self, board: Board, head: float, under: str) -> None:
        """Write at the left what each row is called, and what stands under the last."""
        for row, words in enumerate(self.rows):
            y = self.box(head, 0, row)[1] + self.tall / 2
            board.text(0, y, words, room=self.gutter, size=LETTERS, bold=True, color=INK, va="center")
        y = self.box(head, 0, len(self.rows))[1]
        board.text(0, y + 0.05, under, color=INK_3, room=self.gutter)

    def name_column(self, board: Board, head: float, index: int, under: str) -> None:
        """Write over a picture its name where it has one, and what stands under it."""
        x, y, *_ = self.box(head, index, 0)
        if self.names is not None:
            board.text(x, y - 0.07, str(self.names[index]), room=self.side)
        y = self.box(head, index, len(self.rows))[1]
        board.text(x, y + 0.05, under, room=self.side, bold=True, color=INK)
