"""The catalogue of a run: which samples it knows, where they lie, how they look and what their codes are, in SQLite."""

import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from partwise.search.change import CODE, Change
from partwise.search.entries import Entries, Entry
from partwise.search.writing import writing
from partwise.storage import DamagedError

FILE = "catalogue.sqlite"
FORMAT = 1  # raised when an older reader could misread it
SCHEMA = """
CREATE TABLE about (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE samples (
    number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, label TEXT, sha256 TEXT NOT NULL,
    error REAL NOT NULL, brightness REAL NOT NULL, path BLOB, n_bytes INTEGER, height INTEGER, width INTEGER,
    origin TEXT NOT NULL, added TEXT NOT NULL, model TEXT NOT NULL, code BLOB NOT NULL, code_check INTEGER NOT NULL);
CREATE INDEX samples_by_content ON samples (sha256);
CREATE TABLE thumbnails (
    number INTEGER PRIMARY KEY REFERENCES samples ON DELETE CASCADE, picture BLOB NOT NULL,
    picture_check INTEGER NOT NULL);
CREATE TABLE part_names (model TEXT, number INTEGER, name TEXT NOT NULL, PRIMARY KEY (model, number)) WITHOUT ROWID;
"""
NAMES = tuple(one.name for one in fields(Entry))
COLUMNS = ", ".join(NAMES)


