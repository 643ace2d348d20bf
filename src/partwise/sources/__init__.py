"""Where X comes from: a folder of pictures, a picture, a matrix file or a sample, all as one Dataset."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .dataset import Dataset, Duplicate, Skipped, SourceError
from .folder import shown
from .images import ImageSet
from .tables import Table, read_table

if TYPE_CHECKING:
    from .kinds import kind_of
    from .parallel import Progress
    from .reading import read_images
    from .samples import SAMPLES, load_sample

__all__ = [
    "SAMPLES",
    "Dataset",
    "Duplicate",
    "ImageSet",
    "Skipped",
    "SourceError",
    "Table",
    "kind_of",
    "load_sample",
    "open_source",
    "read_images",
    "read_table",
]

# Pillow and the registry of samples are loaded at the first use, so that a command's help need not wait
_LATER = {"kind_of": "kinds", "read_images": "reading", "load_sample": "samples", "SAMPLES": "samples"}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)


def open_source(
    source: str | Path,
    *,
    color: str = "gray",
    size: tuple[int, int] | None = None,
    resize: str = "crop",
    max_pixels: int = 50_000_000,
    follow_links: bool = False,
    drop_duplicates: bool = False,
    data_home: str | Path | None = None,
    n_jobs: int | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Open whatever the user named.

    Parameters
    ----------
    source : str or Path
        The name of a sample (``orl``, ``olivetti``, ``lfw``, ``digits``), a folder of pictures, a single picture, or a
        matrix file (``.npy .npz .csv .tsv``). A sample wins over a folder of the same name; write ``./orl`` for the
        folder. A ``Path`` is never a sample.
    color, size, resize, max_pixels, follow_links, drop_duplicates, n_jobs, progress
        As in `read_images`; a table takes no `size`.
    data_home : str or Path, optional
        As in `load_sample`.

    Returns
    -------
    Dataset
        An ImageSet or a Table.

    Raises
    ------
    SourceError
        Nothing of that name can be opened; the message says what can be given.
    """
    from .kinds import kind_of

    kind = kind_of(source)
    path = Path(source).expanduser()
    if kind == "sample":
        return _open_sample(str(source), color, size, resize, data_home, progress)
    if kind == "table":
        if size is not None:
            raise SourceError(f"size is for pictures, got the table {shown(path.name)}. Leave it out.")
        return read_table(path)
    from .reading import Reading, read_image, read_images

    if kind == "picture":
        return read_image(path, Reading(color, size, resize, max_pixels, drop_duplicates, n_jobs, progress))
    return read_images(
        path,
        color=color,
        size=size,
        resize=resize,
        max_pixels=max_pixels,
        follow_links=follow_links,
        drop_duplicates=drop_duplicates,
        n_jobs=n_jobs,
        progress=progress,
    )


def _open_sample(
    name: str,
    color: str,
    size: tuple[int, int] | None,
    resize: str,
    data_home: str | Path | None,
    progress: Progress | None,
) -> Dataset:
    """Load a sample; where a folder has the same name, say so, and all the more when the sample cannot be had."""
    from .samples import load_sample

    folder = f".{os.sep}{name}" if Path(name).is_dir() else None
    try:
        dataset = load_sample(name, data_home=data_home, color=color, progress=progress)
    except SourceError as error:
        if folder is None:
            raise
        raise SourceError(f"{error} For the folder of that name write {folder}.") from None
    if size is not None and isinstance(dataset, ImageSet):
        dataset = dataset.resized(size, resize)
    if folder is not None:
        note = f"{name!r} is taken as the sample; for the folder of that name write {folder}."
        dataset = replace(dataset, notes=(*dataset.notes, note))
    return dataset
