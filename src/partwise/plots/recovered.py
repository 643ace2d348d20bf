"""Recovered sources: true signals, what was measured of them, and what each method finds again."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from partwise.plots.board import Board, heading_height
from partwise.plots.lettering import width_of
from partwise.plots.style import ACCENT, EDGE, INK, INK_2, INK_3, LABEL, SUNK, WIDTH, styled

TALL, GAP, WORDS = 0.72, 0.25, 0.12  # inches; a signal, between two of them, what a line under one takes more
FOUND = 0.97  # from here a recovered source is one of the true ones
OTHER = "#b5367a"
MOST = 6  # sources beside each other


def pair_sources(sources: NDArray[Any], recovered: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Give each true source the recovered one that is most like it, each used once (Hungarian, by |correlation|).

    Parameters
    ----------
    sources : ndarray of shape (n_samples, n_sources)
    recovered : ndarray of shape (n_samples, n_recovered)

    Returns
    -------
    order : ndarray of shape (n_sources,)
        The column of ``recovered`` for each source; -1 where none is left.
    correlation : ndarray of shape (n_sources,)
        Pearson's, with its sign; 0 for a signal that is constant, and where none is left.
    """
    from scipy.optimize import linear_sum_assignment

    table = _standard(sources).T @ _standard(recovered)
    true, found = linear_sum_assignment(-np.abs(table))
    order = np.full(len(table), -1)
    order[true] = found
    correlation = np.zeros(len(table))
    correlation[true] = table[true, found]
    return order, correlation


def recovered_sources(
    sources: ArrayLike,
    mixtures: ArrayLike,
    recovered: Mapping[str, ArrayLike],
    *,
    time: ArrayLike | None = None,
    names: Sequence[str | None] | None = None,
    example: int = 0,
    title: str | None = None,
) -> Figure:
    """Show true signals, one of their mixtures, and under each true signal what every method found of it.

    Each signal is on its own scale, since no method can know how loud a source was. A recovered source stands under
    the true one that it is matched with, by `pair_sources`, and is turned over where their correlation is negative.

    Parameters
    ----------
    sources : array-like of shape (n_samples, n_sources)
        The true signals.
    mixtures : array-like of shape (n_samples, n_mixtures)
        What was measured.
    recovered : mapping of str to array-like of shape (n_samples, n_recovered)
        By the name of the method, what it found.
    time : array-like of shape (n_samples,), optional
        When the samples were taken, rising; by default their numbers.
    names : sequence of str or None, optional
        What the true signals are called; those without a name are called by their number.
    example : int
        Which mixture is shown, from 0.
    title : str, optional
        An empty string leaves it out.

    Returns
    -------
    matplotlib.figure.Figure
        A column for each true source, at most six; under each recovered one its correlation, bold above 0.97.
    """
    true, mixed = np.asarray(sources), np.asarray(mixtures)
    found = {str(name): np.asarray(signals) for name, signals in recovered.items()}
    _check(true, mixed, found)
    count, example = true.shape[1], example % mixed.shape[1]
    if names is not None and len(names) != count:
        raise ValueError(f"names needs one name a source ({count}), got {len(names)}.")
    when = np.arange(len(true)) if time is None else np.asarray(time).ravel()
    if len(when) != len(true):
        raise ValueError(f"time needs one value a sample ({len(true)}), got {len(when)}.")
    given = [None] * count if names is None else names
    columns = [str(name) if name else f"Source {number}" for number, name in enumerate(given, 1)][:MOST]
    about = "each signal on its own scale; r: correlation with the true source above it, 1 if they are alike"
    if count > MOST:
        about += f"; the first {MOST} of {count:,} sources"
    title = "Which sources are in the mixtures?" if title is None else title
    rows = ["True sources", "One mixture", *(f"Found by {name}" if name else "Found" for name in found)]
    which = f"number {example + 1} of {mixed.shape[1]:,}"
    gutter = min(max(*(width_of(row, LABEL, "bold") for row in rows), width_of(which)), 1.9) + 0.2
    top = heading_height(title, about) + 0.2
    width = (WIDTH - gutter + GAP) / len(columns) - GAP
    with styled():
        board = Board(WIDTH, top + _down(len(rows) - 1) + TALL + 0.2)
        board.heading(title, about, WIDTH)
        for row, words in enumerate(rows):
            middle = top + _down(row) + TALL / 2
            board.text(0, middle, words, room=gutter - 0.2, size=LABEL, bold=True, color=INK)
            if row == 1:
                board.text(0, middle + 0.18, which, room=gutter - 0.2, color=INK_3)
        for column, name in enumerate(columns):
            x = gutter + column * (width + GAP)
            board.text(x, top - 0.07, name, room=width)
            _signal(board, (x, top, width, TALL), when, true[:, column], INK_2)
        _signal(board, (gutter, top + _down(1), WIDTH - gutter, TALL), when, mixed[:, example], EDGE)
        for row, signals in enumerate(found.values(), 2):
            order, correlation = pair_sources(true, signals)
            for column, (chosen, r) in enumerate(zip(order[:MOST], correlation, strict=False)):
                x, y = gutter + column * (width + GAP), top + _down(row)
                if chosen < 0:
                    board.text(x, y + TALL / 2, "none left for it", room=width, color=INK_3)
                    continue
                shown = signals[:, chosen] * (-1 if r < 0 else 1)
                good = abs(r) > FOUND
                _signal(board, (x, y, width, TALL), when, shown, ACCENT if good else OTHER)
                words = f"r = {_three(abs(r))}" + (", turned over" if r < 0 else "")
                board.text(x, y + TALL + 0.16, words, room=width, bold=good, color=INK if good else INK_2)
        return board.figure


