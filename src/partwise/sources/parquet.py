"""Matrices from Parquet, by pyarrow, which comes with the extra of that name."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from .dataset import SourceError
from .numeric import Parsed, as_floats


def read_parquet(path: Path, name: str) -> Parsed:
    """Read a table of numbers from a .parquet file.

    The rows are named by the index that pandas left, or else by the first column if it is text.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        How messages call it.

    Returns
    -------
    X, names, feature_names
        As of `read_text`.

    Raises
    ------
    SourceError
        pyarrow is not installed, a column is not numeric, two have one name, or there are no columns of numbers.
    """
    schema = checked_schema(path, name)
    from pyarrow import parquet

    columns, index = number_columns(schema, name)
    table = parquet.read_table(path)
    X = np.column_stack([numbers_of(table[column], column, name) for column in columns])
    return np.ascontiguousarray(as_floats(X, name)), names_of(path, index), tuple(columns)


def names_of(path: Path, index: list[str]) -> tuple[str, ...] | None:
    """Return the names of the rows from the columns that name them, None where there are none."""
    from pyarrow import parquet

    if not index:
        return None
    table = parquet.read_table(path, columns=index)
    parts = [[str(value) for value in table[column].to_pylist()] for column in index]
    return tuple(" / ".join(row) for row in zip(*parts, strict=True))


def checked_schema(path: Path, name: str) -> Any:
    """Return the schema of a file whose columns have names of their own."""
    try:
        from pyarrow import parquet
    except ImportError:
        raise SourceError(f'{name} needs pyarrow. Try: pip install "partwise[parquet]".') from None
    schema = parquet.read_schema(path)
    twice = [column for column, count in Counter(schema.names).items() if count > 1]
    if twice:
        raise SourceError(f"{name} has two columns of the name {twice[0]!r}. Rename one, or leave it out.")
    return schema


def number_columns(schema: Any, name: str) -> tuple[list[str], list[str]]:
    """Return which columns are X, and which name its rows; a SourceError where there are none of numbers."""
    index = [one for one in (schema.pandas_metadata or {}).get("index_columns", []) if isinstance(one, str)]
    columns = [column for column in schema.names if column not in index]
    if not index and columns and _is_text(schema.field(columns[0]).type):
        index = [columns.pop(0)]
    if not columns:
        raise SourceError(f"{name} has no columns of numbers.")
    return columns, index


def check_numeric(kind: Any, called: str, name: str) -> None:
    """Raise a SourceError for a column that holds no numbers."""
    from pyarrow import types

    if not (types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)):
        raise SourceError(f"Column {called!r} of {name} is {kind}. X must be numeric: leave the column out.")


def numbers_of(column: Any, called: str, name: str) -> np.ndarray:
    """Return the values of a column of numbers; missing ones as NaN."""
    check_numeric(column.type, called, name)
    values = column.to_numpy()
    # a boolean column with gaps comes as objects
    return values.astype(np.float64) if values.dtype == object else values


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    kind = kind.value_type if types.is_dictionary(kind) else kind
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))
