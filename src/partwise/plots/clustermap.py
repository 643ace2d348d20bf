"""The codes as a heat map, alike samples and alike parts side by side."""

import itertools
import warnings
from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from partwise.plots.lettering import fit, part_names, percent, readable, width_of
from partwise.plots.pictures import divided, strong_weights
from partwise.plots.style import ABOUT, CAPTION, EDGE, HEAT, INK_2, INK_3, LABEL, PAD, TITLE, WIDTH, styled
from partwise.wording import natural_key

DEEPEST = 250  # a tree with longer branches is not drawn: its drawing calls itself once a level
CLASSES = ("#0b6a66", "#b5367a", "#c98a1b", "#4c6fb1", "#8d867c", "#7fb069", "#7a4fa3", "#d0634a", "#2b2926", "#63cbc2")


def clustermap(
    W: ArrayLike,
    *,
    names: Sequence[str | None] | None = None,
    labels: Sequence[Any] | None = None,
    max_rows: int = 2000,
    random_state: int | np.random.Generator | None = 0,
    samples_are: str = "samples",
    title: str | None = None,
) -> Figure:
    """Draw the codes as a heat map with rows and columns ordered by Ward's tree.

    Each part is scaled by the weight of a sample that uses it strongly (its 99th percentile), so that faint parts
    are seen beside loud ones. An axis that cannot be put in a tree (one row, all rows alike) keeps its order.

    Parameters
    ----------
    W : array-like of shape (n_samples, n_components)
        The codes, >= 0.
    names : sequence of str or None, optional
        Names of the parts; those without one are called by their number.
    labels : sequence of shape (n_samples,), optional
        A class for each sample, shown as a strip of colours beside the rows. At most ten are named; the colours of
        more come again, in the order of the rows, and it is said how many neighbours are of one class.
    max_rows : int
        At most so many rows, drawn at random without replacement, >= 1.
    random_state : int, numpy.random.Generator or None
        Where that drawing starts from.
    samples_are : str
        What a row is called, in the plural.
    title : str, optional
        An empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
        Not registered with pyplot.
    """
    W = np.asarray(W)
    if W.ndim != 2 or not W.size:
        raise ValueError(f"clustermap needs codes of shape (n_samples, n_components), got {W.shape}.")
    if labels is not None and len(labels) != len(W):
        raise ValueError(f"labels needs one label a row ({len(W)}), got {len(labels)}.")
    rows = np.arange(len(W))
    if len(W) > max_rows:
        rows = np.sort(np.random.default_rng(random_state).choice(len(W), max_rows, replace=False))
    heat = np.minimum(divided(W[rows], strong_weights(W[rows])), 1.0)
    classes = None if labels is None else [str(labels[int(row)]) for row in rows]
    texts = [name if given else name.removeprefix("Part ") for name, given in part_names(names, W.shape[1])]
    if title is None:
        sampled = f"{len(rows):,} of {len(W):,}" if len(rows) < len(W) else f"{len(W):,}"
        title = f"Which {samples_are} use the same parts? ({sampled} {samples_are})"
    with styled(), matplotlib.rc_context({"axes.grid": False}):
        by_row, by_column = tree(heat), tree(heat.T)
        order = np.arange(len(heat)) if by_row is None else leaves(by_row)
        colours = None if classes is None else _colours(classes, order)
        strip = None if classes is None or colours is None else [colours[name] for name in classes]
        layout = _Layout(title, samples_are, texts, colours)
        if classes is not None and layout.many:
            layout.said = _said([classes[row] for row in order])
        return layout.draw(_grid(heat, by_row, by_column, strip))


