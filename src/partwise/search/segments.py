"""Codes on disk as segments of one file, and the manifest that says how much of the file counts."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from partwise.search.measures import evenness_of
from partwise.storage import DamagedError, read_json, write_json

MANIFEST = "codes.json"
DATA = "codes.f16"
KIND = "partwise stored codes"
LAYOUT = 1  # raised when an older reader could misread it
HALF = np.dtype("<f2")  # how a weight lies on the disk
SEGMENT = 1 << 24  # bytes that share a checksum, at most
BLOCK = 1 << 21  # bytes in memory at a time, a thread


@dataclass(frozen=True)
class Segment:
    """Rows that lie one after the other, and share a unit and a checksum.

    Parameters
    ----------
    first : int
        The first of them, counted from the beginning of the file.
    rows : int
    exponent : int
        What is stored times 2 to this power are the codes.
    check : int
        CRC-32 of their bytes.
    """

    first: int
    rows: int
    exponent: int
    check: int

    @property
    def unit(self) -> float:
        """What is stored is to be multiplied by it: a power of two, so nothing is rounded."""
        return float(np.ldexp(1.0, self.exponent))


@dataclass(frozen=True)
class Manifest:
    """What a store holds; whoever has read it sees the store as it was at that moment, whatever is added later.

    Parameters
    ----------
    n_components : int
    segments : tuple of Segment
    mean, spread : ndarray of shape (n_components,)
        Of each part: the mean of its weights, and the sum of their squared differences from it.
    """

    n_components: int
    segments: tuple[Segment, ...] = ()
    mean: np.ndarray = field(default_factory=lambda: np.zeros(0))
    spread: np.ndarray = field(default_factory=lambda: np.zeros(0))

    @property
    def n_rows(self) -> int:
        """How many codes."""
        return self.segments[-1].first + self.segments[-1].rows if self.segments else 0

    @property
    def row_bytes(self) -> int:
        """Bytes of a row on disk."""
        return self.n_components * HALF.itemsize

    def evenness(self) -> np.ndarray:
        """Return the scale that makes every part equally loud, (n_components,)."""
        return evenness_of(np.sqrt(self.spread / max(1, self.n_rows)))

    def write(self, folder: Path) -> None:
        """Put it in the place of the one before, all of it or nothing; it is on the disk when this returns."""
        segments = [[one.rows, one.exponent, one.check] for one in self.segments]
        moments = {"mean": self.mean.tolist(), "spread": self.spread.tolist()}
        about = {"kind": KIND, "layout": LAYOUT, "n_components": self.n_components, "segments": segments}
        write_json(folder / MANIFEST, about | moments)

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read that of a folder.

        Raises
        ------
        FileNotFoundError
            There is none.
        DamagedError, ValueError
            It is not as it was written, of something else, or newer than this version reads.
        """
        if not (folder / MANIFEST).is_file():
            raise FileNotFoundError(
                f"{folder} holds no stored codes. Make a place for them with StoredCodes.create(path, n_components)."
            )
        try:
            about = read_json(folder / MANIFEST)
        except DamagedError as error:
            raise damaged(folder / MANIFEST, "it differs from its checksum") from error
        if about.get("kind") != KIND:
            raise ValueError(
                f"{folder / MANIFEST} is not of stored codes. Give the folder that StoredCodes.create made."
            )
        if about["layout"] > LAYOUT:
            raise ValueError(
                f"{MANIFEST} has layout {about['layout']}, newer than this version reads ({LAYOUT}). Upgrade partwise."
            )
        segments: list[Segment] = []
        for rows, exponent, check in about["segments"]:
            first = segments[-1].first + segments[-1].rows if segments else 0
            segments.append(Segment(first, rows, exponent, check))
        moments = (np.array(about[name], dtype=np.float64) for name in ("mean", "spread"))
        return cls(about["n_components"], tuple(segments), *moments)


def blocks_of(folder: Path, manifest: Manifest, segment: Segment) -> Iterator[tuple[int, np.ndarray]]:
    """Give the rows of a segment as they are stored, block by block, each with the number of its first row.

    A block is overwritten by the next. They are read, not mapped: pages of a mapped file count as memory of one's own.

    Raises
    ------
    DamagedError
        After the last block, where the segment differs from its checksum; at once where the file ends too early.
    """
    size = max(1, BLOCK // manifest.row_bytes)
    room = np.empty((min(size, segment.rows), manifest.n_components), HALF)
    check = 0
    with open(folder / DATA, "rb", buffering=0) as file:
        file.seek(segment.first * manifest.row_bytes)
        for start in range(0, segment.rows, size):
            block = room[: min(size, segment.rows - start)]
            view = block.reshape(-1).view(np.uint8).data
            if not _filled(file, view):
                raise damaged(folder / DATA, f"it ends before row {segment.first + segment.rows}")
            check = zlib.crc32(view, check)
            yield segment.first + start, block.astype(np.float16, copy=False)
    if check != segment.check:
        last = segment.first + segment.rows - 1
        raise damaged(folder / DATA, f"rows {segment.first} to {last} differ from their checksum")


def _filled(file: BinaryIO, view: memoryview) -> bool:
    """Read until the view is full; False where the file ends before that."""
    while len(view):
        got = file.readinto(view)  # type: ignore[attr-defined]
        if not got:
            return False
        view = view[got:]
    return True


def damaged(path: Path, why: str) -> DamagedError:
    """Return the error for a file that is not as it was written."""
    return DamagedError(
        f"{path.name} in {path.parent} is damaged ({why}). Restore a backup, or make the store anew from its codes."
    )
