"""A fit on workers: what it goes together with, its codes brought here, and how to go on if the workers are gone."""

from concurrent.futures import CancelledError
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from partwise.losses import as_loss
from partwise.matrices.cluster import WorkersGoneError
from partwise.models.row_model import SOLVERS, RowModel
from partwise.sources import RowStore, SourceError, kind_of
from partwise.sources.folder import shown
from partwise.sources.large_tables import STORES
from partwise.tasks.progress import Progress
from partwise.tasks.rows_on_workers import chunked, codes_on_disk

if TYPE_CHECKING:
    from distributed import Client

NEEDED = {".zarr": ("zarr",), ".parquet": ("pyarrow",)}  # to read such a file


def check_spread(model: Any, name: str, memory: int | None) -> None:
    """Raise ValueError where a fit is not one for workers.

    Parameters
    ----------
    model : PartsModel
    name : str
        Its key of `MODELS`.
    memory : int or None
        What --memory allows.
    """
    if not isinstance(model, RowModel):
        raise ValueError(f"The model {name} has no --dask. Leave it out, or try --model nmf.")
    if memory is not None:
        raise ValueError(
            "--memory is for a fit whose rows stay on disk, and with --dask workers hold them in their memory. "
            "Leave one of the two out."
        )
    if as_loss(model.beta_loss).beta != 2:
        raise ValueError(
            f"--dask is for the squared error (--loss frobenius), got --loss {model.beta_loss}. Leave --dask out; "
            "--memory reads from disk with any loss."
        )
    if model.solver not in SOLVERS:
        raise ValueError(
            f"--dask wants --solver hals, got --solver {model.solver}. Leave one of the two out; --memory reads from "
            "disk with any solver."
        )


def rows_of(source: str | Path) -> tuple[Path, tuple[str, ...]]:
    """Return where a source lies, whatever folder a worker is in, and the packages that workers need to read it.

    Raises
    ------
    SourceError
        If workers cannot read it by rows.
    """
    kind, path = kind_of(source), Path(source).expanduser()
    suffix = path.suffix.lower()
    if kind == "folder" or (kind == "table" and suffix in STORES):
        return path.absolute(), NEEDED.get(suffix, ()) if kind == "table" else ()
    raise SourceError(
        f"{shown(path.name)} is read as a whole, and with --dask workers read rows of a folder of pictures or of a "
        f"{' '.join(STORES)}. Write it as one of those, or leave --dask out."
    )


def learned(model: Any, rows: RowStore, client: "Client", progress: Progress) -> np.ndarray:
    """Fit a model to rows that workers read and hold; return the codes in a file mapped into memory.

    Raises
    ------
    WorkersGoneError
        If there is no worker any more; the message says how to go on.
    """
    if 0 in rows.shape:
        return np.asarray(model.fit_transform(rows[:]))  # refused by the model, in its words
    try:
        return codes_on_disk(model.fit_transform(chunked(rows, client, progress.loading)))
    except WorkersGoneError as error:
        gone = "The cluster was closed." if isinstance(error.__cause__, CancelledError) else _first_sentence(error)
        if type(error.__cause__).__name__ == "KilledWorker":  # without importing dask
            onwards = "They may be too many for its memory: take more workers, or some with more memory."
        elif model.checkpoint is None:
            onwards = "Nothing was kept: start workers and give the same command, with --checkpoint FILE too."
        else:
            onwards = "Start workers and give the same command with --resume: it goes on from the checkpoint."
        raise WorkersGoneError(f"{gone} {onwards}") from error


def _first_sentence(error: Exception) -> str:
    return str(error).partition(". ")[0].rstrip(".") + "."