def _check(true: NDArray[Any], mixed: NDArray[Any], found: Mapping[str, NDArray[Any]]) -> None:
    """Raise unless all of them are tables of signals with a row for each sample."""
    for what, signals in {"sources": true, "mixtures": mixed, **found}.items():
        if signals.ndim != 2 or not signals.size or len(signals) != len(true):
            raise ValueError(
                f"recovered_sources needs a column a signal and as many rows as sources ({len(true)}), "
                f"got {what} of shape {signals.shape}."
            )


def _standard(signals: NDArray[Any]) -> NDArray[np.float64]:
    """Return the columns without their mean and with length 1, so that products are correlations; constants are 0."""
    centred = np.asarray(signals, dtype=np.float64)
    largest = np.abs(centred).max(axis=0, initial=0.0)
    centred = centred - centred.mean(axis=0)
    length = np.linalg.norm(centred, axis=0)
    # what is left of a constant is rounding, not a signal
    moves = length > 1e-12 * largest * np.sqrt(len(centred))
    return np.divide(centred, length, out=np.zeros_like(centred), where=moves)


def _down(row: int) -> float:
    """Return where a row begins; the first two have no line of words under them."""
    return row * (TALL + GAP) + max(row - 2, 0) * WORDS


def _three(correlation: float) -> str:
    """Write a correlation with three digits; 1 only where no more than rounding is missing."""
    return f"{min(correlation, 0.999) if correlation < 1 - 1e-9 else 1:.3f}"


def _signal(
    board: Board, box: tuple[float, float, float, float], when: NDArray[Any], signal: NDArray[Any], color: str
) -> None:
    """Draw a signal in a box, from its smallest value at the foot to its largest at the top."""
    x, y, width, height = box
    board.bar(box, SUNK)
    across, up = _filled(when), _filled(signal)
    board.axes.plot(
        x + 0.04 + (width - 0.08) * across, y + height - 0.06 - (height - 0.12) * up, color=color, ls="-", lw=0.8
    )


def _filled(values: NDArray[Any]) -> NDArray[np.float64]:
    """Stretch values to 0..1; halfway where there is nothing to stretch."""
    values = np.asarray(values, dtype=np.float64)
    span = np.ptp(values)
    return (values - values.min()) / span if span > 0 else np.full(len(values), 0.5)
