"""How a fit came down: its error and how far it is from optimal, over the seconds of the solver."""

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from matplotlib.transforms import blended_transform_factory
from numpy.typing import NDArray

from partwise.plots.lettering import percent
from partwise.plots.style import ACCENT, CAPTION, INK, INK_2, PAD, WIDTH, styled
from partwise.wording import power

TALL, LINE_HEIGHT = 160.0, 13.0  # points; the axes, at least, and one line of words


class Step(Protocol):
    """What one entry of a history has to know."""

    iteration: int
    seconds: float  # solver time since the start
    objective: float
    residual: float  # KKT residual, or not a number where it was not measured


def convergence(
    history: Sequence[Step | Any], *, tol: float | None = None, scale: float | None = None, title: str | None = None
) -> Figure:
    """Draw objective and KKT residual against solver seconds, side by side.

    Parameters
    ----------
    history : sequence
        Objects with ``iteration``, ``seconds``, ``objective`` and ``residual`` (which may be not a number).
    tol : float, optional
        The residual at which the fit stops, > 0; drawn as a dotted line.
    scale : float, optional
        Objective of an empty model (``W H = 0``), > 0. With it the first panel shows the relative error
        ``sqrt(objective / scale)``, without it the objective as a share of the first.
    title : str, optional
        Over the first panel; an empty string leaves out both titles.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels; the second has a log scale where there is a residual to show.
    """
    seconds = np.array([step.seconds for step in history], dtype=np.float64)
    objective = np.array([step.objective for step in history], dtype=np.float64)
    residual = np.array([step.residual for step in history], dtype=np.float64)
    residual[~(residual > 0)] = np.nan
    if scale is not None and scale > 0:
        height, words = np.sqrt(np.maximum(objective, 0) / scale), "Relative error"
    else:
        first = abs(objective[0]) if len(objective) and objective[0] else 1.0
        height, words = objective / first, "Objective, of its start"
    with styled():
        figure = Figure(figsize=(WIDTH, 3.4), layout="constrained")
        figure.get_layout_engine().set(w_pad=PAD, h_pad=PAD, wspace=0.05)  # type: ignore[union-attr, call-arg]
        left, right = figure.subplots(1, 2)
        _line(left, seconds, height, percent)
        left.yaxis.set_major_formatter(
            FuncFormatter(lambda value, _: percent(value, 0 if value * 100 % 1 < 1e-6 else 1))
        )
        left.yaxis.set_major_locator(MaxNLocator(5))
        _log(right, residual, tol, _line(right, seconds, residual, power))
        if title != "":
            left.set_title(words if title is None else title)
            right.set_title("KKT residual: how far from optimal")
        return figure


def _line(axes: Axes, seconds: NDArray[np.float64], values: NDArray[np.float64], write: Any) -> Annotation | None:
    """Draw one line; return its last value, written at its end."""
    good = np.isfinite(seconds) & np.isfinite(values)
    axes.set_xlabel("solver seconds")
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    if not good.any():
        axes.text(0.5, 0.5, "not measured", transform=axes.transAxes, ha="center", va="center", color=INK_2)
        axes.set_yticks([])
        return None
    axes.plot(seconds[good], values[good], color=ACCENT, clip_on=False)
    end = (seconds[good][-1], values[good][-1])
    axes.plot(*end, marker="o", linestyle="none", clip_on=False, color=ACCENT)
    last = axes.annotate(
        write(end[1]),
        end,
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        size=CAPTION,
        weight="bold",
        color=INK,
        annotation_clip=False,
    )
    axes.set_xlim(0, max(float(seconds[good].max()), 1e-9))
    span = float(np.ptp(values[good]))
    low, high = float(values[good].min()), float(values[good].max())
    axes.set_ylim(low - 0.08 * span if span else low * 0.9 - 1e-9, high + 0.05 * span if span else high * 1.1 + 1e-9)
    return last


def _log(axes: Axes, residual: NDArray[np.float64], tol: float | None, last: Annotation | None) -> None:
    """Give the residual its log scale and its goal."""
    shown = [*residual[np.isfinite(residual)], *([tol] if tol is not None and tol > 0 else [])]
    if not np.isfinite(residual).any():
        return
    axes.set_yscale("log")
    low, high = math.log10(min(shown)), math.log10(max(shown))
    axes.set_ylim(10 ** (low - 0.3), 10 ** max(high + 0.15, low + 0.7))
    axes.yaxis.set_major_locator(LogLocator(10, numticks=8))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: power(value)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    if tol is not None and tol > 0:
        axes.axhline(tol, color=ACCENT, linestyle=(0, (1, 2)), linewidth=1.2)
        place = blended_transform_factory(axes.transAxes, axes.transData)
        goal = axes.annotate(
            f"goal {power(tol)}",
            (1, tol),
            xycoords=place,
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            size=CAPTION,
            color=INK_2,
            annotation_clip=False,
        )
        if last is not None:
            _apart(axes, [(float(last.xy[1]), last), (tol, goal)])


def _apart(axes: Axes, labels: list[tuple[float, Annotation]]) -> None:
    """Move two words beside a log scale apart, the lower one no further than to the foot of the axes."""
    foot, top = np.log10(axes.get_ylim())
    # stable: of two equal values the second, the goal, goes up, since a fit that is done is at or below it
    (low, lower), (high, upper) = sorted(labels, key=lambda label: label[0])
    below, above = (TALL * (math.log10(value) - foot) / (top - foot) for value in (low, high))
    lack = max(0.0, LINE_HEIGHT - (above - below))
    down = min(lack / 2, max(0.0, below - LINE_HEIGHT))
    lower.xyann, upper.xyann = (8, -down), (8, lack - down)
