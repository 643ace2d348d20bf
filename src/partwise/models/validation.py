"""The door: X is looked at once, and what is wrong with it is said with its place and the remedy."""

import hashlib
from typing import Any

import numpy as np
import scipy.sparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from partwise.kernels.measure import extremes
from partwise.models.warning import warn

DTYPES = (np.float64, np.float32)
HASHED_AT_ONCE = 32 << 20  # bytes


def check_X(estimator: BaseEstimator, X: Any, *, reset: bool) -> Any:
    """Return X as `checked` does."""
    return checked(estimator, X, reset=reset)[0]


def checked(estimator: BaseEstimator, X: Any, *, reset: bool, signed: bool = False) -> tuple[Any, float]:
    """Return X as a float array or compressed sparse matrix of finite entries >= 0, and its largest entry.

    Parameters
    ----------
    estimator : BaseEstimator
        Its name is in the messages; with `reset` it learns `n_features_in_` and `feature_names_in_`.
    X : array-like or sparse matrix
        What the user gave. float32 and float64 are kept, everything else becomes float64.
    reset : bool
        True in fit, False afterwards.
    signed : bool
        Whether entries may be below 0.

    Returns
    -------
    X : ndarray or sparse matrix of shape (n_samples, n_features)
    high : float
        The largest magnitude; 0 where nothing is stored.

    Raises
    ------
    ValueError, TypeError
        With scikit-learn's leading words, the place, and what to do.
    """
    X = shaped(estimator, X, reset=reset)
    return X, check_entries(X, f"{type(estimator).__name__} (input X)", signed=signed)


def shaped(estimator: BaseEstimator, X: Any, *, reset: bool) -> Any:
    """Return X as `checked` does, its entries not yet looked at."""
    _check_form(X, type(estimator).__name__)
    if isinstance(X, np.ma.MaskedArray):
        X = unmasked(X)
    try:
        return validate_data(
            estimator,
            X,
            reset=reset,
            accept_sparse=("csr", "csc"),
            dtype=DTYPES,
            ensure_all_finite=False,
        )
    except ValueError as error:
        if str(error).startswith("could not convert string to float"):
            raise ValueError(_string_message(X, str(error))) from error
        raise


def unmasked(X: np.ma.MaskedArray) -> np.ndarray:
    """Return an array with NaN where a masked one is masked; scikit-learn would take what lies under."""
    mask = np.ma.getmaskarray(X)
    return np.where(mask, np.asarray(np.nan, np.result_type(X.dtype, np.float32)), X.data) if mask.any() else X.data


def check_entries(X: Any, whom: str, *, signed: bool = False, first: int | None = None) -> float:
    """Return the largest magnitude, or raise ValueError unless all entries are finite and, if not `signed`, >= 0.

    `whom` names the receiver, as in 'NMF (input X)'. Of a block of rows that are not in memory together `first` is the
    number of the first.
    """
    if isinstance(X, np.ma.MaskedArray):
        X = unmasked(X)
    stored = X.data if scipy.sparse.issparse(X) else X
    if stored.size == 0:
        return 0.0
    low, high = extremes(stored)
    if np.isnan(low):
        raise ValueError(_nan_message(X, first))
    if not (np.isfinite(low) and np.isfinite(high)):
        where = ""
        if first is not None:
            row, column = _place(X, lambda values: ~np.isfinite(values))
            where = f" First at row {row + first}, column {column}."
        raise ValueError(f"Input X contains infinity or a value too large for {stored.dtype!r}.{where}")
    if low < 0 and not signed:
        row, column = _place(X, lambda values: values == low)
        count = int((stored < 0).sum())
        raise ValueError(
            f"Negative values in data passed to {whom}: min {low:.6g} at row {row + (first or 0)}, column {column} "
            f"({count} value{'s' if count > 1 else ''}). Shift or clip with np.maximum(X, 0)."
        )
    return float(max(high, -low))


