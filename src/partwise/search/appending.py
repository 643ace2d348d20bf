"""Codes added to a store: rounded to float16 in a unit of their own, written behind the rest, then made to count."""

import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from partwise.search.faults import BusyError
from partwise.search.segments import BLOCK, DATA, HALF, SEGMENT, Manifest, Segment, damaged
from partwise.storage import clear_unfinished

LOCK = "writer.lock"  # an empty database, held by who writes; the system lets go of it when a writer is killed
PATIENCE = 2.0  # seconds to wait for another writer
TOP = float(np.finfo(np.float16).max)
NORMAL = float(np.finfo(np.float16).smallest_normal)  # below it float16 has fewer digits
HIGHEST, LOWEST = (float(one) for one in (np.finfo(np.float32).max, np.finfo(np.float32).smallest_normal))


@contextmanager
def one_writer(folder: Path) -> Iterator[None]:
    """Run a block while no other process or thread writes into the store; BusyError where one does for too long."""
    with closing(sqlite3.connect(folder / LOCK, isolation_level=None, timeout=PATIENCE)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY:
                raise OSError(f"{folder / LOCK} cannot be locked: {error}.") from error
            raise BusyError() from None
        yield


def exponent_for(codes: np.ndarray) -> int:
    """Return the exponent of the unit in which codes are stored: 0 wherever float16 holds them as they are.

    Raises
    ------
    ValueError
        Codes that are not finite, beyond the range of float32, or so much smaller than others beside them that float16
        would not hold their digits.
    """
    most, least, small = 0.0, np.inf, 0
    for start, block in _blocks(codes):
        tops = np.abs(block).max(axis=1)
        if not np.isfinite(tops).all():
            row = start + int(np.flatnonzero(~np.isfinite(tops))[0])
            raise ValueError(f"Codes must be finite, got NaN or infinity in row {row}. Leave that row out.")
        most = max(most, float(tops.max()))
        tops[tops == 0] = np.inf
        if tops.min() < least:
            least, small = float(tops.min()), start + int(tops.argmin())
    if most > HIGHEST or least < LOWEST:
        got = most if most > HIGHEST else least
        raise ValueError(
            f"Codes must be within the range of float32 ({LOWEST:.2g} to {HIGHEST:.2g}), got {got:.2g}. "
            "Multiply all of them by the same number."
        )
    if most <= TOP and least >= NORMAL:
        return 0
    exponent = int(np.frexp(most)[1]) - 15
    if least < np.ldexp(NORMAL, exponent):
        raise ValueError(
            f"The largest weight of row {small} is {least:.2g} beside one of {most:.2g} in another row: float16 holds "
            "2^29 between them. Add the rows that are so small in a call of their own, or leave them out."
        )
    return exponent


def append(folder: Path, manifest: Manifest, codes: np.ndarray, exponent: int) -> Manifest:
    """Write codes behind those that count, and return the manifest in which they count too; nothing reads them yet.

    What a writer that was killed had begun is overwritten.
    """
    segments, moments = list(manifest.segments), (manifest.n_rows, manifest.mean, manifest.spread)
    path, end = folder / DATA, manifest.n_rows * manifest.row_bytes
    clear_unfinished(folder / "codes.json")
    with open(path, "r+b") as file:
        if file.seek(0, os.SEEK_END) < end:
            raise damaged(path, f"it ends before row {manifest.n_rows}")
        file.truncate(end)
        file.seek(end)
        try:
            for _, block in _blocks(codes):
                halves = np.ldexp(block, -exponent).astype(HALF)
                file.write(halves.data)
                _count(segments, halves, exponent, manifest.row_bytes)
                moments = _joined(moments, np.ldexp(halves.astype(np.float64), exponent))
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            file.truncate(end)
            raise
    return replace(manifest, segments=tuple(segments), mean=moments[1], spread=moments[2])


def _count(segments: list[Segment], halves: np.ndarray, exponent: int, row_bytes: int) -> None:
    """Add rows to the last segment where it has their unit and room, else to new ones."""
    most = max(1, SEGMENT // row_bytes)
    while len(halves):
        last = segments[-1] if segments else Segment(0, 0, exponent, 0)
        if last.rows >= most or last.exponent != exponent:
            last = Segment(last.first + last.rows, 0, exponent, 0)
            segments.append(last)
        elif not segments:
            segments.append(last)
        some, halves = halves[: most - last.rows], halves[most - last.rows :]
        segments[-1] = replace(last, rows=last.rows + len(some), check=zlib.crc32(some.data, last.check))


def _joined(moments: tuple[int, np.ndarray, np.ndarray], codes: np.ndarray) -> tuple[int, np.ndarray, np.ndarray]:
    """Return count, mean and sum of squared differences with more rows (Chan, Golub & LeVeque, 1983, eq. 2.1)."""
    count, mean, spread = moments
    own = codes.mean(axis=0)
    apart, total = own - mean, count + len(codes)
    spread = spread + ((codes - own) ** 2).sum(axis=0) + apart**2 * (count * len(codes) / total)
    return total, mean + apart * (len(codes) / total), spread


def _blocks(codes: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Give codes in double precision, block by block, each with the number of its first row."""
    size = max(1, BLOCK // (8 * codes.shape[1]))
    for start in range(0, len(codes), size):
        yield start, np.ascontiguousarray(codes[start : start + size], dtype=np.float64)