def leaves(links: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return the rows in the order of their tree."""
    from scipy.cluster.hierarchy import leaves_list

    return np.asarray(leaves_list(links), dtype=np.intp)


def neighbours(classes: Sequence[str]) -> tuple[float, float]:
    """Return which share of rows side by side are of one class, and which would be in an order drawn at random."""
    count = len(classes)
    if count < 2:
        return float("nan"), float("nan")
    alike = sum(one == other for one, other in itertools.pairwise(classes)) / (count - 1)
    sizes = np.unique(classes, return_counts=True)[1].astype(np.float64)
    return alike, float((sizes * (sizes - 1)).sum() / (count * (count - 1)))


def tree(rows: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return Ward's tree of the rows as a linkage matrix, or None where there is none worth drawing."""
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import pdist

    if len(rows) < 2:
        return None
    links = linkage(pdist(rows), method="ward")
    depth = np.zeros(2 * len(rows) - 1, dtype=np.int64)
    for step, (left, right) in enumerate(links[:, :2].astype(np.int64)):
        depth[len(rows) + step] = 1 + max(depth[left], depth[right])
    return links if links[-1, 2] > 0 and depth[-1] <= DEEPEST else None


def _grid(
    heat: NDArray[np.float64],
    by_row: NDArray[np.float64] | None,
    by_column: NDArray[np.float64] | None,
    colours: list[str] | None,
) -> Any:
    """Let seaborn draw the map and its trees, and take the Figure back from pyplot."""
    # both are slow to import, and only this figure needs them
    import seaborn
    from matplotlib import pyplot

    with warnings.catch_warnings():
        # the axes are placed by hand afterwards, so what seaborn's own layout has to say is of no interest
        warnings.simplefilter("ignore")
        grid = seaborn.clustermap(
            heat,
            row_cluster=by_row is not None,
            col_cluster=by_column is not None,
            row_linkage=by_row,
            col_linkage=by_column,
            row_colors=colours,
            cmap=HEAT,
            vmin=0,
            vmax=1,
            xticklabels=False,
            yticklabels=False,
            rasterized=True,
            tree_kws={"colors": EDGE, "linewidths": 0.6, "rasterized": len(heat) > 200},
            figsize=(WIDTH, 7),
            cbar_kws={"orientation": "horizontal"},
        )
    pyplot.close(grid.figure)
    return grid


def _colours(classes: Sequence[str], order: NDArray[np.intp]) -> dict[str, str]:
    """Return the colour of each class: by name if all have their own, else in turn as they come in the rows' order."""
    names = sorted(set(classes), key=natural_key)
    if len(names) > len(CLASSES):
        names = list(dict.fromkeys(classes[row] for row in order))
    return {name: CLASSES[place % len(CLASSES)] for place, name in enumerate(names)}


def _said(classes: Sequence[str]) -> str:
    """Say what the strip shows where there are too many classes to name them."""
    alike, chance = neighbours(classes)
    return (
        f"strip beside the rows: {len(set(classes)):,} classes, the colours come again; "
        f"{percent(alike, 0)} of neighbours are of one class, {percent(chance, 0)} would be by chance"
    )


class _Layout:
    """Places in inches: heading and colour bar, tree of parts, then tree of samples, strip of classes and map."""

    def __init__(self, title: str, samples_are: str, texts: list[str], classes: dict[str, str] | None) -> None:
        self.about = f"the weights of the parts in the {samples_are}; 1: as strong as in the top 1 % of them"
        self.title, self.texts, self.classes, self.said = title, texts, classes or {}, ""
        self.many = len(self.classes) > len(CLASSES)
        self.numbers = all(text.isdigit() for text in texts)
        self.left = 0.9 + (0.22 if classes else 0.0)
        self.top = (0.28 if title else 0.0) + 0.3 + (0.24 if classes else 0.0)
        room = (WIDTH - self.left) / len(texts)
        self.level = max(map(width_of, texts)) < 0.92 * room
        self.size = CAPTION if self.level else min(CAPTION, room * 72 * 0.85)
        self.shown = [fit(text, 1.1, self.size) for text in texts]
        self.foot = (
            (0.45 if self.numbers else 0.22)
            if self.level
            else (0.38 if self.numbers else 0.14) + max(width_of(text, self.size) for text in self.shown)
        )
        self.height = self.top + 0.7 + 4.6 + self.foot

    def place(self, axes: Axes, x: float, y: float, width: float, height: float) -> None:
        wide, tall = WIDTH + 2 * PAD, self.height + 2 * PAD
        axes.set_position(((x + PAD) / wide, 1 - (y + PAD + height) / tall, width / wide, height / tall))

    def draw(self, grid: Any) -> Figure:
        figure: Figure = grid.figure
        figure.set_size_inches(WIDTH + 2 * PAD, self.height + 2 * PAD)
        down = self.top + 0.7
        self.place(grid.ax_row_dendrogram, 0, down, 0.85, 4.6)
        self.place(grid.ax_col_dendrogram, self.left, self.top, WIDTH - self.left, 0.65)
        self.place(grid.ax_heatmap, self.left, down, WIDTH - self.left, 4.6)
        if grid.ax_row_colors is not None:
            self.place(grid.ax_row_colors, 0.9, down, 0.16, 4.6)
            grid.ax_row_colors.set_xticks([])
        order = grid.dendrogram_col.reordered_ind if grid.dendrogram_col is not None else range(len(self.texts))
        grid.ax_heatmap.set_xticks(np.arange(len(self.texts)) + 0.5, [self.shown[index] for index in order])
        grid.ax_heatmap.tick_params(axis="x", labelsize=self.size, rotation=0 if self.level else 90)
        grid.ax_heatmap.set_xlabel("part" if self.numbers else "")
        grid.ax_heatmap.set_ylabel("")
        self._head(figure, grid.ax_cbar)
        return figure

    def _write(self, figure: Figure, x: float, y: float, text: str, **style: Any) -> None:
        figure.text((x + PAD) / (WIDTH + 2 * PAD), 1 - (y + PAD) / (self.height + 2 * PAD), text, **style)

    def _head(self, figure: Figure, bar: Axes) -> None:
        y = 0.28 if self.title else 0.0
        self._write(figure, 0, 0.17, fit(self.title, WIDTH, TITLE, "bold"), size=TITLE, weight="bold")
        self._write(figure, 0, y + 0.13, self.about, size=LABEL, color=INK_2, gid=ABOUT, label=self.about)
        one = WIDTH - width_of("1") - 0.08
        self.place(bar, one - 1.1, y + 0.05, 1.1, 0.1)
        bar.set_xticks([])
        bar.spines[:].set_visible(False)
        self._write(figure, WIDTH, y + 0.14, "1", size=CAPTION, color=INK_3, ha="right")
        self._write(figure, one - 1.18, y + 0.14, "0", size=CAPTION, color=INK_3, ha="right")
        if self.many:
            self._write(figure, 0, y + 0.38, self.said, size=CAPTION, color=INK_2)
            return
        x, room = 0.0, WIDTH / max(len(self.classes), 1) - 0.34
        for name, colour in self.classes.items():
            text = fit(readable(name), min(room, 1.4))
            self._write(figure, x, y + 0.38, "■", size=CAPTION, color=colour)
            self._write(figure, x + 0.14, y + 0.38, text, size=CAPTION, color=INK_2)
            x += 0.34 + width_of(text)
