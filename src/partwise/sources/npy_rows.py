"""Rows of a .npy file, read from disk as they are asked for."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np

from .dataset import SourceError
from .numeric import widened
from .row_store import RowStore


class NpyRows(RowStore):
    """The rows of a .npy file, or of a part of any file where they lie one after the other.

    They are read, not mapped: mapped pages would count as memory of this process until the system wants them back.

    Parameters
    ----------
    path : str or Path
        The file.
    shape : (n_samples, n_features)
    stored : dtype
        Of the numbers on disk.
    offset : int
        Where the first row begins, in bytes.
    name : str
        How messages call it.
    """

    def __init__(self, path: str | Path, shape: tuple[int, int], stored: Any, offset: int, name: str) -> None:
        self.stored = np.dtype(stored)
        super().__init__(shape, widened(self.stored, name))
        self.place, self.offset, self.name = os.path.abspath(path), offset, name
        self._turn = threading.Lock()  # a thread may read ahead
        self._file: io.FileIO | None = self._opened()

    def _opened(self) -> io.FileIO:
        return open(self.place, "rb", buffering=0)  # kept open while rows may be asked for

    def read_stored(self, first: int, last: int) -> np.ndarray:
        """Return rows as they lie on disk."""
        rows = np.empty((last - first, self.shape[1]), self.stored)
        left = rows.reshape(-1).view(np.uint8).data
        place = self.offset + first * self.shape[1] * self.stored.itemsize
        with self._turn:
            file = self._file = self._file or self._opened()
            file.seek(place)
            while len(left):
                got = file.readinto(left)
                if not got:
                    raise SourceError(f"{self.name} has become shorter. Leave it as it is until the fit ends.")
                left = left[got:]
        return rows

    def read(self, first: int, last: int) -> np.ndarray:
        """Return the rows from `first` to before `last` in the precision of the store."""
        return self.read_stored(first, last).astype(self.dtype, copy=False)

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key not in ("_file", "_turn")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # where it has travelled to, a file that is not there is told by whoever reads it
        self.__dict__.update(state, _file=None, _turn=threading.Lock())


def npy_rows(path: Path, name: str, otherwise: str) -> NpyRows:
    """Open a .npy file whose header has been checked; `otherwise` says what lets one by columns be read as a whole.

    Raises
    ------
    SourceError
        It has not two dimensions, is no matrix of numbers, or lies by columns.
    """
    try:
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        if "object" in str(error).lower() or "allow_pickle" in str(error):
            raise SourceError(
                f"{name} is a pickle; this program never loads pickles because they can run code."
            ) from None
        raise
    if mapped.ndim != 2:
        raise SourceError(f"{name} holds an array with dim {mapped.ndim}, and a matrix has 2: rows and columns.")
    if not mapped.flags.c_contiguous:
        raise SourceError(
            f"{name} lies by columns (Fortran order), and rows of it cannot be read one after the other. "
            f"Write it again with np.save(path, np.ascontiguousarray(X)), or {otherwise}."
        )
    return NpyRows(path, mapped.shape, mapped.dtype, int(mapped.offset), name)
