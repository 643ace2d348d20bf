"""Files that may be had: they are listed first, and a request can only name one of the list, never a path."""

import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

TITLES = {"report.html": "Report", "run.json": "Settings, facts and history", "model.safetensors": "The model"}


def files_of(run: Path, names: Sequence[str], figures: str) -> Iterator[tuple[str, str, int | None]]:
    """Yield the names, titles and bytes of a run's files that are there; None where it is not known."""
    for name, path in downloads(run, names, figures).items():
        title = TITLES.get(name) or f"Figure: {path.stem.replace('_', ' ')}"
        yield name, title, path.stat().st_size
    yield "codes.csv", "Codes as a table", None  # written when it is asked for


def downloads(run: Path, names: Sequence[str], figures: str) -> dict[str, Path]:
    """Return the files of a run by the names under which they are offered."""
    found = {name: run / name for name in names}
    found |= {f"{figures}/{path.name}": path for path in sorted((run / figures).glob("*.png"))}
    return {name: path for name, path in found.items() if _is_plain(path)}


def static_files(folder: Path) -> dict[str, Path]:
    """Return the files of a folder of the package by their names relative to it."""
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if _is_plain(path)}


def _is_plain(path: Path) -> bool:
    """Say whether it is a file itself: a link may point anywhere."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
