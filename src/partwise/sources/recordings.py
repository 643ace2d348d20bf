"""A recording as a magnitude spectrogram, one row a moment, and the way back from its parts to sound."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from partwise.memory import machine_memory

from .dataset import Dataset, SourceError

if TYPE_CHECKING:
    from scipy.signal import ShortTimeFFT

    from .parallel import Progress

SECONDS_OF_A_WINDOW = 0.1  # long enough to tell low notes apart, short enough to hear when they begin
SHORTEST_WINDOW = 16
BLOCK_BYTES = 1 << 24  # of the complex spectrogram, which is never whole in memory


@dataclass(frozen=True, kw_only=True, eq=False)
class Recording(Dataset):
    """A sound of one channel and its magnitude spectrogram.

    X has a row for each moment (frame) and a column for each frequency, so that in X ~ W H the codes W say when a part
    sounds and the parts H are spectra. A sine of amplitude 1 has the magnitude 0.5. The phase is not kept: it is
    computed again, block by block, from the sound.

    Attributes
    ----------
    sound : ndarray of shape (length,), float32
        The sound, of which 1 is full scale.
    rate : int
        Samples a second.
    window : int
        Samples of a frame, under a Hann window.
    hop : int
        Samples from one frame to the next.
    """

    sound: np.ndarray
    rate: int
    window: int
    hop: int

    @classmethod
    def from_sound(
        cls,
        sound: np.ndarray,
        rate: int,
        *,
        window: int | None = None,
        hop: int | None = None,
        notes: Sequence[str] = (),
        origin: str = "array",
        progress: Progress | None = None,
    ) -> Recording:
        """Make the spectrogram of a sound.

        Parameters
        ----------
        sound : array-like of shape (length,)
            One channel; 1 is full scale, or of whole numbers the largest that they can hold.
        rate : int
            Samples a second.
        window : int, optional
            Samples of a frame, >= 16; by default the power of two that is nearest to a tenth of a second.
        hop : int, optional
            Samples from one frame to the next, at most half the window; by default a quarter of it.
        notes : sequence of str
            Sentences that the user should read.
        origin : str
            Where the sound comes from, for the messages.
        progress : callable, optional
            Called as ``progress(done, total)`` in frames.

        Raises
        ------
        SourceError
            The sound is shorter than a window, silent, not finite, or too long for the memory; `window` or `hop` does
            not fit.
        """
        window, hop = checked_frames(window, hop, rate)
        name = Path(origin).name
        sound = _checked_sound(np.asarray(sound), rate, window, name)
        check_room(len(sound), rate, window, hop, name)
        transform = _transform(window, hop, rate)
        first, last = transform.p_min, transform.p_max(len(sound))
        X = np.empty((last - first, transform.f_pts), dtype=np.float32)
        for rows, spectrum in _spectra(transform, sound):
            np.abs(spectrum.T, out=X[rows], casting="same_kind")
            if progress is not None:
                progress(rows.stop, last - first)
        times = (np.arange(first, last) * hop / rate).round(6)
        names = tuple(f"{time:.3f} s" for time in times)
        return cls(
            X=X, names=names, notes=tuple(notes), origin=origin, sound=sound, rate=int(rate), window=window, hop=hop
        )

    @property
    def kind(self) -> str:
        """``"spectrogram"``."""
        return "spectrogram"

    def memory(self) -> dict[str, Any]:
        """Return rate, window, hop, and when the first frame is."""
        return {"rate": self.rate, "window": self.window, "hop": self.hop, "start": float(self.times[0])}

    @property
    def seconds(self) -> float:
        """How long the sound is."""
        return len(self.sound) / self.rate

    @cached_property
    def times(self) -> np.ndarray:
        """Seconds at the middle of each frame, (n_samples,); the first frames begin before the sound does."""
        return (np.arange(self.n_samples) + self._transform.p_min) * self.hop / self.rate

    @cached_property
    def frequencies(self) -> np.ndarray:
        """Hz of each column, (n_features,)."""
        return np.asarray(self._transform.f)

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """The frequencies in words: "440.1 Hz"."""
        return tuple(f"{frequency:.1f} Hz" for frequency in self.frequencies)

    def sound_of(self, mask: Callable[[slice], np.ndarray]) -> np.ndarray:
        """Return what is heard through a mask, with the phase of the recording.

        The inverse is linear: sounds of masks that add up to one add up to the recording.

        Parameters
        ----------
        mask : callable
            Takes a slice of frames, returns the share of every frame and frequency, (n_frames, n_features).

        Returns
        -------
        ndarray of shape (length,), float32
        """
        from scipy.fft import irfft

        transform = self._transform
        middle, window = transform.m_num_mid, self.window
        # frames reach beyond both ends of the sound
        start = transform.p_min * self.hop - middle
        end = (transform.p_max(len(self.sound)) - 1) * self.hop - middle + window
        heard = np.zeros(end - start)
        for rows, spectrum in _spectra(transform, self.sound):
            pieces = irfft(spectrum.T * mask(rows), n=window) * transform.dual_win
            for frame, piece in enumerate(pieces, rows.start):
                heard[frame * self.hop : frame * self.hop + window] += piece
        return heard[-start : len(self.sound) - start].astype(np.float32)

    @cached_property
    def _transform(self) -> ShortTimeFFT:
        return _transform(self.window, self.hop, self.rate)


def checked_frames(window: int | None, hop: int | None, rate: int) -> tuple[int, int]:
    """Return window and hop in samples, by default made to suit the rate; SourceError for what cannot be inverted."""
    if not rate > 0:
        raise SourceError(f"rate must be above 0, in samples a second, got {rate!r}.")
    if window is None:
        window = 2 ** max(4, round(math.log2(SECONDS_OF_A_WINDOW * rate)))
    if not isinstance(window, int | np.integer) or window < SHORTEST_WINDOW:
        raise SourceError(f"window must be a whole number of samples, at least {SHORTEST_WINDOW}, got {window!r}.")
    if hop is None:
        hop = window // 4
    if not isinstance(hop, int | np.integer) or not 1 <= hop <= window // 2:
        raise SourceError(
            f"hop must be a whole number from 1 to {window // 2}, half the window, got {hop!r}. "
            "With a longer one there is no way back to sound."
        )
    return int(window), int(hop)


def check_room(length: int, rate: int, window: int, hop: int, name: str) -> None:
    """Raise SourceError where sound and spectrogram cannot fit: the kernel would promise the memory and kill later."""
    needed, memory = 4 * (length + (length + window) / hop * (window // 2 + 1)), machine_memory()
    if needed > memory:
        raise SourceError(
            f"The spectrogram of {name} ({length / rate / 60:,.0f} min) needs {needed / 1e9:.1f} GB of memory, "
            f"this machine has {memory / 1e9:.1f} GB. Try --max-seconds, or a larger --hop."
        )


def _checked_sound(sound: np.ndarray, rate: int, window: int, name: str) -> np.ndarray:
    """Return a sound as float32, or say what is wrong with it."""
    if sound.ndim != 1 or sound.dtype.kind not in "if":
        raise SourceError(
            f"A sound needs one channel of numbers with a sign, an array of shape (length,), "
            f"got {sound.dtype.name} of shape {sound.shape}."
        )
    if len(sound) < window:
        raise SourceError(
            f"{name} has {len(sound):,} sample{'s' * (len(sound) != 1)} ({len(sound) / rate:.3g} s), "
            f"fewer than one window of {window:,}. Try a smaller --window, or a longer recording."
        )
    full_scale = -float(np.iinfo(sound.dtype).min) if sound.dtype.kind == "i" else 1.0
    with np.errstate(over="ignore"):
        sound = sound.astype(np.float32) / np.float32(full_scale)
    bad = np.flatnonzero(~np.isfinite(sound))
    if len(bad):
        what = "NaN" if np.isnan(sound[bad]).any() else "infinity or a value too large"
        raise SourceError(
            f"{name} contains {what}: {len(bad):,} of {len(sound):,} samples, first at {bad[0] / rate:.3f} s. "
            "Save it again as whole numbers (16 or 24 bit)."
        )
    if not sound.any():
        raise SourceError(
            f"{name} is silent: the mean of its channels is 0 at all of its {len(sound):,} samples. "
            "Give a recording with sound."
        )
    return sound


def _transform(window: int, hop: int, rate: int) -> ShortTimeFFT:
    from scipy.signal import ShortTimeFFT, get_window

    # without a shift of the phase a frame is the plain transform of its samples, as the inverse takes it
    return ShortTimeFFT(get_window("hann", window), hop, fs=rate, scale_to="magnitude", phase_shift=None)


def _spectra(transform: ShortTimeFFT, sound: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield slices of frames, counted from 0, with their complex spectra, (n_frequencies, n_frames)."""
    first, last = transform.p_min, transform.p_max(len(sound))
    step = max(1, BLOCK_BYTES // (16 * transform.f_pts))
    for begin in range(first, last, step):
        end = min(begin + step, last)
        yield slice(begin - first, end - first), transform.stft(sound, begin, end)
