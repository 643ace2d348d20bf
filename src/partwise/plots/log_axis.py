"""A logarithmic axis of frequencies, and spectra and spectrograms made small enough to be drawn on it."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partwise.pitch import hertz

LOWEST = 40.0  # Hz; below it a piece has rumble, and a log axis would show little else


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
