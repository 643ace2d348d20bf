"""The parts at several numbers of them, side by side: what one more part brings, and how surely each one comes back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from partwise.matching import matched
from partwise.plots.board import Board, heading_height
from partwise.plots.lettering import fit_start, width_of
from partwise.plots.pictures import Shape, as_picture, as_rows, brightest_of, divided
from partwise.plots.style import ACCENT, ACCENT_SOFT, CAPTION, INK, INK_2, INK_3, PARTS, TITLE, WIDTH, styled
from partwise.wording import counted

BETWEEN, GAP, HEAD = 0.42, 0.07, 0.5  # inches: between blocks, between tiles, words over a block
UNDER, LABELLED = 0.17, 0.3  # inches: the number under a tile, the words over those that are new
LINE_HEIGHT, NUMBER, CURVE = 0.19, 0.36, 0.52  # inches: a line of words, the number before it, a curve with its words
LEAST, LARGEST = 0.36, 0.66  # inches: the side of a picture
MOST = 60  # parts of a block


@dataclass(frozen=True)
class _Block:
    """The parts at one k: those like the parts of the block before, in their order, and those that are new."""

    count: int
    parts: NDArray[Any]
    stability: NDArray[np.float64]
    groups: tuple[tuple[str, list[int]], ...]


Draw = Callable[[Board, _Block, int, float, float], None]


def candidate_pictures(
    found: Mapping[int, ArrayLike],
    shape: Shape,
    *,
    stability: Mapping[int, ArrayLike] | None = None,
    recommended: int | None = None,
    title: str | None = None,
) -> Figure:
    """Show the parts at several numbers of them as pictures, each part on its own scale.

    Parameters
    ----------
    found : mapping of int to array-like of shape (k, n_features)
        By the number of parts, the parts, >= 0, in the order to show them.
    shape : (h, w) or (h, w, 3)
        Shape of one picture.
    stability : mapping of int to array-like of shape (k,), optional
        How surely each part comes back, 0 to 1; written under it.
    recommended : int, optional
        Which of the numbers is in the accent colour.
    title : str, optional
        An empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    blocks = _blocks({k: as_rows(parts, shape, "candidate_pictures") for k, parts in found.items()}, stability)
    width = _width(blocks)
    most = max(len(block.parts) for block in blocks)
    # about as many in a row as rows, but no tile too small to be seen
    columns = max(1, min(int((width + GAP) / (LEAST + GAP)), max(4, round(1.3 * np.sqrt(most)))))
    side = min((width + GAP) / columns - GAP, LARGEST if most > 4 else 1.2)
    tall = side * shape[0] / shape[1]

    def draw(board: Board, block: _Block, place: int, x: float, y: float) -> None:
        part = as_picture(block.parts[place], shape)
        board.picture(divided(part, brightest_of(part)).astype(np.float32), (x, y, side, tall), PARTS, (0, 1))
        _stability(board, block, place, x, y + tall + 0.13)

    under = UNDER if any(np.isfinite(block.stability).any() for block in blocks) else 0.0
    return _laid_out(blocks, (columns, side, tall + under), draw, recommended, title)


def candidate_words(
    found: Mapping[int, ArrayLike],
    strongest: Callable[[NDArray], Sequence[str]],
    *,
    stability: Mapping[int, ArrayLike] | None = None,
    recommended: int | None = None,
    title: str | None = None,
) -> Figure:
    """Show the parts at several numbers of them in words: a line for each, its strongest features first.

    Parameters
    ----------
    found, stability, recommended, title
        As in `candidate_pictures`.
    strongest : callable
        Returns the names of a part's strongest features, most first.

    Returns
    -------
    matplotlib.figure.Figure
    """
    blocks = _blocks({k: np.asarray(parts) for k, parts in found.items()}, stability)
    width = _width(blocks)
    # the fewer there are, the more is told of each
    most = max(len(block.parts) for block in blocks)
    lines = next(count for limit, count in ((5, 5), (12, 2), (most, 1)) if most <= limit)
    told = {
        (block.count, place): _in_lines(strongest(part), lines, width - NUMBER) or ["(empty)"]
        for block in blocks
        for place, part in enumerate(block.parts)
    }
    lines = max(map(len, told.values()))

    def draw(board: Board, block: _Block, place: int, x: float, y: float) -> None:
        left = NUMBER if _stability(board, block, place, x, y + 0.14) else 0.0
        for line, words in enumerate(told[block.count, place]):
            board.text(x + left, y + 0.14 + 0.165 * line, words, color=INK if line == 0 else INK_2)

    return _laid_out(
        blocks, (1, width, LINE_HEIGHT - GAP + 0.165 * (lines - 1) + 0.05 * (lines > 1)), draw, recommended, title
    )


def _in_lines(names: Sequence[str], most: int, room: float) -> list[str]:
    """Put names into at most so many lines; what has no room is left out, and a long name is cut."""
    joint = "; " if any("," in name for name in names) else ", "
    lines: list[str] = []
    for name in names:
        longer = f"{lines[-1]}{joint}{name}" if lines else name
        if lines and width_of(longer, CAPTION) <= 0.95 * room:
            lines[-1] = longer
        elif len(lines) < most:
            lines.append(fit_start(name, room, CAPTION))
        else:
            break
    return lines


