"""Recordings: each part is a spectrum that sounds at some moments, and together they are the sound."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from partwise.pitch import NO_TONE, hertz, note, peaks_of, spoken
from partwise.sources import Dataset, Recording
from partwise.sources.separation import magnitudes
from partwise.views.candidates import Candidates
from partwise.views.learned import Learned
from partwise.views.view import SURE, Drawing, View
from partwise.wording import counted


@dataclass(frozen=True)
class Spectra(View):
    """The spectrogram of a recording.

    Parameters
    ----------
    rate : int
        Samples a second.
    window, hop : int
        Samples of a frame, and from one frame to the next.
    start : float
        Seconds at the middle of the first frame.
    """

    samples_are: ClassVar = "moments"
    features_are: ClassVar = "frequencies"
    whole: ClassVar = "the sound"
    whole_of_one: ClassVar = "the sound of a moment"
    of_samples: ClassVar = ("spectrograms",)

    rate: int
    window: int
    hop: int
    start: float

    @classmethod
    def remembered(cls, memory: Mapping[str, Any]) -> Self:
        """Take the rate and the frames."""
        return cls(memory["rate"], memory["window"], memory["hop"], memory["start"])

    @property
    def frequencies(self) -> np.ndarray:
        """Hz of each feature."""
        return np.arange(self.window // 2 + 1) * self.rate / self.window

    def times(self, count: int) -> np.ndarray:
        """Return seconds at the middle of so many frames."""
        return self.start + np.arange(count) * self.hop / self.rate

    def size(self, n_features: int) -> str:
        """Say how many frequencies there are, and how far up they go."""
        return f"{n_features:,} frequencies up to {hertz(self.rate / 2)}"

    def asked(self, kind: str) -> dict[str, Any]:
        """Cut other recordings into the same frames."""
        same = kind == "recording"
        return {"window": self.window, "hop": self.hop} if same else {"window": None, "hop": None, "max_seconds": None}

    def check_features(self, data: Dataset) -> None:
        """Refuse a recording at another rate: its columns would be other frequencies."""
        if isinstance(data, Recording) and data.rate != self.rate:
            raise ValueError(
                f"The parts are of {self.rate:,} samples a second, and {data.origin} has {data.rate:,}, so its "
                f"frequencies are others. Bring it to {self.rate:,} first."
            )

    def check_separable(self, run: str, source: str) -> None:
        """Let every run pass: its parts are sounds."""
        return None

    def feature(self, index: int) -> str:
        """Return a frequency in Hz."""
        return f"{self.frequencies[index]:.1f} Hz"

    def lines(self, learned: Learned) -> list[str]:
        """Return the strongest tones of each part."""
        return [f"part {number}: {self._tones(part)}" for number, part in enumerate(learned.parts[learned.kept], 1)]

    def gallery(self, learned: Learned) -> Drawing:
        """Show the parts as spectra, and when each sounds."""
        from partwise import plots
        from partwise.plots.usage import share_of_light

        kept = learned.kept
        away = "A part may take away: shown is how much, not which way. " if learned.subtracts else ""
        return Drawing(
            "parts",
            learned.title,
            "Every moment is a sum of these, each as loud as it is then. Peaks bear the name of the nearest note where "
            f"one can be told. {away}"
            "In order by energy (the sum of the squares of all that it adds), most first.",
            lambda: plots.spectra_gallery(
                np.abs(learned.parts[kept]),
                self.frequencies,
                learned.codes[:, kept],
                self.times(len(learned.codes)),
                names=learned.part_names,
                share=share_of_light(learned.codes, learned.parts)[kept],
                title="",
            ),
            "Parts",
        )

    def surely(self, learned: Learned, maps: np.ndarray, stability: Sequence[float]) -> Drawing:
        """Show the spectrum of each part, filled as far as it comes back."""
        from partwise import plots

        kept = learned.kept
        return Drawing(
            "stability",
            "What comes back from other starts",
            f"The spectrum of each part. {SURE}",
            lambda: plots.stability_spectra(
                learned.parts[kept], maps[kept], self.frequencies, stability[kept], names=learned.part_names, title=""
            ),
            "Stability",
        )

    def examples(self, learned: Learned, data: Dataset) -> list[Drawing]:
        """Show the recording above what each part holds of it."""
        from partwise import plots

        assert isinstance(data, Recording)
        if min(learned.codes.min(), learned.parts.min()) < 0:  # of a model that subtracts: no part holds a share
            return []
        some, count = learned.spread, len(learned.parts[learned.kept])
        which = "Each part" if len(some) == count else f"Each of {len(some)} of {counted(count, 'parts')}"
        return [
            Drawing(
                "spectrograms",
                "The recording taken apart",
                f"{which} with what it holds of every moment and frequency; all parts together are the recording. "
                "To hear them: partwise separate RUN --out FOLDER.",
                lambda: plots.spectrograms(
                    data.X,
                    magnitudes(data, learned.codes, learned.parts, [[part] for part in some]),
                    data.frequencies,
                    data.times,
                    names=[f"Part {part + 1}" for part in some],
                    asides=[self._spoken(learned.parts[part]) for part in some],
                    title="",
                ),
                "Taken apart",
            )
        ]

    def candidates(self, found: Candidates) -> Drawing:
        """Show the parts at several numbers of them as spectra, with their strongest tones."""
        from partwise import plots
        from partwise.plots.log_axis import LogAxis

        loudest = np.max([np.abs(parts).max(axis=0) for parts in found.parts.values()], axis=0)
        axis = LogAxis(self.frequencies, loudest, 0.02)
        return Drawing(
            "candidates",
            found.title,
            f"{found.caption} Each as its spectrum from {hertz(axis.low)} to {hertz(axis.high)}, on its own scale, "
            "with its strongest tones.",
            lambda: plots.candidate_curves(
                found.parts,
                lambda part: axis.points(np.abs(part), 300),
                self._tones,
                stability=found.stability,
                recommended=found.recommended,
                title="",
            ),
            "Parts",
        )

    def _spoken(self, part: np.ndarray) -> str:
        return spoken(peaks_of(part, self.frequencies), self.rate / self.window)

    def _tones(self, part: np.ndarray) -> str:
        tones = [peak.frequency for peak in peaks_of(np.abs(part), self.frequencies)]
        named = [f"{hertz(tone)} {note(tone, self.rate / self.window)}".rstrip() for tone in tones]
        return ", ".join(named) or NO_TONE
