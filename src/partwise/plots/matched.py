"""The parts that several solvers found, side by side: a row a solver, and in a column the parts that are alike."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from partwise.matching import matched
from partwise.plots.board import Board, heading_height
from partwise.plots.lettering import fit, width_of
from partwise.plots.pictures import Shape, as_picture, as_rows, brightest_of, divided
from partwise.plots.style import ACCENT, CAPTION, INK, INK_3, LABEL, LINE, PARTS, WIDTH, styled

GAP, LINE_HEIGHT = 0.05, 0.165  # inches
LIKE = 0.15  # inches under a tile, for how like it is
NAMES = 0.36  # inches that a solver's name takes, with how like its parts are


def matched_pictures(
    found: Mapping[str, ArrayLike], shape: Shape, *, most: int = 20, title: str | None = None
) -> Figure:
    """Show the parts of several solvers as pictures, each on its own scale, those alike in one column.

    Parameters
    ----------
    found : mapping of str to array-like of shape (n_components, n_features)
        The parts of every solver, >= 0; those of the first set the order, and the others' are matched to them.
    shape : (h, w) or (h, w, 3)
        Shape of one picture.
    most : int
        At most so many of the first parts.
    title : str, optional
        An empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = _matched({name: as_rows(H, shape, "matched_pictures") for name, H in found.items()}, most)
    gutter = _gutter(found)
    count = len(rows[0].parts)
    side = min((WIDTH - gutter + GAP) / max(count, 8) - GAP, 1.1)
    tall = side * shape[0] / shape[1]

    def draw(board: Board, row: _Row, place: int, x: float, y: float) -> None:
        part = as_picture(row.parts[place], shape)
        board.picture(divided(part, brightest_of(part)).astype(np.float32), (x, y, side, tall), PARTS, (0, 1))

    about = "each part on its own scale; below it the cosine with the part of the first row"
    return _grid(rows, (gutter, side, tall), draw, title, about)


def matched_words(
    found: Mapping[str, ArrayLike],
    strongest: Callable[[NDArray], Sequence[str]],
    *,
    most: int = 8,
    title: str | None = None,
) -> Figure:
    """Show the parts of several solvers as their strongest features, those alike in one column.

    Parameters
    ----------
    found : mapping of str to array-like of shape (n_components, n_features)
        As in `matched_pictures`.
    strongest : callable
        Returns the names of a part's strongest features, most first.
    most : int
        At most so many of the first parts.
    title : str, optional
        An empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = _matched({name: np.asarray(H) for name, H in found.items()}, most)
    gutter = _gutter(found)
    wide = (WIDTH - gutter + GAP) / len(rows[0].parts) - GAP
    words = {(row.name, place): list(strongest(part)) for row in rows for place, part in enumerate(row.parts)}
    common = {place: set(words[rows[0].name, place]) for place in range(len(rows[0].parts))}
    tall = max(map(len, words.values()), default=1) * LINE_HEIGHT + 0.02

    def draw(board: Board, row: _Row, place: int, x: float, y: float) -> None:
        if row is not rows[0]:
            board.bar((x, y - 0.06, wide, 0.008), LINE)
        for line, word in enumerate(words[row.name, place] or ["(empty)"]):
            known = word in common[place]
            board.text(x, y + 0.12 + line * LINE_HEIGHT, fit(word, wide - 0.06, CAPTION), color=INK if known else INK_3)

    about = "strongest first; dark: also among the strongest of the first row; below, the cosine with its part"
    return _grid(rows, (gutter, wide, tall), draw, title, about)


class _Row:
    """The parts of one solver in the order of the first one's, with their cosines."""

    def __init__(self, name: str, parts: NDArray, cosines: NDArray[np.float64] | None) -> None:
        self.name, self.parts, self.cosines = name, parts, cosines


def _matched(found: Mapping[str, NDArray], most: int) -> list[_Row]:
    names = list(found)
    if not names or not all(H.ndim == 2 and H.shape == found[names[0]].shape and H.size for H in found.values()):
        raise ValueError(
            "Parts of several solvers need one shape (n_components, n_features), got "
            f"{', '.join(str(H.shape) for H in found.values()) or 'none'}."
        )
    rows = [_Row(names[0], found[names[0]][:most], None)]
    for name in names[1:]:
        partners, cosines = matched(found[names[0]], found[name])
        rows.append(_Row(name, found[name][partners[:most]], cosines[:most]))
    return rows


def _gutter(found: Mapping[str, ArrayLike]) -> float:
    return max((width_of(name, LABEL, "bold") for name in found), default=0.0) + 0.2


def _grid(
    rows: Sequence[_Row],
    sizes: tuple[float, float, float],
    draw: Callable[[Board, _Row, int, float, float], None],
    title: str | None,
    about: str,
) -> Figure:
    """Lay out the rows: the name, the parts, and under each how like the first row's it is."""
    gutter, wide, tall = sizes
    title = "The parts each one found" if title is None else title
    head = heading_height(title, about)
    tall = max(tall, NAMES)
    step = tall + LIKE + 0.1
    with styled():
        board = Board(WIDTH, head + step * len(rows) - 0.1)
        board.heading(title, about, WIDTH)
        for line, row in enumerate(rows):
            y = head + line * step
            ink = ACCENT if line == 0 else INK
            middle = y + min((tall - 0.17) / 2, 0.4)
            board.text(0, middle, row.name, size=LABEL, bold=True, color=ink, va="center")
            if row.cosines is not None:
                mean = f"{float(np.mean(row.cosines)):.2f} alike"
                board.text(0, middle + 0.17, mean, room=gutter, color=INK_3, va="center")
            for place in range(len(row.parts)):
                x = gutter + place * (wide + GAP)
                draw(board, row, place, x, y)
                if row.cosines is not None:
                    words = _likeness(row.cosines[place], wide)
                    board.text(x, y + tall + 0.125, words, color=INK_3)
        return board.figure


def _likeness(cosine: float, room: float) -> str:
    """Write a cosine with the word and the digits that have room."""
    forms = (f"{cosine:.2f} alike", f"{cosine:.2f}")
    return next((words for words in forms if width_of(words) <= room), f"{cosine:.1f}")
