"""The rows of a picture cache: one .npy file of bytes, and what is known of the file of each row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np

from .cache_journal import Block
from .dataset import PictureFile
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
    """The file of each row, held as arrays: as objects they would weigh as much as small pictures."""

    def __init__(self, paths: Sequence[str], blocks: Sequence[Block]) -> None:
        self._paths = [paths[place] for block in blocks for place in block.places]
        self._sums = np.frombuffer(b"".join(bytes.fromhex(block.sums) for block in blocks), np.uint8).reshape(-1, 32)
        sizes = [np.array(block.sizes, np.int64) for block in blocks]
        self._sizes = np.concatenate([np.zeros(0, np.int64), *sizes]).reshape(-1, 3)

    def __len__(self) -> int:
        return len(self._paths)

    @overload
    def __getitem__(self, row: int) -> PictureFile: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[PictureFile]: ...
    def __getitem__(self, row: int | slice) -> PictureFile | Sequence[PictureFile]:
        if isinstance(row, slice):
            return [self[one] for one in range(*row.indices(len(self)))]
        height, width, n_bytes = self._sizes[row].tolist()
        return PictureFile(self._paths[row], self._sums[row].tobytes(), (height, width), n_bytes, None)
