"""The first look at the files of a folder: their headers, what is broken, and the one size that all shall have."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .choices import COLORS, RESIZES, checked_choice, checked_size
from .dataset import Skipped, SourceError, refuse_if_most_are_bad
from .decode import Frame, Header, read_header
from .folder import Found
from .formats import UnreadableError
from .parallel import Progress, in_threads, thread_count
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


@dataclass(frozen=True)
class Headers:
    """What the headers say.

    Attributes
    ----------
    good : list of Found
        Files that seem to be pictures.
    bad : list of Skipped
        The others, and why.
    frame : Frame
        What every picture is to become.
    notes : list of str
        Sentences that the user should read.
    deep : bool
        Whether some picture may need more than 8 bits a value.
    small : bool
        Whether all have so few pixels that one thread decodes them as fast as several.
    """

    good: list[Found]
    bad: list[Skipped]
    frame: Frame
    notes: list[str]
    deep: bool
    small: bool

    @property
    def n_values(self) -> int:
        """Numbers in X if every picture is sound."""
        return len(self.good) * math.prod(self.frame.shape)


def read_headers(found: Sequence[Found], reading: Reading, report: Callable[[int], None]) -> Headers:
    """Look at the header of every file.

    Raises
    ------
    SourceError
        More than half of them cannot be read.
    """

    kinds: dict[Header, Header] = {}  # most are alike, and one object stands for all of them

    def look(place: int) -> Header | UnreadableError:
        try:
            header = read_header(found[place].path, reading.max_pixels)
        except UnreadableError as reason:
            return reason
        return kinds.setdefault(header, header)

    seen = in_threads(look, len(found), thread_count(reading.n_jobs), report)
    bad = [
        Skipped(one.name, str(header))
        for one, header in zip(found, seen, strict=True)
        if isinstance(header, UnreadableError)
    ]
    refuse_if_most_are_bad(bad, len(found))
    headers = [header for header in seen if not isinstance(header, UnreadableError)]
    good = [one for one, header in zip(found, seen, strict=True) if not isinstance(header, UnreadableError)]
    sizes = [header.size for header in headers]
    frame, notes = _choose_frame(sizes, reading)
    small = all(math.prod(size) < SMALL for size in sizes)
    return Headers(good, bad, frame, notes, any(header.deep for header in headers), small)


def decoding_threads(headers: Headers, reading: Reading) -> int:
    """Return how many threads decode."""
    return 1 if reading.n_jobs is None and headers.small else thread_count(reading.n_jobs)


def _choose_frame(sizes: Sequence[tuple[int, int]], reading: Reading) -> tuple[Frame, list[str]]:
    size = reading.size or common_size(sizes)
    notes = []
    if len(set(sizes)) > 1:
        smallest, largest = min(sizes, key=math.prod), max(sizes, key=math.prod)
        advice = "" if reading.size else ", change with --size"
        notes.append(
            f"Images differ in size (min {times(smallest)}, max {times(largest)}): resized to {times(size)}{advice}."
        )
    if math.prod(size) > MANY_PIXELS:
        notes.append(f"Each picture has {math.prod(size):,} pixels; a smaller --size makes everything faster.")
    return Frame(size, reading.color, reading.resize), notes


def times(size: tuple[int, int]) -> str:
    """Return a (height, width) as people write it, width first."""
    return f"{size[1]}x{size[0]}"
