"""Error against time, a panel for each workload: how every entrant comes down to the goal."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from benchmarks.results import REFERENCE, US, Results, seconds
from benchmarks.table import times
from partwise.plots.style import ACCENT, CAPTION, INK, INK_2, INK_3, LABEL, TITLE, styled

COLUMNS = 3
PANEL = (3.05, 2.1)  # inches
PLACES = {
    "orl": "ORL faces",
    "olivetti": "Olivetti faces",
    "lfw": "LFW faces",
    "cats": "cats",
    "digits": "digits",
    "news": "newsgroups",
    "planted": "planted",
}


@dataclass(frozen=True)
class Stroke:
    """How the entrants of a program are drawn; hue, lightness and dashes all differ, so that none is needed alone."""

    color: str
    dashes: Any
    width: float


STROKES = {
    "partwise": Stroke(ACCENT, "-", 2.6),
    "scikit-learn": Stroke(INK, "-", 1.5),
    "nmf-rs": Stroke("#d55e00", (0, (5, 1.5)), 1.3),
    "nmf-torch": Stroke("#8e5ba6", (0, (1.2, 1.2)), 1.5),
    "nn-fac": Stroke("#3b7fc4", (0, (6, 1.5, 1.2, 1.5)), 1.3),
    "torchnmf": Stroke("#b0892e", (0, (3, 1.2)), 1.1),
    "RcppML": Stroke("#c2568d", (0, (8, 2.5)), 1.1),
}


def draw(results: Results, path: Path) -> None:
    """Draw all workloads that were run and save them as one picture."""
    drawn = {name: found for name, found in results["workloads"].items() if _curves(found)}
    if not drawn:
        return
    with styled():
        figure = make(drawn)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=160, metadata={"Software": None})


def make(workloads: dict[str, dict[str, Any]]) -> Figure:
    """Return the figure."""
    columns = min(COLUMNS, len(workloads))
    rows = -(-len(workloads) // columns)
    spare = rows * columns > len(workloads)  # a place without a panel holds the legend
    below = 0.5 if spare else 0.75
    width, height = columns * PANEL[0], rows * PANEL[1] + 0.45 + below
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for ax, (name, found) in zip(axes, workloads.items(), strict=False):
        _panel(ax, name, found)
    for ax in axes[len(workloads) :]:
        ax.set_visible(False)
    for ax in axes[: len(workloads)][-columns:]:
        ax.set_xlabel("seconds")
    edges = {"left": 0.55 / width, "right": 1 - 0.12 / width, "bottom": below / height, "top": 1 - 0.9 / height}
    figure.subplots_adjust(**edges, hspace=0.52, wspace=0.3)
    _heading(figure, height)
    _legend(figure, workloads, axes[len(workloads)] if spare else None)
    return figure


def _panel(ax: Axes, name: str, found: dict[str, Any]) -> None:
    goal, curves = found["goal"], _curves(found)
    floor, top = _range(found)
    for entrant, (taken, errors) in sorted(curves.items(), key=lambda one: one[0] == US):
        stroke = STROKES[_program(entrant)]
        line = {"color": stroke.color, "linewidth": stroke.width, "linestyle": stroke.dashes}
        ax.plot(taken, errors, solid_capstyle="round", zorder=5 if entrant == US else 3, **line)
        reached = found["entrants"][entrant].get("reached")
        if reached:
            size = 38 if entrant == US else 18
            there = [reached["seconds"]], [reached["error"]]
            ax.scatter(*there, s=size, color=stroke.color, edgecolor="white", linewidth=0.8, zorder=6)
    ax.axhline(goal, color=INK_3, linewidth=0.8, zorder=2)
    ax.set_xscale("log")
    ax.set_ylim(floor, top)
    ax.xaxis.set_major_locator(LogLocator(numticks=6))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_major_locator(MaxNLocator(4))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
    data = PLACES.get(found["data"], found["data"])
    ax.set_title(f"{data}, k = {found['k']}" + (", KL" if found["loss"] != "frobenius" else ""), pad=7, fontsize=LABEL)
    _say_ratio(ax, found)


def _say_ratio(ax: Axes, found: dict[str, Any]) -> None:
    """Write beside the title how many times faster than the reference."""
    ours = seconds(found["entrants"].get(US, {}), found["goal"])
    theirs = seconds(found["entrants"].get(REFERENCE[found["loss"]], {}), found["goal"])
    if ours and theirs:
        ax.set_title(times(theirs / ours), loc="right", pad=7, fontsize=LABEL, color=ACCENT)


def _heading(figure: Figure, height: float) -> None:
    """Say what is seen."""
    left = 0.12 / figure.get_size_inches()[0]
    about = "Error against seconds. Thin line: the error scikit-learn has after 200 iterations; dots: who reaches it."
    figure.text(left, 1 - 0.14 / height, "Time to the same error", va="top", weight="bold", fontsize=TITLE)
    figure.text(left, 1 - 0.37 / height, about, va="top", fontsize=CAPTION, color=INK_2)


def _legend(figure: Figure, workloads: dict[str, dict[str, Any]], spare: Axes | None) -> None:
    """Say which line is whose: in a place without a panel, or in a line below."""
    seen = {_program(entrant) for found in workloads.values() for entrant in _curves(found)}
    handles = [
        Line2D([], [], color=one.color, linestyle=one.dashes, linewidth=one.width, label=program)
        for program, one in STROKES.items()
        if program in seen
    ]
    common = {"handles": handles, "handlelength": 3.2, "borderpad": 0.0, "borderaxespad": 0.0}
    if spare is None:
        left = 0.12 / figure.get_size_inches()[0]
        anchor = (left, 0.1 / figure.get_size_inches()[1])
        figure.legend(**common, loc="lower left", bbox_to_anchor=anchor, ncols=len(handles), fontsize=CAPTION)
        return
    place = spare.get_position()
    figure.legend(**common, loc="upper left", bbox_to_anchor=(place.x0, place.y1), fontsize=LABEL, labelspacing=0.55)


def _curves(found: dict[str, Any]) -> dict[str, tuple[list[float], list[float]]]:
    """Return of each program the curve of its best entrant: first at the goal, or else with the least error."""
    best: dict[str, tuple[tuple[float, float], str]] = {}
    for name, entrant in found["entrants"].items():
        if not entrant.get("moments"):
            continue
        taken = seconds(entrant, found["goal"])
        least = min(moment["error"] for moment in entrant["moments"])
        rank = (taken if taken is not None else float("inf"), least)
        if _program(name) not in best or rank < best[_program(name)][0]:
            best[_program(name)] = (rank, name)
    curves = {}
    for _, name in best.values():
        moments = sorted(found["entrants"][name]["moments"], key=lambda one: one["seconds"])
        curves[name] = ([one["seconds"] for one in moments], [one["error"] for one in moments])
    return curves


def _range(found: dict[str, Any]) -> tuple[float, float]:
    """Return limits of the error: a little below the least, and up to where the reference was at its first moment."""
    goal = found["goal"]
    reference = found["entrants"].get(REFERENCE[found["loss"]], {}).get("moments")
    highest = max(one["error"] for one in reference) if reference else 1.15 * goal
    least = min(min(errors) for _, errors in _curves(found).values())
    top = max(highest, 1.01 * goal)
    bottom = min(goal, max(least, goal - 0.35 * (top - goal)))
    return bottom - 0.08 * (top - bottom), top + 0.12 * (top - bottom)


def _program(entrant: str) -> str:
    return entrant.split(" ")[0]
