"""How many parts: every criterion on the same axis of k, each with its own pick, and the recommended k through all."""

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator
from numpy.typing import NDArray

from partwise.plots.labels import End, label_ends
from partwise.plots.lettering import fit_start, short, width_of
from partwise.plots.style import (
    ACCENT,
    ACCENT_SOFT,
    CAPTION,
    EDGE,
    INK,
    INK_2,
    INK_3,
    SUNK,
    TITLE,
    WIDTH,
    styled,
)
from partwise.wording import power

TALL, HEAD, FOOT, BETWEEN = 1.22, 0.48, 0.26, 0.12  # inches: axes, words over them, their ticks, the next panel
LEFT, APART, PICK = 0.56, 0.34, 0.7  # inches: numbers, from column to column, the pick and the words after it
GUTTER = (0.8, 1.75)  # inches: least and most for the words at the ends of lines
SQUEEZED = 2.5  # times the height of the first curve on a log scale; more, and the others are cut off
MARKED = 31  # up to so many k each one has a point
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.4)), (0, (6, 2, 1, 2)))
INKS = (ACCENT, INK_2, INK_3, INK)


class Line(Protocol):
    """What a curve of a criterion has to know."""

    name: str
    ks: Sequence[int]
    values: Sequence[float]
    spread: Sequence[float] | None


class Panel(Protocol):
    """What a criterion has to know."""

    title: str
    axis: str
    curves: Sequence[Line]
    pick: int | None
    votes: bool
    log: bool
    threshold: float | None


