"""The table of a comparison as a figure: what each solver came to, with a bar beside every number."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from partwise.plots.board import Board, heading_height
from partwise.plots.lettering import SPACE, percent, short, width_of
from partwise.plots.style import ACCENT, CAPTION, EDGE, INK, INK_2, INK_3, LABEL, LINE, SUNK, WIDTH, styled
from partwise.wording import decimals, power

ROW, GAP, BAR = 0.3, 0.28, 0.1  # inches; a line, between two columns, the height of a bar


@dataclass(frozen=True)
class Standing:
    """What one solver came to.

    Parameters
    ----------
    name : str
    arrival : float or None
        Its seconds until it had come 99 % of the way from the start to the lowest error; None: it never had.
    error, residual : float
        At its end.
    sparsity_H, sparsity_W : float
        0..1, not a number where there is none.
    iterations : int
    seconds : float
    """

    name: str
    arrival: float | None
    error: float
    residual: float
    sparsity_H: float
    sparsity_W: float
    iterations: int
    seconds: float


@dataclass(frozen=True)
class _Column:
    """One number of every solver: how it is written, how long its bar is (0..1), and which one is best."""

    head: tuple[str, str]
    words: Sequence[str]
    bars: Sequence[float]
    best: int | None = None


def standings(
    rows: Sequence[Standing], *, error_is: str = "relative error", way: float = 0.0, title: str | None = None
) -> Figure:
    """Show what each solver came to: a line a solver, in the given order, with a bar beside every number.

    Parameters
    ----------
    rows : sequence of Standing
        The best first.
    error_is : str
        What the error is called.
    way : float
        From the error of the start to the lowest: it decides with how many digits errors are written.
    title : str, optional
        An empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    if not rows:
        raise ValueError("standings needs at least one solver, got none.")
    title = "What each solver came to" if title is None else title
    columns = _columns(rows, error_is, decimals(way / 1000))
    about = "bold: the best of a column; bars begin at 0, those of the KKT residual are powers of ten"
    head = heading_height(title, about)
    gutter = max(width_of(row.name, LABEL, "bold") for row in rows) + GAP
    wide = (WIDTH - gutter + GAP) / len(columns) - GAP
    with styled():
        board = Board(WIDTH, head + 0.48 + ROW * len(rows))
        board.heading(title, about, WIDTH)
        top = head + 0.44
        board.bar((0, top - 0.02, WIDTH, 0.008), EDGE)
        for line, row in enumerate(rows):
            foot = top + ROW * line + 0.2
            board.text(0, foot, row.name, size=LABEL, bold=line == 0, color=ACCENT if line == 0 else INK)
            if line:
                board.bar((0, top + ROW * line, WIDTH, 0.006), LINE)
        for place, column in enumerate(columns):
            x = gutter + place * (wide + GAP)
            number = max(width_of(words, CAPTION, "bold") for words in column.words) + 0.08
            full = wide - number
            for line, words in enumerate(column.head):
                board.text(x, head + 0.13 + 0.17 * line, words, room=wide + 0.1, color=INK_2 if line == 0 else INK_3)
            for line, (words, share) in enumerate(zip(column.words, column.bars, strict=True)):
                foot = top + ROW * line + 0.2
                first = line == column.best
                board.text(x, foot, words, bold=first, color=ACCENT if first else INK)
                board.bar((x + number, foot - BAR, full, BAR), SUNK)
                board.bar((x + number, foot - BAR, full * share, BAR), ACCENT if first else EDGE)
        return board.figure


def _columns(rows: Sequence[Standing], error_is: str, digits: int) -> list[_Column]:
    lowest = min(row.error for row in rows)
    arrivals = [math.inf if row.arrival is None else row.arrival for row in rows]
    latest = max((arrival for arrival in arrivals if arrival < math.inf), default=0.0)
    gaps = [row.error - lowest for row in rows]
    residuals = [row.residual for row in rows]
    return [
        _Column(
            ("99 % of the way", "after solver seconds"),
            [_seconds(arrival) if arrival < math.inf else "never" for arrival in arrivals],
            _shares([min(arrival, latest) if arrival < math.inf else 0.0 for arrival in arrivals]),
            _least(arrivals),
        ),
        _Column(
            (error_is.capitalize(), "bar: above the lowest"),
            [percent(row.error, digits) for row in rows],
            _shares(gaps),
            _least([row.error for row in rows]),
        ),
        _Column(
            ("KKT residual", "0 at a stationary point"),
            [power(value) for value in residuals],
            powers(residuals),
            _least(residuals),
        ),
        _Column(("Sparsity of the parts", "1: one entry each"), *_sparsity([row.sparsity_H for row in rows])),
        _Column(("Sparsity of the codes", "1: one sample each"), *_sparsity([row.sparsity_W for row in rows])),
        _Column(
            ("Iterations", "in all its time"),
            [f"{row.iterations:,}" for row in rows],
            _shares([float(row.iterations) for row in rows]),
        ),
    ]


def _sparsity(values: Sequence[float]) -> tuple[list[str], list[float]]:
    return [f"{value:.2f}" if math.isfinite(value) else "–" for value in values], [
        min(max(value, 0.0), 1.0) if math.isfinite(value) else 0.0 for value in values
    ]


def _shares(values: Sequence[float]) -> list[float]:
    """Return the lengths of bars, the longest 1."""
    longest = max((value for value in values if math.isfinite(value)), default=0.0)
    return [value / longest if longest > 0 and math.isfinite(value) else 0.0 for value in values]


def powers(values: Sequence[float]) -> list[float]:
    """Return the lengths of bars on a log scale that begins at the power of ten below the least value."""
    logs = [math.log10(value) if value > 0 and math.isfinite(value) else math.nan for value in values]
    known = [value for value in logs if math.isfinite(value)]
    if not known:
        return [0.0] * len(values)
    low, high = math.floor(min(known)), max(known)
    span = max(high - low, 1e-9)
    return [(value - low) / span if math.isfinite(value) else 0.0 for value in logs]


def _least(values: Sequence[float]) -> int | None:
    """Return the place of the least value, None where none is known."""
    known = [(value, place) for place, value in enumerate(values) if math.isfinite(value)]
    return min(known)[1] if known else None


def _seconds(value: float) -> str:
    return f"{f'{value:#.2g}'.rstrip('.') if 1e-3 <= value < 100 else short(value)}{SPACE}s"
