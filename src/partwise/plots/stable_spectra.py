"""Spectra of parts of a sound, filled as far as they come back from other starts."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from partwise.plots.board import Board, heading_height
from partwise.plots.lettering import part_names
from partwise.plots.log_axis import LogAxis
from partwise.plots.spectra import FAINT, POINTS, write_tick
from partwise.plots.stability import LEGEND, how_sure
from partwise.plots.style import ACCENT, EDGE, INK, INK_2, LABEL, LINE, WIDTH, styled
from partwise.wording import counted

WORDS, GAP, TALL, STEP = 1.2, 0.3, 0.5, 0.74  # inches: names, air, a spectrum, and from one to the next


def stability_spectra(
    H: ArrayLike,
    maps: ArrayLike,
    frequencies: ArrayLike,
    stability: ArrayLike,
    *,
    names: Sequence[str | None] | None = None,
    title: str | None = None,
) -> Figure:
    """Show one row a part: its name, how surely it comes back, and its spectrum, filled as far as it does.

    Parameters
    ----------
    H : array-like of shape (n_components, n_frequencies)
        The spectra, >= 0; each is shown on its own scale.
    maps : array-like of shape (n_components, n_frequencies)
        How sure each frequency is, 0 to 1.
    frequencies : array-like of shape (n_frequencies,)
        In Hz, evenly spaced from 0.
    stability : array-like of shape (n_components,)
        How surely each part comes back, 0 to 1.
    names : sequence of str or None, optional
        Names of the parts; those without one are called by their number.
    title : str, optional
        By default the number of parts; an empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    spectra, sure, hertz = np.asarray(H), np.asarray(maps), np.asarray(frequencies)
    values = np.asarray(stability, dtype=np.float64).tolist()
    if spectra.ndim != 2 or sure.shape != spectra.shape or hertz.shape != spectra.shape[1:] or len(values) != len(sure):
        raise ValueError(
            f"stability_spectra needs H and maps of one shape (n_components, n_frequencies), as many frequencies and "
            f"a stability for each part, got {spectra.shape}, {sure.shape}, {hertz.shape} and {len(values)}."
        )
    axis = LogAxis(hertz, spectra.max(axis=0, initial=0.0), FAINT)
    title = counted(len(spectra), "parts") if title is None else title
    about = f"the line is the spectrum of a part, filled as far as it comes back from other starts;\n{LEGEND}"
    head = heading_height(title, about)
    left, wide = WORDS + GAP, WIDTH - WORDS - GAP
    with styled():
        board = Board(WIDTH, head + (len(spectra) - 1) * STEP + TALL + 0.2)
        board.heading(title, about, WIDTH)
        for index, (name, given) in enumerate(part_names(names, len(spectra))):
            top = head + index * STEP
            told, ink = how_sure(values[index])
            board.text(0, top + 0.2, name, room=WORDS, size=LABEL, bold=True, color=INK if given else INK_2)
            board.text(0, top + 0.38, told, room=WORDS, color=ink)
            foot = top + TALL
            for frequency, _ in axis.ticks():
                at = left + wide * axis.place(frequency)
                board.axes.plot([at, at], [top, foot], color=LINE, linewidth=0.8, linestyle="-")
            largest = float(spectra[index, axis.first :].max(initial=0.0)) or 1.0
            for row, filled in ((spectra[index] * sure[index], True), (spectra[index], False)):
                places, heights = axis.points(row, POINTS)
                x, y = left + wide * places, foot - TALL * np.minimum(heights / largest, 1)
                if filled:
                    board.axes.fill_between(x, y, foot, color=ACCENT, linewidth=0)
                else:
                    board.axes.plot(x, y, color=EDGE, linewidth=0.9, linestyle="-")
            board.axes.plot([left, left + wide], [foot, foot], color=EDGE, linewidth=0.8, linestyle="-")
        foot = head + (len(spectra) - 1) * STEP + TALL
        for frequency, words in axis.ticks():
            write_tick(board, left + wide * axis.place(frequency), foot, words, (left, left + wide))
        return board.figure
