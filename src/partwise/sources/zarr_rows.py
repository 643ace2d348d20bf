"""Rows of a zarr array, by zarr, which comes with the extra of that name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .dataset import SourceError
from .numeric import widened
from .row_store import RowStore


class ZarrRows(RowStore):
    """The rows of a zarr array; every chunk that they lie in is decoded as a whole."""

    def __init__(self, array: Any, name: str, place: str | Path) -> None:
        super().__init__(array.shape, widened(np.dtype(array.dtype), name))
        self.array, self.place = array, os.path.abspath(place)

    def seams(self) -> Sequence[int]:
        """Return where chunks, or shards of them, begin and end."""
        step = (self.array.shards or self.array.chunks)[0]
        return [*range(0, self.shape[0], step), self.shape[0]]

    def read(self, first: int, last: int) -> np.ndarray:
        """Return the rows from `first` to before `last` in the precision of the store."""
        return np.ascontiguousarray(self.array[first:last], dtype=self.dtype)


def zarr_rows(path: Path, name: str) -> ZarrRows:
    """Open a zarr store that is one array, or a group with exactly one array of two dimensions.

    Raises
    ------
    SourceError
        zarr is not installed, or there is no such array of numbers.
    """
    try:
        import zarr
    except ImportError:
        raise SourceError(f'{name} needs zarr. Try: pip install "partwise[zarr]".') from None
    opened: Any
    try:
        opened = zarr.open(str(path), mode="r")
    except Exception as error:  # zarr raises almost any kind where there is no store
        raise SourceError(
            f"{name} is no zarr store ({' '.join(str(error).split())}). Write it with zarr.save."
        ) from None
    if isinstance(opened, zarr.Group):
        inside = {key: array.shape for key, array in opened.arrays()}
        matrices = [key for key, shape in inside.items() if len(shape) == 2]
        if len(matrices) != 1:
            listed = ", ".join(f"{key} {shape}" for key, shape in sorted(inside.items())) or "no arrays"
            raise SourceError(f"{name} must hold exactly one matrix, got {listed}. Save it alone with zarr.save.")
        opened = opened.get(matrices[0])
    if len(opened.shape) != 2:
        raise SourceError(f"{name} holds an array with dim {len(opened.shape)}, and a matrix has 2: rows and columns.")
    return ZarrRows(opened, name, path)
