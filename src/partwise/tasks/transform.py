"""transform: codes of new samples for the parts of a run."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from partwise.runs import Run
from partwise.sources import Dataset, RowStore
from partwise.storage import write_npy
from partwise.tasks.progress import Progress
from partwise.tasks.read import read_source, reading_of


def transform(
    run: Run,
    source: str | Path,
    out: Path,
    *,
    text_column: str | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> tuple[Dataset, np.ndarray]:
    """Read a source as the run's own was read, and write its codes, (n_samples, n_components), as a .npy file.

    Columns in another order than the run's are taken by their names, and a note says so.

    Raises
    ------
    ValueError, OSError
        If the source does not fit the run, or `out` is there already.
    """
    if out.suffix != ".npy":
        raise ValueError(f"Codes are written as a .npy file, got {out.name}. Try --out {out.with_suffix('.npy').name}.")
    if out.exists() and not force:
        raise ValueError(f"{out} exists already. Choose another --out, or overwrite it with --force.")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"Folder not found: {out.parent}")
    data, W = encoded(run, source, text_column=text_column, progress=progress)
    write_npy(out, W)
    return data, W


def encoded(
    run: Run,
    source: str | Path,
    *,
    text_column: str | None = None,
    progress: Progress | None = None,
) -> tuple[Dataset, np.ndarray]:
    """Read a source as the run's own was read; return it with its codes, (n_samples, n_components).

    Raises
    ------
    ValueError, OSError
        If the source does not fit the run.
    """
    data = read_alike(run, source, text_column=text_column, progress=progress)
    return data, codes_of(run, data.X)


def read_alike(
    run: Run,
    source: str | Path,
    *,
    text_column: str | None = None,
    progress: Progress | None = None,
    for_catalogue: bool = False,
) -> Dataset:
    """Read a source as the run's own was read, with its columns in the order of the parts' features.

    For a catalogue with thumbnails, and each content once.

    Raises
    ------
    ValueError, OSError
        If the source does not fit the run.
    """
    reading = reading_of(run, source, text_column)
    if for_catalogue:
        reading = replace(reading, drop_duplicates=True)
    data = read_source(source, reading, progress, thumbnails=for_catalogue)
    run.view.check_features(data)
    order = run.view.order(data)
    if order is None:
        return data
    if isinstance(data.X, RowStore):
        raise ValueError(
            f"The columns of {data.origin} stand in another order than those of the run, and it is too large to be put "
            "in order in memory. Write it with the columns of the run."
        )
    note = f"The columns of {data.origin} stand in another order than those of the run, and were taken by name."
    return replace(data, X=data.X[:, order], notes=(*data.notes, note))


def codes_of(run: Run, X: np.ndarray | RowStore) -> np.ndarray:
    """Return the codes of samples, (n_samples, n_features), for the parts of a run."""
    if isinstance(X, RowStore):
        return np.asarray(run.model.transform(X))
    return np.asarray(run.model.transform(X.astype(run.parts.dtype, copy=False)))
