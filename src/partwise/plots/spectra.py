"""The gallery of parts of a sound: for each part its spectrum, with the peaks named, and when it sounds."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from partwise.pitch import Peak, note, peaks_of, spoken
from partwise.plots.board import Board, heading_height
from partwise.plots.lettering import part_names, percent, width_of
from partwise.plots.log_axis import LogAxis, pooled_frames
from partwise.plots.style import ACCENT, ACCENT_SOFT, CAPTION, INK, INK_2, INK_3, LABEL, LINE, WIDTH, styled
from partwise.plots.usage import share_of_light
from partwise.wording import counted

WORDS, GAP = 1.5, 0.3  # inches: the column of names, and the air between it, the spectrum and the activation
TALL, STEP = 0.62, 1.0
FAINT = 0.003  # of the largest magnitude; less is no higher than the line
POINTS = 400  # of a line; more would not be seen


def spectra_gallery(
    H: ArrayLike,
    frequencies: ArrayLike,
    W: ArrayLike,
    times: ArrayLike,
    *,
    share: ArrayLike | None = None,
    names: Sequence[str | None] | None = None,
    title: str | None = None,
) -> Figure:
    """Show one row a part: its name and strongest tone, its spectrum, and its activation over time.

    Parameters
    ----------
    H : array-like of shape (n_components, n_frequencies)
        The spectra, >= 0; each is shown on its own scale.
    frequencies : array-like of shape (n_frequencies,)
        In Hz, evenly spaced from 0.
    W : array-like of shape (n_frames, n_components)
        The activations, >= 0; each is shown on its own scale.
    times : array-like of shape (n_frames,)
        In seconds, rising.
    share : array-like of shape (n_components,), optional
        Of the sound, 0..1; by default of what these parts give.
    names : sequence of str or None, optional
        Names of the parts; those without one are called by their number.
    title : str, optional
        By default the number of parts; an empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    H, W, frequencies, times = (np.asarray(array) for array in (H, W, frequencies, times))
    if H.ndim != 2 or frequencies.shape != H.shape[1:] or H.shape[1] < 4:
        raise ValueError(
            f"spectra_gallery needs H (n_components, n_frequencies >= 4) and as many frequencies, "
            f"got {H.shape} and {frequencies.shape}."
        )
    if W.ndim != 2 or W.shape != (len(times), len(H)):
        raise ValueError(f"spectra_gallery needs W of shape ({len(times)}, {len(H)}), got {W.shape}.")
    labels = part_names(names, len(H))
    shares = share_of_light(W, H) if share is None else np.asarray(share)
    axis = LogAxis(frequencies, (H * W.max(axis=0, initial=0.0)[:, None]).max(axis=0), FAINT)
    title = counted(len(H), "parts") if title is None else title
    about = "left: which frequencies a part is made of; right: when it sounds; each on its own scale"
    head = heading_height(title, about)
    wide = (WIDTH - WORDS - 2 * GAP) * 0.56
    long = WIDTH - WORDS - 2 * GAP - wide
    left, right = WORDS + GAP, WORDS + 2 * GAP + wide
    with styled():
        board = Board(WIDTH, head + len(H) * STEP + 0.12)
        board.heading(title, about, WIDTH)
        for index in range(len(H)):
            top = head + index * STEP + 0.2
            name, given = labels[index]
            alive = bool(H[index].any() and W[:, index].any())
            peaks = peaks_of(H[index], frequencies) if alive else []
            said = spoken(peaks, float(frequencies[1])) if alive else "dead"
            _words(board, top, name, given, [said, f"{percent(shares[index])} of the sound"])
            _spectrum(board, (left, top, wide, TALL), axis, H[index], peaks)
            _activation(board, (right, top, long, TALL), W[:, index], times)
        foot = head + len(H) * STEP - (STEP - TALL) + 0.2
        for frequency, words in axis.ticks():
            write_tick(board, left + wide * axis.place(frequency), foot, words, (left, left + wide))
        for second in _seconds(times):
            write_tick(board, right + long * _fraction(times, second), foot, f"{second:g} s", (right, right + long))
        return board.figure


def _words(board: Board, top: float, name: str, given: bool, lines: list[str]) -> None:
    board.text(0, top + 0.12, name, room=WORDS, size=LABEL, bold=True, color=INK if given else INK_2)
    for number, line in enumerate(lines):
        board.text(0, top + 0.3 + 0.16 * number, line, room=WORDS, color=INK_2 if number == 0 else INK_3)


def _spectrum(
    board: Board, box: tuple[float, float, float, float], axis: LogAxis, spectrum: NDArray[Any], peaks: list[Peak]
) -> None:
    x, y, width, height = box
    for frequency, _ in axis.ticks():
        _upright(board, x + width * axis.place(frequency), y, height)
    places, values = axis.points(spectrum, POINTS)
    largest = float(spectrum[axis.first :].max(initial=0.0)) or 1.0
    _filled(board, x + width * places, y + height - height * np.minimum(values / largest, 1), y + height)
    taken: list[tuple[float, float]] = []
    for peak in peaks:
        if not axis.low <= peak.frequency <= axis.high:
            continue
        at, up = x + width * axis.place(peak.frequency), y + height * (1 - min(peak.height / largest, 1))
        words = note(peak.frequency, float(axis.frequencies[1]))
        half = width_of(words) / 2 + 0.05
        board.axes.plot([at], [up], marker="o", markersize=3, color=ACCENT, linestyle="none")
        if words and all(at + half < low or at - half > high for low, high in taken):
            taken.append((at - half, at + half))
            board.text(min(max(at, x + half), x + width - half), up - 0.06, words, color=INK, ha="center")


def _activation(
    board: Board, box: tuple[float, float, float, float], weights: NDArray[Any], times: NDArray[Any]
) -> None:
    x, y, width, height = box
    for second in _seconds(times):
        _upright(board, x + width * _fraction(times, second), y, height)
    pooled = pooled_frames(weights, POINTS)
    largest = float(weights.max(initial=0.0)) or 1.0
    _filled(
        board, np.linspace(x, x + width, len(pooled)), y + height - height * pooled / largest, y + height, color=INK_2
    )


def _upright(board: Board, x: float, y: float, height: float) -> None:
    """Draw a quiet line at a tick."""
    board.axes.plot([x, x], [y, y + height], color=LINE, linewidth=0.8, linestyle="-", solid_capstyle="butt")


def _filled(board: Board, x: NDArray[Any], y: NDArray[Any], foot: float, color: str = ACCENT) -> None:
    """Draw a line and fill what lies under it."""
    fill = ACCENT_SOFT if color == ACCENT else LINE
    board.axes.fill_between(x, y, foot, color=fill, linewidth=0)
    board.axes.plot(x, y, color=color, linewidth=1.1, linestyle="-")
    board.axes.plot([x[0], x[-1]], [foot, foot], color=color, linewidth=0.8, linestyle="-")


def write_tick(board: Board, x: float, y: float, words: str, ends: tuple[float, float]) -> None:
    """Write a tick under an axis that ends there, moved in where it would stick out."""
    half = width_of(words, CAPTION) / 2
    board.text(min(max(x, ends[0] + half), ends[1] - half), y + 0.16, words, color=INK_3, ha="center")


def _seconds(times: NDArray[Any]) -> list[float]:
    """Return round seconds within the sound."""
    end = float(times[-1]) if len(times) else 0.0
    return [float(tick) for tick in MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(0, end) if 0 <= tick <= end]


def _fraction(times: NDArray[Any], second: float) -> float:
    first, last = float(times[0]), float(times[-1])
    return (second - first) / (last - first) if last > first else 0.0
