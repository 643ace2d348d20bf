"""Solvers side by side: error against seconds and against iterations."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator
from matplotlib.transforms import blended_transform_factory
from numpy.typing import ArrayLike, NDArray

from partwise.plots.labels import End, label_ends
from partwise.plots.lettering import SPACE, percent, width_of
from partwise.plots.style import ACCENT, BAD, CAPTION, EDGE, INK, INK_2, INK_3, WARN, WIDTH, styled
from partwise.wording import decimals

TALL, FOOT, HEAD, LEFT, BETWEEN = 3.3, 0.5, 0.34, 0.66, 0.54  # inches
LEFT_OVER = 0.01  # of the way from the start to the lowest error: near enough to have arrived
STRAIGHT = 1e-3  # below this share of the way the scale is linear, and so ends at the lowest error
# told apart by dash and by shade; the first, which is accented, is whole
DASHES: tuple[Any, ...] = (
    (6, 2),
    (1, 1.4),
    (6, 2, 1, 2),
    (3, 1.4),
    (8, 2, 1, 1.5, 1, 2),
    (2, 3),
    (12, 2),
    (4, 1, 1, 1),
)
INKS = (INK, BAD, INK_2, WARN, INK_3)


def rivals(
    curves: Mapping[str, ArrayLike],
    *,
    accent: str | None = None,
    error_is: str = "relative error",
    title: str | None = None,
) -> Figure:
    """Draw the error of several solvers over their seconds and over their iterations, both on log scales.

    The height is what is left of the way from the start to the lowest error that any of them ended with, on a log scale
    that is linear near 0; so who comes 99 % of the way first can be seen, however near to each other they end.

    Parameters
    ----------
    curves : mapping of str to array-like of shape (n_records, 3)
        For each solver its iterations, seconds and errors, the start first.
    accent : str, optional
        Name of the one that is drawn in the accent colour, with a whole line.
    error_is : str
        What the error is called.
    title : str, optional
        In place of both titles, over the first panel; an empty string leaves them out.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels; the names stand at the ends of the lines.
    """
    lines = {name: np.asarray(curve, dtype=np.float64).reshape(-1, 3) for name, curve in curves.items()}
    if not lines or not all(len(curve) for curve in lines.values()):
        raise ValueError(f"rivals needs a curve of at least one record for every solver, got {len(lines)} curves.")
    lowest = min(float(curve[-1, 2]) for curve in lines.values())
    way = max(0.0, max(float(curve[0, 2]) for curve in lines.values()) - lowest)
    gutter = max(width_of(name, CAPTION, "bold") for name in lines) + 0.32
    wide = (WIDTH - LEFT - BETWEEN - 2 * gutter) / 2
    names = sorted(lines, key=lambda name: name != accent)  # stable; the accented one has the whole line
    with styled():
        figure = Figure(figsize=(WIDTH, FOOT + TALL + HEAD))
        for panel, (column, words) in enumerate(((1, "solver seconds"), (0, "iterations"))):
            left = LEFT + panel * (wide + gutter + BETWEEN)
            axes = figure.add_axes(
                (left / WIDTH, FOOT / (FOOT + TALL + HEAD), wide / WIDTH, TALL / (FOOT + TALL + HEAD))
            )
            _panel(axes, {name: lines[name] for name in names}, column, (lowest, way), accent)
            axes.set_xlabel(words)
            if panel == 0:
                axes.annotate(
                    f"below: 99{SPACE}% of the way",
                    (0, LEFT_OVER),
                    xycoords=blended_transform_factory(axes.transAxes, axes.transData),
                    xytext=(2, -4),
                    textcoords="offset points",
                    va="top",
                    size=CAPTION,
                    color=INK_3,
                )
            if title is None:
                axes.set_title(f"{error_is.capitalize()} over {'time' if panel == 0 else 'iterations'}")
            elif panel == 0:
                axes.set_title(title)
        return figure


def _panel(
    axes: Axes, lines: Mapping[str, NDArray[np.float64]], column: int, scale: tuple[float, float], accent: str | None
) -> None:
    """Draw one panel, its scales and its words."""
    axes.set_xscale("log")
    axes.set_yscale("symlog", linthresh=STRAIGHT, linscale=0.5)
    reached = np.concatenate([curve[curve[:, column] > 0, column] for curve in lines.values()])
    first, last = (float(reached.min()), float(reached.max())) if len(reached) else (0.5, 1.0)
    first, last = (first * 0.8, last * 1.02) if last > first else (first * 0.5, first * 2)
    axes.set_xlim(first, last)
    lowest, way = scale
    way = way or lowest or 1.0  # where nobody came below the start, distances are shares of it
    gaps = {name: np.maximum(curve[:, 2] - lowest, 0) / way for name, curve in lines.items()}
    # one that is not monotone may leap far above where all began
    top = max(float(gap[at]) for gap in gaps.values() for at in (0, -1) if np.isfinite(gap[at]))
    axes.set_ylim(-0.3 * STRAIGHT, max(1.3 * top, 3 * LEFT_OVER))
    ends = []
    for place, (name, curve) in enumerate(lines.items()):
        first_of_all = name == accent
        ink = ACCENT if first_of_all else INKS[place % len(INKS)]
        dash: Any = "-" if first_of_all else (0, DASHES[place % len(DASHES)])
        # what is not yet the end of a step is where the step began
        x = np.maximum(curve[:, column], first)
        axes.plot(
            x,
            gaps[name],
            color=ink,
            linestyle=dash,
            linewidth=2.4 if first_of_all else 1.5,
            drawstyle="steps-post",
            dash_capstyle="butt",
            zorder=4 if first_of_all else 3,
        )
        axes.plot(
            x[-1:], gaps[name][-1:], marker="o", markersize=4, color=ink, linestyle="none", clip_on=False, zorder=5
        )
        ends.append(End(float(x[-1]), float(gaps[name][-1]), name, ink, first_of_all))
    axes.axhline(LEFT_OVER, color=EDGE, linestyle=(0, (1, 2)), linewidth=1.2, zorder=2)
    digits = decimals(way * STRAIGHT)
    ticks = [0.0, *(value for value in (1e-3, 1e-2, 1e-1, 1.0, 10.0) if value <= axes.get_ylim()[1])]
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(lowest + value * way, digits)))
    axes.xaxis.set_major_locator(LogLocator(10, numticks=8))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.grid(axis="x", visible=False)
    label_ends(axes, ends, TALL * 72)
