"""The catalogue of a run: which samples it knows, where they lie, how they look and what their codes are, in SQLite."""

import errno
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from partwise.search.change import Change
from partwise.search.entries import Entries, Entry
from partwise.search.faults import damaged, in_words
from partwise.search.schema import CHECKED, CODE, FORMAT, SCHEMA, check_of
from partwise.search.writing import PATIENCE, writing
from partwise.storage import DamagedError

FILE = "catalogue.sqlite"
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
        OSError
            It may not be read.
        """
        folder = Path(folder)
        connection = _opened(folder / FILE) if (folder / FILE).is_file() else None
        if connection is None:
            raise FileNotFoundError(f"{folder} has no catalogue. Make it with: partwise reindex {folder}")
        return cls(folder, connection)

    @classmethod
    def made(cls, folder: str | Path) -> "Catalogue":
        """Open the catalogue of a run, and make an empty one where there is none."""
        path = Path(folder) / FILE
        connection = _connected(path)
        with in_words(path):
            if _is_empty(connection):
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("BEGIN IMMEDIATE")  # two that make it at once wait for each other
                if _is_empty(connection):
                    for statement in SCHEMA.split(";"):
                        connection.execute(statement)
                    about = {"format": FORMAT, "generation": 0, "model": ""}
                    connection.executemany("INSERT INTO about VALUES (?, ?)", about.items())
                connection.execute("COMMIT")
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
        return int(self._all("SELECT count(*) FROM samples")[0][0])

    def entries(self) -> Entries:
        """Return the columns of all samples whose codes are of the present model.

        Raises
        ------
        DamagedError
            A code is not as it was written.
        """
        # one statement, so that a change in between cannot make a count that is of another moment
        every = self._all(
            f"SELECT number, code, row_check, {CHECKED}, error, brightness, "
            "model = (SELECT value FROM about WHERE key = 'model') FROM samples ORDER BY number"
        )
        rows = [row[:9] for row in every if row[9]]
        for row in rows:
            if not _is_right(row):
                raise damaged(self._path, f"number {row[0]} differs from its checksum")
        columns = list(zip(*rows, strict=True)) if rows else [()] * 9
        codes = np.frombuffer(b"".join(columns[1]), dtype=CODE).astype(np.float32, copy=False)
        try:
            return Entries(
                numbers=np.array(columns[0], dtype=np.int64),
                names=tuple(map(str, columns[3])),
                labels=tuple(str(one or "") for one in columns[4]) if any(columns[4]) else None,
                digests=tuple(map(str, columns[5])),
                errors=np.array(columns[7], dtype=np.float32),
                brightness=np.array(columns[8], dtype=np.float32),
                codes=codes.reshape(len(rows), -1 if rows else 0),
                stale=len(every) - len(rows),
            )
        except (TypeError, ValueError) as error:  # a flipped bit may make a text of a number
            raise damaged(self._path, str(error)) from error

    def entry(self, number: int) -> Entry:
        """Return what is known of a sample.

        Raises
        ------
        KeyError
            There is none of this number.
        """
        try:
            rows = self._all(f"SELECT {COLUMNS} FROM samples WHERE number = ?", (number,))
        except OverflowError:  # larger than any number that SQLite can give
            rows = []
        if not rows:
            raise KeyError(number)
        return _entry(rows[0])

    def all_entries(self) -> list[Entry]:
        """Return what is known of every sample, those with codes of an earlier model too."""
        return [_entry(row) for row in self._all(f"SELECT {COLUMNS} FROM samples ORDER BY number")]

    def stale(self) -> dict[int, str]:
        """Return the names of the samples whose codes are of an earlier model, by their numbers."""
        return dict(
            self._all("SELECT number, name FROM samples WHERE model != (SELECT value FROM about WHERE key = 'model')")
        )

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
            for number, picture, check in self._all(
                f"SELECT number, picture, picture_check FROM thumbnails WHERE number IN ({marks})", some
            ):
                if not isinstance(picture, bytes) or zlib.crc32(picture) != check:
                    raise damaged(self._path, f"the thumbnail of number {number} differs from its checksum")
                found[number] = picture
        return [found.get(int(number)) for number in numbers]

    def known(self, digests: Iterable[str]) -> set[str]:
        """Return those of some SHA-256 digests whose content is in the catalogue."""
        every = {row[0] for row in self._all("SELECT sha256 FROM samples")}
        return every & set(digests)

    def part_names(self) -> dict[int, str]:
        """Return the names that were given to parts of the present model, by their numbers from 1."""
        return dict(
            self._all(
                "SELECT number, name FROM part_names WHERE model = (SELECT value FROM about WHERE key = 'model') "
                "ORDER BY number"
            )
        )

    @contextmanager
    def change(self, verb: str, patience: float = PATIENCE) -> Iterator[Change]:
        """Change the catalogue in one transaction: on the disk when the block ends, undone where it fails.

        Parameters
        ----------
        verb : str
            What another writer is told that is going on.
        patience : float
            Seconds to wait for another writer.

        Raises
        ------
        BusyError
            Another process is writing.
        DamagedError, OSError
            The file is damaged, the disk full, or the folder may not be written in.
        """
        with writing(self._connection, self._path, verb, patience) as connection:
            yield Change(connection)

    def check(self) -> list[str]:
        """Return what is wrong with the file, nothing if it is intact: SQLite's own check, and every checksum."""
        try:
            wrong = [row[0] for row in self._all("PRAGMA integrity_check") if row[0] != "ok"]
            wrong += [
                f"number {row[0]} differs from its checksum"
                for row in self._all(f"SELECT number, code, row_check, {CHECKED} FROM samples")
                if not _is_right(row)
            ]
            wrong += [
                f"the thumbnail of number {number} differs from its checksum"
                for number, picture, expected in self._all("SELECT number, picture, picture_check FROM thumbnails")
                if not isinstance(picture, bytes) or zlib.crc32(picture) != expected
            ]
        except DamagedError as error:
            return [str(error)]
        return wrong

    @property
    def _path(self) -> Path:
        return self.folder / FILE

    def _about(self, key: str) -> Any:
        found = self._all("SELECT value FROM about WHERE key = ?", (key,))
        if not found or found[0][0] is None:
            raise damaged(self._path, f"it does not say its {key}")
        return found[0][0]

    def _all(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return all rows that a question is answered with."""
        with in_words(self._path):
            return self._connection.execute(statement, values).fetchall()


def _is_right(row: tuple[Any, ...]) -> bool:
    """Say whether a row (number, code, row_check, and what `CHECKED` names) is as it was written."""
    _, code, expected, *columns = row[:7]
    plain = isinstance(code, bytes) and all(one is None or isinstance(one, str | bytes) for one in columns)
    return plain and check_of(code, *columns) == expected


def _entry(row: tuple) -> Entry:
    read = dict(zip(NAMES, row, strict=True))
    return Entry(**{**read, "path": None if read["path"] is None else os.fsdecode(read["path"])})


def _connected(path: Path, *, immutable: bool = False) -> sqlite3.Connection:
    # the web reads from several threads, each request after the other; its lock is in the finder
    address = f"{path.absolute().as_uri()}{'?immutable=1' if immutable else ''}"
    with in_words(path):
        connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False, timeout=5)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _is_empty(connection: sqlite3.Connection) -> bool:
    return not connection.execute("SELECT 1 FROM sqlite_master").fetchone()


def _opened(path: Path) -> sqlite3.Connection | None:
    """Connect, and see whether it is a catalogue that this version reads; None where nothing was ever written in it."""
    if not os.access(path, os.R_OK):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))
    log, closed = path.with_name(f"{path.name}-wal"), not os.access(path.parent, os.W_OK)
    if closed and log.exists() and log.stat().st_size:
        raise PermissionError(
            f"{path.parent} may not be written in, and {log.name} there holds changes that are not in {FILE} yet. "
            "Copy the folder to where it may be written."
        )
    # a folder that may not be written in has no place for the log; nobody else writes there either
    connection = _connected(path, immutable=closed)
    with in_words(path):
        if _is_empty(connection):
            connection.close()
            return None
        about = connection.execute("SELECT value FROM about WHERE key = 'format'").fetchone()
    if about is None or not isinstance(about[0], int):
        raise damaged(path, "it does not say its format")
    if about[0] > FORMAT:
        raise ValueError(f"{FILE} has format {about[0]}, newer than this version reads ({FORMAT}). Upgrade partwise.")
    return connection
