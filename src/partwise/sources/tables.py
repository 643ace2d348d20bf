"""Matrices from files: .npy, .npz (dense or sparse), text, Parquet, .h5ad and zarr; never a pickle."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from .dataset import Dataset, SourceError
from .folder import existing_file, shown
from .numeric import Parsed, as_floats, as_sparse

Read = TypeVar("Read")

PICKLES = (".pkl", ".pickle", ".joblib")


@dataclass(frozen=True, kw_only=True, eq=False)
class Table(Dataset):
    """A matrix of numbers.

    Attributes
    ----------
    feature_names : tuple of str or None
        One name for each column, None if the file has none.
    """

    feature_names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.feature_names is not None and len(self.feature_names) != self.n_features:
            raise ValueError(
                f"Table needs a name for each of {self.n_features} columns, got {len(self.feature_names)} names."
            )

    @property
    def kind(self) -> str:
        """``"table"``."""
        return "table"

    def memory(self) -> dict[str, Any]:
        """Return the names of the columns."""
        return {"feature_names": None if self.feature_names is None else list(self.feature_names)}


def read_table(path: str | Path, *, missing: bool = False) -> Table:
    """Read a matrix from a file.

    Whole numbers become float32 if that holds them exactly, else float64; float32 and float64 stay. Whether the
    values suit a model (none negative, none missing) is for the model to say.

    Parameters
    ----------
    path : str or Path
        ``.npy`` with a 2-D array; ``.npz`` from ``scipy.sparse.save_npz`` or with exactly one 2-D array; ``.csv`` or
        ``.tsv``, see `read_text`; ``.parquet`` with the extra ``parquet``, see `read_parquet`; ``.h5ad`` with the extra
        ``anndata``, see `read_annotated`; a ``.zarr`` folder with the extra ``zarr``.
    missing : bool
        Whether cells of a text may be missing: empty, NA, N/A, null, none or NaN. They become NaN.

    Returns
    -------
    Table
        X is a C-ordered array, or a ``csr_array`` if the file is sparse. Rows are named "1", "2", ... unless the file
        names them.

    Raises
    ------
    SourceError
        The file is missing, damaged, a pickle, no matrix, or not numeric.
    """
    path = Path(path)
    name = shown(path.name)
    X, names, feature_names = read_checked(path, lambda: READERS[path.suffix.lower()](path, name, missing))
    names = names or tuple(str(place + 1) for place in range(X.shape[0]))
    return Table(X=X, names=names, feature_names=feature_names, origin=shown(str(path)))


def read_checked(path: Path, read: Callable[[], Read]) -> Read:
    """Return what a reader makes of a matrix file; whatever it raises becomes a SourceError."""
    name = shown(path.name)
    if path.suffix.lower() in PICKLES:
        raise SourceError(f"{name} is a pickle; this program never loads pickles because they can run code.")
    if path.suffix.lower() not in READERS:
        raise SourceError(f"{name} is no matrix file. Try one of {' '.join(READERS)}.")
    existing_file(path)
    try:
        return read()
    except SourceError:
        raise
    except PermissionError:
        raise SourceError(f"Permission denied: {shown(str(path))}") from None
    except MemoryError:
        raise SourceError(f"{name} does not fit in memory.") from None
    except Exception as error:  # a damaged file makes the readers raise almost any kind
        raise SourceError(f"{name} is damaged ({' '.join(str(error).split())}).") from error


def check_npy(path: Path, name: str) -> None:
    """Raise a SourceError for what does not begin as a .npy file does."""
    with open(path, "rb") as file:
        magic = file.read(6)
    if magic[:1] == b"\x80":
        raise SourceError(f"{name} is a pickle; this program never loads pickles because they can run code.")
    if magic != b"\x93NUMPY":
        raise SourceError(f"{name} is not a .npy file. Write it with np.save.")


def _read_npy(path: Path, name: str, missing: bool = False) -> Parsed:
    check_npy(path, name)
    return _as_matrix(_load(path, name), name), None, None


def _read_npz(path: Path, name: str, missing: bool = False) -> Parsed:
    if not zipfile.is_zipfile(path):
        raise SourceError(f"{name} is not a .npz file. Write it with np.savez or scipy.sparse.save_npz.")
    with np.load(path, allow_pickle=False) as archive:
        inside = archive.files
        if "format" in inside and "data" in inside and "shape" in inside:
            return _load_sparse(path, name), None, None
        if len(inside) != 1:
            listed = ", ".join(f"{key} {archive[key].shape}" for key in inside) or "nothing"
            raise SourceError(f"{name} must hold exactly one array, got {listed}. Save the matrix alone with np.save.")
        return _as_matrix(_load(path, name, inside[0]), name), None, None


def _read_text(path: Path, name: str, missing: bool = False) -> Parsed:
    from .text_tables import read_text

    return read_text(path, name, missing=missing)


def _read_parquet(path: Path, name: str, missing: bool = False) -> Parsed:
    from .parquet import read_parquet

    return read_parquet(path, name)


def _read_annotated(path: Path, name: str, missing: bool = False) -> Parsed:
    from .annotated import read_annotated

    return read_annotated(path, name)


def _read_zarr(path: Path, name: str, missing: bool = False) -> Parsed:
    from .zarr_rows import zarr_rows

    return _as_matrix(np.asarray(zarr_rows(path, name).array[:]), name), None, None


READERS = {
    ".npy": _read_npy,
    ".npz": _read_npz,
    ".csv": _read_text,
    ".tsv": _read_text,
    ".parquet": _read_parquet,
    ".h5ad": _read_annotated,
    ".zarr": _read_zarr,
}


def _load(path: Path, name: str, key: str | None = None) -> np.ndarray:
    """Load an array, and call an array of objects what it is: a pickle."""
    try:
        loaded = np.load(path, allow_pickle=False)
        return loaded if key is None else loaded[key]
    except ValueError as error:
        if "allow_pickle" in str(error):
            raise SourceError(
                f"{name} is a pickle; this program never loads pickles because they can run code."
            ) from None
        raise


def _load_sparse(path: Path, name: str) -> Any:
    from scipy import sparse

    return as_sparse(sparse.load_npz(path), name)


def _as_matrix(array: np.ndarray, name: str) -> np.ndarray:
    if array.ndim == 0:
        raise SourceError("Expected 2D array, got scalar array instead. A matrix has rows and columns.")
    if array.ndim == 1:
        raise SourceError("Expected 2D array, got 1D array instead. Reshape with X.reshape(1, -1).")
    if array.ndim > 2:
        raise SourceError(
            f"Found array with dim {array.ndim}, while dim <= 2 is required by NMF. "
            "Image stack? use X.reshape(len(X), -1)."
        )
    return np.ascontiguousarray(as_floats(array, name))
