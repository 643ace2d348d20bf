"""Components of several methods side by side: a block for each, with its error and how sparse its parts are."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from partwise.plots.board import Board, bar_room, heading_height
from partwise.plots.lettering import percent, short
from partwise.plots.pictures import Shape, as_picture, as_rows, divided, limit_of
from partwise.plots.style import ERROR, INK, INK_2, INK_3, PARTS, TITLE, WIDTH, styled
from partwise.sparsity import sparsity
from partwise.wording import counted

GAP, BETWEEN, HEAD = 0.06, 0.4, 0.72  # inches; between tiles, between blocks, words over a block
BAR = 0.7  # inches; the colour bar of a block


@dataclass(frozen=True)
class _Block:
    """What is shown of one method."""

    name: str
    parts: NDArray[np.float32]  # those shown, length 1
    count: int  # of all its components
    dead: int
    sparsity: float
    error: float | None
    limit: float
    signed: bool


def components_beside(
    components: Mapping[str, ArrayLike],
    shape: Shape,
    *,
    errors: Mapping[str, float] | None = None,
    most: int = 20,
    title: str | None = None,
) -> Figure:
    """Show the components of several methods, the same number of each, with how well and how sparsely they do it.

    Components are scaled to length 1 and those of a method share one scale: zero is black where none is negative; else
    zero is white, red adds and blue takes away.

    Parameters
    ----------
    components : mapping of str to array-like of shape (n_components, n_features)
        By the name of the method, its components in the order to show them.
    shape : (h, w) or (h, w, 3)
        Shape of one picture. Non-negative components of colour pictures are shown in colour, those with negative
        entries as the mean over the channels.
    errors : mapping of str to float, optional
        Relative errors ``|X - X_hat| / |X|`` by the same names; a method may be left out.
    most : int
        At most so many components of a method, >= 1.
    title : str, optional
        An empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    if not components:
        raise ValueError("components_beside needs the components of at least one method, got none.")
    known = {} if errors is None else dict(errors)
    if unknown := [name for name in known if name not in components]:
        raise ValueError(
            f"errors needs names of methods ({', '.join(components)}), got {', '.join(map(str, unknown))}."
        )
    blocks = [
        _block(str(name), as_rows(rows, shape, "components_beside"), max(most, 1), known.get(name))
        for name, rows in components.items()
    ]
    title = "The same pictures, taken apart by different methods" if title is None else title
    about = _about(blocks)
    across = _across(len(blocks))
    width = (WIDTH + BETWEEN) / max(across, 2) - BETWEEN
    shown = max(len(block.parts) for block in blocks)
    columns = _columns(shown, width, shape)
    side = min((width + GAP) / columns - GAP, 1.2)
    tall = side * shape[0] / shape[1]
    step = HEAD + math.ceil(shown / columns) * (tall + GAP) + 0.3
    head = heading_height(title, about) + 0.08
    with styled():
        board = Board(WIDTH, head + math.ceil(len(blocks) / across) * step - 0.3)
        board.heading(title, about, WIDTH)
        for index, block in enumerate(blocks):
            x, y = index % across * (width + BETWEEN), head + index // across * step
            _words(board, block, x, y, width, len(shape) == 3)
            for place, part in enumerate(block.parts):
                picture = as_picture(part, shape)
                if block.signed and picture.ndim == 3:
                    picture = picture.mean(axis=2)
                elif picture.ndim == 3:
                    picture = picture / np.float32(block.limit)
                left, top = x + place % columns * (side + GAP), y + HEAD + place // columns * (tall + GAP)
                cmap, low = (ERROR, -block.limit) if block.signed else (PARTS, 0.0)
                board.picture(picture, (left, top, side, tall), cmap, (low, block.limit))
        return board.figure


def _block(name: str, rows: NDArray[Any], most: int, error: float | None) -> _Block:
    length = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    parts = divided(rows[:most], length[:most]).astype(np.float32)
    alive = length[:, 0] > 0
    return _Block(
        name=name,
        parts=parts,
        count=len(rows),
        dead=int((~alive).sum()),
        sparsity=float(sparsity(rows[alive]).mean()) if alive.any() else math.nan,
        error=error,
        limit=limit_of(parts, np.ones(len(parts))),
        signed=bool((rows < 0).any()),
    )


def _about(blocks: list[_Block]) -> str:
    """Say what the colours mean, of those that are there, and what sparsity is."""
    scale = "each part scaled to length 1, one scale within a method"
    if not all(block.signed for block in blocks):
        scale += "; black adds nothing"
    if any(block.signed for block in blocks):
        scale += "\nparts with negative values: white is 0, red adds, blue takes away"
    return f"{scale}\nsparsity (Hoyer): 0 if all pixels are equally strong, 1 if only one is not zero"


def _across(count: int) -> int:
    """Choose how many blocks stand beside each other: up to three, the lines as even as can be."""
    lines = math.ceil(count / 3)
    return math.ceil(count / lines)


def _columns(shown: int, width: float, shape: Shape) -> int:
    """Choose the columns of a block: no higher than wide, its rows full, tiles not under a third of an inch."""
    ideal = 1.15 * math.sqrt(shown * shape[0] / shape[1])
    most = max(1, math.floor((width + GAP) / (0.34 + GAP)))
    low, high = max(1, math.floor(0.75 * ideal)), max(1, math.ceil(1.15 * ideal))
    choices = range(min(low, most), min(high, most) + 1)
    return min(choices, key=lambda columns: (-shown % columns, abs(columns - ideal)))


def _words(board: Board, block: _Block, x: float, y: float, width: float, colour: bool) -> None:
    """Write what stands over a block: name and scale, error and sparsity, and how many parts there are."""
    low, high = (f"−{short(block.limit)}" if block.signed else "0"), short(block.limit)
    if colour and not block.signed:
        board.text(x, y + 0.17, block.name, room=width, size=TITLE, bold=True, color=INK)
    else:
        board.text(
            x, y + 0.17, block.name, room=width - bar_room(low, high, BAR) - 0.2, size=TITLE, bold=True, color=INK
        )
        board.colour_bar(x + width, y + 0.08, ERROR if block.signed else PARTS, low, high, length=BAR)
    facts = [] if block.error is None else [f"relative error {percent(block.error)}"]
    if block.dead == block.count:
        facts.append("all dead")
    elif math.isfinite(block.sparsity):  # pictures of one pixel have none
        facts.append(f"sparsity {block.sparsity:.2f}")
    board.text(x, y + 0.38, ", ".join(facts), room=width, color=INK_2)
    count = counted(block.count, "parts")
    if len(block.parts) < block.count:
        count = f"the first {len(block.parts)} of {count}"
    board.text(x, y + 0.56, count + (f", {block.dead} dead" if block.dead else ""), room=width, color=INK_3)
