"""The catalogue of a run: which samples it knows, where they lie, how they look and what their codes are, in SQLite."""

import os
import sqlite3
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from partwise.search.change import Change
from partwise.search.entries import Entries, Entry
from partwise.search.faults import damaged, in_words
from partwise.search.opening import begin, connected, opened
from partwise.search.schema import CODE, PRESENT, ROW, is_right
from partwise.search.writing import PATIENCE, writing
from partwise.storage import DamagedError

FILE = "catalogue.sqlite"
NAMES = tuple(one.name for one in fields(Entry))
COLUMNS = ", ".join(NAMES)
AT_ONCE = 500  # SQLite allows so many variables everywhere


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
        connection = opened(folder / FILE) if (folder / FILE).is_file() else None
        if connection is None:
            raise FileNotFoundError(f"{folder} has no catalogue. Make it with: partwise reindex {folder}")
        return cls(folder, connection)

    @classmethod
    def made(cls, folder: str | Path) -> "Catalogue":
        """Open the catalogue of a run, and make an empty one where there is none."""
        path = Path(folder) / FILE
        connection = connected(path)
        begin(connection, path)
        connection.close()
        return cls.at(folder)

    def held(self) -> "Catalogue":
        """Return the catalogue as it is at this moment, and stays until it is closed, whatever others change."""
        held = Catalogue.at(self.folder)
        with in_words(self.path):
            held._connection.execute("BEGIN")
        held._about("generation")  # from the first question on, SQLite shows one moment
        return held

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

    def holds(self, count: int) -> bool:
        """Say whether there are so many samples, or more; counting millions takes a second."""
        return bool(self._all("SELECT count(*) FROM (SELECT 1 FROM samples LIMIT ?)", (count,))[0][0] >= count)

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
        every = self.each(f"SELECT {ROW}, error, brightness, {PRESENT} FROM samples ORDER BY number")
        numbers, errors, brightness, codes = array("q"), array("f"), array("f"), bytearray()
        names: list[str] = []
        labels: list[str] = []
        digests: list[str] = []
        stale = 0
        try:
            for row in every:
                if not row[9]:
                    stale += 1
                    continue
                self._check(row)
                numbers.append(row[0])
                codes += row[1]
                names.append(str(row[3]))
                labels.append(str(row[4] or ""))
                digests.append(str(row[5]))
                errors.append(float(row[7]))
                brightness.append(float(row[8]))
            values = np.frombuffer(codes, dtype=CODE).astype(np.float32, copy=False)
            return Entries(
                numbers=np.array(numbers, dtype=np.int64),
                names=tuple(names),
                labels=tuple(labels) if any(labels) else None,
                digests=tuple(digests),
                errors=np.array(errors, dtype=np.float32),
                brightness=np.array(brightness, dtype=np.float32),
                codes=values.reshape(len(numbers), -1 if numbers else 0),
                stale=stale,
            )
        except DamagedError:
            raise
        except (TypeError, ValueError) as error:  # a flipped bit may make a text of a number
            raise damaged(self.path, str(error)) from error

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

    def checked(self, number: int) -> tuple[Any, ...]:
        """Return the row of a sample, with the columns of `ROW`, as it was written.

        Raises
        ------
        KeyError, DamagedError
            There is none of this number; or not as it was written.
        """
        rows = self._all(f"SELECT {ROW} FROM samples WHERE number = ?", (int(number),))
        if not rows:
            raise KeyError(number)
        self._check(rows[0])
        return rows[0]

    def all_entries(self) -> list[Entry]:
        """Return what is known of every sample, those with codes of an earlier model too."""
        return [_entry(row) for row in self._all(f"SELECT {COLUMNS} FROM samples ORDER BY number")]

    def stale_entries(self) -> list[Entry]:
        """Return what is known of the samples whose codes are of an earlier model."""
        return [
            _entry(row) for row in self._all(f"SELECT {COLUMNS} FROM samples WHERE NOT ({PRESENT}) ORDER BY number")
        ]

    def stale(self) -> dict[int, str]:
        """Return the names of the samples whose codes are of an earlier model, by their numbers."""
        return dict(self._all(f"SELECT number, name FROM samples WHERE NOT ({PRESENT})"))

    def thumbnails(self, numbers: Sequence[int]) -> list[bytes | None]:
        """Return the small JPEGs of some samples; None for one that has none.

        Raises
        ------
        DamagedError
            One is not as it was written.
        """
        found = {}
        for first in range(0, len(numbers), AT_ONCE):
            some = [int(one) for one in numbers[first : first + AT_ONCE]]
            marks = ",".join("?" * len(some))
            for number, picture, check in self._all(
                f"SELECT number, picture, picture_check FROM thumbnails WHERE number IN ({marks})", some
            ):
                if not isinstance(picture, bytes) or zlib.crc32(picture) != check:
                    raise damaged(self.path, f"the thumbnail of number {number} differs from its checksum")
                found[number] = picture
        return [found.get(int(number)) for number in numbers]

    def known(self, digests: Iterable[str]) -> set[str]:
        """Return those of some SHA-256 digests whose content is in the catalogue."""
        found: set[str] = set()
        wanted = list(dict.fromkeys(digests))
        for first in range(0, len(wanted), AT_ONCE):
            some = wanted[first : first + AT_ONCE]
            marks = ",".join("?" * len(some))
            found.update(row[0] for row in self._all(f"SELECT sha256 FROM samples WHERE sha256 IN ({marks})", some))
        return found

    def part_names(self) -> dict[int, str]:
        """Return the names that were given to parts of the present model, by their numbers from 1."""
        return dict(self._all(f"SELECT number, name FROM part_names WHERE {PRESENT} ORDER BY number"))

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
        with writing(self._connection, self.path, verb, patience) as connection:
            yield Change(connection)

    def check(self) -> list[str]:
        """Return what is wrong with the file, nothing if it is intact: SQLite's own check, and every checksum."""
        try:
            wrong = [row[0] for row in self._all("PRAGMA integrity_check") if row[0] != "ok"]
            wrong += [
                f"number {row[0]} differs from its checksum"
                for row in self.each(f"SELECT {ROW} FROM samples")
                if not is_right(row)
            ]
            wrong += [
                f"the thumbnail of number {number} differs from its checksum"
                for number, picture, expected in self.each("SELECT number, picture, picture_check FROM thumbnails")
                if not isinstance(picture, bytes) or zlib.crc32(picture) != expected
            ]
        except DamagedError as error:
            return [str(error)]
        return wrong

    @property
    def path(self) -> Path:
        """Its file."""
        return self.folder / FILE

    def _about(self, key: str) -> Any:
        found = self._all("SELECT value FROM about WHERE key = ?", (key,))
        if not found or found[0][0] is None:
            raise damaged(self.path, f"it does not say its {key}")
        return found[0][0]

    def each(self, statement: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows that a question is answered with, one by one; all of one moment."""
        with in_words(self.path):
            found = self._connection.execute(statement, values)
            while some := found.fetchmany(AT_ONCE):
                yield from some

    def _check(self, row: tuple[Any, ...]) -> None:
        if not is_right(row):
            raise damaged(self.path, f"number {row[0]} differs from its checksum")

    def _all(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return all rows that a question is answered with."""
        with in_words(self.path):
            return self._connection.execute(statement, values).fetchall()


def _entry(row: tuple) -> Entry:
    read = dict(zip(NAMES, row, strict=True))
    return Entry(**{**read, "path": None if read["path"] is None else os.fsdecode(read["path"])})
