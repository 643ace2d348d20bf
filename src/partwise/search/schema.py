"""How a catalogue lies on the disk: its tables, and the checksum of a row, since SQLite has none."""

import zlib
from typing import Any

import numpy as np

FORMAT = 1  # raised when an older reader could misread it
SCHEMA = """
CREATE TABLE about (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE samples (
    number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, label TEXT, sha256 TEXT NOT NULL,
    error REAL NOT NULL, brightness REAL NOT NULL, path BLOB, n_bytes INTEGER, height INTEGER, width INTEGER,
    origin TEXT NOT NULL, added TEXT NOT NULL, model TEXT NOT NULL, code BLOB NOT NULL, row_check INTEGER NOT NULL);
CREATE INDEX samples_by_content ON samples (sha256);
CREATE TABLE thumbnails (
    number INTEGER PRIMARY KEY REFERENCES samples ON DELETE CASCADE, picture BLOB NOT NULL,
    picture_check INTEGER NOT NULL);
CREATE TABLE part_names (model TEXT, number INTEGER, name TEXT NOT NULL, PRIMARY KEY (model, number)) WITHOUT ROWID;
"""
CODE = np.dtype("<f4")  # how a code lies on the disk
CHECKED = "name, label, sha256, path"  # columns that the checksum of a row is of, beside its code
ROW = f"number, code, row_check, {CHECKED}"  # all that a row is checked by
PRESENT = "model = (SELECT value FROM about WHERE key = 'model')"  # a code is of the model that the run has now


def check_of(code: bytes, *columns: str | bytes | None) -> int:
    """Return the checksum of a row: of its code, and of what `CHECKED` names."""
    check = zlib.crc32(code)
    for one in columns:
        plain = b"\x00" if one is None else one if isinstance(one, bytes) else one.encode("utf-8", "surrogatepass")
        check = zlib.crc32(len(plain).to_bytes(8, "little") + plain, check)
    return check


def is_right(row: tuple[Any, ...]) -> bool:
    """Say whether a row that begins with the columns of `ROW` is as it was written."""
    _, code, expected, *columns = row[:7]
    plain = isinstance(code, bytes) and all(one is None or isinstance(one, str | bytes) for one in columns)
    return plain and check_of(code, *columns) == expected
