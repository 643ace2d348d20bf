"""Parts in the plane: points of two features, the parts as arrows from the origin, and what the parts make of each."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from partwise.plots.lettering import fit, part_names, width_of
from partwise.plots.style import ACCENT, ACCENT_SOFT, CAPTION, EDGE, INK, LABEL, PAD, PAPER, WIDTH, styled
from partwise.wording import counted

ROOM, SIDE = 4.7, 4.4  # inches; of a title, and about the side of a panel
AIR = 1.16  # of the furthest point or arrow, so that names at the ends of arrows fit
HALO = withStroke(linewidth=2.5, foreground=PAPER)  # so that words are read over points and lines
LABELLED = 6  # so many arrows have a name


def parts_in_the_plane(
    X: ArrayLike,
    factors: Sequence[tuple[ArrayLike, ArrayLike]],
    *,
    names: Sequence[str | None] | None = None,
    feature_names: tuple[str, str] | None = None,
    titles: Sequence[str] | None = None,
) -> Figure:
    """Draw points with two features, one panel a factorization: its parts as arrows, its estimates as thin lines.

    An arrow is as long as what the part adds where it is used most. With two parts the arrows span the cone that holds
    the data, with one part there is one direction left, close to that of the mean.

    Parameters
    ----------
    X : array-like of shape (n_samples, 2)
        The points, >= 0.
    factors : sequence of (W, H)
        A panel each: codes (n_samples, n_components) and parts (n_components, 2), >= 0.
    names : sequence of str or None, optional
        Names of the parts, at least as many as the largest factorization has; the others are called by their number.
    feature_names : (str, str), optional
        What stands along the two axes.
    titles : sequence of str, optional
        Above each panel; by default what is to be seen there. Empty strings leave them out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    X = np.asarray(X, dtype=np.float64)
    if X.ndim != 2 or X.shape[1] != 2 or not len(X):
        raise ValueError(f"parts_in_the_plane needs points of shape (n_samples, 2), got {X.shape}.")
    pairs = [(np.asarray(W, dtype=np.float64), np.asarray(H, dtype=np.float64)) for W, H in factors]
    for W, H in pairs:
        if H.ndim != 2 or H.shape[1] != 2 or W.shape != (len(X), len(H)):
            raise ValueError(
                f"parts_in_the_plane needs W of shape ({len(X)}, k) and H of shape (k, 2), got {W.shape} and {H.shape}."
            )
    if not pairs or (titles is not None and len(titles) != len(pairs)):
        raise ValueError(f"parts_in_the_plane needs factors, and one title for each ({len(pairs)}).")
    axes_are = feature_names or ("feature 1", "feature 2")
    reach = max(float(X.max(initial=0.0)), *(float(_tips(W, H).max(initial=0.0)) for W, H in pairs)) or 1.0
    with styled():
        figure = Figure(figsize=(WIDTH, WIDTH / max(len(pairs), 2) + 0.25), layout="constrained")
        figure.get_layout_engine().set(w_pad=PAD, h_pad=PAD, wspace=0.06)  # type: ignore[union-attr, call-arg]
        panels = figure.subplots(1, max(len(pairs), 2), squeeze=False)[0]
        for panel in panels[len(pairs) :]:
            panel.set_axis_off()
        for panel, (W, H), number in zip(panels, pairs, range(len(pairs)), strict=False):
            labels = part_names(None if names is None else list(names)[: len(H)], len(H))
            _frame(panel, reach, axes_are)
            _draw(panel, X, W, H, reach, [name for name, _ in labels])
            words = _what_is_seen(X, H) if titles is None else titles[number]
            panel.set_title(fit(words, ROOM, 11, "bold"))
        return figure


def angles_of(points: NDArray[Any]) -> NDArray[np.float64]:
    """Return the angle of each point above the first axis, in radians; not a number for the origin."""
    angles = np.arctan2(points[:, 1], points[:, 0])
    return np.where(points.any(axis=1), angles, np.nan)


def inside(X: NDArray[Any], H: NDArray[Any]) -> int:
    """Return how many points lie in the cone that the parts span, to a thousandth of a radian; the origin does."""
    if not H.any():
        return int((~X.any(axis=1)).sum())
    ends, angles = angles_of(H), angles_of(X)
    beyond = (angles < np.nanmin(ends) - 1e-3) | (angles > np.nanmax(ends) + 1e-3)
    return int(len(X) - beyond.sum())


