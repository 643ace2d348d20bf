"""What a catalogue holds of a sample: to be written, one whole, and the columns of all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from partwise.wording import natural_key


@dataclass(frozen=True)
class NewEntry:
    """A sample to be written into a catalogue.

    Attributes
    ----------
    name : str
    label : str or None
    sha256 : str
        Of its content, in hexadecimal: of the file where there is one, else of its row of X.
    code : ndarray of shape (n_components,), float32
    error : float
        Relative error of its reconstruction, ``|x - w H| / |x|``.
    brightness : float
        Mean of its values.
    path : str or None
        Of its file, or of the source that holds it.
    n_bytes, height, width : int or None
        Of its file.
    thumbnail : bytes or None
        A small JPEG.
    """

    name: str
    label: str | None
    sha256: str
    code: np.ndarray
    error: float
    brightness: float
    path: str | None = None
    n_bytes: int | None = None
    height: int | None = None
    width: int | None = None
    thumbnail: bytes | None = None


@dataclass(frozen=True)
class Entry:
    """A sample as it stands in a catalogue, without its code.

    Attributes
    ----------
    number : int
        From 1; never given twice.
    name, label, sha256, error, brightness, path, n_bytes, height, width
        As in `NewEntry`.
    origin : {"fit", "added"}
        Whether the model learned from it.
    added : str
        When, as an ISO date.
    """

    number: int
    name: str
    label: str | None
    sha256: str
    error: float
    brightness: float
    path: str | None
    n_bytes: int | None
    height: int | None
    width: int | None
    origin: str
    added: str


@dataclass(frozen=True)
class Entries:
    """All samples of a catalogue whose codes are of its present model, in order of their numbers.

    Attributes
    ----------
    numbers : ndarray of int64, shape (n_samples,)
    names : sequence of str
    labels : sequence of str or None
        None where no sample has one.
    digests : sequence of str
        SHA-256 of each sample's content.
    errors, brightness : ndarray of float32, shape (n_samples,)
    codes : ndarray of float32, shape (n_samples, n_components)
    stale : int
        How many more samples have codes of an earlier model only.
    """

    numbers: np.ndarray
    names: Sequence[str]
    labels: Sequence[str] | None
    digests: Sequence[str]
    errors: np.ndarray
    brightness: np.ndarray
    codes: Any
    stale: int

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def first_of_its_content(self) -> np.ndarray:
        """The row of the first sample with the same content, its own where none is before; int64, (n_samples,)."""
        first: dict[str, int] = {}
        return np.array([first.setdefault(digest, row) for row, digest in enumerate(self.digests)], dtype=np.int64)

    def row_of(self, number: int) -> int:
        """Return the row of a number.

        Raises
        ------
        KeyError
            There is none.
        """
        row = int(np.searchsorted(self.numbers, number))
        if row == len(self.numbers) or self.numbers[row] != number:
            raise KeyError(number)
        return row

    def rows_named(self, name: str) -> list[int]:
        """Return the rows of a name; a file's name alone will do where none is called so as a whole."""
        whole = [row for row, one in enumerate(self.names) if one == name]
        return whole or [row for row, one in enumerate(self.names) if one.rpartition("/")[2] == name]

    def row_of_content(self, digest: str) -> int | None:
        """Return the first row with such a content, by its SHA-256; None where there is none."""
        return self.digests.index(digest) if digest in self.digests else None

    def repeats(self, row: int) -> list[int]:
        """Return the other rows with the same content."""
        same = np.flatnonzero(self.first_of_its_content == self.first_of_its_content[row])
        return [int(one) for one in same if one != row]

    def of_label(self, label: str) -> np.ndarray:
        """Return which samples have a label, bool, shape (n_samples,).

        Raises
        ------
        ValueError
            None has it.
        """
        if self.labels is None:
            raise ValueError(f"There is no label {label!r}: this run has none. Leave it out.")
        known = sorted(self._known_labels(), key=natural_key)
        if label not in known:
            raise ValueError(f"There is no label {label!r}. Give one of: {', '.join(_some(known))}.")
        return self._labelled(label)

    def _known_labels(self) -> set[str]:
        return {one for one in self.labels or () if one}

    def _labelled(self, label: str) -> np.ndarray:
        return np.array([one == label for one in self.labels or ()])


def _some(known: Sequence[str], most: int = 12) -> Iterator[str]:
    yield from known[:most]
    if len(known) > most:
        yield f"... ({len(known)} in all)"
