"""The door for X that is not in memory: blocks of rows, looked at once; what is wrong is said with its place."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import _check_n_features

from partwise.kernels.measure import extremes
from partwise.matrices import Matrix, Stored
from partwise.matrices.on_disk import OnDisk
from partwise.matrices.on_workers import OnWorkers, is_on_workers
from partwise.matrices.row_blocks import RowBlocks
from partwise.matrices.row_reader import RowReader, is_store
from partwise.memory import too_large
from partwise.models.scaling import Scaling
from partwise.models.validation import check_entries, warn_of_zeros
from partwise.models.working_memory import WorkingMemory


def stays_outside(X: Any, memory: int | str | None) -> bool:
    """Say whether X is learned from where it is: on workers, or on disk, if it can be mapped too large for memory."""
    if is_on_workers(X):
        return True
    if not is_store(X):
        return False
    return not isinstance(X, np.ndarray) or (X.ndim == 2 and too_large(X.nbytes, memory))


@dataclass(frozen=True)
class StoredEntries:
    """X on disk as a fit sees it whose factors are in memory; what `missing.Entries` is to an array.

    Parameters
    ----------
    X : RowReader
    low, high : float
        The smallest and the largest entry.
    """

    X: RowReader
    low: float
    high: float
    weights: None = None

    @property
    def known(self) -> np.ndarray:
        """Return the extremes of the entries: what a loss asks of them."""
        return np.array([self.low, self.high])

    def matrix(self, scaling: Scaling) -> Matrix:
        """Return X in its unit."""
        return Stored(self.X.in_unit(scaling.unit))

    def warn_of_silence(self) -> None:
        """Say nothing: no entry is missing."""


def stored_entries(estimator: BaseEstimator, X: Any, memory: int | str | None, *, reset: bool) -> StoredEntries:
    """Look at X once and return it as it lies; parameters and errors are those of `row_blocks`."""
    name = type(estimator).__name__
    check_form(estimator, X, name, reset)
    reader = RowReader(X)
    low = np.inf

    def check(rows: np.ndarray, first: int) -> float:
        nonlocal low
        high = check_entries(rows, f"{name} (input X)", first=first)
        low = min(low, float(extremes(rows)[0]))
        return high

    _, _, high = OnDisk(reader, WorkingMemory.of(memory, name).block).looked_at(check)
    return StoredEntries(reader, low, high)


@contextmanager
def row_blocks(
    estimator: BaseEstimator, X: Any, memory: int | str | None, *, reset: bool
) -> Iterator[tuple[RowBlocks, Scaling]]:
    """Look at X once and lend it in blocks, in its unit; what they hold is let go of in the end.

    Parameters
    ----------
    estimator : BaseEstimator
        Its name is in the messages; with `reset` it learns `n_features_in_`.
    X : store of rows
    memory : int, str or None
        What the program may take.
    reset : bool
        True in fit, False afterwards.

    Raises
    ------
    ValueError, TypeError
        If X has not two dimensions, rows and columns, and real entries that are finite and >= 0.
    """
    name = type(estimator).__name__
    check_form(estimator, X, name, reset)
    given: RowBlocks = OnWorkers(X) if is_on_workers(X) else OnDisk(RowReader(X), WorkingMemory.of(memory, name).block)
    with closing(given):
        check = partial(check_entries, whom=f"{name} (input X)")
        squares, total, high = given.looked_at(check)
        if reset:
            warn_of_zeros(high)
        scaling = Scaling.of(given, high)
        blocks = given
        if scaling.unit != 1:
            blocks = given.in_unit(scaling.unit)
            squares, total, _ = blocks.looked_at(check)
        with closing(blocks):
            blocks.squared_norm, blocks.mean = squares, total / (X.shape[0] * X.shape[1])
            yield blocks, scaling


def check_form(estimator: BaseEstimator, X: Any, name: str, reset: bool) -> None:
    """Refuse what has no two dimensions, no rows or columns, or no real numbers."""
    if len(X.shape) != 2:
        raise ValueError(f"Expected 2D array, got {len(X.shape)}D array instead, passed to {name}.")
    if np.dtype(X.dtype).kind not in "fiub":
        raise ValueError(f"{name} wants real numbers, got {X.dtype}. X must be numeric.")
    for size, what in zip(X.shape, ("sample", "feature"), strict=True):
        if size == 0:
            raise ValueError(
                f"Found array with 0 {what}(s) (shape={tuple(X.shape)}) while a minimum of 1 is required by {name}."
            )
    _check_n_features(estimator, X, reset=reset)