class Catalogue:
    """A catalogue on disk.

    SQLite in WAL mode with synchronous=FULL: what a method has returned from is on the disk. Every change is one
    transaction, made by one writer at a time; readers go on meanwhile and see the state before it.

    Parameters
    ----------
    folder : Path
        That of the run.
    connection : sqlite3.Connection
    """

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        self.folder = folder
        self._connection = connection

    @classmethod
    def at(cls, folder: str | Path) -> "Catalogue":
        """Open the catalogue of a run.

        Raises
        ------
        FileNotFoundError
            The run has none.
        ValueError
            It is damaged, or newer than this version reads.
        """
        folder = Path(folder)
        if not (folder / FILE).is_file():
            raise FileNotFoundError(f"{folder} has no catalogue. Make it with: partwise reindex {folder}")
        return cls(folder, _opened(folder / FILE))

    @classmethod
    def made(cls, folder: str | Path) -> "Catalogue":
        """Open the catalogue of a run, and make an empty one where there is none."""
        path = Path(folder) / FILE
        connection = _connected(path)
        if not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            connection.execute("PRAGMA journal_mode = WAL")
            about = {"format": FORMAT, "generation": 0, "model": ""}
            values = "".join(f"INSERT INTO about VALUES ('{key}', {value!r});" for key, value in about.items())
            connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} {values} COMMIT;")
        connection.close()
        return cls.at(folder)

    def close(self) -> None:
        """Close the file; the last to close it folds the log of changes into it."""
        self._connection.close()

    @property
    def generation(self) -> int:
        """How many changes there have been."""
        return int(self._about("generation"))

    @property
    def model(self) -> str:
        """The SHA-256 of the model file that its codes are of."""
        return str(self._about("model"))

    def __len__(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM samples").fetchone()[0])

    def entries(self) -> Entries:
        """Return the columns of all samples whose codes are of the present model.

        Raises
        ------
        DamagedError
            A code is not as it was written.
        """
        rows = self._connection.execute(
            "SELECT number, name, label, sha256, error, brightness, code, code_check FROM samples "
            "WHERE model = (SELECT value FROM about WHERE key = 'model') ORDER BY number"
        ).fetchall()
        for row in rows:
            if zlib.crc32(row[6]) != row[7]:
                raise DamagedError(
                    f"{FILE} is damaged: the code of number {row[0]} differs from its checksum. {REPAIR}"
                )
        columns = list(zip(*rows, strict=True)) if rows else [()] * 8
        codes = np.frombuffer(b"".join(columns[6]), dtype=CODE).astype(np.float32, copy=False)
        return Entries(
            numbers=np.array(columns[0], dtype=np.int64),
            names=tuple(columns[1]),
            labels=tuple(one or "" for one in columns[2]) if any(columns[2]) else None,
            digests=tuple(columns[3]),
            errors=np.array(columns[4], dtype=np.float32),
            brightness=np.array(columns[5], dtype=np.float32),
            codes=codes.reshape(len(rows), -1),
            stale=len(self) - len(rows),
        )

    def entry(self, number: int) -> Entry:
        """Return what is known of a sample.

        Raises
        ------
        KeyError
            There is none of this number.
        """
        row = self._connection.execute(f"SELECT {COLUMNS} FROM samples WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise KeyError(number)
        return _entry(row)

    def all_entries(self) -> list[Entry]:
        """Return what is known of every sample, those with codes of an earlier model too."""
        return [_entry(row) for row in self._connection.execute(f"SELECT {COLUMNS} FROM samples ORDER BY number")]

    def thumbnails(self, numbers: Sequence[int]) -> list[bytes | None]:
        """Return the small JPEGs of some samples; None for one that has none.

        Raises
        ------
        DamagedError
            One is not as it was written.
        """
        found = {}
        for first in range(0, len(numbers), 500):  # SQLite allows so many variables everywhere
            some = [int(one) for one in numbers[first : first + 500]]
            marks = ",".join("?" * len(some))
            for number, picture, check in self._connection.execute(
                f"SELECT number, picture, picture_check FROM thumbnails WHERE number IN ({marks})", some
            ):
                if zlib.crc32(picture) != check:
                    raise DamagedError(f"{FILE} is damaged: the thumbnail of number {number} differs. {REPAIR}")
                found[number] = picture
        return [found.get(int(number)) for number in numbers]

    def known(self, digests: Iterable[str]) -> set[str]:
        """Return those of some SHA-256 digests whose content is in the catalogue."""
        every = {row[0] for row in self._connection.execute("SELECT sha256 FROM samples")}
        return every & set(digests)

    def part_names(self) -> dict[int, str]:
        """Return the names that were given to parts of the present model, by their numbers from 1."""
        return dict(
            self._connection.execute(
                "SELECT number, name FROM part_names WHERE model = (SELECT value FROM about WHERE key = 'model') "
                "ORDER BY number"
            ).fetchall()
        )

    @contextmanager
    def change(self, verb: str) -> Iterator[Change]:
        """Change the catalogue in one transaction: on the disk when the block ends, undone where it fails.

        Parameters
        ----------
        verb : str
            What another writer is told that is going on.

        Raises
        ------
        BusyError
            Another process is writing.
        """
        with writing(self._connection, self.folder, verb) as connection:
            yield Change(connection)

    def check(self) -> list[str]:
        """Return what is wrong with the file, nothing if it is intact: SQLite's own check, and every checksum."""
        wrong = [row[0] for row in self._connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        for table, blob, check in (("samples", "code", "code_check"), ("thumbnails", "picture", "picture_check")):
            wrong += [
                f"the {blob} of number {number} differs from its checksum"
                for number, content, expected in self._connection.execute(
                    f"SELECT number, {blob}, {check} FROM {table}"
                )
                if zlib.crc32(content) != expected
            ]
        return wrong

    def _about(self, key: str) -> Any:
        return self._connection.execute("SELECT value FROM about WHERE key = ?", (key,)).fetchone()[0]


REPAIR = "Restore a backup, or remove the file and run: partwise reindex RUN"


def _entry(row: tuple) -> Entry:
    read = dict(zip(NAMES, row, strict=True))
    return Entry(**{**read, "path": None if read["path"] is None else os.fsdecode(read["path"])})


def _connected(path: Path, *, immutable: bool = False) -> sqlite3.Connection:
    # the web reads from several threads, each request after the other; its lock is in the finder
    address = f"{path.absolute().as_uri()}{'?immutable=1' if immutable else ''}"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False, timeout=5)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _opened(path: Path) -> sqlite3.Connection:
    """Connect, and see whether it is a catalogue that this version reads."""
    try:
        connection = _connected(path)
        try:
            about = connection.execute("SELECT value FROM about WHERE key = 'format'").fetchone()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                raise sqlite3.DatabaseError(str(error)) from None
            # a folder that may not be written in has no place for the log; nobody else writes there either
            connection = _connected(path, immutable=True)
            about = connection.execute("SELECT value FROM about WHERE key = 'format'").fetchone()
    except sqlite3.DatabaseError as error:
        raise DamagedError(f"{FILE} is damaged ({error}). {REPAIR}") from error
    if about[0] > FORMAT:
        raise ValueError(f"{FILE} has format {about[0]}, newer than this version reads ({FORMAT}). Upgrade partwise.")
    return connection
