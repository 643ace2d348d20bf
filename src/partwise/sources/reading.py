"""A folder of pictures, or a single one, read into an ImageSet by several threads."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from partwise.wording import counted

from .choices import COLORS, RESIZES, checked_choice, checked_size
from .dataset import Duplicate, PictureFile, Skipped, SourceError, refuse_if_most_are_bad
from .decode import Frame, read_picture, read_size
from .folder import EXTENSIONS, Found, existing_file, find_pictures, shown
from .formats import UnreadableError
from .images import ImageSet
from .memory import machine_memory
from .parallel import Progress, Reporter, in_threads, thread_count
from .resizing import common_size

SMALL = 128 * 128  # pictures with fewer pixels decode so fast that threads only wait for each other
MANY_PIXELS = 500 * 500  # beyond this the user should know what a smaller size would save


@dataclass(frozen=True)
class Reading:
    """How pictures are to be read; the arguments of `read_images`, checked."""

    color: str = "gray"
    size: tuple[int, int] | None = None
    resize: str = "crop"
    max_pixels: int = 50_000_000
    drop_duplicates: bool = False
    n_jobs: int | None = None
    progress: Progress | None = None
    thumbnails: bool = False

    def __post_init__(self) -> None:
        checked_choice("color", self.color, COLORS)
        checked_choice("resize", self.resize, RESIZES)
        if self.size is not None:
            object.__setattr__(self, "size", checked_size(self.size))
        if self.max_pixels < 1:
            raise SourceError(f"max_pixels must be at least 1, got {self.max_pixels}.")
        thread_count(self.n_jobs)


def read_images(
    folder: str | Path,
    *,
    color: str = "gray",
    size: tuple[int, int] | None = None,
    resize: str = "crop",
    max_pixels: int = 50_000_000,
    follow_links: bool = False,
    drop_duplicates: bool = False,
    n_jobs: int | None = None,
    progress: Progress | None = None,
    thumbnails: bool = False,
) -> ImageSet:
    """Read the pictures of a folder and of its sub-folders.

    Files are sorted naturally (2 before 10). The name of the first-level sub-folder is the label; a picture that lies
    directly in the folder has the label ``""``, or there are no labels at all if no picture lies in a sub-folder.
    Read are JPEG, PNG, GIF, BMP, TIFF, WebP, PGM, PPM and PBM; of an animation the first frame. EXIF rotation is
    applied, transparency is laid over black. A file that cannot be used is skipped and listed.

    Parameters
    ----------
    folder : str or Path
        The folder.
    color : {"gray", "rgb"}
        Grey is the luma of ITU-R 601.
    size : (height, width), optional
        Bring all pictures to this size, in pixels. If not given: their own size if they share it; else the size that
        more than half of them share, if it is at most 256 x 256; else 64 x 64.
    resize : {"crop", "pad", "stretch"}
        How to change the aspect: cover the size and cut the sides evenly; fit inside and leave black bars; distort.
    max_pixels : int
        A picture with more pixels is skipped before it is decoded.
    follow_links : bool
        Follow symbolic links that lead out of the folder.
    drop_duplicates : bool
        Leave out files whose bytes repeat an earlier one; they are listed in either case.
    n_jobs : int, optional
        Threads; None takes the cores at hand, at most 8, or a single one for small pictures; -1 takes all.
    progress : callable, optional
        Called as ``progress(done, total)`` in this thread, at most 20 times a second.
    thumbnails : bool
        Make a small JPEG of each picture too, kept in `ImageSet.files`.

    Returns
    -------
    ImageSet
        X is float32 in [0, 1], one row a picture.

    Raises
    ------
    SourceError
        The folder is missing or unreadable or has no pictures; more than half of the files with the extension of a
        picture could not be read (then the error's `skipped` lists them); the pictures do not fit in memory.
    """
    reading = Reading(color, size, resize, max_pixels, drop_duplicates, n_jobs, progress, thumbnails)
    found, skipped = find_pictures(folder, follow_links=follow_links)
    if not found:
        others = f"; {counted(len(skipped), 'other files')} skipped" if skipped else ""
        raise SourceError(f"No images in {shown(str(folder))} (looked for {' '.join(EXTENSIONS)}{others}).", skipped)
    return read_found(found, reading, skipped=skipped, origin=shown(str(folder)))


def read_image(path: str | Path, reading: Reading) -> ImageSet:
    """Read a single file as a set of one picture.

    Raises
    ------
    SourceError
        The file cannot be read.
    """
    path = existing_file(Path(path))
    one = Found(str(path.resolve()), shown(path.name))
    try:
        return read_found([one], reading, origin=shown(str(path)))
    except SourceError as error:
        if error.skipped:
            raise SourceError(f"{error.skipped[0]}.", error.skipped) from None
        raise


def read_found(
    found: Sequence[Found], reading: Reading, *, skipped: Iterable[Skipped] = (), origin: str = "files"
) -> ImageSet:
    """Read the files that a walk found, in their order.

    Two rounds: the headers give the sizes, then each file is decoded straight into its row of X, so that no more
    full-size pictures are in memory than there are threads.

    Raises
    ------
    SourceError
        As in `read_images`.
    """
    threads = thread_count(reading.n_jobs)
    reporter = Reporter(reading.progress, total=len(found), rounds=2)

    def measure(place: int) -> tuple[int, int] | UnreadableError:
        try:
            return read_size(found[place].path, reading.max_pixels)
        except UnreadableError as reason:
            return reason

    sizes = in_threads(measure, len(found), threads, reporter.round(0, len(found)))
    bad = [
        Skipped(one.name, str(size))
        for one, size in zip(found, sizes, strict=True)
        if isinstance(size, UnreadableError)
    ]
    refuse_if_most_are_bad(bad, len(found))
    good = [one for one, size in zip(found, sizes, strict=True) if not isinstance(size, UnreadableError)]
    frame, notes = _choose_frame([size for size in sizes if not isinstance(size, UnreadableError)], reading)
    X = _room_for(len(good), frame)

    def decode(place: int) -> PictureFile | UnreadableError:
        row = X[place].reshape(frame.shape)
        try:
            return read_picture(good[place].path, frame, reading.max_pixels, row, thumbnails=reading.thumbnails)
        except UnreadableError as reason:
            return reason

    if reading.n_jobs is None and all(isinstance(size, UnreadableError) or math.prod(size) < SMALL for size in sizes):
        threads = 1
    files = in_threads(decode, len(good), threads, reporter.round(1, len(good)))
    reporter.finish()
    bad += [Skipped(one.name, str(it)) for one, it in zip(good, files, strict=True) if isinstance(it, UnreadableError)]
    refuse_if_most_are_bad(bad, len(found))

    kept, duplicates = _sort_out(good, files, reading.drop_duplicates)
    if duplicates:
        fate = "left out" if reading.drop_duplicates else "kept, leave them out with --drop-duplicates"
        repeat = "repeats" if len(duplicates) == 1 else "repeat"
        notes.append(f"{len(duplicates)} of {counted(len(found), 'pictures')} {repeat} another byte by byte: {fate}.")
    for new, old in enumerate(kept):
        if new != old:
            X[new] = X[old]  # close the gaps in place: a second X may not fit in memory
    labels = tuple(good[place].label or "" for place in kept)
    return ImageSet(
        X=X[: len(kept)],
        names=tuple(good[place].name for place in kept),
        labels=labels if any(labels) else None,
        skipped=(*skipped, *bad),
        duplicates=tuple(duplicates),
        notes=tuple(notes),
        origin=origin,
        shape=frame.shape,
        from_files=tuple(one for place in kept if isinstance(one := files[place], PictureFile)),
    )


def _choose_frame(sizes: Sequence[tuple[int, int]], reading: Reading) -> tuple[Frame, list[str]]:
    size = reading.size or common_size(sizes)
    notes = []
    if len(set(sizes)) > 1:
        smallest, largest = min(sizes, key=math.prod), max(sizes, key=math.prod)
        advice = "" if reading.size else ", change with --size"
        notes.append(
            f"Images differ in size (min {_times(smallest)}, max {_times(largest)}): resized to {_times(size)}{advice}."
        )
    if math.prod(size) > MANY_PIXELS:
        notes.append(f"Each picture has {math.prod(size):,} pixels; a smaller --size makes everything faster.")
    return Frame(size, reading.color, reading.resize), notes


def _room_for(count: int, frame: Frame) -> np.ndarray:
    """Make X, or say that it cannot fit: the kernel would promise the memory and kill the program later."""
    needed = 4 * count * math.prod(frame.shape)
    memory = machine_memory()
    try:
        if needed > memory:
            raise MemoryError
        return np.empty((count, math.prod(frame.shape)), dtype=np.float32)
    except (MemoryError, ValueError):
        pictures, need = counted(count, "pictures"), "needs" if count == 1 else "need"
        raise SourceError(
            f"{pictures} of {_times(frame.size)} in {frame.color} {need} {needed / 1e9:.1f} GB of memory, "
            f"this machine has {memory / 1e9:.1f} GB. Try a smaller --size."
        ) from None


def _sort_out(
    good: Sequence[Found], files: Sequence[PictureFile | UnreadableError], drop_duplicates: bool
) -> tuple[list[int], list[Duplicate]]:
    """Return the rows to keep, and the files that repeat an earlier one."""
    first: dict[bytes, str] = {}
    kept: list[int] = []
    duplicates: list[Duplicate] = []
    for place, (one, file) in enumerate(zip(good, files, strict=True)):
        if isinstance(file, UnreadableError):
            continue
        repeats = first.setdefault(file.sha256, one.name) != one.name
        if repeats:
            duplicates.append(Duplicate(one.name, first[file.sha256]))
        if not (repeats and drop_duplicates):
            kept.append(place)
    return kept, duplicates


def _times(size: tuple[int, int]) -> str:
    """Return a (height, width) as people write it, width first."""
    return f"{size[1]}x{size[0]}"
