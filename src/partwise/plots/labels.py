"""Words at the ends of lines: beside the axes, spread so that none covers another, each led to by a thin line."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory
from numpy.typing import NDArray

from partwise.plots.style import CAPTION, EDGE

LINE_HEIGHT = 14.0  # points between two lines of words
AWAY = 16.0  # points from the axes to the words


class End(NamedTuple):
    """Where a line ends, in the units of its axes, and what is written beside it."""

    x: float
    y: float
    words: str
    color: str
    bold: bool = False


def label_ends(axes: Axes, ends: Sequence[End], height: float) -> None:
    """Write the words beside the axes, which are `height` points high and have their final limits."""
    to_axes = axes.transData + axes.transAxes.inverted()
    places = np.array([to_axes.transform((end.x, end.y)) for end in ends]).reshape(-1, 2)
    wanted = np.clip(places[:, 1], 0, 1) * height
    given = spread(wanted, LINE_HEIGHT, height)
    for end, (x, _), at, to in zip(ends, places, wanted, given, strict=True):
        # along its own height to the edge of the axes, then to where there is room
        axes.plot(
            [x, 1, 1 + (AWAY - 3) / _width(axes)],
            [at / height, at / height, to / height],
            transform=axes.transAxes,
            color=EDGE,
            linewidth=0.6,
            linestyle="-",
            clip_on=False,
            zorder=1,
        )
        axes.annotate(
            end.words,
            (1, to / height),
            xycoords=blended_transform_factory(axes.transAxes, axes.transAxes),
            xytext=(AWAY, 0),
            textcoords="offset points",
            va="center",
            size=CAPTION,
            weight="bold" if end.bold else "normal",
            color=end.color,
            annotation_clip=False,
        )


def spread(wanted: Sequence[float] | NDArray[np.float64], gap: float, height: float) -> NDArray[np.float64]:
    """Return places at least `gap` apart between 0 and `height`, as near as can be to those that are wanted.

    Words that would touch form a block around their mean; where all have no room, they are evenly spaced.
    """
    wanted = np.asarray(wanted, dtype=np.float64)
    count = len(wanted)
    if count < 2:
        return wanted
    gap = min(gap, height / (count - 1))
    order = np.argsort(wanted, kind="stable")
    # without the room that those below take, the places need only not fall: the pools of isotonic regression
    loose = wanted[order] - gap * np.arange(count)
    pools: list[list[float]] = []
    for value in loose:
        pools.append([value, 1])
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            value, size = pools.pop()
            pools[-1] = [(pools[-1][0] * pools[-1][1] + value * size) / (pools[-1][1] + size), pools[-1][1] + size]
    level = np.concatenate([np.full(int(size), value) for value, size in pools])
    placed = np.clip(level, 0, height - gap * (count - 1)) + gap * np.arange(count)
    places = np.empty(count)
    places[order] = placed
    return places


def _width(axes: Axes) -> float:
    """Return how many points wide the axes are."""
    figure = axes.get_figure()
    assert figure is not None
    return float(axes.get_position().width * figure.get_size_inches()[0] * 72)  # type: ignore[union-attr]
