"""The spectrogram of a mixture above those of its sources, all in one loudness, so that they can be compared."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from partwise.plots.board import Board, bar_room, heading_height
from partwise.plots.lettering import width_of
from partwise.plots.log_axis import LogAxis
from partwise.plots.style import CAPTION, INK, INK_3, LABEL, PARTS, WIDTH, styled
from partwise.wording import counted

RANGE = 70  # decibels below the loudest that are still seen
FAINT = 1e-3  # of the largest magnitude, 60 dB below it; no axis goes on for what is fainter
DOTS = 110  # of a picture, per inch
GUTTER, GAP, FOOT = 0.58, 0.3, 0.22  # inches: words of the frequencies, air between columns, words of the seconds
MIXTURE, SOURCE = 1.9, 1.25  # inches high


def spectrograms(
    mixture: ArrayLike,
    sources: Iterable[ArrayLike],
    frequencies: ArrayLike,
    times: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    asides: Sequence[str] | None = None,
    title: str | None = None,
) -> Figure:
    """Show the spectrogram of a mixture, large, and below it those of its sources, on the same axes and scale.

    Parameters
    ----------
    mixture : array-like of shape (n_frames, n_frequencies)
        Magnitudes, >= 0.
    sources : iterable of array-like of shape (n_frames, n_frequencies)
        Magnitudes of each source; taken one after the other, so that a generator needs no memory for all.
    frequencies : array-like of shape (n_frequencies,)
        In Hz, evenly spaced from 0; shown on a logarithmic axis.
    times : array-like of shape (n_frames,)
        In seconds, rising.
    names : sequence of str, optional
        One for each source; by default their numbers.
    asides : sequence of str, optional
        A few words on each source, written small beside its name.
    title : str, optional
        By default the number of sources; an empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
        Decibels below the loudest moment of the mixture, down to -70.
    """
    mixture, frequencies, times = np.asarray(mixture), np.asarray(frequencies), np.asarray(times)
    if mixture.ndim != 2 or mixture.shape != (len(times), len(frequencies)) or len(frequencies) < 4 or not len(times):
        raise ValueError(
            f"spectrograms needs a mixture of shape (n_frames, n_frequencies >= 4) with as many times and frequencies, "
            f"got {mixture.shape}, {times.shape} and {frequencies.shape}."
        )
    axis = LogAxis(frequencies, mixture.max(axis=0), FAINT)
    full = float(mixture.max()) or 1.0
    room = WIDTH - GUTTER
    small = []
    for source in sources:
        source = np.asarray(source)
        if source.shape != mixture.shape:
            raise ValueError(f"spectrograms needs sources of shape {mixture.shape}, got {source.shape}.")
        small.append(_decibels(axis.picture(source, round(SOURCE * DOTS), round(room / 3 * DOTS)), full))
    for what, given in (("names", names), ("asides", asides)):
        if given is not None and len(given) != len(small):
            raise ValueError(f"{what} needs one a source ({len(small)}), got {len(given)}.")
    labels = [f"Source {number}" for number in range(1, len(small) + 1)] if names is None else list(map(str, names))
    columns = _columns(len(small))
    width = (room - (columns - 1) * GAP) / columns
    rows = math.ceil(len(small) / columns)
    title = f"The mixture and its {counted(len(small), 'sources')}" if title is None else title
    about = "loudness on one scale for all: decibels below the loudest moment of the mixture"
    head = heading_height(title, about)
    first = head + 0.26 + MIXTURE + FOOT + 0.16
    step = 0.26 + SOURCE + FOOT + 0.1
    with styled():
        board = Board(WIDTH, first + rows * step)
        board.heading(title, about, WIDTH - bar_room(*_ends()) - 0.3)
        board.colour_bar(WIDTH, head - 0.21, PARTS, *_ends())
        whole = _decibels(axis.picture(mixture, round(MIXTURE * DOTS), round(room * DOTS)), full)
        _panel(board, (GUTTER, head + 0.26, room, MIXTURE), whole, axis, times, ("The mixture", ""), True)
        for index, picture in enumerate(small):
            x, y = GUTTER + index % columns * (width + GAP), first + index // columns * step + 0.26
            words = (labels[index], asides[index] if asides is not None else "")
            _panel(board, (x, y, width, SOURCE), picture, axis, times, words, index % columns == 0)
        return board.figure


def _columns(count: int) -> int:
    """Return 1 to 3 columns, two where three would leave a row nearly empty."""
    return 2 if count == 4 else min(max(count, 1), 3)


def _ends() -> tuple[str, str]:
    return f"−{RANGE} dB", "0 dB"


def _decibels(picture: NDArray[Any], full: float) -> NDArray[np.float32]:
    """Return loudness from 0, RANGE decibels below full or less, to 1."""
    with np.errstate(divide="ignore"):
        return np.clip(1 + 20 * np.log10(picture / full) / RANGE, 0, 1).astype(np.float32)


def _panel(
    board: Board,
    box: tuple[float, float, float, float],
    picture: NDArray[Any],
    axis: LogAxis,
    times: NDArray[Any],
    words: tuple[str, str],
    with_frequencies: bool,
) -> None:
    """Place one spectrogram with its name above, its seconds below and, in the first column, its frequencies."""
    x, y, width, height = box
    name, aside = words
    beside = width_of(aside) + 0.1 if aside else 0.0
    board.text(x, y - 0.08, name, room=width - beside, size=LABEL, bold=True, color=INK)
    board.text(x + width, y - 0.08, aside, color=INK_3, ha="right")
    board.picture(picture, box, PARTS, (0, 1))
    if with_frequencies:
        for frequency, text in axis.ticks():
            at = y + height * (1 - axis.place(frequency))
            board.axes.plot([x - 0.06, x], [at, at], color=INK_3, linewidth=0.8, linestyle="-")
            board.text(x - 0.1, min(max(at, y + 0.06), y + height - 0.06), text, color=INK_3, ha="right", va="center")
    begin, end = float(times[0]), float(times[-1])
    ticks = MaxNLocator(7 if width > 5 else 4, steps=[1, 2, 5, 10]).tick_values(max(begin, 0), end)
    for second in [float(tick) for tick in ticks if max(begin, 0) <= tick <= end]:
        at = x + width * (second - begin) / ((end - begin) or 1.0)
        board.axes.plot([at, at], [y + height, y + height + 0.05], color=INK_3, linewidth=0.8, linestyle="-")
        half = width_of(f"{second:g} s", CAPTION) / 2
        board.text(
            min(max(at, x + half), x + width - half), y + height + 0.18, f"{second:g} s", color=INK_3, ha="center"
        )
