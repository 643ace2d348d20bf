"""What a reader of matrix files hands over: floats, dense or sparse, or a word about what is no number."""

from __future__ import annotations

from typing import Any

import numpy as np

from partwise.memory import computed_in

from .dataset import SourceError

Parsed = tuple[Any, tuple[str, ...] | None, tuple[str, ...] | None]  # X, names of rows, names of columns


def as_sparse(X: Any, name: str) -> Any:
    """Return a sparse matrix of a file as a csr_array of floats, checked.

    Parameters
    ----------
    X : sparse matrix or array
    name : str
        The file, for the message.

    Raises
    ------
    SourceError
        As `as_floats`.
    """
    from scipy import sparse

    if hasattr(X, "check_format"):
        X.check_format(full_check=True)  # an index beyond the matrix would make compiled code read foreign memory
    X = sparse.csr_array(X)
    X.sum_duplicates()
    X.data = as_floats(X.data, name)
    return X


def as_floats(array: np.ndarray, name: str) -> np.ndarray:
    """Return numbers as float32 or float64: floats as they are, whole numbers as float32 if that is exact.

    Text becomes float64 if all of it is numbers.

    Parameters
    ----------
    array : ndarray
        Any shape and dtype.
    name : str
        The file, for the message.

    Raises
    ------
    SourceError
        Complex numbers, or no numbers at all.
    """
    kind = array.dtype.kind
    if kind == "c":
        raise SourceError("Complex data not supported")
    if kind in "US":
        return _from_text(array, name)
    if kind not in "biuf":
        raise SourceError(f"could not convert {array.dtype.name} to float ({name}). X must be numeric.")
    if kind == "f":
        return array.astype(np.float32 if array.itemsize <= 4 else np.float64, copy=False)  # native byte order too
    single = array.astype(np.float32)
    return single if kind == "b" or np.array_equal(single.astype(np.float64), array) else array.astype(np.float64)


def widened(kind: np.dtype[Any], name: str) -> np.dtype[Any]:
    """Return in what numbers of a file are computed: float32 for at most 16 bits, else float64; float32 stays.

    Raises
    ------
    SourceError
        They are complex, or no numbers.
    """
    if kind.kind == "c":
        raise SourceError("Complex data not supported")
    if kind.kind not in "biuf":
        raise SourceError(f"could not convert {kind.name} to float ({name}). X must be numeric.")
    return computed_in(kind)


def _from_text(array: np.ndarray, name: str) -> np.ndarray:
    try:
        return array.astype(np.float64)
    except ValueError:
        for place, cell in np.ndenumerate(array):
            text = cell.decode("utf-8", "backslashreplace") if isinstance(cell, bytes) else str(cell)
            if not is_number(text):
                raise SourceError(
                    f"{name}: could not convert string to float: {text!r:.42} (row {place[0]}). X must be numeric."
                ) from None
        raise


def is_number(text: str) -> bool:
    """Return whether a text is a number, as Python reads it."""
    try:
        float(text)
    except ValueError:
        return False
    return True
