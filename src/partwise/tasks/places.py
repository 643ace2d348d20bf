"""Where a run may lie, and whether its source is there: asked first, so it loads nothing heavy."""

import errno
import os
from pathlib import Path

from partwise.runs import FIGURES, MODEL, REPORT, RUN, SKIPPED
from partwise.sources import kind_of


def check_places(source: str | Path, out: Path, force: bool) -> None:
    """Raise ValueError or OSError where a fit cannot begin: nothing to read, or no place for the run."""
    check_free(out, force)
    kind_of(source)


def check_free(out: Path, force: bool) -> None:
    """Raise ValueError where something would be overwritten; with `force`, only a run may be."""
    nearest = next(folder for folder in (out, *out.absolute().parents) if folder.exists())
    if not nearest.is_dir():
        raise ValueError(f"{nearest} is a file, and a run is a folder. Choose another --out.")
    if not os.access(nearest, os.W_OK):
        raise PermissionError(errno.EACCES, "Permission denied", str(nearest))
    if not out.exists() or {entry.name for entry in out.iterdir()} <= {SKIPPED}:
        return
    if not force:
        raise ValueError(f"{out} exists already. Choose another --out, or overwrite it with --force.")
    ours = {RUN, MODEL, REPORT, FIGURES}
    if not ours & {entry.name for entry in out.iterdir()}:
        raise ValueError(f"{out} is not a run, and --force overwrites runs only. Choose another --out.")


def check_apart(out: Path, source: str | Path) -> None:
    """Raise ValueError where the figures of a run would lie among the pictures that it was made of."""
    folder = Path(source)
    if folder.is_dir() and out.absolute().resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{out} lies inside {source}, so its figures would be read as pictures. Choose another --out.")
