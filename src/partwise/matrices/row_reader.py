"""Rows of a store on disk, read into memory of our own: of a file that is mapped too, so that its pages never count."""

import mmap
import os
import weakref
from pathlib import Path
from typing import Any

import numpy as np

from partwise.memory import computed_in


def is_store(X: Any) -> bool:
    """Say whether X is rows on disk: a mapped file, or an array of a store that is read by slices (zarr, HDF5)."""
    if isinstance(X, np.ndarray):
        return isinstance(X, np.memmap)
    if type(X).__module__.partition(".")[0] == "dask":
        return False
    return all(hasattr(X, name) for name in ("shape", "dtype", "chunks", "__getitem__"))


class RowReader:
    """Rows of a store, in the precision that is computed in.

    Parameters
    ----------
    store : np.memmap or object with shape, dtype and slices of rows
        Two-dimensional; numbers of up to 16 bits become float32, longer integers float64.
    unit : float
        A power of two that rows are divided by.
    """

    def __init__(self, store: Any, unit: float = 1.0) -> None:
        self._store = store
        self._unit = unit
        self.shape: tuple[int, int] = tuple(map(int, store.shape))  # type: ignore[assignment]
        self._stored = np.dtype(store.dtype)
        self.dtype = computed_in(self._stored)
        self._file, self._offset = _behind(store)
        if self._file is not None:
            weakref.finalize(self, self._file.close)

    @property
    def nbytes(self) -> int:
        """Bytes of all rows in the precision that is computed in."""
        return self.shape[0] * self.shape[1] * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice) -> np.ndarray:
        start, stop, _ = rows.indices(self.shape[0])
        return self.read(start, stop)

    def close(self) -> None:
        """Close the file that it reads, at once; a store of others is left as it is."""
        if self._file is not None:
            self._file.close()

    def in_unit(self, unit: float) -> "RowReader":
        """Return a reader that divides by a power of two."""
        return RowReader(self._store, unit)

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return the rows from start to stop as an array of one's own, C order."""
        rows = self._raw(start, stop) if self._file is not None else np.asarray(self._store[start:stop])
        rows = np.ascontiguousarray(rows, self.dtype)
        return rows if self._unit == 1 else rows / self.dtype.type(self._unit)

    def _raw(self, start: int, stop: int) -> np.ndarray:
        rows = np.empty((stop - start, self.shape[1]), self._stored)
        view = rows.reshape(-1).view(np.uint8).data
        at = self._offset + start * self.shape[1] * self._stored.itemsize
        while len(view):
            self._file.seek(at)
            got = self._file.readinto(view)
            if not got:
                raise OSError(f"{self._file.name} ends before row {stop}: it was cut short while it was read.")
            view, at = view[got:], at + got
        return rows


def _behind(store: Any) -> tuple[Any, int]:
    """Return the open file behind a mapped array and where its first entry lies there.

    (None, 0) where there is none, or where the name stands for another file by now: then the map itself is read.
    """
    name = getattr(store, "filename", None)
    if not isinstance(store, np.memmap) or name is None or store.mode == "c" or not store.flags.c_contiguous:
        return None, 0
    root: Any = store
    while isinstance(root.base, np.ndarray):
        root = root.base
    if not isinstance(root.base, mmap.mmap) or not isinstance(root, np.memmap):
        return None, 0
    begin, here = (one.__array_interface__["data"][0] for one in (root, store))
    try:
        file = open(name, "rb", buffering=0)  # noqa: SIM115 (the reader closes it)
    except OSError:
        return None, 0
    if os.fstat(file.fileno()).st_ino != _inode_at(here):
        file.close()
        return None, 0
    # changes that have not been written yet are in the pages that the file has in memory, which a read sees
    return file, root.offset + here - begin


def _inode_at(address: int) -> int:
    """Return the inode of the file that is mapped to an address; -1 where the system does not tell."""
    try:
        maps = Path("/proc/self/maps").read_text()
    except OSError:
        return -1
    for line in maps.splitlines():
        span, _, _, _, inode, *_ = line.split()
        first, last = (int(end, 16) for end in span.split("-"))
        if first <= address < last:
            return int(inode)
    return -1
