"""Trees of deep parts as pictures: each part of the deepest layer over those it is made of, down to the first layer."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from partwise.plots.board import Board, heading_height
from partwise.plots.branches import Branch, branch_line, branch_of, chosen, is_taken, layers_of
from partwise.plots.lettering import part_names, percent
from partwise.plots.pictures import Shape, as_picture, as_rows, brightest_of, divided
from partwise.plots.style import ERROR, INK, INK_2, INK_3, PARTS, WIDTH, styled

GAP, BETWEEN, DROP, UNDER = 0.06, 0.36, 0.42, 0.19  # inches; between leaves, trees, layers, words under a tile
LEAF = 0.46  # inches; a part of the first layer, at least


def deep_tree(
    layer_components: Sequence[ArrayLike],
    layer_factors: Sequence[ArrayLike],
    shape: Shape,
    *,
    parts: Sequence[int] | None = None,
    branches: Sequence[int] = (3, 2),
    names: Sequence[str | None] | None = None,
    title: str | None = None,
) -> Figure:
    """Show parts of the deepest layer over the parts that they are made of, layer by layer to the parts of parts.

    Each layer is multiplied through to the pixels. A line is as thick as the share that a part has in the one above,
    which is written under it; only the strongest few are shown. A part that several use is shown with each of them.

    Parameters
    ----------
    layer_components : sequence of array-like of shape (k_l, n_features)
        Layer by layer, the deepest last, multiplied through to the pixels.
    layer_factors : sequence of array-like
        Layer by layer, (k_l, k_(l-1)) from the second on; the first is not read. May have negative entries.
    shape : (h, w) or (h, w, 3)
        Shape of one picture.
    parts : sequence of int, optional
        The parts of the deepest layer to show, from 0; by default the first six.
    branches : sequence of int
        At most so many parts under one of the deepest layer, under one of the next, and so on; the last number goes
        for all that follow.
    names : sequence of str or None, optional
        Names of the parts of the deepest layer; those without one are called by their number.
    title : str, optional
        An empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows, factors = layers_of(layer_components, layer_factors, "deep_tree")
    components = [as_rows(one, shape, "deep_tree") for one in rows]
    labels = part_names(names, len(components[-1]))
    trees = [
        branch_of(part, components, factors, list(branches) or [1])
        for part in chosen(parts, len(components[-1]), 6, "deep_tree")
    ]
    signed = any(bool((one < 0).any()) for one in components)
    title = "Parts made of parts" if title is None else title
    about = _about([len(one) for one in components], signed, any(map(is_taken, trees)))
    head = heading_height(title, about)
    layout = _Layout(trees, len(components), shape)
    with styled():
        board = Board(WIDTH, head + math.ceil(len(trees) / layout.across) * (layout.height + BETWEEN) - BETWEEN)
        board.heading(title, about, WIDTH)
        draw = _Draw(board, layout, components, shape, signed)
        for index, tree in enumerate(trees):
            x = index % layout.across * (layout.width + BETWEEN)
            y = head + index // layout.across * (layout.height + BETWEEN)
            draw.tree(tree, labels[tree.part][0], x, y)
        return board.figure


def _about(counts: list[int], signed: bool, taken: bool) -> str:
    """Say what the layers are, what the lines and what the colours mean."""
    layers = " from ".join(f"{count:,}" for count in reversed(counts))
    lines = "a line and the number under a part: its share in the part above; only the strongest are shown"
    scale = "white is 0, red adds, blue takes away" if signed else "black is 0"
    away = "; dashed: taken away" if taken else ""
    return f"{layers} parts: {lines}{away}\neach part on its own scale, multiplied through to the pixels; {scale}"


class _Layout:
    """Sizes in inches: so many trees across, tiles that grow from the leaves up to the root."""

    def __init__(self, trees: Sequence[Branch], depth: int, shape: Shape) -> None:
        leaves = max(tree.leaves for tree in trees)
        aspect = shape[1] / shape[0]
        most = max(1, int((WIDTH + BETWEEN) / (leaves * (LEAF + GAP) - GAP + BETWEEN)))
        # the lines as even as can be
        self.across = math.ceil(len(trees) / math.ceil(len(trees) / most))
        self.width = (WIDTH + BETWEEN) / max(self.across, 2) - BETWEEN
        leaf = min((self.width + GAP) / leaves - GAP, 0.8)
        root = min(max(1.9 * leaf, 0.9), 1.3, self.width)
        # wide pictures are not made so wide that a layer does not fit
        self.sides = [leaf + (root - leaf) * layer / max(depth - 1, 1) for layer in range(depth)]
        self.talls = [side / aspect for side in self.sides]
        self.tops = [sum(tall + UNDER + DROP for tall in self.talls[layer + 1 :]) for layer in range(depth)]
        self.height = self.tops[0] + self.talls[0] + UNDER


class _Draw:
    """Draws trees on a board."""

    def __init__(
        self, board: Board, layout: _Layout, components: Sequence[NDArray[Any]], shape: Shape, signed: bool
    ) -> None:
        self.board, self.layout, self.components, self.shape, self.signed = board, layout, components, shape, signed

    def tree(self, tree: Branch, name: str, x: float, y: float) -> None:
        """Draw a tree in its block, whose upper left corner is given."""
        self._branch(tree, x, y, self.layout.width / tree.leaves, name)

    def _branch(self, branch: Branch, x: float, y: float, step: float, words: str) -> float:
        """Draw a part over its branches, which begin at x; return the middle of the part."""
        layout, board = self.layout, self.board
        side, tall = layout.sides[branch.layer], layout.talls[branch.layer]
        middle, top = x + branch.leaves * step / 2, y + layout.tops[branch.layer]
        left = x
        for below in branch.below:
            end = self._branch(below, left, y, step, percent(abs(below.share), 0))
            start = (middle, top + tall + UNDER + 0.02)
            branch_line(board, start, (end, y + layout.tops[below.layer] - 0.02), below.share)
            left += below.leaves * step
        board.picture(*self._picture(branch, (middle - side / 2, top, side, tall)))
        root = branch.layer == len(layout.sides) - 1
        dead = not self.components[branch.layer][branch.part].any()
        board.text(
            middle,
            top + tall + 0.15,
            f"{words} (dead)" if dead and root else words,
            room=layout.width if root else step * branch.leaves,
            bold=root,
            color=INK_3 if dead else INK if root else INK_2,
            ha="center",
        )
        return middle

    def _picture(
        self, branch: Branch, box: tuple[float, float, float, float]
    ) -> tuple[NDArray[Any], tuple[float, float, float, float], str, tuple[float, float]]:
        """Return what `Board.picture` takes for a part on its own scale."""
        part = as_picture(self.components[branch.layer][branch.part], self.shape)
        if self.signed and part.ndim == 3:
            part = part.mean(axis=2)
        brightest = brightest_of(part)
        shown = divided(part, brightest).astype(np.float32)
        return (shown, box, ERROR, (-1, 1)) if self.signed else (shown, box, PARTS, (0, 1))
