"""Frequencies as people say them: where a spectrum peaks, in Hz and as notes, and where they lie on a log axis."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

NOTES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
LOWEST = 40.0  # Hz; below it a piece has rumble, and a log axis would show little else
SURE = 5.0  # bins; below it a bin is about as wide as a semitone, so no note is named


class Peak(NamedTuple):
    """A maximum of a spectrum: its frequency, between the bins, and its height."""

    frequency: float
    height: float


def peaks_of(spectrum: NDArray[Any], frequencies: NDArray[Any], most: int = 4) -> list[Peak]:
    """Return the strongest peaks that stand out of a spectrum, strongest first.

    A peak counts if it rises by a tenth of the spectrum's largest value above what lies around it. Its frequency is the
    top of a parabola through the logarithms of three bins, good to a few hundredths of a bin for a steady tone under a
    Hann window.

    Parameters
    ----------
    spectrum : ndarray of shape (n_frequencies,)
        >= 0.
    frequencies : ndarray of shape (n_frequencies,)
        In Hz, evenly spaced.
    most : int
        At most so many.
    """
    from scipy.signal import find_peaks

    largest = float(spectrum.max(initial=0.0))
    if largest <= 0:
        return []
    places, _ = find_peaks(spectrum, prominence=0.1 * largest)
    order = places[np.argsort(-spectrum[places], kind="stable")][:most]
    width = float(frequencies[1] - frequencies[0])
    tops = [float(frequencies[place]) + width * _between(spectrum[place - 1 : place + 2]) for place in order]
    return [Peak(top, float(spectrum[place])) for top, place in zip(tops, order, strict=True)]


def _between(three: NDArray[Any]) -> float:
    """Return where a parabola through the logarithms of three values has its top, in bins from the middle one."""
    left, middle, right = np.log(np.maximum(three.astype(np.float64), 1e-30 + 1e-9 * float(three[1])))
    bend = left - 2 * middle + right
    return float(0.5 * (left - right) / bend) if bend < 0 else 0.0


def note(frequency: float, bin_width: float) -> str:
    """Return the name of the nearest note of the scale with A4 at 440 Hz; "" where the bins are too wide to tell."""
    if frequency < SURE * bin_width or frequency <= 0:
        return ""
    number = round(69 + 12 * math.log2(frequency / 440))
    return f"{NOTES[number % 12]}{number // 12 - 1}"


def hertz(frequency: float) -> str:
    """Write a frequency with about three digits: "98.2 Hz", "440 Hz", "1.32 kHz"."""
    if frequency >= 999.5:
        return f"{frequency / 1000:.3g} kHz"
    return f"{frequency:.0f} Hz" if frequency >= 100 else f"{frequency:.3g} Hz"


def spoken(peaks: list[Peak], bin_width: float) -> str:
    """Return the strongest peak with its note, where one can be told: "A4, 440 Hz"."""
    if not peaks:
        return "no tone stands out"
    strongest = peaks[0].frequency
    return ", ".join(filter(None, (note(strongest, bin_width), hertz(strongest))))


class LogAxis:
    """A logarithmic axis of frequencies, from the lowest that is told apart to the highest that is not faint.

    Parameters
    ----------
    frequencies : ndarray of shape (n_frequencies,)
        In Hz, rising from 0.
    loudest : ndarray of shape (n_frequencies,)
        The largest magnitude at each of them.
    faint : float
        The axis ends where nothing above it is louder than this share of the largest magnitude.
    """

    def __init__(self, frequencies: NDArray[Any], loudest: NDArray[Any], faint: float) -> None:
        self.frequencies = frequencies
        heard = np.flatnonzero(loudest > faint * loudest.max(initial=0.0))
        last = max(int(heard[-1]) if len(heard) else len(frequencies) - 1, 2)
        self.first = min(max(1, int(np.searchsorted(frequencies, LOWEST))), last - 1)
        self.last = last
        self.low, self.high = float(frequencies[self.first]), float(frequencies[last])

    def place(self, frequency: float) -> float:
        """Return where a frequency lies, 0 at the lower end and 1 at the upper."""
        return math.log(frequency / self.low) / math.log(self.high / self.low)

    def ticks(self) -> list[tuple[float, str]]:
        """Return (frequency, words) of the decades and, on a short axis, of what lies between."""
        decades, every = (
            [step * 10.0**power for power in range(6) for step in steps if self.low <= step * 10.0**power <= self.high]
            for steps in ((1,), (1, 2, 5))
        )
        return [(value, hertz(value)) for value in (decades if len(decades) > 2 else every)]

    def points(self, spectrum: NDArray[Any], count: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return places and values of at most `count` bins, of each stretch of the axis the loudest one."""
        kept = slice(self.first, self.last + 1)
        places = np.log(self.frequencies[kept] / self.low) / math.log(self.high / self.low)
        values = spectrum[kept]
        stretch = np.minimum((places * count).astype(int), count - 1)
        order = np.lexsort((-values, stretch))
        _, starts = np.unique(stretch[order], return_index=True)
        best = order[starts]
        return places[best], values[best]

    def picture(self, magnitudes: NDArray[Any], height: int, width: int) -> NDArray[np.float32]:
        """Return a spectrogram (n_frames, n_frequencies) as (height, width), the highest frequency on top.

        Of each band and each stretch of time the largest magnitude is kept, so that a thin line stays a line; a band
        that lies between two bins takes the nearer one.
        """
        edges = np.geomspace(self.low, self.high, height + 1)
        spacing = float(self.frequencies[1])
        low = np.ceil(edges[:-1] / spacing - 1e-9).astype(int)
        high = np.ceil(edges[1:] / spacing - 1e-9).astype(int)
        nearest = np.rint(np.sqrt(edges[:-1] * edges[1:]) / spacing).astype(int)
        last = len(self.frequencies) - 1
        pooled = pooled_frames(magnitudes, width)
        bands = [
            pooled[:, a:b].max(axis=1) if b > a else pooled[:, min(c, last)]
            for a, b, c in zip(low.tolist(), high.tolist(), nearest.tolist(), strict=True)
        ]
        return np.stack(bands[::-1]).astype(np.float32)


def pooled_frames(values: NDArray[Any], count: int) -> NDArray[Any]:
    """Return at most `count` rows, of each stretch of rows the largest values."""
    if len(values) <= count:
        return values
    starts = np.linspace(0, len(values), count, endpoint=False).astype(int)
    return np.maximum.reduceat(values, starts, axis=0)
