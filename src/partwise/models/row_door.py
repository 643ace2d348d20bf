"""The door for X that is not in memory: blocks of rows, looked at once; what is wrong is said with its place."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import _check_n_features

from partwise.kernels.measure import sum_squares
from partwise.matrices.on_disk import OnDisk
from partwise.matrices.row_blocks import RowBlocks
from partwise.matrices.row_reader import RowReader, is_store
from partwise.models.scaling import Scaling
from partwise.models.validation import check_entries, warn_of_zeros
from partwise.models.working_memory import WorkingMemory, larger_than_memory


def stays_outside(X: Any, memory: int | str | None) -> bool:
    """Say whether X is learned from where it is: on disk, and too large for memory if it could be mapped into it."""
    if not is_store(X):
        return False
    return not isinstance(X, np.ndarray) or (X.ndim == 2 and larger_than_memory(X.nbytes, memory))


def row_blocks(estimator: BaseEstimator, X: Any, memory: int | str | None, *, reset: bool) -> tuple[RowBlocks, Scaling]:
    """Look at X once and return it in blocks, in its unit.

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
    if len(X.shape) != 2:
        raise ValueError(f"Expected 2D array, got {len(X.shape)}D array instead. {name} wants rows on disk.")
    if np.dtype(X.dtype).kind not in "fiub":
        raise ValueError(f"{name} wants numbers on disk, got {X.dtype}. X must be numeric.")
    for size, what in zip(X.shape, ("sample", "feature"), strict=True):
        if size == 0:
            raise ValueError(
                f"Found array with 0 {what}(s) (shape={tuple(X.shape)}) while a minimum of 1 is required by {name}."
            )
    _check_n_features(estimator, X, reset=reset)
    room = WorkingMemory.of(memory, name)
    reader = RowReader(X)
    found = OnDisk(reader, room.block)
    squares, total, high = _looked_at(found, name)
    if reset:
        warn_of_zeros(high)
    scaling = Scaling.of(np.zeros((0, 0), reader.dtype), high)
    if scaling.unit != 1:
        found = OnDisk(reader.in_unit(scaling.unit), room.block)
        squares, total, high = _looked_at(found, name)
    found.squared_norm, found.mean, found.high = squares, total / (X.shape[0] * X.shape[1]), high
    return found, scaling


def _looked_at(blocks: OnDisk, name: str) -> tuple[float, float, float]:
    """Return the sum of squares, the sum and the largest entry."""
    squares = total = high = 0.0
    for start, stop, rows in blocks.blocks():
        try:
            high = max(high, check_entries(rows, f"{name} (input X)"))
        except ValueError as error:
            raise ValueError(f"{error} (In rows {start} to {stop - 1}, counted from the first of them.)") from None
        squares += sum_squares(rows)
        total += float(rows.sum(dtype=np.float64))
    return squares, total, high