def check_factor(
    F: Any, shape: tuple[int | str, int | str], whom: str, dtype: np.dtype[Any], *, zeros: bool = False
) -> np.ndarray:
    """Return a given factor, or raise ValueError or TypeError; `"auto"` in `shape` fits any size.

    All zeros are refused, since a start must have something to improve, unless `zeros`.
    """
    F = np.asarray(F)
    if F.ndim != 2:
        raise ValueError(f"Expected 2D array passed to {whom}, got {F.ndim}D array instead.")
    if any(wanted not in ("auto", got) for wanted, got in zip(shape, F.shape, strict=True)):
        raise ValueError(f"Array with wrong shape passed to {whom}. Expected {shape}, but got {F.shape}.")
    if F.dtype != dtype:
        raise TypeError(f"{whom} should have the same dtype as X: {dtype}, got {F.dtype}. Try .astype({dtype}).")
    check_entries(F, whom)
    if not zeros and F.size and F.max() == 0:
        raise ValueError(f"Array passed to {whom} is full of zeros. A start must have something to improve.")
    return F


def fingerprint(X: Any) -> dict[str, Any]:
    """Return shape, dtype and SHA-256 of the entries of an array or sparse matrix, whatever its order in memory."""
    digest = hashlib.sha256()
    if scipy.sparse.issparse(X):
        rows = scipy.sparse.csr_array(X)
        if not rows.has_canonical_format:
            rows = rows.copy()
            rows.sum_duplicates()
        pieces = [rows.data, rows.indices.astype(np.int64, copy=False), rows.indptr.astype(np.int64, copy=False)]
    else:
        height = max(1, HASHED_AT_ONCE // max(1, X.nbytes // max(1, len(X))))
        pieces = [X[start : start + height] for start in range(0, len(X), height)]
    for piece in pieces:
        digest.update(np.ascontiguousarray(piece).reshape(-1).view(np.uint8).data)
    return {"shape": list(X.shape), "dtype": str(X.dtype), "sha256": digest.hexdigest()}


def warn_of_zeros(high: float) -> None:
    """Warn where X, whose largest entry is given, has nothing to learn from."""
    if high == 0:
        warn(
            "X is all zeros: the factors are zero.",
            UserWarning,
        )


def _check_form(X: Any, name: str) -> None:
    """Refuse what has no two dimensions or no order, before scikit-learn answers in several lines."""
    if X is None or isinstance(X, (str, bytes)):
        raise ValueError(f"Expected 2D array, got {X!r:.40} instead. Give an array, a sparse matrix or a DataFrame.")
    kind = getattr(getattr(X, "dtype", None), "kind", "")
    if kind == "c":
        raise ValueError("Complex data not supported. Try np.abs(X), the magnitude.")
    ndim = getattr(X, "ndim", None)
    if ndim is None and isinstance(X, (list, tuple)):
        try:
            ndim = np.ndim(X)
        except ValueError:
            return
    if ndim in (0, 1):
        raise ValueError(f"Expected 2D array, got {ndim}D array instead. Reshape your data with X.reshape(1, -1).")
    if ndim is not None and ndim > 2:
        raise ValueError(
            f"Found array with dim {ndim}, while dim <= 2 is required by {name}. "
            "Image stack? use X.reshape(len(X), -1)."
        )


def _string_message(X: Any, message: str) -> str:
    for index, row in enumerate(np.asarray(X, dtype=object)):
        for value in np.atleast_1d(row):
            try:
                float(value)
            except ValueError:
                return f"could not convert string to float: {value!r} (row {index}). X must be numeric."
            except TypeError:
                continue
    return f"{message} X must be numeric."


def _nan_message(X: Any, first: int | None) -> str:
    row, column = _place(X, np.isnan)
    if first is not None:
        return f"Input X contains NaN, first at row {row + first}, column {column}. Drop or fill such rows first."
    if scipy.sparse.issparse(X):
        rows = len(np.unique(X.tocoo().row[np.isnan(X.tocoo().data)]))
    else:
        rows = int(np.isnan(X).any(axis=1).sum())
    return (
        f"Input X contains NaN. {rows} of {X.shape[0]} rows affected, first at row {row}, column {column}. "
        "Drop or fill them first. `partwise fill` fills them, NMF(missing='mask') learns from the rest."
    )


def _place(X: Any, wanted: Any) -> tuple[int, int]:
    """Return the first place, in reading order, of an entry that is wanted."""
    if scipy.sparse.issparse(X):
        entries = X.tocoo()
        found = wanted(entries.data)
        order = np.lexsort((entries.col[found], entries.row[found]))
        return int(entries.row[found][order[0]]), int(entries.col[found][order[0]])
    flat = int(np.argmax(wanted(np.ascontiguousarray(X))))
    row, column = divmod(flat, X.shape[1])
    return row, column
