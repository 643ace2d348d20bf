"""Topics of topics: each topic of the deepest layer with those it is made of, down to the first layer, as words."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from partwise.plots.board import Board, heading_height
from partwise.plots.branches import Branch, branch_line, branch_of, chosen, is_taken, layers_of
from partwise.plots.lettering import fit, part_names, percent, width_of
from partwise.plots.ranking import signed, strongest
from partwise.plots.style import INK, INK_2, INK_3, LABEL, LINE, WIDTH, styled

LINE_HEIGHT, LEAF, BETWEEN = 0.17, 0.3, 0.26  # inches; a line of words, a topic of the first layer, between trees
CURVE, SHARE = 0.75, 0.42  # inches; between two layers, and for the share before the words


def topic_tree(
    layer_components: Sequence[ArrayLike],
    layer_factors: Sequence[ArrayLike],
    feature_names: Sequence[str] | None = None,
    *,
    parts: Sequence[int] | None = None,
    branches: Sequence[int] = (3, 2),
    top: int = 6,
    names: Sequence[str | None] | None = None,
    title: str | None = None,
    parts_are: str = "topics",
    features_are: str = "words",
) -> Figure:
    """Show topics of the deepest layer at the left, and to their right those they are made of, as their top words.

    Each layer is multiplied through to the words. A line is as thick as the share that a topic has in the one to its
    left, which is written before its words; only the strongest few are shown.

    Parameters
    ----------
    layer_components : sequence of array-like of shape (k_l, n_features)
        Layer by layer, the deepest last, multiplied through to the words.
    layer_factors : sequence of array-like
        Layer by layer, (k_l, k_(l-1)) from the second on; the first is not read. May have negative entries.
    feature_names : sequence of str, optional
        The words; by default their numbers, from 1.
    parts : sequence of int, optional
        The topics of the deepest layer to show, from 0; by default the first six.
    branches : sequence of int
        At most so many topics under one of the deepest layer, under one of the next, and so on; the last number goes
        for all that follow.
    top : int
        At most so many words a topic, the strongest first; a minus stands before one that is taken away.
    names : sequence of str or None, optional
        Names of the topics of the deepest layer; those without one are called by their number.
    title : str, optional
        An empty string leaves it out.
    parts_are, features_are : str
        What parts and features are called, in the plural.

    Returns
    -------
    matplotlib.figure.Figure
    """
    components, factors = layers_of(layer_components, layer_factors, "topic_tree")
    features = components[0].shape[1]
    if feature_names is not None and len(feature_names) != features:
        raise ValueError(f"feature_names needs one name a feature ({features}), got {len(feature_names)}.")
    one = parts_are.removesuffix("s")
    labels = [
        name if given else name.replace("Part", one.capitalize())
        for name, given in part_names(names, len(components[-1]))
    ]
    trees = [
        branch_of(part, components, factors, list(branches) or [1])
        for part in chosen(parts, len(components[-1]), 6, "topic_tree")
    ]
    title = f"{parts_are.capitalize()} made of {parts_are}" if title is None else title
    layers = " from ".join(f"{len(layer):,}" for layer in reversed(components))
    about = (
        f"{layers} {parts_are}: the strongest {features_are} of each; a line and the number before them: "
        f"the share in the {one} to the left" + ("; dashed: taken away" if any(map(is_taken, trees)) else "")
    )
    head = heading_height(title, about) + 0.05
    heights = [max(tree.leaves * LEAF, 4 * LINE_HEIGHT) for tree in trees]
    with styled():
        board = Board(WIDTH, head + sum(heights) + BETWEEN * (len(trees) - 1))
        board.heading(title, about, WIDTH)
        draw = _Draw(board, components, feature_names, max(top, 1))
        y = head
        for tree, height in zip(trees, heights, strict=True):
            if y > head:
                board.bar((0, y - BETWEEN / 2, WIDTH, 0.008), LINE)
            draw.branch(tree, y, height / tree.leaves, labels[tree.part])
            y += height + BETWEEN
        return board.figure


def top_words(values: NDArray[Any], feature_names: Sequence[str] | None, top: int) -> list[str]:
    """Return the words with the strongest weights, none with a weight of zero; a minus before those below zero."""
    words = []
    for j in strongest(values, top):
        name = "" if feature_names is None else str(feature_names[j])
        words.append(signed(name or f"feature {j + 1}", values[j]))
    return words


class _Draw:
    """Draws trees of words, a column for each layer, the deepest at the left."""

    def __init__(
        self, board: Board, components: Sequence[NDArray[Any]], feature_names: Sequence[str] | None, top: int
    ) -> None:
        self.board, self.components, self.feature_names, self.top = board, components, feature_names, top
        self.room = (WIDTH + CURVE) / len(components) - CURVE

    def branch(self, branch: Branch, y: float, step: float, name: str = "") -> float:
        """Draw a topic and all to its right, from y down; return the middle of its words."""
        layer = len(self.components) - 1 - branch.layer
        x, middle = layer * (self.room + CURVE), y + branch.leaves * step / 2
        values = self.components[branch.layer][branch.part]
        listed = top_words(values, self.feature_names, self.top)
        indent = SHARE if layer else 0.0
        room = self.room - indent
        # at most as many lines as there is height for
        most = max(1, int((branch.leaves * step - 0.04) / LINE_HEIGHT) - (0 if layer else 1))
        lines = wrapped(listed, room, min(most, 3)) if listed else ["(dead)"]
        count = len(lines) + (0 if layer else 1)
        foot = middle - count * LINE_HEIGHT / 2 + 0.125
        if layer:
            self.board.text(
                x + indent - 0.07, middle, percent(abs(branch.share), 0), color=INK_3, ha="right", va="center"
            )
        else:
            self.board.text(x, foot, name, room=room, size=LABEL, bold=True, color=INK)
            foot += LINE_HEIGHT
        for number, line in enumerate(lines):
            self.board.text(x + indent, foot + number * LINE_HEIGHT, line, room=room, color=INK_2 if listed else INK_3)
        used = max(width_of(line) for line in lines) if layer else max(width_of(line) for line in [*lines, name])
        top = y
        for below in branch.below:
            end = self.branch(below, top, step)
            start = x + indent + min(used, room) + 0.12
            branch_line(self.board, (start, middle), (x + self.room + CURVE - 0.02, end), below.share, level=True)
            top += below.leaves * step
        return middle


def wrapped(words: Sequence[str], room: float, most: int) -> list[str]:
    """Put words in at most so many lines of so many inches; those that have no room are left out, the first is cut."""
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]}, {word}" if lines else ""
        if lines and width_of(longer) <= room - 0.1:
            lines[-1] = longer
        elif len(lines) < most:
            lines.append(fit(word, room - 0.1))
    return [f"{line}," for line in lines[:-1]] + lines[-1:]
