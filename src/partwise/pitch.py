"""Frequencies as people say them: where a spectrum peaks, in Hz and as notes."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

NOTES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
NO_TONE = "no tone stands out"
SURE = 5.0  # bins; below it a tenth of a bin is more than a third of a semitone, and no note is named


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
        return NO_TONE
    strongest = peaks[0].frequency
    return ", ".join(filter(None, (note(strongest, bin_width), hertz(strongest))))
