"""The columns of a large catalogue, each value read when it is asked for; a catalogue of millions takes no memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from partwise.search.catalogue import Catalogue
from partwise.search.entries import Entries
from partwise.search.schema import CODE, PRESENT, ROW

MANY = 1000  # rows of a name within folders, of which each is looked at
PLACES = {name: place for place, name in enumerate(ROW.split(", "))}


class Column(Sequence[str]):
    """A column of text: one value is read and checked, all are read one after the other.

    Parameters
    ----------
    held : Catalogue
        That stays as it is.
    numbers : ndarray of int64, shape (n_samples,)
        Of its rows.
    name : str
        Of the column.
    """

    def __init__(self, held: Catalogue, numbers: np.ndarray, name: str) -> None:
        self._held, self._numbers, self._name = held, numbers, name

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[str, ...]: ...
    def __getitem__(self, row: int | slice) -> str | tuple[str, ...]:
        if isinstance(row, slice):
            return tuple(self[one] for one in range(*row.indices(len(self))))
        return str(self._held.checked(self._numbers[row])[PLACES[self._name]] or "")

    def __iter__(self) -> Iterator[str]:
        for (value,) in self._held.each(f"SELECT {self._name} FROM samples WHERE {PRESENT} ORDER BY number"):
            yield str(value or "")


class CodeRows:
    """The codes as the catalogue has them, float32: one is read and checked when it is asked for; or all, as an array.

    Parameters
    ----------
    held : Catalogue
        That stays as it is.
    numbers : ndarray of int64, shape (n_samples,)
        Of its rows.
    n_components : int
    """

    def __init__(self, held: Catalogue, numbers: np.ndarray, n_components: int) -> None:
        self._held, self._numbers = held, numbers
        self.shape = (len(numbers), n_components)
        self.dtype = np.dtype(np.float32)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> np.ndarray:
        if isinstance(key, int | np.integer):
            return np.frombuffer(self._held.checked(self._numbers[key])[PLACES["code"]], CODE).astype(np.float32)
        return np.asarray(self)[key]

    def some(self, rows: np.ndarray) -> np.ndarray:
        """Return the codes of some rows."""
        found = np.empty((len(rows), self.shape[1]), np.float32)
        for place, row in enumerate(rows):
            found[place] = self[int(row)]
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        found = np.empty(self.shape, dtype or np.float32)
        rows = self._held.each(f"SELECT code FROM samples WHERE {PRESENT} ORDER BY number")
        for row, (code,) in enumerate(rows):
            found[row] = np.frombuffer(code, CODE)
        return found


@dataclass(frozen=True)
class StoredEntries(Entries):
    """What `Entries` tells, of a catalogue that stays on disk: only numbers, errors and brightness are in memory.

    Attributes
    ----------
    held : Catalogue
        That stays as it is.
    """

    held: Catalogue

    def rows_named(self, name: str) -> list[int]:
        """Return the rows of a name; a file's name alone will do where none is called so as a whole."""
        try:
            name.encode()
        except UnicodeEncodeError:  # what is no text is nobody's name, and cannot be asked for
            return []
        if "/" in name or not name:
            return self._rows("name = ?", name)
        # one reading for both
        rows = self._rows("(name = ?1 OR substr(name, -length(?1) - 1) = '/' || ?1)", name)
        whole = [row for row in rows if self.names[row] == name] if len(rows) < MANY else self._rows("name = ?", name)
        return whole or rows

    def row_of_content(self, digest: str) -> int | None:
        """Return the first row with such a content."""
        return next(iter(self._rows("sha256 = ?", digest)), None)

    def repeats(self, row: int) -> list[int]:
        """Return the other rows with the same content."""
        return [one for one in self._rows("sha256 = ?", self.digests[row]) if one != row]

    def _known_labels(self) -> set[str]:
        every = self.held.each(f"SELECT DISTINCT label FROM samples WHERE label > '' AND {PRESENT}")
        return {str(label) for (label,) in every}

    def _labelled(self, label: str) -> np.ndarray:
        found = np.zeros(len(self), dtype=bool)
        found[self._rows("label = ?", label)] = True
        return found

    def _rows(self, condition: str, value: str) -> list[int]:
        every = self.held.each(f"SELECT number FROM samples WHERE {condition} AND {PRESENT} ORDER BY number", (value,))
        numbers = np.fromiter((number for (number,) in every), dtype=np.int64)
        return [int(row) for row in np.searchsorted(self.numbers, numbers)]
