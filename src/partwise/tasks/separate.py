"""separate: the parts of a recording as sounds, which add up to it, and a figure of their spectrograms."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from partwise.runs import Run
from partwise.sources import Recording
from partwise.sources.separation import group_parts, magnitudes, separated
from partwise.storage import write_whole
from partwise.tasks.places import check_folder
from partwise.tasks.progress import Progress, Silent
from partwise.tasks.read import Reading, read_source
from partwise.wording import counted

FIGURE = "spectrograms.png"
_OURS = re.compile(r"(part|source)-\d+\.wav")


@dataclass(frozen=True)
class Source:
    """One of the sounds.

    Attributes
    ----------
    path : Path
    parts : tuple of int
        The parts it is made of, from 1.
    energy : float
        Its share of the energy of all sounds (the sum of the squares), 0..1.
    peak : float
        Its largest magnitude; 1 is full scale.
    """

    path: Path
    parts: tuple[int, ...]
    energy: float
    peak: float


@dataclass(frozen=True)
class Separation:
    """What was written.

    Attributes
    ----------
    sources : tuple of Source
    figure : Path
    rate : int
        Samples a second.
    seconds : float
    difference : float
        The largest magnitude of the recording less the sum of the sounds.
    notes : tuple of str
        Sentences that the user should read.
    """

    sources: tuple[Source, ...]
    figure: Path
    rate: int
    seconds: float
    difference: float
    notes: tuple[str, ...]


def separate(
    run: Run, out: Path, n_sources: int | None = None, *, force: bool = False, progress: Progress | None = None
) -> Separation:
    """Write each part, or each of `n_sources` groups of parts, as a WAV file with the phase of the recording.

    The files hold single-precision floats: nothing is clipped or rounded, and the sounds add up to the recording.

    Parameters
    ----------
    run : Run
        Of a recording, which is read again.
    out : Path
        A folder; it is made if it is not there.
    n_sources : int, optional
        As in `partwise.sources.separate`.
    force : bool
        Overwrite the sounds of an earlier separation; nothing else is ever removed.

    Raises
    ------
    ValueError, OSError
        The run is not one of a recording, the recording is gone or has changed, or `out` holds something.
    """
    watcher = progress or Silent()
    run.view.check_separable(str(run.path), run.facts["source"])
    groups = group_parts(run.codes, run.parts, n_sources)
    check_sounds(out, force)
    recording = _recording(run, watcher)
    out.mkdir(parents=True, exist_ok=True)
    stem, digits = "part" if n_sources is None else "source", len(str(len(groups)))
    total = np.zeros(len(recording.sound))
    written: list[tuple[Path, float, float]] = []
    watcher.writing(0, len(groups) + 1)
    for number, sound in enumerate(separated(recording, run.codes, run.parts, groups), 1):
        path = out / f"{stem}-{number:0{digits}}.wav"
        write_whole(path, wav(sound, recording.rate))
        written.append((path, float(np.square(sound, dtype=np.float64).sum()), float(np.abs(sound).max())))
        total += sound
        watcher.writing(number, len(groups) + 1)
    write_whole(out / FIGURE, _figure(run, recording, groups, [path.stem for path, *_ in written]))
    for stale in _sounds(out) - {path for path, *_ in written}:
        stale.unlink(missing_ok=True)
    watcher.writing(len(groups) + 1, len(groups) + 1)
    energy = sum(one for _, one, _ in written) or 1.0
    sources = tuple(
        Source(path, tuple(part + 1 for part in group), one / energy, peak)
        for (path, one, peak), group in zip(written, groups, strict=True)
    )
    return Separation(
        sources,
        out / FIGURE,
        recording.rate,
        recording.seconds,
        float(np.abs(recording.sound - total).max()),
        (*recording.notes, *_loud(sources)),
    )


def listed(parts: Sequence[int]) -> str:
    """Name parts by their numbers: "parts 1, 4"."""
    return f"part{'s' * (len(parts) > 1)} {', '.join(map(str, parts))}"


def check_sounds(out: Path, force: bool) -> None:
    """Raise ValueError or OSError where the sounds have no place; with `force`, only sounds are overwritten."""
    check_folder(out, "a place for sounds")
    if not out.exists() or not any(out.iterdir()):
        return
    if not force:
        raise ValueError(f"{out} exists already. Choose another --out, or overwrite its sounds with --force.")
    if set(out.iterdir()) - _sounds(out) - {out / FIGURE}:
        raise ValueError(
            f"{out} holds more than separated sounds, and --force overwrites nothing else. Choose another --out."
        )


def wav(sound: np.ndarray, rate: int) -> bytes:
    """Return a sound as a WAV file of single-precision floats.

    Parameters
    ----------
    sound : ndarray of shape (length,), float32
    rate : int
        Samples a second.
    """
    from scipy.io import wavfile

    buffer = io.BytesIO()
    wavfile.write(buffer, rate, sound.astype(np.float32, copy=False))
    return buffer.getvalue()


def _sounds(out: Path) -> set[Path]:
    return {path for path in out.iterdir() if _OURS.fullmatch(path.name)}


def _recording(run: Run, watcher: Progress) -> Recording:
    """Return the recording that the run was made of."""
    source = run.facts["source"]
    data = read_source(source, Reading.from_settings(run.settings), watcher)
    if not isinstance(data, Recording) or data.fingerprint != run.facts["fingerprint"]:
        raise ValueError(f"{source} has changed since the fit, and its parts are those of the old one. Fit it again.")
    return data


def _figure(run: Run, recording: Recording, groups: list[list[int]], names: list[str]) -> bytes:
    from partwise.plots import spectrograms
    from partwise.tasks.figures import png

    figure = spectrograms(
        recording.X,
        magnitudes(recording, run.codes, run.parts, groups),
        recording.frequencies,
        recording.times,
        names=names,
        asides=[listed([part + 1 for part in group]) if len(groups) < len(run.parts) else "" for group in groups],
    )
    return png(figure)


def _loud(sources: tuple[Source, ...]) -> Iterator[str]:
    """Say which sounds are beyond full scale: a player may clip what the file holds whole."""
    loud = [source for source in sources if source.peak > 1]
    if loud:
        peak = max(source.peak for source in loud)
        yield (
            f"{counted(len(loud), 'sounds')} beyond full scale (up to {peak:.2f}; first {loud[0].path.name}): whole in "
            "the file, but a player may clip. Lower all by the same gain to hear them together."
        )


def facts_of(separation: Separation) -> dict[str, Any]:
    """Return a separation as what `partwise separate --json` prints."""
    return {
        "sources": [
            {"path": str(one.path), "parts": list(one.parts), "energy": one.energy, "peak": one.peak}
            for one in separation.sources
        ],
        "figure": str(separation.figure),
        "rate": separation.rate,
        "seconds": separation.seconds,
        "difference": separation.difference,
        "notes": list(separation.notes),
    }
