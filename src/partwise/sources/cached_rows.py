"""The rows of a picture cache: one .npy file of bytes, and what is known of the file of each row."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np

from .cache_journal import Block
from .dataset import PictureFile
from .folder import Found
from .npy_rows import NpyRows

HEADER = 256  # bytes before the first row: room for a header whose number of rows is known at the end only


class PictureRows(NpyRows):
    """Rows of pictures in [0, 1]; bytes on disk are divided by 255, as when a picture is decoded."""

    def __init__(self, path: Path, shape: tuple[int, int], stored: Any) -> None:
        super().__init__(path, shape, stored, HEADER, path.name)

    def read(self, first: int, last: int) -> np.ndarray:
        """Return the rows from `first` to before `last` as float32."""
        rows = self.read_stored(first, last)
        return rows / np.float32(255) if rows.dtype == np.uint8 else rows


def npy_header(shape: tuple[int, int], stored: np.dtype[Any]) -> bytes:
    """Return the header of a .npy file, always of the same length."""
    said = repr({"descr": stored.str, "fortran_order": False, "shape": shape})
    magic = np.lib.format.magic(1, 0)
    length = HEADER - len(magic) - 2
    return magic + length.to_bytes(2, "little") + said.ljust(length - 1).encode() + b"\n"


class FilesOfRows(Sequence[PictureFile]):
    """The file of each row, held as arrays: as objects they would weigh as much as small pictures.

    Parameters
    ----------
    folder : str
        As it was walked; the path of nearly every file is this and the name.
    rows : sequence of Found
    blocks : sequence of Block
    """

    def __init__(self, folder: str, rows: Sequence[Found], blocks: Sequence[Block]) -> None:
        self._folder = folder
        self._names = [one.name for one in rows]
        self._elsewhere = {row: one.path for row, one in enumerate(rows) if one.path != self._usual(row)}
        self._sums = np.frombuffer(b"".join(block.sums for block in blocks), np.uint8).reshape(-1, 32)
        self._sizes = np.concatenate([np.zeros((0, 3), np.int64), *(block.sizes for block in blocks)])

    def __len__(self) -> int:
        return len(self._names)

    def _usual(self, row: int) -> str:
        return os.path.join(self._folder, self._names[row])

    @overload
    def __getitem__(self, row: int) -> PictureFile: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[PictureFile]: ...
    def __getitem__(self, row: int | slice) -> PictureFile | Sequence[PictureFile]:
        if isinstance(row, slice):
            return [self[one] for one in range(*row.indices(len(self)))]
        height, width, n_bytes = self._sizes[row].tolist()
        row = range(len(self))[row]
        path = self._elsewhere.get(row) or self._usual(row)
        return PictureFile(path, self._sums[row].tobytes(), (height, width), n_bytes, None)
