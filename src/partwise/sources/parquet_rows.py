"""Rows of a Parquet file of numbers, read row group by row group as they are asked for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from partwise.memory import said_bytes

from .dataset import SourceError
from .parquet import check_numeric, checked_schema, names_of, number_columns, numbers_of
from .row_store import RowStore

LARGEST_GROUP = 0.5  # of the memory allowed; a row group is decoded as a whole


class ParquetRows(RowStore):
    """The columns of numbers of a Parquet file as rows of floats; the last row group that was read is kept.

    Parameters
    ----------
    path : Path
        The file.
    columns : list of str
        Those of numbers.
    dtype : dtype
        float32 where every column is of at most 16 bits or float32, else float64.
    name : str
        How messages call it.
    """

    def __init__(self, path: Path, columns: list[str], dtype: Any, name: str) -> None:
        self.place, self.columns, self.name = os.path.abspath(path), columns, name
        self._kept: tuple[int, np.ndarray | None] = (-1, None)
        about = self._file.metadata
        sizes = [about.row_group(place).num_rows for place in range(about.num_row_groups)]
        self._ends = np.cumsum([0, *sizes])
        super().__init__((about.num_rows, len(columns)), dtype)

    @cached_property
    def _file(self) -> Any:
        from pyarrow import parquet

        return parquet.ParquetFile(self.place)

    @property
    def largest_group(self) -> int:
        """Number of rows of the largest row group."""
        return int(np.diff(self._ends).max(initial=0))

    def read(self, first: int, last: int) -> np.ndarray:
        """Return the rows from `first` to before `last` in the precision of the store."""
        out = np.empty((last - first, self.shape[1]), self.dtype)
        place = first
        while place < last:
            group = int(np.searchsorted(self._ends, place, side="right")) - 1
            begin, end = int(self._ends[group]), min(last, int(self._ends[group + 1]))
            out[place - first : end - first] = self._group(group)[place - begin : end - begin]
            place = end
        return out

    def seams(self) -> Sequence[int]:
        """Return where row groups begin and end."""
        ends: list[int] = self._ends.tolist()
        return ends

    def _group(self, group: int) -> np.ndarray:
        # one look at the pair: another thread may put a new one in its place
        kept, rows = self._kept
        if kept != group or rows is None:
            table = self._file.read_row_group(group, columns=self.columns)
            rows = np.empty((table.num_rows, len(self.columns)), self.dtype)
            for place, column in enumerate(self.columns):
                rows[:, place] = numbers_of(table[column], column, self.name)
            self._kept = (group, rows)
        return rows

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key not in ("_file", "_kept")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _kept=(-1, None))


def parquet_rows(path: Path, name: str, memory: float) -> tuple[ParquetRows, tuple[str, ...] | None, tuple[str, ...]]:
    """Open a Parquet file; return its rows, their names where a column has them, and the names of its columns.

    Raises
    ------
    SourceError
        As `read_parquet`; or a row group is too large for the memory allowed.
    """
    schema = checked_schema(path, name)
    columns, index = number_columns(schema, name)
    kinds = {column: schema.field(column).type for column in columns}
    for column, kind in kinds.items():
        check_numeric(kind, column, name)
    dtype = np.result_type(np.float32, *(kind.to_pandas_dtype() for kind in kinds.values()))
    rows = ParquetRows(path, columns, dtype, name)
    largest = rows.largest_group * len(columns) * rows.dtype.itemsize
    if largest > LARGEST_GROUP * memory:
        size = max(1, int(rows.largest_group * memory / 8 / largest))
        raise SourceError(
            f"{name} has a row group of {said_bytes(largest)}, which is read as a whole, more than half of the memory "
            f"allowed. Write it with smaller ones (row_group_size={size}), or allow more."
        )
    return rows, names_of(path, index), tuple(columns)
