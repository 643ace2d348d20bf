"""Matrix files within a bound on memory: their rows stay on disk where they would take too much of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from partwise.memory import machine_memory, said_bytes, too_large

from .dataset import SourceError
from .folder import shown
from .row_store import RowStore
from .tables import Table, read_checked, read_table

Names = tuple[str, ...] | None
STORES = (".npy", ".zarr", ".parquet")  # whose rows can be read a few at a time


def read_table_within(path: Path, memory: int | None) -> Table:
    """Read a matrix from a file, or open it where X would take more than a quarter of so many bytes.

    Without a number it is opened however small it is, where a file of its kind can be. Rows are computed in float32
    where the file's numbers have at most 16 bits or are float32, else in float64.

    Raises
    ------
    SourceError
        As `read_table`; or X is too large and the file is of a kind that is read as a whole only.
    """
    name, suffix = shown(path.name), path.suffix.lower()
    if suffix not in STORES:
        table = read_table(path)
        size = _bytes_of(table.X)
        if memory is not None and too_large(size, memory):
            raise SourceError(
                f"{name} is {said_bytes(size)} in memory, more than a quarter of the {said_bytes(memory)} allowed, and "
                f"a {suffix} is read as a whole. Write it as one of {' '.join(STORES)}, or allow more memory."
            )
        return table
    rows, names, features = read_checked(path, lambda: _opened(path, name, memory))
    if memory is not None and not too_large(rows.nbytes, memory):
        return read_table(path)
    told = f"{name} is {said_bytes(rows.nbytes)} of numbers, too many for the memory allowed: its rows stay on disk."
    kept = () if memory is None else (told,)
    return Table(
        X=rows,
        names=names or tuple(map(str, range(1, len(rows) + 1))),
        feature_names=features,
        notes=kept,
        origin=shown(str(path)),
    )


def _opened(path: Path, name: str, memory: int | None) -> tuple[RowStore, Names, Names]:
    """Return the rows of a file, their names, and those of its columns."""
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        from .parquet_rows import parquet_rows

        return parquet_rows(path, name, machine_memory() if memory is None else memory)
    if suffix == ".zarr":
        from .zarr_rows import zarr_rows

        return zarr_rows(path, name), None, None
    from .npy_rows import npy_rows
    from .tables import check_npy

    check_npy(path, name)
    otherwise = "leave --dask out" if memory is None else "give it more memory"
    return npy_rows(path, name, otherwise), None, None


def _bytes_of(X: object) -> int:
    if isinstance(X, np.ndarray):
        return X.nbytes
    return sum(getattr(X, part).nbytes for part in ("data", "indices", "indptr"))
