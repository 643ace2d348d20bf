"""Pictures decoded once into a file of rows on disk; whatever kills it, it goes on with the next picture."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import PIL

from partwise.storage import DamagedError, read_json, write_json
from partwise.wording import counted

from .cache_begun import Begun, Decoded
from .cache_journal import Block, Journal
from .cache_place import check_room
from .cached_rows import HEADER, PictureRows, npy_header
from .dataset import PictureFile, Skipped, refuse_if_most_are_bad
from .decode import Frame, read_picture
from .folder import Found
from .formats import UnreadableError
from .headers import Headers, Reading, decoding_threads
from .parallel import in_threads
from .repeats import Repeats
from .row_store import rows_within

BLOCK_BYTES = 1 << 20  # of rows that are flushed to the disk and summed together: at most this a power cut can lose
FORMAT = 1  # of the cache, raised when an older program would misread it


def settings_of(reading: Reading) -> dict[str, Any]:
    """Return what decides how a picture is decoded, fit for JSON."""
    chosen = ("color", "size", "resize", "max_pixels", "drop_duplicates")
    said = {name: getattr(reading, name) for name in chosen}
    return {**said, "size": list(reading.size) if reading.size else None, "pillow": PIL.__version__, "cache": FORMAT}


def listing_of(found: Sequence[Found], folder: str) -> str:
    """Return the SHA-256 of the names, places, lengths and times (mtime_ns) of files: another one, and they changed.

    Places are those within the folder, so that it is the same one by whatever path it is reached.
    """
    root = os.path.join(folder, "")
    digest = hashlib.sha256()
    for one in found:
        try:
            about = os.stat(one.path)
            state = f"{about.st_size} {about.st_mtime_ns}"
        except OSError:  # why it cannot be read is told when it is
            state = "-"
        digest.update(f"{one.name}\0{one.path.removeprefix(root)}\0{state}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


class PictureCache:
    """The cache of one folder as it was read with one choice of settings.

    Parameters
    ----------
    place : Path
        Its folder.
    found : sequence of Found
        The files, in their order.
    reading : Reading
        How they are read.
    folder : str
        As it was walked.
    """

    def __init__(self, place: Path, found: Sequence[Found], reading: Reading, folder: str) -> None:
        self.place, self.found, self.reading, self.folder = place, found, reading, folder
        self.journal = Journal(place / "blocks.jsonl")
        self.rows_path = place / "rows.npy"
        self.begun_path = place / "begun"
        self.notes: list[str] = []

    @cached_property
    def listing(self) -> str:
        """What `listing_of` says of the files now."""
        return listing_of(self.found, self.folder)

    def headers(self) -> Headers | None:
        """Return what the headers said when the cache was begun; None where it is of other files, settings or none."""
        try:
            held = read_json(self.place / "manifest.json")
        except (DamagedError, OSError):
            return None
        if held.get("settings") != settings_of(self.reading) or held.get("listing") != self.listing:
            return None
        bad = [Skipped(**one) for one in held["bad"]]
        broken = {one.name for one in bad}
        good = [one for one in self.found if one.name not in broken]
        size, color, resize = held["frame"]
        return Headers(good, bad, Frame(tuple(size), color, resize), held["notes"], held["deep"], held["small"])

    def begin(self, headers: Headers) -> None:
        """Begin anew with these headers; what was there is removed, and whoever still reads it keeps it."""
        for old in (self.place / "manifest.json", self.journal.path, self.rows_path, self.begun_path):
            old.unlink(missing_ok=True)
        frame = headers.frame
        about = {
            "format": FORMAT,
            "settings": settings_of(self.reading),
            "listing": self.listing,
            "frame": [list(frame.size), frame.color, frame.resize],
            "bad": [asdict(one) for one in headers.bad],
            "notes": headers.notes,
            "deep": headers.deep,
            "small": headers.small,
        }
        write_json(self.place / "manifest.json", about)

    def filled(self, headers: Headers, report: Callable[[int], None]) -> list[Block]:
        """Decode what is not decoded yet, and again what is damaged; return all blocks.

        Raises
        ------
        SourceError
            More than half of the files cannot be read, or the disk has no room.
        """
        frame, stored = headers.frame, stored_of(headers)
        row_bytes = math.prod(frame.shape) * stored.itemsize
        size = rows_within(BLOCK_BYTES, row_bytes)
        blocks, left = self.journal.blocks(), len(headers.good)
        check_room(self.place, max(left - len(blocks) * size, 0) * row_bytes)
        if not self.rows_path.exists():
            blocks = []
        with (
            open(self.rows_path, "r+b" if self.rows_path.exists() else "w+b") as file,
            Begun(self.begun_path) as begun,
        ):
            decoder = _Decoder(self, headers, file, begun)
            blocks = decoder.sound(blocks, report)
            before = len(blocks) * size + decoder.find_begun(len(blocks) * size)
            if 0 < before < left:
                self.notes.append(f"{counted(before, 'pictures')} of {left:,} were decoded before.")
            # a line that a kill has torn, or that is of rows that are gone, would hide all that are written behind it
            if self.journal.keep(blocks):
                self.notes.append(
                    f"The list of decoded pictures in {self.place} was damaged: the rest is decoded again."
                )
            repeats = Repeats()
            for block in blocks:
                for row, place in enumerate(block.places):
                    repeats.of(headers.good[place].name, block.sums[32 * row : 32 * (row + 1)])
            bad = [*headers.bad, *broken_in(blocks, headers)]
            refuse_if_most_are_bad(bad, len(self.found))
            for begin in range(len(blocks) * size, left, size):
                places = range(begin, min(begin + size, left))
                first = blocks[-1].last if blocks else 0
                blocks.append(decoder.decode(places, first, repeats, partial(_beyond, report, begin)))
                bad += broken_in(blocks[-1:], headers)
                refuse_if_most_are_bad(bad, len(self.found))
            file.seek(0)
            file.write(npy_header((blocks[-1].last if blocks else 0, math.prod(frame.shape)), stored))
        return blocks

    def rows(self, headers: Headers, blocks: Sequence[Block]) -> PictureRows:
        """Return the rows of all blocks."""
        shape = (blocks[-1].last if blocks else 0, math.prod(headers.frame.shape))
        return PictureRows(self.rows_path, shape, stored_of(headers))


def stored_of(headers: Headers) -> np.dtype[Any]:
    """Return how rows lie on disk: bytes, or float32 where a picture has more than 8 bits."""
    return np.dtype("<f4" if headers.deep else "|u1")


def broken_in(blocks: Sequence[Block], headers: Headers) -> list[Skipped]:
    """Return the files of blocks that could not be decoded."""
    return [Skipped(headers.good[place].name, why) for block in blocks for place, why in block.broken]


Decode = Callable[[int, np.ndarray], PictureFile | UnreadableError]  # the picture of a place, into its row


class _Decoder:
    """Decodes blocks of one cache into its open file."""

    def __init__(self, cache: PictureCache, headers: Headers, file: Any, begun: Begun) -> None:
        self.cache, self.headers, self.file, self.begun = cache, headers, file, begun
        self.held: dict[int, Decoded] = {}
        self.stored, self.n_features = stored_of(headers), math.prod(headers.frame.shape)
        self.threads = decoding_threads(headers, cache.reading)

    def find_begun(self, first: int) -> int:
        """Take up what was decoded of the block that begins at this place; return how many pictures it is."""
        self.held = self.begun.pictures(first)
        return len(self.held)

    def decode(self, places: Sequence[int], first: int, repeats: Repeats, report: Callable[[int], None]) -> Block:
        """Decode the next pictures, write their rows, and enter the block in the journal."""
        rows, files = self._decoded(places, self._at_once, report)
        kept: list[int] = []
        read: list[PictureFile] = []
        broken: list[list[Any]] = []
        repeating: list[list[Any]] = []
        for row, (place, file) in enumerate(zip(places, files, strict=True)):
            if isinstance(file, UnreadableError):
                broken.append([place, str(file)])
                continue
            repeated = repeats.of(self.headers.good[place].name, file.sha256)
            if repeated is not None:
                repeating.append([place, repeated.of])
            if repeated is None or not self.cache.reading.drop_duplicates:
                kept.append(row)
                read.append(file)
        if len(kept) < len(rows):
            rows = rows[kept]
        sizes = np.array([(*file.size, file.n_bytes) for file in read], np.int64).reshape(-1, 3)
        sums, whose = b"".join(file.sha256 for file in read), np.array([places[row] for row in kept], np.int32)
        block = Block(first, _sum_of(rows), whose, sums, sizes, broken, repeating)
        self._write(rows, first)
        self.cache.journal.append(block)
        self.begun.clear()
        self.held.clear()
        return block

    def sound(self, blocks: list[Block], report: Callable[[int], None]) -> list[Block]:
        """Return the blocks whose bytes are as they were written, after decoding again those that are not.

        Where a picture itself has changed since, this block and all after it are left to be decoded anew.
        """
        for number, block in enumerate(blocks):
            report(block.last)
            if _sum_of(self._read(block)) == block.sha256:
                continue
            rows, files = self._decoded(block.places.tolist(), self._decode, lambda done: None)
            told = f"Block {number + 1} of the decoded pictures in {self.cache.place} was damaged:"
            if any(isinstance(file, UnreadableError) for file in files) or _sum_of(rows) != block.sha256:
                self.cache.notes.append(f"{told} it and those after it were decoded again.")
                return blocks[:number]
            self.cache.notes.append(f"{told} its {counted(len(block.places), 'pictures')} were decoded again.")
            self._write(rows, block.first)
        return blocks

    def _decoded(
        self, places: Sequence[int], decode: Decode, report: Callable[[int], None]
    ) -> tuple[np.ndarray, list[PictureFile | UnreadableError]]:
        rows = np.empty((len(places), self.n_features), self.stored)
        return rows, in_threads(lambda row: decode(places[row], rows[row]), len(places), self.threads, report)

    def _at_once(self, place: int, row: np.ndarray) -> PictureFile | UnreadableError:
        """Decode a picture and write it down, unless it was before."""
        if place in self.held:
            file, held = self.held[place]
            if held:
                row[:] = np.frombuffer(held, self.stored)
            return file
        file = self._decode(place, row)
        self.begun.add(place, file, row)
        return file

    def _decode(self, place: int, row: np.ndarray) -> PictureFile | UnreadableError:
        values = np.empty(self.headers.frame.shape, np.float32)
        try:
            file = read_picture(
                self.headers.good[place].path, self.headers.frame, self.cache.reading.max_pixels, values
            )
            row[:] = _as_stored(values.reshape(-1), self.stored)
        except UnreadableError as reason:
            return reason
        return file

    def _read(self, block: Block) -> np.ndarray:
        rows = np.zeros((len(block.places), self.n_features), self.stored)
        self.file.seek(HEADER + block.first * self.n_features * self.stored.itemsize)
        self.file.readinto(rows.reshape(-1).view(np.uint8))
        return rows

    def _write(self, rows: np.ndarray, first: int) -> None:
        self.file.seek(HEADER + first * self.n_features * self.stored.itemsize)
        self.file.write(np.ascontiguousarray(rows).reshape(-1).view(np.uint8).data)
        self.file.flush()
        os.fsync(self.file.fileno())


def _beyond(report: Callable[[int], None], begin: int, done: int) -> None:
    """Report as many pictures more as there were before this block."""
    report(begin + done)


def _as_stored(values: np.ndarray, stored: np.dtype[Any]) -> np.ndarray:
    """Return values in [0, 1] as they are kept; bytes give the same floats again, bit for bit."""
    if stored != np.uint8:
        return values
    codes = np.rint(values * np.float32(255)).astype(np.uint8)
    if not np.array_equal(codes / np.float32(255), values):
        raise UnreadableError("has more than 8 bits, which its header does not say")
    return codes


def _sum_of(rows: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(rows).reshape(-1).view(np.uint8).data).hexdigest()