def _tips(W: NDArray[Any], H: NDArray[Any]) -> NDArray[np.float64]:
    """Return where the arrows end: each part times its largest weight."""
    tips: NDArray[np.float64] = H * W.max(axis=0)[:, None]
    return tips


def _what_is_seen(X: NDArray[Any], H: NDArray[Any]) -> str:
    if len(H) == 1:
        mean = X.mean(axis=0)
        if not H.any() or not mean.any():
            return "1 part: no direction"
        between = float(np.degrees(abs(angles_of(H)[0] - angles_of(mean[None, :])[0])))
        return f"1 part: one direction, {between:.1f}° from the mean"
    held = inside(X, H)
    whole = "all" if held == len(X) else f"{held:,} of"
    return f"{counted(len(H), 'parts')}: {whole} {counted(len(X), 'points')} lie between them"


def _frame(panel: Axes, reach: float, axes_are: tuple[str, str]) -> None:
    """Give a panel equal scales from 0, the same in every panel."""
    panel.set_aspect("equal")
    panel.set_xlim(0, AIR * reach)
    panel.set_ylim(0, AIR * reach)
    panel.spines["left"].set_visible(True)
    panel.grid(visible=False)
    for axis, name in ((panel.xaxis, axes_are[0]), (panel.yaxis, axes_are[1])):
        axis.set_major_locator(MaxNLocator(4, prune="lower"))
        axis.set_label_text(fit(str(name), SIDE, LABEL))


def _draw(panel: Axes, X: NDArray[Any], W: NDArray[Any], H: NDArray[Any], reach: float, names: list[str]) -> None:
    estimate, tips = W @ H, _tips(W, H)
    if len(H) > 1 and H.any():
        ends = np.array([np.nanmin(angles_of(H)), np.nanmax(angles_of(H))])
        rays = 3 * reach * np.column_stack([np.cos(ends), np.sin(ends)])
        panel.add_patch(Polygon(np.vstack([[0, 0], rays]), facecolor=ACCENT_SOFT, edgecolor="none", zorder=0))
    panel.add_collection(LineCollection(list(np.stack([X, estimate], axis=1)), colors=EDGE, linewidths=0.7, zorder=1))
    panel.plot(*X.T, "o", color=EDGE, markersize=4.5, markeredgecolor="white", markeredgewidth=0.4, zorder=2)
    if len(H) == 1 and H.any():
        panel.plot(*X.mean(axis=0), "P", color=INK, markersize=8, markeredgecolor="white", zorder=4)
    for tip in tips[tips.any(axis=1)]:
        arrow = {"arrowstyle": "-|>", "color": ACCENT, "lw": 2.2, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 14}
        panel.annotate("", tip, xytext=(0, 0), arrowprops=arrow, zorder=3)
    labels = [
        _Label(tip, name if tip.any() else f"{name} (dead)", 0.02 * reach, ACCENT, "bold")
        for tip, name in zip(tips[:LABELLED], names, strict=False)
    ]
    if len(H) == 1 and H.any():
        # below its point, where the arrow is not
        labels.append(_Label(X.mean(axis=0), "mean", -0.06 * reach, INK, "normal"))
    _write(panel, labels, AIR * reach)


class _Label(NamedTuple):
    """Words at a point, so much above it."""

    point: NDArray[np.float64]
    words: str
    lift: float
    color: str
    weight: str


def _write(panel: Axes, labels: list[_Label], reach: float) -> None:
    """Write words to the right of their points from the lowest up, each above the one before, inside the panel."""
    line = reach * 1.35 * CAPTION / 72 / SIDE
    labels = sorted(labels, key=lambda label: float(label.point[1]) + label.lift)
    heights: list[float] = []
    for label in labels:
        wanted = max(float(label.point[1]) + label.lift, 0.02 * reach)
        heights.append(max(wanted, heights[-1] + line if heights else 0.0))
    down = max(0.0, heights[-1] + line - reach)
    for label, height in zip(labels, heights, strict=True):
        words = fit(label.words, SIDE / 2, CAPTION, label.weight)
        room = reach * (1 - width_of(words, CAPTION, label.weight) / SIDE) - 0.01
        x = max(min(float(label.point[0]) + 0.015 * reach, room), 0.01 * reach)
        text = panel.text(x, height - down, words, size=CAPTION, weight=label.weight, color=label.color)
        text.set(path_effects=[HALO], zorder=5)
