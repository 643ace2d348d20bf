"""A folder of pictures, or a single one, read into an ImageSet by several threads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from partwise.memory import machine_memory
from partwise.wording import counted

from .dataset import Duplicate, PictureFile, Skipped, SourceError, refuse_if_most_are_bad
from .decode import Frame, read_picture
from .folder import EXTENSIONS, Found, existing_file, find_pictures, shown
from .formats import UnreadableError
from .headers import Headers, Reading, decoding_threads, read_headers, times
from .images import ImageSet
from .parallel import Progress, Reporter, in_threads
from .repeats import Repeats, told_repeats


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
    memory: int | None = None,
    stored: bool = False,
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
    memory : int, optional
        Bytes that the program may use. Where X would take more than a quarter of them, pictures are decoded into a
        cache on disk and X is a `RowStore`; what is decoded there is not decoded again, whatever ends the program.
    stored : bool
        Whether that is done however few they are.

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
    listed = Listed(tuple(skipped), shown(str(folder)))
    if memory is not None or stored:
        from .large_folder import read_within

        return read_within(found, reading, None if stored else memory, listed, folder)
    return read_found(found, reading, listed)


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
        return read_found([one], reading, Listed((), shown(str(path))))
    except SourceError as error:
        if error.skipped:
            raise SourceError(f"{error.skipped[0]}.", error.skipped) from None
        raise


@dataclass(frozen=True)
class Listed:
    """What a walk leaves to be told: files that it passed over, and what was walked, as the user named it."""

    skipped: tuple[Skipped, ...]
    origin: str


def read_found(found: Sequence[Found], reading: Reading, listed: Listed) -> ImageSet:
    """Read the files that a walk found, in their order: their headers give the sizes, then they are decoded.

    Raises
    ------
    SourceError
        As in `read_images`.
    """
    reporter = Reporter(reading.progress, total=len(found), rounds=2)
    headers = read_headers(found, reading, reporter.round(0, len(found)))
    return read_listed(found, reading, headers, reporter, listed)


def read_listed(
    found: Sequence[Found], reading: Reading, headers: Headers, reporter: Reporter, listed: Listed
) -> ImageSet:
    """Decode the files whose headers have been read, in their order.

    Each file is decoded straight into its row of X, so that no more full-size pictures are in memory than there are
    threads.

    Raises
    ------
    SourceError
        As in `read_images`.
    """
    good, bad, frame, notes = headers.good, [*headers.bad], headers.frame, [*headers.notes]
    X = _room_for(len(good), frame)

    def decode(place: int) -> PictureFile | UnreadableError:
        row = X[place].reshape(frame.shape)
        try:
            return read_picture(good[place].path, frame, reading.max_pixels, row, thumbnails=reading.thumbnails)
        except UnreadableError as reason:
            return reason

    threads = decoding_threads(headers, reading)
    files = in_threads(decode, len(good), threads, reporter.round(1, len(good)))
    reporter.finish()
    bad += [Skipped(one.name, str(it)) for one, it in zip(good, files, strict=True) if isinstance(it, UnreadableError)]
    refuse_if_most_are_bad(bad, len(found))

    kept, duplicates = _sort_out(good, files, reading.drop_duplicates)
    notes += told_repeats(duplicates, len(found), reading.drop_duplicates)
    for new, old in enumerate(kept):
        if new != old:
            X[new] = X[old]  # close the gaps in place: a second X may not fit in memory
    labels = tuple(good[place].label or "" for place in kept)
    return ImageSet(
        X=X[: len(kept)],
        names=tuple(good[place].name for place in kept),
        labels=labels if any(labels) else None,
        skipped=(*listed.skipped, *bad),
        duplicates=tuple(duplicates),
        notes=tuple(notes),
        origin=listed.origin,
        shape=frame.shape,
        from_files=tuple(one for place in kept if isinstance(one := files[place], PictureFile)),
    )


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
            f"{pictures} of {times(frame.size)} in {frame.color} {need} {needed / 1e9:.1f} GB of memory, "
            f"this machine has {memory / 1e9:.1f} GB. Try a smaller --size."
        ) from None


def _sort_out(
    good: Sequence[Found], files: Sequence[PictureFile | UnreadableError], drop_duplicates: bool
) -> tuple[list[int], list[Duplicate]]:
    """Return the rows to keep, and the files that repeat an earlier one."""
    repeats = Repeats()
    kept: list[int] = []
    duplicates: list[Duplicate] = []
    for place, (one, file) in enumerate(zip(good, files, strict=True)):
        if isinstance(file, UnreadableError):
            continue
        repeated = repeats.of(one.name, file.sha256)
        if repeated is not None:
            duplicates.append(repeated)
        if repeated is None or not drop_duplicates:
            kept.append(place)
    return kept, duplicates
