"""X on disk in blocks of rows: the next one is read by a thread while the last one is worked on, codes go to a file."""

import hashlib
import io
import tempfile
import weakref
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np

from partwise.kernels.measure import sum_squares
from partwise.matrices.dense import Dense
from partwise.matrices.row_blocks import Check, RowBlocks, Sums, Work
from partwise.matrices.row_reader import RowReader

ALIGN = 256  # rows of a block are a multiple: a block starts where vectors do


class CodesFile:
    """A handle of codes on disk; block by block, (n_components, rows) each."""

    def __init__(self, file: Any, n_components: int, dtype: np.dtype[Any]) -> None:
        self._file = file
        self.n_components = n_components
        self.dtype = dtype

    def write(self, start: int, W: np.ndarray) -> None:
        """Put the codes of the rows from `start` on into their place."""
        self._file.seek(start * self.n_components * self.dtype.itemsize)
        self._file.write(np.ascontiguousarray(W, self.dtype).data)

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return the codes of some rows that were written together."""
        W = np.empty((self.n_components, stop - start), self.dtype)
        self._file.seek(start * self.n_components * self.dtype.itemsize)
        _fill(self._file, W)
        return W


class OnDisk(RowBlocks):
    """Rows that are read from where they lie, a block at a time.

    Parameters
    ----------
    reader : RowReader
    block_bytes : int
        Of a block in memory, about; two are held at once.
    """

    def __init__(self, reader: RowReader, block_bytes: int) -> None:
        self._reader = reader
        self._block_bytes = block_bytes
        self.shape, self.dtype = reader.shape, reader.dtype
        rows = block_bytes // (self.dtype.itemsize * max(1, self.shape[1]))
        self._height = max(1, rows // ALIGN * ALIGN or rows)
        self._files: list[Any] = []  # of codes, all that were made
        self._free: list[Any] = []  # those that nobody holds

    def blocks(self) -> Iterator[tuple[int, int, np.ndarray]]:
        """Yield (start, stop, rows), all in their order; the next block is read meanwhile."""
        edges = [*range(0, self.shape[0], self._height), self.shape[0]]
        places = list(pairwise(edges))
        with ThreadPoolExecutor(1, thread_name_prefix="partwise-read") as thread:
            ahead: Future[np.ndarray] | None = None
            for place, following in zip(places, [*places[1:], None], strict=True):
                rows = self._reader.read(*place) if ahead is None else ahead.result()
                ahead = None if following is None else thread.submit(self._reader.read, *following)
                yield *place, rows

    def go(self, work: Work, codes: CodesFile | None = None) -> tuple[CodesFile, Sums]:
        """Work on block after block."""
        total: Sums | None = None
        made: CodesFile | None = None
        for start, stop, rows in self.blocks():
            W, sums = work(Dense.wrap(rows), None if codes is None else codes.read(start, stop))
            if made is None:
                made = self._codes(len(W))
            made.write(start, W)
            total = sums if total is None else total + sums
        assert made is not None
        assert total is not None
        return made, total

    def looked_at(self, check: Check) -> tuple[float, float, float]:
        """Look at block after block."""
        squares = total = high = 0.0
        for start, _, rows in self.blocks():
            high = max(high, check(rows, first=start))
            squares += sum_squares(rows)
            total += float(rows.sum(dtype=np.float64))
        return squares, total, high

    def in_unit(self, unit: float) -> "OnDisk":
        """Return the same rows divided by a power of two."""
        return OnDisk(self._reader.in_unit(unit), self._block_bytes)

    def sample(self, size: int) -> np.ndarray:
        """Read stretches of rows from all over."""
        m = self.shape[0]
        if size >= m:
            return self._reader.read(0, m)
        stretch = max(1, min(size, 64))
        starts = np.linspace(0, m - stretch, max(1, size // stretch)).astype(int)
        out = np.empty((len(starts) * stretch, self.shape[1]), self.dtype)
        for place, start in enumerate(starts.tolist()):
            out[place * stretch : (place + 1) * stretch] = self._reader.read(start, start + stretch)
        return out

    def close(self) -> None:
        """Close the files of codes, which go with that, and the one that rows are read from."""
        for file in self._files:
            file.close()
        self._reader.close()

    def fingerprint(self) -> dict[str, Any]:
        """Return the SHA-256 of all entries as they are computed with."""
        digest = hashlib.sha256()
        for _, _, rows in self.blocks():
            digest.update(rows.reshape(-1).view(np.uint8).data)
        return {"shape": list(self.shape), "dtype": str(self.dtype), "sha256": digest.hexdigest()}

    def collected(self, codes: CodesFile) -> np.ndarray:
        """Return the codes as a file mapped into memory, which goes when nobody holds it any more."""
        k = codes.n_components
        with tempfile.TemporaryFile(prefix="partwise-") as file:
            for start in range(0, self.shape[0], self._height):
                W = codes.read(start, min(start + self._height, self.shape[0]))
                file.write(np.ascontiguousarray(W.T).data)
            file.flush()
            return np.memmap(file, self.dtype, "r+", shape=(self.shape[0], k))

    def _codes(self, k: int) -> CodesFile:
        """Return a file for codes that nobody holds."""
        if not self._free:
            self._files.append(tempfile.TemporaryFile(prefix="partwise-", buffering=0))  # noqa: SIM115 (`close` does)
            self._free.append(self._files[-1])
        file = self._free.pop()
        handle = CodesFile(file, k, self.dtype)
        weakref.finalize(handle, self._free.append, file)
        return handle


def _fill(file: io.RawIOBase, out: np.ndarray) -> None:
    """Read until the array is full."""
    view = out.reshape(-1).view(np.uint8).data
    while len(view):
        got = file.readinto(view)
        if not got:
            raise OSError(f"{len(view)} bytes of codes are gone from the temporary file they were written to.")
        view = view[got:]
