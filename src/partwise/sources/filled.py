"""Tables written again with their missing cells filled: all other cells stay as they stand in the file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from .dataset import SourceError
from .tables import Table
from .text_tables import delimiter_of, is_missing, is_row

TEXTS = (".csv", ".tsv")
WRITTEN = (".npy", *TEXTS)
DIGITS = ".6g"  # of what is filled in; more would not be known


def filled_file(table: Table, X: np.ndarray, source: Path, suffix: str) -> bytes:
    """Return the content of a file with the table, its missing entries filled.

    Parameters
    ----------
    table : Table
        As `read_table` read it, with NaN where an entry is missing.
    X : ndarray of shape (n_samples, n_features)
        The table, filled.
    source : Path
        The file that was read.
    suffix : {".npy", ".csv", ".tsv"}
        Of the file to be written. A text that comes from a text keeps each cell that is not missing as it stands.

    Raises
    ------
    SourceError
        Such files are not written.
    """
    if suffix == ".npy":
        buffer = io.BytesIO()
        np.save(buffer, X, allow_pickle=False)
        return buffer.getvalue()
    if suffix not in TEXTS:
        raise SourceError(f"A filled table is written as {' '.join(WRITTEN)}, got {suffix or 'no ending'}.")
    if source.suffix.lower() in TEXTS:
        return _with_cells_filled(source, X, suffix)
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter="\t" if suffix == ".tsv" else ",", lineterminator="\n")
    if table.feature_names is not None:
        writer.writerow(["", *table.feature_names])
    for name, given, row in zip(table.names, table.X, X, strict=True):
        cells = [
            "" if np.isnan(new) else format(new, DIGITS) if np.isnan(old) else repr(old.item())
            for old, new in zip(given, row, strict=True)
        ]
        writer.writerow([name, *cells] if table.feature_names is not None else cells)
    return out.getvalue().encode("utf-8")


def _with_cells_filled(source: Path, X: np.ndarray, suffix: str) -> bytes:
    with open(source, encoding="utf-8-sig", newline="") as file:
        first_line = file.readline()
        file.seek(0)
        delimiter = delimiter_of(source, first_line)
        rows = [cells for cells in csv.reader(file, delimiter=delimiter) if is_row(cells, missing=True)]
    out = io.StringIO(newline="")
    ending = "\r\n" if first_line.endswith("\r\n") else "\n"
    same = suffix == source.suffix.lower()
    writer = csv.writer(
        out, delimiter=delimiter if same else ("\t" if suffix == ".tsv" else ","), lineterminator=ending
    )
    begin = len(rows) - len(X)
    for row, cells in enumerate(rows):
        if row >= begin:
            at = len(cells) - X.shape[1]
            values = zip(cells[at:], X[row - begin], strict=True)
            cells = cells[:at] + [
                format(value, DIGITS) if is_missing(cell) and not np.isnan(value) else cell for cell, value in values
            ]
        writer.writerow(cells)
    return out.getvalue().encode("utf-8")
