"""What may be done to a catalogue, within one transaction."""

import os
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import numpy as np

from partwise.search.entries import NewEntry
from partwise.search.schema import CHECKED, CODE, check_of


class Change:
    """What may be done to a catalogue within one transaction; made by `Catalogue.change`.

    Parameters
    ----------
    connection : sqlite3.Connection
        With the transaction begun.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def insert(self, entries: Iterable[NewEntry], model: str, origin: str) -> list[int]:
        """Write samples; return their numbers."""
        return [self._insert(one, model, origin, None) for one in entries]

    def learn(self, entries: Iterable[NewEntry], model: str) -> None:
        """Take a model whose fit had these samples: they are the only ones of origin "fit" from now on.

        A sample that is known by content and name keeps its number; what was added by hand stays, with the codes of the
        earlier model, and is out of every search until it is encoded anew.
        """
        known: dict[tuple[str, str], list[int]] = {}
        of_the_fit = set()
        for number, digest, name, origin in self._connection.execute(
            "SELECT number, sha256, name, origin FROM samples ORDER BY number DESC"
        ):
            known.setdefault((digest, name), []).append(number)
            if origin == "fit":
                of_the_fit.add(number)
        self.remove(of_the_fit)
        self._connection.execute("UPDATE about SET value = ? WHERE key = 'model'", (model,))
        for one in entries:
            numbers = known.get((one.sha256, one.name))
            number = numbers.pop() if numbers else None
            if number is not None:
                self.remove([number])  # where it had been added by hand
            self._insert(one, model, "fit", number)

    def recode(self, codes: Mapping[int, tuple[np.ndarray, float]], model: str) -> None:
        """Give samples, by their numbers, the codes and relative errors that another model has for them."""
        for number, (values, error) in codes.items():
            code = np.ascontiguousarray(values, dtype=CODE).tobytes()
            of = self._connection.execute(f"SELECT {CHECKED} FROM samples WHERE number = ?", (number,)).fetchone()
            self._connection.execute(
                "UPDATE samples SET code = ?, row_check = ?, error = ?, model = ? WHERE number = ?",
                (code, check_of(code, *of), error, model, number),
            )

    def remove(self, numbers: Iterable[int]) -> int:
        """Take samples out; return how many there were."""
        some = [(int(number),) for number in numbers]
        return self._connection.executemany("DELETE FROM samples WHERE number = ?", some).rowcount if some else 0

    def name_part(self, number: int, name: str) -> None:
        """Give a part of the present model, by its number from 1, a name; an empty one takes it away."""
        self._connection.execute(
            "DELETE FROM part_names WHERE number = ? AND model = (SELECT value FROM about WHERE key = 'model')",
            (number,),
        )
        if name:
            self._connection.execute(
                "INSERT INTO part_names SELECT value, ?, ? FROM about WHERE key = 'model'", (number, name)
            )

    def _insert(self, one: NewEntry, model: str, origin: str, number: int | None) -> int:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        code = np.ascontiguousarray(one.code, dtype=CODE).tobytes()
        path = None if one.path is None else os.fsencode(one.path)  # a name on disk need not be text
        cursor = self._connection.execute(
            "INSERT INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (number, one.name, one.label, one.sha256, one.error, one.brightness, path, one.n_bytes, one.height,
             one.width, origin, now, model, code, check_of(code, one.name, one.label, one.sha256, path)),
        )  # fmt: skip
        if one.thumbnail is not None:
            check = zlib.crc32(one.thumbnail)
            self._connection.execute(
                "INSERT INTO thumbnails VALUES (?, ?, ?)", (cursor.lastrowid, one.thumbnail, check)
            )
        return int(cursor.lastrowid or 0)
