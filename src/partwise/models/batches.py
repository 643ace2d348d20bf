"""Where mini-batches come from: an array, a file mapped into memory, a list of batches, or an iterator of them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from partwise.matrices import Matrix, as_matrix
from partwise.models.scaling import Scaling
from partwise.models.validation import check_X, warn_of_zeros
from partwise.problems import Batch

SAMPLE = 1024  # rows, at least, that a start is made from; and 20 for each component
# whatever can be iterated over and is none of these is a stream
ARRAYS = ("shape", "__array__", "__dataframe__")
COLLECTIONS = (list, tuple, set, dict, str, bytes)


class Batches(ABC):
    """Batches of samples, checked and in the unit of `scaling`."""

    scaling: Scaling
    kept: bool = True  # the same samples stand at the same place in every epoch
    endless: bool = True  # as many epochs as are wanted

    @abstractmethod
    def epoch(self) -> Iterator[Matrix]:
        """Yield the batches of one epoch."""

    @abstractmethod
    def sample(self, size: int) -> Matrix:
        """Return about that many rows, to make a start from."""

    def visits(self, most: int) -> Iterator[Batch]:
        """Yield batches for at most `most` epochs, each with its place and its share of an epoch."""
        total = 0
        for epoch in range(1, 1 + (most if self.endless else 1)):
            seen = 0
            for place, X in enumerate(self.epoch()):
                seen += X.shape[0]
                yield Batch(X, place if self.kept else None, X.shape[0] / (total or seen), epoch)
            total = seen


class Held(Batches):
    """Batches that are in memory: views of an array, or what a list holds."""

    def __init__(self, parts: list[Matrix], scaling: Scaling, whole: Matrix | None = None) -> None:
        self._parts = parts
        self._whole = whole
        self.scaling = scaling

    def epoch(self) -> Iterator[Matrix]:
        """Yield the same matrices, which remember their norms."""
        return iter(self._parts)

    def sample(self, size: int) -> Matrix:
        """Take rows all over an array; of a list its first batch."""
        return self._parts[0] if self._whole is None else self._whole.take(_spread(self._whole.shape[0], size))


class Mapped(Batches):
    """Rows of a file that is mapped into memory: a batch is read when its turn comes, and never more than one."""

    def __init__(self, X: np.ndarray, size: int, dtype: np.dtype[Any], scaling: Scaling) -> None:
        self._X = X
        self._size = size
        self._dtype = dtype
        self.scaling = scaling

    def epoch(self) -> Iterator[Matrix]:
        """Read batch after batch."""
        return (self._read(rows) for rows in _ranges(len(self._X), self._size))

    def sample(self, size: int) -> Matrix:
        """Read rows all over the file."""
        return self._read(_spread(len(self._X), size))

    def _read(self, rows: Any) -> Matrix:
        return as_matrix(self.scaling.shrink(np.array(self._X[rows], dtype=self._dtype, order="C")))


class Streamed(Batches):
    """Batches from an iterator, seen once, or from an iterable that begins again; in the unit of the first."""

    kept = False

    def __init__(self, X: Iterable[Any], check: Callable[[Any, int], Any]) -> None:
        self.endless = not isinstance(X, Iterator)
        self._X = X
        self._check = check
        self._ahead = iter(X)
        try:
            self._first = check(next(self._ahead), 0)
        except StopIteration:
            raise ValueError(
                "Expected at least one batch, got an iterator that is empty or used up. Give arrays of shape "
                "(n_samples, n_features)."
            ) from None
        self.scaling = Scaling.of(self._first)
        self._begun = False

    def epoch(self) -> Iterator[Matrix]:
        """Yield what comes, checked; the first epoch goes on from the batch that was looked at."""
        if self._begun:
            self._ahead, first = iter(self._X), []
        else:
            self._begun, first = True, [self._first]
        for X in first:
            yield as_matrix(self.scaling.shrink(X))
        for place, X in enumerate(self._ahead, start=len(first)):
            yield as_matrix(self.scaling.shrink(self._check(X, place)))

    def sample(self, size: int) -> Matrix:
        """Return the first batch, as it is."""
        return as_matrix(self.scaling.shrink(self._first))


def open_batches(
    estimator: BaseEstimator, X: Any, size: int, admit: Callable[[Any], object], *, reset: bool
) -> Batches:
    """Look at X and return its batches.

    Parameters
    ----------
    estimator : BaseEstimator
        Its name is in the messages; with `reset` it learns `n_features_in_` and `feature_names_in_`.
    X : array-like, sparse matrix, np.memmap, list of arrays, or iterable of arrays
        An array or a file is cut into batches; others come as they are.
    size : int
        Rows in a batch.
    admit : callable
        Raises ValueError where the loss does not admit a checked batch.
    reset : bool
        True in fit, False afterwards.

    Raises
    ------
    ValueError, TypeError
        What `check_X` says, with the place of the batch.
    """

    def check(batch: Any, place: int, what: str = "batch") -> Any:
        try:
            checked = check_X(estimator, batch, reset=reset and place == 0)
            admit(checked)
        except (TypeError, ValueError) as error:
            if what == "array":
                raise
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(f"{error} (In {what} {place}.)") from error
        return checked

    if isinstance(X, np.memmap) and X.ndim == 2 and X.dtype.kind in "fiub" and len(X):
        highest: list[np.ndarray] = []
        for rows in _ranges(len(X), size):
            checked = check(X[rows], rows.start, "the rows from")
            highest.append(checked.max(keepdims=True))
        return Mapped(np.asarray(X), size, highest[0].dtype, Scaling.of(np.concatenate(highest)))
    if isinstance(X, (list, tuple)) and len(X) and np.ndim(X[0]) == 2 and hasattr(X[0], "shape"):
        parts = [check(batch, place) for place, batch in enumerate(X)]
        scaling = Scaling.of(np.array([part.max() for part in parts]).astype(parts[0].dtype)[:, None])
        return Held([as_matrix(scaling.shrink(part)) for part in parts], scaling)
    if isinstance(X, Iterable) and not isinstance(X, COLLECTIONS) and not any(hasattr(X, name) for name in ARRAYS):
        return Streamed(X, check)
    checked = check(X, 0, "array")
    high = float(checked.max())
    if reset:
        warn_of_zeros(high)
    scaling = Scaling.of(checked, high)
    whole = as_matrix(scaling.shrink(checked))
    return Held([whole.take(rows) for rows in _ranges(whole.shape[0], size)], scaling, whole)


def _ranges(n_rows: int, size: int) -> Iterator[slice]:
    return (slice(start, min(start + size, n_rows)) for start in range(0, n_rows, size))


def _spread(n_rows: int, size: int) -> Any:
    """Return places of rows all over; all of them where there are no more."""
    return slice(0, n_rows) if n_rows <= size else np.linspace(0, n_rows - 1, size).astype(int)
