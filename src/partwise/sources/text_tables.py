"""Matrices from text, .csv and .tsv: where names stand, and which cell is no number."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from partwise.wording import counted

from .dataset import SourceError
from .numeric import is_number

MISSING = ("na", "n/a", "#n/a", "<na>", "null", "none")  # what programs write where a number is missing


def read_text(
    path: Path, name: str, *, missing: bool = False
) -> tuple[np.ndarray, tuple[str, ...] | None, tuple[str, ...] | None]:
    """Read a table of numbers from UTF-8 text.

    The first row is a header if all its cells but the first are no numbers, if its first cell is empty, or if only
    its first cell stands over a column of numbers and is none (nor a missing one, such as NA). The first column holds
    names if none of its values is a number, or if its header is empty or missing. Cells are split at tabs in a
    ``.tsv``, at commas in a ``.csv``, or at semicolons if its first line has no comma.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        How messages call it.
    missing : bool
        Whether cells may be missing: empty ones and those of `MISSING` become NaN.

    Returns
    -------
    X : ndarray of shape (n_rows, n_columns)
        float32 if all numbers are whole and float32 holds them, else float64.
    names, feature_names : tuple of str or None
        Of the rows and of the columns.

    Raises
    ------
    SourceError
        A cell is no number, a row has another length, or there is nothing to read.
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            first_line = file.readline()
            file.seek(0)
            rows = _numbered(csv.reader(file, delimiter=delimiter_of(path, first_line)), missing)
            return _parse(rows, name, missing)
    except UnicodeDecodeError:
        raise SourceError(f"{name} is not UTF-8 text. Save it as CSV UTF-8.") from None
    except csv.Error as error:
        raise SourceError(f"{name} is not a table of text ({error}).") from None


Row = tuple[int, list[str]]  # its number in the file, from 1, and its cells


def _numbered(reader: Iterator[list[str]], missing: bool) -> Iterator[Row]:
    return ((number, cells) for number, cells in enumerate(reader, start=1) if is_row(cells, missing))


def is_row(cells: list[str], missing: bool) -> bool:
    """Return whether a line is a row; one of empty cells is where cells may be missing, a blank line never."""
    return any(cell.strip() for cell in cells) or (missing and len(cells) > 1)


def delimiter_of(path: Path, first_line: str) -> str:
    """Return what stands between the cells of a table that begins with this line."""
    if path.suffix.lower() == ".tsv":
        return "\t"
    return ";" if ";" in first_line and "," not in first_line else ","


def _parse(
    rows: Iterator[Row], name: str, missing: bool
) -> tuple[np.ndarray, tuple[str, ...] | None, tuple[str, ...] | None]:
    first, second = next(rows, None), next(rows, None)
    if first is None:
        raise SourceError(f"{name} is empty.")
    header = first[1] if _is_header(first[1], second[1] if second else None) else None
    waiting = [row for row in (None if header else first, second) if row]
    if not waiting:
        raise SourceError(f"{name} has a header but no rows.")
    # R writes no header over the names, pandas an empty one
    width = len(waiting[0][1])
    said_so = header is not None and (header[0].strip() == "" or len(header) == width - 1)
    named = said_so or not (is_number(waiting[0][1][0]) or (missing and is_missing(waiting[0][1][0])))
    if named and width == 1:
        _raise_at(waiting[0], 0, name)
    numbers, names = [], []
    for row in _chain(waiting, rows):
        number, cells = row
        if len(cells) != width:
            found = counted(len(cells), "cells")
            raise SourceError(f"Row {number} of {name} has {found}, the rows before have {width}.")
        if named and not said_so and _looks_like_number(cells[0]):
            _raise_at(waiting[0], 0, name)  # a column of numbers, the first of which is missing or is none
        numbers.append(_numbers(row, int(named), name, missing))
        names.append(cells[0])
    X = np.vstack(numbers)
    with np.errstate(over="ignore"):
        single = X.astype(np.float32)
    whole = bool(np.all(np.isnan(X) & missing | np.equal(X, np.floor(X)) & np.equal(X, single)))
    features = None if header is None else tuple(header[len(header) - X.shape[1] :])
    if header is not None and len(header) not in (width, width - int(named)):
        raise SourceError(f"The header of {name} has {counted(len(header), 'cells')}, the rows have {width}.")
    return (single if whole else X), (tuple(names) if named else None), features


def _chain(waiting: list[Row], rows: Iterator[Row]) -> Iterator[Row]:
    yield from waiting
    yield from rows


def _is_header(first: list[str], second: list[str] | None) -> bool:
    if first[0].strip() == "":
        return True
    if len(first) == 1:
        return not is_number(first[0])
    if not any(is_number(cell) for cell in first[1:]):
        return True
    if is_number(first[0]) or first[0].strip().lower() in MISSING:
        return False
    return second is not None and is_number(second[0])


def _looks_like_number(cell: str) -> bool:
    """Return whether a cell is a number, perhaps with a decimal comma, so that it cannot be taken for a name."""
    return is_number(cell) or is_number(cell.replace(",", "."))


def is_missing(cell: str) -> bool:
    """Return whether a cell says that a number is missing."""
    return cell.strip().lower() in ("", "nan", *MISSING)


def _numbers(row: Row, start: int, name: str, missing: bool) -> np.ndarray:
    cells = ["nan" if missing and is_missing(cell) else cell for cell in row[1][start:]]
    try:
        return np.array(cells, dtype=np.float64)
    except ValueError:
        for place, cell in enumerate(cells, start=start):
            if not is_number(cell):
                _raise_at(row, place, name)
        raise


def _raise_at(row: Row, place: int, name: str) -> None:
    # several words are no number that was written wrongly
    texts = " Or, for a column of texts, give its name (--text-column)." if " " in row[1][place].strip() else ""
    raise SourceError(
        f"could not convert string to float: {row[1][place]!r} (row {row[0]}, column {place + 1} of {name}). "
        f"X must be numeric: leave out columns of other things, but for a first one of names.{texts}"
    )
