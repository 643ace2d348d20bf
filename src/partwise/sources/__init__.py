"""Where X comes from: a folder of pictures, a picture, a matrix file, a recording or a sample, all as one Dataset."""

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
    from .audio import read_recording
    from .kinds import kind_of
    from .parallel import Progress
    from .reading import read_images
    from .recordings import Recording
    from .samples import SAMPLES, load_sample
    from .separation import separate

__all__ = [
    "SAMPLES",
    "Dataset",
    "Duplicate",
    "ImageSet",
    "Recording",
    "Skipped",
    "SourceError",
    "Table",
    "kind_of",
    "load_sample",
    "open_source",
    "read_images",
    "read_recording",
    "read_table",
    "separate",
]

# Pillow and the registry of samples are loaded at the first use, so that a command's help need not wait
_LATER = {
    "Recording": "recordings",
    "SAMPLES": "samples",
    "kind_of": "kinds",
    "load_sample": "samples",
    "read_images": "reading",
    "read_recording": "audio",
    "separate": "separation",
}


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
    window: int | None = None,
    hop: int | None = None,
    max_seconds: float | None = None,
    n_jobs: int | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Open whatever the user named.

    Parameters
    ----------
    source : str or Path
        The name of a sample (``orl``, ``olivetti``, ``lfw``, ``digits``), a folder of pictures, a single picture, a
        matrix file (``.npy .npz .csv .tsv``) or a recording (``.wav .flac .ogg .mp3 ...``). A sample wins over a folder
        of the same name; write ``./orl`` for the folder. A ``Path`` is never a sample.
    color, size, resize, max_pixels, follow_links, drop_duplicates, n_jobs, progress
        As in `read_images`; only pictures take a `size`.
    data_home : str or Path, optional
        As in `load_sample`.
    window, hop, max_seconds : optional
        As in `read_recording`; only recordings take them.

    Returns
    -------
    Dataset
        An ImageSet, a Table or a Recording.

    Raises
    ------
    SourceError
        Nothing of that name can be opened; the message says what can be given.
    """
    from .kinds import kind_of

    kind = kind_of(source)
    path = Path(source).expanduser()
    if kind == "recording":
        _refuse("size is for pictures", f"the recording {shown(path.name)}", size)
        from .audio import read_recording

        return read_recording(path, window=window, hop=hop, max_seconds=max_seconds, progress=progress)
    got = f"the {kind} {shown(path.name)}"
    for option, value in (("window", window), ("hop", hop), ("max_seconds", max_seconds)):
        _refuse(f"{option} is for recordings", got, value)
    if kind == "sample":
        return _open_sample(str(source), color, size, resize, data_home, progress)
    if kind == "table":
        _refuse("size is for pictures", got, size)
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


def _refuse(rule: str, got: str, value: object) -> None:
    """Raise where an option was given that does not fit the source."""
    if value is not None:
        raise SourceError(f"{rule}, got {got}. Leave it out.")


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
