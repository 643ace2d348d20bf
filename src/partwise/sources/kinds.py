"""What the name of a source stands for, told without reading it or loading what would."""

from __future__ import annotations

from pathlib import Path

from .audio import RECORDINGS
from .dataset import SourceError
from .folder import EXTENSIONS, existing_file, shown
from .samples import SAMPLES
from .tables import PICKLES, READERS


def kind_of(source: str | Path) -> str:
    """Return what a source is by its name and by what lies there.

    Parameters
    ----------
    source : str or Path
        As in `open_source`.

    Returns
    -------
    {"sample", "folder", "picture", "table", "recording"}

    Raises
    ------
    SourceError
        Nothing of that name can be opened; the message says what can be given.
    """
    if isinstance(source, str) and source in SAMPLES:
        return "sample"
    if not str(source).strip():
        raise SourceError(f"A source needs a name, got {str(source)!r}. Give a folder, a file or a sample.")
    path = Path(source).expanduser()
    suffix = path.suffix.lower()
    try:
        exists = path.exists()
    except PermissionError:  # a folder above it may not be entered
        raise SourceError(f"Permission denied: {shown(str(path))}") from None
    if path.is_dir():
        return "folder"
    if suffix in PICKLES:  # refused by its reader, whether it exists or not
        return "table"
    for kind, suffixes in (("picture", EXTENSIONS), ("table", READERS), ("recording", RECORDINGS)):
        if suffix in suffixes:
            existing_file(path)
            return kind
    lead = f"Cannot open {shown(str(path))}" if exists else f"Folder not found: {shown(str(path))}"
    raise SourceError(
        f"{lead}. Give a folder of pictures, a picture ({' '.join(EXTENSIONS)}), "
        f"a matrix ({' '.join(READERS)}), a recording ({' '.join(RECORDINGS)}) or a sample ({' '.join(SAMPLES)})."
    )