def candidate_curves(
    found: Mapping[int, ArrayLike],
    curve: Callable[[NDArray], tuple[NDArray, NDArray]],
    told: Callable[[NDArray], str],
    *,
    stability: Mapping[int, ArrayLike] | None = None,
    recommended: int | None = None,
    title: str | None = None,
) -> Figure:
    """Show the parts at several numbers of them as curves over their features, each on its own scale.

    Parameters
    ----------
    found, stability, recommended, title
        As in `candidate_pictures`.
    curve : callable
        Returns the places, 0 to 1, and the values of a part's curve.
    told : callable
        Returns what is written over it.

    Returns
    -------
    matplotlib.figure.Figure
    """
    blocks = _blocks({k: np.asarray(parts) for k, parts in found.items()}, stability)
    width = _width(blocks)

    def draw(board: Board, block: _Block, place: int, x: float, y: float) -> None:
        part = block.parts[place]
        known = _stability(board, block, place, x, y + 0.14)
        left = x + (NUMBER if known else 0.0)
        board.text(left, y + 0.14, told(part), room=x + width - left, color=INK_2)
        places, values = curve(part)
        largest = float(np.abs(values).max(initial=0.0)) or 1.0
        foot, high = y + CURVE - 0.04, CURVE - 0.24
        across = x + width * np.asarray(places)
        up = foot - high * np.maximum(np.asarray(values, float) / largest, 0)
        board.axes.fill_between(across, up, foot, color=ACCENT_SOFT, linewidth=0)
        board.axes.plot(across, up, color=ACCENT, linewidth=1, linestyle="-")

    return _laid_out(blocks, (1, width, CURVE), draw, recommended, title)


def _blocks(found: Mapping[int, NDArray], stability: Mapping[int, ArrayLike] | None) -> list[_Block]:
    """Put each block's parts in the order of the block before; ValueError where there is nothing to show."""
    if not found or not all(parts.ndim == 2 and parts.size for parts in found.values()):
        raise ValueError(f"Candidates need parts (k, n_features) at one number of them or more, got {len(found)}.")
    blocks: list[_Block] = []
    for k in sorted(found):
        parts, order, new = found[k], list(range(len(found[k]))), []
        if blocks and len(blocks[-1].parts) <= len(parts):
            before = blocks[-1].parts
            order = [int(place) for place in matched(before, parts)[0]]
            new = [place for place in range(len(parts)) if place not in set(order)]
        sure = np.full(len(parts), np.nan)
        if stability is not None and k in stability:
            sure = np.asarray(stability[k], dtype=np.float64)
        arranged = [*order, *new]
        shown = min(len(arranged), MOST)
        alike = min(len(order), max(shown - len(new), 0))
        groups = [("", list(range(alike)))]
        if new:
            groups.append(
                (
                    counted(len(new), "more parts"),
                    list(range(len(order), min(len(arranged), len(order) + shown - alike))),
                )
            )
        blocks.append(_Block(k, parts[arranged], sure[arranged], tuple(groups)))
    return blocks


def _width(blocks: list[_Block]) -> float:
    return (WIDTH + BETWEEN) / max(len(blocks), 2) - BETWEEN


def _stability(board: Board, block: _Block, place: int, x: float, y: float) -> bool:
    """Write how surely a part comes back; say whether that is known."""
    value = float(block.stability[place])
    if not np.isfinite(value):
        return False
    board.text(x, y, f"{value:.2f}", color=INK_3)
    return True


def _laid_out(
    blocks: list[_Block], sizes: tuple[int, float, float], draw: Draw, recommended: int | None, title: str | None
) -> Figure:
    """Lay out the blocks, in each the parts that were there before and then those that are new."""
    columns, wide, tall = sizes
    title = "The parts at several numbers of them" if title is None else title
    head = heading_height(title, "") if title else 0.0
    width = _width(blocks)

    def height(block: _Block) -> float:
        rows = [-(-len(places) // columns) for _, places in block.groups]
        return HEAD + sum(rows) * (tall + GAP) + LABELLED * sum(bool(words) for words, _ in block.groups)

    with styled():
        board = Board(WIDTH, head + max(map(height, blocks)))
        board.heading(title, "", WIDTH)
        for index, block in enumerate(blocks):
            x, y = index * (width + BETWEEN), head
            _words(board, block, x, y, width, recommended)
            y += HEAD
            for words, places in block.groups:
                if words:
                    board.text(x, y + 0.19, words, size=CAPTION, bold=True, color=INK_2)
                    board.bar((x + width_of(words, CAPTION, "bold") + 0.08, y + 0.15, 0.5, 0.008), INK_3)
                    y += LABELLED
                for number, place in enumerate(places):
                    draw(board, block, place, x + number % columns * (wide + GAP), y + number // columns * (tall + GAP))
                y += -(-len(places) // columns) * (tall + GAP)
        return board.figure


def _words(board: Board, block: _Block, x: float, y: float, width: float, recommended: int | None) -> None:
    """Write over a block how many parts it has, and how surely they come back."""
    chosen = block.count == recommended
    name = counted(block.count, "parts") + (", recommended" if chosen else "")
    board.text(x, y + 0.17, name, room=width, size=TITLE, bold=True, color=ACCENT if chosen else INK)
    known = block.stability[np.isfinite(block.stability)]
    left = sum(len(places) for _, places in block.groups)
    words = [f"come back: {known.min():.2f} to {known.max():.2f}, mean {known.mean():.2f}"] if len(known) > 1 else []
    if left < len(block.parts):
        words.append(f"{left} shown")
    board.text(x, y + 0.36, "; ".join(words), room=width, color=INK_3)
