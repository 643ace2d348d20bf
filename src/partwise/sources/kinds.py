"""What the name of a source stands for, told without reading it or loading what would."""

from __future__ import annotations

from pathlib import Path

from .audio import RECORDINGS
from .dataset import SourceError
from .folder import EXTENSIONS, LINES, TEXT_TABLES, TEXTS, count_files, existing_file, shown
from .samples import SAMPLES
from .tables import PICKLES, READERS

STORE = ".zarr"  # a folder that is one matrix

#: Kinds of single files, and how their names end.
FILES = {"picture": EXTENSIONS, "table": READERS, "texts": TEXTS, "records": LINES, "recording": RECORDINGS}


def kind_of(source: str | Path, text_column: str | None = None) -> str:
    """Return what a source is by its name and by what lies there.

    A folder with more texts than pictures is one of texts, else it is one of pictures.

    Parameters
    ----------
    source : str or Path
        As in `open_source`.
    text_column : str, optional
        With it a .csv or .tsv is one of records.

    Returns
    -------
    {"sample", "folder", "picture", "texts", "records", "table", "recording"}
        ``"folder"`` is one of pictures, ``"texts"`` one of texts or a single one; ``"records"`` have a text in each.

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
    if path.is_dir() and suffix != STORE:
        pictures, texts = count_files(path)
        return "texts" if texts > pictures else "folder"
    if suffix in PICKLES:  # refused by its reader, whether it exists or not
        return "table"
    for kind, suffixes in FILES.items():
        if suffix in suffixes:
            existing_file(path)
            return "records" if suffix in TEXT_TABLES and text_column is not None else kind
    lead = f"Cannot open {shown(str(path))}" if exists else f"Folder not found: {shown(str(path))}"
    raise SourceError(
        f"{lead}. Give a folder of pictures or of texts, a picture ({' '.join(EXTENSIONS)}), "
        f"a matrix ({' '.join(READERS)}), texts ({' '.join(TEXTS + LINES)}), a recording ({' '.join(RECORDINGS)}) "
        f"or a sample ({' '.join(SAMPLES)})."
    )
