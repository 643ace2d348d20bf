"""From samples and their codes to entries of a catalogue."""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from partwise.search.catalogue import FILE, Catalogue
from partwise.search.entries import NewEntry
from partwise.search.faults import BusyError
from partwise.search.large import bring_up
from partwise.sources import SAMPLES, Dataset
from partwise.sources.row_store import blocks_of, largest, rows_within

BLOCK = 1 << 23  # bytes of rows that are brought to double precision at a time
RANGE = (1e-100, 1e100)  # values whose squares a double holds
LARGEST = float(np.finfo(np.float32).max)
TOLD = 256  # samples from one report to the next
LONG = 600.0  # seconds that a fit waits for another writer


def new_entries(data: Dataset, codes: np.ndarray, parts: np.ndarray) -> Iterator[NewEntry]:
    """Yield an entry for every sample.

    Parameters
    ----------
    data : Dataset
    codes : ndarray of shape (n_samples, n_components)
        Theirs.
    parts : ndarray of shape (n_components, n_features)
    """
    errors, brightness = relative_errors(data.X, codes, parts), _means(data.X)
    codes = _in_single_precision(codes)
    source = None if data.origin in SAMPLES or not os.path.exists(data.origin) else os.path.abspath(data.origin)
    for row, digest in enumerate(data.each_digest()):
        file = data.files[row] if data.files is not None else None
        yield NewEntry(
            name=data.names[row],
            label=(data.labels[row] or None) if data.labels is not None else None,
            sha256=digest,
            code=codes[row],
            error=float(errors[row]),
            brightness=min(float(brightness[row]), LARGEST),
            path=os.path.abspath(file.path) if file else source,
            n_bytes=file.n_bytes if file else None,
            height=file.size[0] if file else None,
            width=file.size[1] if file else None,
            thumbnail=data.thumbnail(row),
        )


def _in_single_precision(codes: np.ndarray) -> np.ndarray:
    """Return codes as searches use them; what single precision does not hold is told, and held at its limit."""
    if codes.dtype == np.float32 and largest(codes) <= LARGEST:
        return codes
    beyond = int((np.abs(codes) > LARGEST).sum())
    if beyond:
        warnings.warn(
            f"{beyond} weights are beyond single precision, in which the catalogue holds codes; searches take them as "
            f"{LARGEST:.1e}. Scale X to have them right.",
            stacklevel=2,
        )
    return codes.clip(-LARGEST, LARGEST).astype(np.float32)


def relative_errors(X: Any, codes: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Return ``|x - w H| / |x|`` of every row, float64; 0 for a row of zeros.

    Parameters
    ----------
    X : ndarray, scipy.sparse.csr_array or RowStore of shape (n_samples, n_features)
    codes : ndarray of shape (n_samples, n_components)
    parts : ndarray of shape (n_components, n_features)
    """
    H = parts.astype(np.float64)
    unit = largest(X)
    unit = 1.0 if RANGE[0] < unit < RANGE[1] else unit or 1.0  # or squares overflow
    gram = H @ H.T
    errors = np.zeros(X.shape[0])
    height = rows_within(BLOCK, 8 * X.shape[1])
    for first in range(0, X.shape[0], height):
        rows = slice(first, first + height)
        block, W = X[rows].astype(np.float64) / unit, codes[rows].astype(np.float64) / unit
        squares = np.asarray((block * block).sum(axis=1)).ravel()
        # |x - w H|^2 without forming w H, which would fill what a sparse X leaves out
        left = squares - 2 * np.einsum("ij,ij->i", np.asarray(block @ H.T), W) + np.einsum("ij,jk,ik->i", W, gram, W)
        errors[rows] = np.sqrt(np.divide(left.clip(0), squares, out=np.zeros(len(W)), where=squares > 0))
    return errors


def _means(X: Any) -> np.ndarray:
    """Return the mean of each row."""
    return np.concatenate([np.asarray(rows.mean(axis=1)).ravel() for _, rows in blocks_of(X)])


class NewEntries(Iterable[NewEntry]):
    """The entries of all samples, made anew each time they are gone through: as a list they weigh as much as X."""

    def __init__(
        self, data: Dataset, codes: np.ndarray, parts: np.ndarray, report: Callable[[int, int], None] | None = None
    ) -> None:
        self._of = data, codes, parts
        self._report = report

    def __iter__(self) -> Iterator[NewEntry]:
        total = self._of[0].n_samples
        for done, entry in enumerate(new_entries(*self._of), 1):
            yield entry
            if self._report is not None and (done % TOLD == 0 or done == total):
                self._report(done, total)


def catalogued(folder: Path, model: str, entries: Iterable[NewEntry], patience: float = LONG) -> None:
    """Write what a model was learned from into the catalogue of its run, made if need be (see `Change.learn`).

    A fit may have taken hours, so neither another writer nor what an older run left there may cost it: another is
    waited for, for `patience` seconds, and a file that is damaged or of a newer version is set aside, with a warning.
    """
    written = list(entries) if isinstance(entries, Iterator) else entries
    try:
        _learned(folder, model, written, patience)
    except BusyError:
        raise
    except ValueError as error:
        aside = set_aside(folder)
        _learned(folder, model, written, patience)
        warnings.warn(f"The catalogue was made anew, and the old one is kept as {aside.name}: {error}", stacklevel=2)


def _learned(folder: Path, model: str, entries: Iterable[NewEntry], patience: float) -> None:
    catalogue = Catalogue.made(folder)
    try:
        with catalogue.change("fit", patience) as change:
            change.learn(entries, model)
        bring_up(catalogue)
    finally:
        catalogue.close()


def set_aside(folder: Path) -> Path:
    """Move a catalogue and its log out of the way; return where it is kept."""
    aside = folder / f"{FILE}.old"
    for end in ("", "-wal", "-shm"):
        old = folder / f"{FILE}{end}"
        if old.exists():
            os.replace(old, f"{aside}{end}")
    return aside
