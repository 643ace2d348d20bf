"""Recordings from files: WAV, FLAC, OGG and whatever else soundfile reads, mixed to one channel."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .dataset import SourceError
from .folder import existing_file, shown
from .recordings import Recording, check_room, checked_frames

if TYPE_CHECKING:
    from .parallel import Progress

RECORDINGS = (".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".au", ".caf")
MAX_SECONDS = 600.0
OGG_PAGE, OGG_LAST = 65_307, 4  # the most bytes of a page; the flag of the last one
BLOCK = 1 << 18  # samples at a time, of each channel


def read_recording(
    path: str | Path,
    *,
    window: int | None = None,
    hop: int | None = None,
    max_seconds: float | None = None,
    progress: Progress | None = None,
) -> Recording:
    """Read a recording and make its spectrogram.

    The format is told by the content, not by the extension. Several channels become their mean.

    Parameters
    ----------
    path : str or Path
        A WAV, FLAC, OGG, MP3, AIFF, AU or CAF file.
    window, hop : int, optional
        Samples of a frame and from one to the next, as in `Recording.from_sound`.
    max_seconds : float, optional
        Only the beginning of a longer recording is read, and a note says so; 600 unless given.
    progress : callable, optional
        Called as ``progress(done, total)`` in frames.

    Returns
    -------
    Recording

    Raises
    ------
    SourceError
        soundfile is missing, or the file is missing, damaged, silent, too short, not finite or no recording.
    """
    path = Path(path)
    name = shown(path.name)
    limit = MAX_SECONDS if max_seconds is None else float(max_seconds)
    if not limit > 0:
        raise SourceError(f"max_seconds must be above 0, got {limit:g}.")
    existing_file(path)
    soundfile = _soundfile()
    try:
        with soundfile.SoundFile(path) as file:
            rate = int(file.samplerate)
            window, hop = checked_frames(window, hop, rate)
            length = int(min(file.frames, limit * rate))
            check_room(length, rate, window, hop, name)
            sound = _mono(file, name, length)
            notes = _notes(file, path, name, length)
    except PermissionError:
        raise SourceError(f"Permission denied: {shown(str(path))}") from None
    except soundfile.SoundFileError as error:
        raise SourceError(_refusal(path, name, error)) from None
    return Recording.from_sound(
        sound, rate, window=window, hop=hop, notes=notes, origin=shown(str(path)), progress=progress
    )


def _soundfile() -> Any:
    """Return the module, or say how to have it."""
    try:
        import soundfile
    except (ImportError, OSError):  # OSError: the package is there, the library that it wraps is not
        raise SourceError(
            'Recordings are read with soundfile, which cannot be loaded here. Try: pip install "partwise[audio]".'
        ) from None
    return soundfile


def _mono(file: Any, name: str, length: int) -> np.ndarray:
    """Read the beginning of a sound, block by block, into one channel."""
    sound = np.empty(length, dtype=np.float32)
    read = 0
    while read < length:
        block = file.read(min(BLOCK, length - read), dtype="float32", always_2d=True)
        if not len(block):
            raise SourceError(
                f"{name} is damaged: {read / file.samplerate:.1f} of {length / file.samplerate:.1f} s can be read. "
                f"For its beginning alone try --max-seconds {read / file.samplerate:.1f}."
            )
        with np.errstate(invalid="ignore", over="ignore"):  # what is not finite is told later, with its place
            sound[read : read + len(block)] = block.mean(axis=1)
        read += len(block)
    return sound


def _notes(file: Any, path: Path, name: str, length: int) -> list[str]:
    """Say what was done to a sound, and what its file lacks."""
    notes = []
    if re.search(r"data *: *\d+ \(should be \d+\)", file.extra_info) or _lacks_last_page(path):
        notes.append(f"{name} is cut off: {file.frames / file.samplerate:.1f} s of it are there, and no proper end.")
    if file.channels > 1:
        notes.append(f"{name} has {file.channels} channels: they are mixed to one, their mean.")
    if length < file.frames:
        notes.append(
            f"Only the first {length / file.samplerate:.4g} of {file.frames / file.samplerate:,.1f} s of {name} are "
            "read; another limit with --max-seconds."
        )
    return notes


def _lacks_last_page(path: Path) -> bool:
    """Say whether an Ogg file ends before the page that is marked as its last; other files have no pages."""
    with open(path, "rb") as file:
        if file.read(4) != b"OggS":
            return False
        file.seek(max(0, path.stat().st_size - OGG_PAGE))
        tail = file.read()
    at = tail.rfind(b"OggS")
    return at < 0 or len(tail) < at + 6 or not tail[at + 5] & OGG_LAST


def _refusal(path: Path, name: str, error: Exception) -> str:
    """Tell what a file is that cannot be read."""
    from .formats import guess_kind

    with open(path, "rb") as file:
        beginning = file.read(512)
    if not beginning:
        return f"{name}: empty file."
    reason = " ".join(str(getattr(error, "error_string", error)).removeprefix("Error : ").split()).rstrip(".")
    return (
        f"{name} is damaged or no recording ({reason}; it looks like: {guess_kind(beginning)}). "
        f"Try one of {' '.join(RECORDINGS)}, or convert it to WAV."
    )
