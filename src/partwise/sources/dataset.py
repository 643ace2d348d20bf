"""What every source hands over: a matrix X with a name for each row, and what happened on the way."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from partwise.wording import counted

from .row_store import RowStore, blocks_of

BLOCK_BYTES = 1 << 24  # bounds the copy that hashing an array in Fortran order needs


@dataclass(frozen=True)
class Skipped:
    """A file that was left out.

    Attributes
    ----------
    name : str
        Path relative to the folder, with ``/`` between its parts.
    reason : str
        Why, without the name: ``"empty file"``.
    """

    name: str
    reason: str

    def __str__(self) -> str:
        joint = " " if self.reason.startswith(("is ", "points ")) else ": "
        return f"{self.name}{joint}{self.reason}"


@dataclass(frozen=True)
class Duplicate:
    """A file with the same bytes as an earlier one.

    Attributes
    ----------
    name : str
        The later file.
    of : str
        The first file with these bytes.
    """

    name: str
    of: str


@dataclass(frozen=True)
class PictureFile:
    """A file that was decoded.

    Attributes
    ----------
    path : str
        Where it lies.
    sha256 : bytes
        Of its content.
    size : (height, width)
        Of the upright picture, in pixels.
    n_bytes : int
        Length of the file.
    thumbnail : bytes or None
        A small JPEG of it, where one was asked for.
    """

    path: str
    sha256: bytes
    size: tuple[int, int]
    n_bytes: int
    thumbnail: bytes | None


class SourceError(ValueError):
    """A user's mistake about a source, told in one complete line.

    Parameters
    ----------
    message : str
        The line to show.
    skipped : iterable of Skipped
        The files that could not be used, if they are the reason.
    """

    def __init__(self, message: str, skipped: Iterable[Skipped] = ()) -> None:
        super().__init__(message)
        self.skipped = tuple(skipped)


def refuse_if_most_are_bad(bad: Sequence[Skipped], total: int, things: str = "files") -> None:
    """Raise a SourceError where more than half of the files (or lines) could not be read."""
    if 2 * len(bad) > total:
        first = "; ".join(str(one) for one in bad[:3])
        raise SourceError(
            f"{len(bad)} of {counted(total, things)} could not be read; see skipped.csv. First: {first}.", bad
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset(ABC):
    """A matrix, one row a sample, and where it comes from.

    Attributes
    ----------
    X : ndarray, scipy.sparse.csr_array or RowStore of shape (n_samples, n_features)
        The values; pictures are float32 in C order. A RowStore where they were to stay on disk.
    names : tuple of str
        One name for each row.
    labels : tuple of str or None
        One class for each row, None if the source has no classes.
    skipped : tuple of Skipped
        Files that were left out.
    duplicates : tuple of Duplicate
        Files that repeat an earlier one byte by byte.
    notes : tuple of str
        Sentences that the user should read.
    origin : str
        What the user gave: a path or the name of a sample.
    """

    OF_ROWS: ClassVar[tuple[str, ...]] = ("names", "labels")  # fields with an entry a row, beside X

    X: Any
    names: tuple[str, ...]
    labels: tuple[str, ...] | None = None
    skipped: tuple[Skipped, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    notes: tuple[str, ...] = ()
    origin: str = "array"

    def __post_init__(self) -> None:
        if self.X.ndim != 2:
            raise ValueError(f"{type(self).__name__} needs X with 2 dimensions, got {self.X.ndim}.")
        for what, values in (("names", self.names), ("labels", self.labels)):
            if values is not None and len(values) != self.n_samples:
                raise ValueError(
                    f"{type(self).__name__} needs {what} for {self.n_samples} rows, one each, got {len(values)}."
                )

    @property
    @abstractmethod
    def kind(self) -> str:
        """How its parts are shown, a key of `partwise.views.VIEWS`: ``"pictures"``, ``"texts"``, ``"table"`` ..."""

    @property
    def files(self) -> Sequence[PictureFile] | None:
        """The picture file of each row; None where samples are no pictures, or come from no files."""
        return None

    def thumbnail(self, row: int) -> bytes | None:
        """Return a small JPEG of a sample; None where it is no picture."""
        return None

    def digests(self) -> list[str]:
        """Return the SHA-256 of each sample's content, 64 hexadecimal digits: of its file, else of its row of X."""
        return list(self.each_digest())

    def each_digest(self) -> Iterator[str]:
        """Yield what `digests` returns, one after the other: together they weigh as much as codes."""
        if self.files is not None:
            yield from (file.sha256.hex() for file in self.files)
            return
        if isinstance(self.X, (np.ndarray, RowStore)):
            for _, rows in blocks_of(self.X):
                yield from (hashlib.sha256(_narrow(row).tobytes()).hexdigest() for row in rows)
            return
        csr = _canonical(self.X)
        bounds = zip(csr.indptr[:-1], csr.indptr[1:], strict=True)
        places = csr.indices.astype(np.int64, copy=False)
        rows = ((places[first:last], csr.data[first:last]) for first, last in bounds)
        yield from (hashlib.sha256(where.tobytes() + _narrow(values).tobytes()).hexdigest() for where, values in rows)

    def memory(self) -> dict[str, Any]:
        """Return what a run must remember to show parts and to read more samples of the same kind, fit for JSON."""
        return {}

    def taken(self, rows: Sequence[int] | np.ndarray) -> Self:
        """Return some of the samples, with what belongs to each; notes and lists of files stay those of all."""
        fewer: dict[str, Any] = {"X": self.X[rows]}
        for name in self.OF_ROWS:
            if (held := getattr(self, name)) is not None:
                fewer[name] = tuple(held[row] for row in rows)
        return replace(self, **fewer)

    @property
    def n_samples(self) -> int:
        """Number of rows of X."""
        return int(self.X.shape[0])

    @property
    def n_features(self) -> int:
        """Number of columns of X."""
        return int(self.X.shape[1])

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of shape, dtype and values of X, as 64 hexadecimal digits; computed at the first use."""
        digest = hashlib.sha256(f"{self.X.shape} {self.X.dtype.str}".encode())
        if isinstance(self.X, (np.ndarray, RowStore)):
            for _, rows in blocks_of(self.X):
                _hash_rows(digest, rows)
        else:
            _hash_sparse(digest, self.X)
        return digest.hexdigest()


def _hash_rows(digest: Any, X: np.ndarray) -> None:
    """Feed X in C order: in one go when it lies so in memory, else by blocks of rows."""
    if X.flags.c_contiguous:
        digest.update(X.reshape(-1).view(np.uint8).data)
        return
    rows = max(1, BLOCK_BYTES // max(1, X.shape[1] * X.itemsize))
    for first in range(0, X.shape[0], rows):
        digest.update(X[first : first + rows].tobytes(order="C"))


def _hash_sparse(digest: Any, X: Any) -> None:
    """Feed the canonical CSR form, so that the order of storage does not count."""
    csr = _canonical(X)
    digest.update(b" csr")
    for part in (csr.indptr.astype(np.int64, copy=False), csr.indices.astype(np.int64, copy=False), csr.data):
        _hash_rows(digest, part.reshape(1, -1))


def _canonical(X: Any) -> Any:
    """Return the one CSR form of a sparse matrix in which each entry is stored once, in order."""
    csr = X.tocsr()
    if not csr.has_canonical_format:
        csr = csr.copy()
        csr.sum_duplicates()
    return csr


def _narrow(values: np.ndarray) -> np.ndarray:
    """Return values in single precision where they lose nothing by it: content is the same however it was read."""
    if values.dtype == np.float32:
        return values
    with np.errstate(over="ignore"):
        narrow = values.astype(np.float32)
    return narrow if np.array_equal(narrow, values) else values