def rank_criteria(
    criteria: Sequence[Panel | Any],
    *,
    recommended: int | None = None,
    title: str | None = None,
) -> Figure:
    """Draw what several criteria say about the number of parts, a panel for each, all on one axis of k.

    Those that vote stand on the left, the others on the right. A point marks what a criterion picks; the band through
    all panels is the recommended number.

    Parameters
    ----------
    criteria : sequence
        Objects with ``title``, ``axis``, ``curves``, ``pick``, ``votes``, ``log`` and ``threshold``, such as
        ``RankReport.criteria``. Values that are not numbers are left out.
    recommended : int, optional
        None: no number can be given.
    title : str, optional
        Over all, wrapped to the width; an empty string or None leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    criteria = list(criteria)
    ks = sorted({k for one in criteria for curve in one.curves for k in curve.ks})
    if not ks:
        raise ValueError(f"rank_criteria needs a criterion with a curve, got {len(criteria)} without any.")
    columns = _columns(criteria)
    most = max(map(len, columns))
    above = _wrapped(title or "", WIDTH)
    top = 0.24 * len(above) + (0.14 if above else 0) + 0.24
    high = top + most * (HEAD + TALL + FOOT) + (most - 1) * BETWEEN + 0.2
    gutter = _gutter(criteria)
    wide = (WIDTH - APART) / 2 - LEFT - gutter
    with styled():
        figure = Figure(figsize=(WIDTH, high))
        for place, line in enumerate(above):
            y = 1 - (0.17 + 0.24 * place) / high
            figure.text(0, y, line, size=TITLE, weight="bold", color=INK, va="baseline")
        for number, column in enumerate(columns):
            left = number * (LEFT + wide + gutter + APART) + LEFT
            drawn = []
            for place, one in enumerate(column):
                y = top + place * (HEAD + TALL + FOOT + BETWEEN) + HEAD + TALL
                axes = figure.add_axes((left / WIDTH, 1 - y / high, wide / WIDTH, TALL / high))
                _panel(axes, one, ks, (wide, gutter))
                drawn.append(axes)
            drawn[-1].set_xlabel("number of parts, k")
            if recommended is not None:
                _through(figure, drawn, recommended, high)
        return figure


def _columns(criteria: list[Panel]) -> list[list[Panel]]:
    """Put those that vote on the left and the others on the right; the last of these where there is room."""
    left, right = ([one for one in criteria if one.votes is votes] for votes in (True, False))
    if not left or not right:
        half = (len(criteria) + 1) // 2
        left, right = criteria[:half], criteria[half:]
    while len(right) > len(left) + 1:
        left.append(right.pop())
    return [column for column in (left, right) if column]


def _gutter(criteria: list[Panel]) -> float:
    """Return the inches that the words at the ends of lines take."""
    words = [width_of(curve.name, CAPTION, "bold") for one in criteria for curve in one.curves]
    return min(max(max(words) + 0.3, GUTTER[0]), GUTTER[1])


def _panel(axes: Axes, one: Panel, ks: list[int], sizes: tuple[float, float]) -> None:
    """Draw one criterion."""
    _title(axes, one, *sizes)
    margin = max(0.5, 0.025 * (ks[-1] - ks[0]))
    axes.set_xlim(ks[0] - margin, ks[-1] + margin)
    axes.xaxis.set_major_locator(FixedLocator(_ticks(ks)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(axis="x", visible=False)
    lines = [(np.array(curve.ks, float), np.array(curve.values, float), curve) for curve in one.curves]
    log = one.log and any((values[np.isfinite(values)] > 0).any() for _, values, _ in lines)
    ends = []
    shown = [(x, np.where((values > 0) | (not log), values, np.nan), curve) for x, values, curve in lines]
    if not any(np.isfinite(values).any() for _, values, _ in shown):
        axes.text(0.5, 0.5, "not known", transform=axes.transAxes, ha="center", va="center", color=INK_3, size=CAPTION)
        axes.set_yticks([])
        return
    if log:
        axes.set_yscale("log")
    low, high = _limits(shown, one.threshold, log)
    axes.set_ylim(low, high)
    for place, (x, values, curve) in enumerate(shown):
        good = np.isfinite(values)
        if not good.any():
            continue
        ink = INKS[place % len(INKS)]
        if curve.spread is not None:
            spread = np.nan_to_num(np.array(curve.spread, float), nan=0.0)
            axes.fill_between(
                x[good], np.maximum(values - spread, low)[good], (values + spread)[good],
                color=ACCENT_SOFT if place == 0 else SUNK, linewidth=0, zorder=2,
            )  # fmt: skip
        axes.plot(
            x[good], values[good], color=ink, linestyle=DASHES[place % len(DASHES)], linewidth=2 if place == 0 else 1.4,
            marker="o" if len(ks) <= MARKED or good.sum() == 1 else "", markersize=3.2 if place == 0 else 2.4,
            markeredgewidth=0, dash_capstyle="butt", zorder=4 - 0.1 * place,
        )  # fmt: skip
        end = float(np.clip(values[good][-1], low, high))
        ends.append(End(float(x[good][-1]), end, fit_start(curve.name, sizes[1] - 0.26), ink, place == 0))
    if one.threshold is not None:
        axes.axhline(one.threshold, color=EDGE, linestyle=(0, (1, 2)), linewidth=1.3, zorder=3)
        ends.append(End(axes.get_xlim()[1], one.threshold, f"limit {short(one.threshold)}", INK_3))
    _mark(axes, one, shown[0], (low, high))
    _scale(axes, log)
    label_ends(axes, ends, TALL * 72)


def _title(axes: Axes, one: Panel, wide: float, gutter: float) -> None:
    """Write what it asks, and below what it picks and what its values are."""
    picked, ink = ("no pick", INK_3) if one.pick is None else (f"k = {one.pick}", ACCENT if one.votes else INK_2)
    left, up = -LEFT / wide, (TALL + 0.1) / TALL
    words = fit_start(one.title, LEFT + wide + gutter, 10, "bold")
    axes.text(left, (TALL + 0.29) / TALL, words, transform=axes.transAxes, size=10, weight="bold", color=INK)
    axes.text(
        left, up, picked, transform=axes.transAxes, size=10, color=ink, weight="normal" if one.pick is None else "bold"
    )
    axes.text(left + PICK / wide, up, one.axis, transform=axes.transAxes, size=CAPTION, color=INK_3)


def _limits(
    shown: list[tuple[NDArray[Any], NDArray[Any], Line]], threshold: float | None, log: bool
) -> tuple[float, float]:
    """Return limits that show all curves, unless the first one that is there would become too low to be read."""
    scale = (lambda values: np.log10(values)) if log else (lambda values: np.asarray(values, float))
    known = [scale(values[np.isfinite(values)]) for _, values, _ in shown]
    known = [values for values in known if len(values)]
    first = known[0]
    _, values, curve = shown[0]
    if curve.spread is not None and np.isfinite(values).any():
        band = np.concatenate([values - np.array(curve.spread), values + np.array(curve.spread)])
        known[0] = first = np.append(first, scale(band[np.isfinite(band) & ((band > 0) | (not log))]))
    if threshold is not None and (threshold > 0 or not log):
        first = np.append(first, scale(np.array([threshold])))
    span = float(np.ptp(first))
    if span == 0:
        span = max(2 * float(np.ptp(np.concatenate(known))), abs(float(first[0])) * 0.1, 1e-12)
    low, high = min(float(values.min()) for values in known), max(float(values.max()) for values in known)
    if high - low > (SQUEEZED if log else 2) * span:
        low, high = max(low, float(first.min()) - 0.6 * span), min(high, float(first.max()) + 0.4 * span)
    low, high = min(low, float(first.min())), max(high, float(first.max()))
    pad = 0.1 * max(high - low, 0.5 * span)
    return (10 ** (low - pad), 10 ** (high + pad)) if log else (low - pad, high + pad)


def _mark(axes: Axes, one: Panel, first: tuple[NDArray[Any], NDArray[Any], Line], limits: tuple[float, float]) -> None:
    """Mark the pick on the first curve; where that is not known, on the foot of the axes."""
    if one.pick is None:
        return
    x, values, _ = first
    good = np.isfinite(values)
    y = float(np.interp(one.pick, x[good], values[good])) if good.any() else limits[0]
    ink = ACCENT if one.votes else INK_2
    axes.plot(
        [one.pick], [y], marker="o", markersize=9, markerfacecolor=ink if one.votes else SUNK, markeredgecolor=ink,
        markeredgewidth=2, linestyle="none", clip_on=False, zorder=6,
    )  # fmt: skip


def _scale(axes: Axes, log: bool) -> None:
    if log:
        low, high = axes.get_ylim()
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_minor_formatter(NullFormatter())
        # within a decade the powers of ten are too few
        axes.yaxis.set_major_locator(LogLocator(10, numticks=6) if high > 15 * low else MaxNLocator(3))
    else:
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    low, high = axes.get_ylim()
    ticks = [float(tick) for tick in axes.yaxis.get_majorticklocs() if low <= tick <= high]
    # as many digits as tell them apart
    digits = next((n for n in range(3, 9) if len({f"{tick:.{n}g}" for tick in ticks}) == len(ticks)), 9)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _number(value, digits)))


def _number(value: float, digits: int) -> str:
    """Write a number of an axis."""
    words = power(value) if 0 < abs(value) < 1e-3 and digits == 3 else f"{value:.{digits}g}"
    return words.replace("-", "−", 1) if value < 0 else words


def _ticks(ks: list[int]) -> list[int]:
    """Return at most twelve of the k, evenly spaced; round ones where every k is there."""
    if len(ks) <= 12:
        return ks
    if ks == list(range(ks[0], ks[-1] + 1)):
        step = next(step for step in (2, 5, 10, 20, 50, 100, 200, 500, 1000) if len(ks) / step <= 12)
        return [ks[0], *(k for k in range(0, ks[-1] + 1, step) if k > ks[0] + step / 2)]
    return ks[:: math.ceil(len(ks) / 12)]


def _through(figure: Figure, drawn: list[Axes], recommended: int, high: float) -> None:
    """Draw the recommended number through all panels of a column, under everything, and name it at the top."""
    boxes = [axes.get_position() for axes in drawn]
    low, up = drawn[0].get_xlim()
    x = boxes[0].x0 + (recommended - low) / (up - low) * boxes[0].width
    top = boxes[0].y1 + (HEAD - 0.02) / high
    line = Line2D([x, x], [boxes[-1].y0, top], color=ACCENT_SOFT, linewidth=5, solid_capstyle="butt", zorder=-1)
    figure.add_artist(line)
    figure.text(x, top + 0.05 / high, f"recommended: {recommended}", size=CAPTION, color=ACCENT, ha="center")


def _wrapped(text: str, room: float) -> list[str]:
    """Break a sentence into lines of a title."""
    lines: list[str] = []
    for word in text.split():
        if lines and width_of(f"{lines[-1]} {word}", TITLE, "bold") <= 0.95 * room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
