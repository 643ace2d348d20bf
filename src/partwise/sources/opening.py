"""The one door to all sources: a name in, a Dataset out; an option that is for another kind of source is refused."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from partwise.wording import counted

from .dataset import Dataset, SourceError
from .folder import EXTENSIONS, LINES, TEXT_TABLES, TEXTS, shown
from .images import ImageSet
from .large_tables import read_table_within
from .tables import read_table

if TYPE_CHECKING:
    from .parallel import Progress
    from .samples import SampleReading
    from .vocabulary import Vocabulary

#: Options of `open_source` that are for texts only.
TEXT_OPTIONS = (
    "text_column",
    "label_column",
    "stop_words",
    "min_df",
    "max_df",
    "max_features",
    "ngrams",
    "weights",
)

#: What is in a source, by its kind (`kind_of`); of a sample its entry says it.
CONTENTS = {
    "folder": "pictures",
    "picture": "pictures",
    "texts": "texts",
    "records": "texts",
    "table": "table",
    "recording": "recording",
}

STRAY = 0.1  # of the samples; fewer files of another kind are not worth a note


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
    text_column: str | None = None,
    label_column: str | None = None,
    stop_words: str | Sequence[str] | None = None,
    min_df: float | None = None,
    max_df: float | None = None,
    max_features: int | None = None,
    ngrams: int | None = None,
    weights: str | None = None,
    vocabulary: Vocabulary | None = None,
    window: int | None = None,
    hop: int | None = None,
    max_seconds: float | None = None,
    n_jobs: int | None = None,
    progress: Progress | None = None,
    thumbnails: bool = False,
    memory: int | None = None,
    stored: bool = False,
) -> Dataset:
    """Open whatever the user named.

    Parameters
    ----------
    source : str or Path
        The name of a sample (``orl``, ``olivetti``, ``lfw``, ``digits``, ``newsgroups``, ``all-aml``, ``signals``,
        ``swimmer``), a
        folder of pictures or of texts (of which it has more), a single picture, a matrix file (``.npy .npz .csv .tsv
        .parquet .h5ad .zarr``), texts (``.txt``, ``.jsonl .ndjson``, or ``.csv .tsv`` with `text_column`) or a
        recording (``.wav .flac .ogg .mp3 ...``). A sample wins over a folder of the same name; write ``./orl`` for
        the folder. A ``Path`` is never a sample.
    color, size, resize, max_pixels, follow_links, drop_duplicates, n_jobs, progress, thumbnails
        As in `read_images`; only pictures take a `size`.
    data_home : str or Path, optional
        As in `load_sample`.
    text_column : str, optional
        Only texts take it and the options down to `vocabulary`. The column of a table, or the field of JSON lines
        (``"text"`` if not given), that holds the texts.
    label_column : str, optional
        The column or field with a label of each text.
    stop_words : {"english", "none"}, path or sequence of str, optional
        Words that are left out: an English list (the default), none, or one's own, in a file or as they are.
    min_df, max_df : int or float, optional
        Keep words that at least and at most so many documents have; a float is a share of them. 2 and 0.95 if not
        given.
    max_features : int, optional
        Keep only so many words, the most frequent; all if not given.
    ngrams : int, optional
        The most words in a row that count as one; 1 if not given.
    weights : {"tfidf", "counts"}, optional
        Tf-idf with rows of length 1 (the default), or how often a word is there, which suits Kullback-Leibler.
    vocabulary : Vocabulary, optional
        Of texts that were read before: these are read with the same words and weights, and the options that choose
        words have no effect.
    window, hop, max_seconds : optional
        As in `read_recording`; only recordings take them.
    memory : int, optional
        Bytes that the program may use. Where X would take more than a quarter of them, it is a `RowStore`: a folder of
        pictures is decoded into a cache on disk, and rows of a ``.npy``, ``.zarr`` or ``.parquet`` are read as they are
        asked for. Other kinds are refused where they are larger.
    stored : bool
        Whether X is such a RowStore, however small it is, where the kind of source has one.

    Returns
    -------
    Dataset
        An ImageSet, Texts, a Table or a Recording.

    Raises
    ------
    SourceError
        Nothing of that name can be opened; the message says what can be given.
    """
    from .kinds import kind_of
    from .samples import SAMPLES, SampleReading

    kind = kind_of(source, text_column)
    path = Path(source).expanduser()
    content = SAMPLES[str(source)].content if kind == "sample" else CONTENTS[kind]
    options = (text_column, label_column, stop_words, min_df, max_df, max_features, ngrams, weights)
    wording = {name: value for name, value in zip(TEXT_OPTIONS, options, strict=True) if value is not None}
    got = f"the {'sample' if kind == 'sample' else content} {shown(path.name)}"
    if kind == "table" and wording and path.suffix.lower() in TEXT_TABLES:
        name = shown(path.name)
        raise SourceError(f"{name} is a table of numbers unless text_column (--text-column) names its texts.")
    if kind != "records":
        _refuse({"text_column": text_column, "label_column": label_column}, " ".join(TEXT_TABLES + LINES), got)
    if content != "texts":
        _refuse(wording, "texts", got)
    if content != "pictures":
        _refuse({"size": size}, "pictures", got)
    if content != "recording":
        _refuse({"window": window, "hop": hop, "max_seconds": max_seconds}, "recordings", got)
    texts = None
    if content == "texts":
        from .text import TextReading, read_texts

        texts = TextReading.of(wording, vocabulary, follow_links, drop_duplicates, progress)
    if kind == "sample":
        return _open_sample(str(source), SampleReading(data_home, color, progress, texts), size, resize)
    if texts is not None:
        return _told_of_others(read_texts(path, texts), EXTENSIONS, "pictures")
    if kind == "recording":
        from .audio import read_recording

        return read_recording(path, window=window, hop=hop, max_seconds=max_seconds, progress=progress)
    if kind == "table":
        whole = memory is None and not stored
        return read_table(path) if whole else read_table_within(path, None if stored else memory)
    from .headers import Reading
    from .reading import read_image, read_images

    if kind == "picture":
        return read_image(path, Reading(color, size, resize, max_pixels, drop_duplicates, n_jobs, progress, thumbnails))
    images = read_images(
        path,
        color=color,
        size=size,
        resize=resize,
        max_pixels=max_pixels,
        follow_links=follow_links,
        drop_duplicates=drop_duplicates,
        n_jobs=n_jobs,
        progress=progress,
        thumbnails=thumbnails,
        memory=memory,
        stored=stored,
    )
    return _told_of_others(images, TEXTS, "texts")


def _refuse(options: Mapping[str, Any], meant_for: str, got: str) -> None:
    """Raise a SourceError for an option that is given and is for another kind of source."""
    for name, value in options.items():
        if value is not None:
            raise SourceError(f"{name} is for {meant_for}, got {got}. Leave it out.")


def _told_of_others(dataset: Dataset, extensions: tuple[str, ...], others: str) -> Dataset:
    """Say so where a folder has files of the other kind as well; a stray one among many is only listed as skipped."""
    count = sum(one.name.lower().endswith(extensions) for one in dataset.skipped)
    if count < STRAY * dataset.n_samples or not count:
        return dataset
    note = (
        f"{dataset.origin} has {counted(count, others)} too: it is taken as a folder of {dataset.kind}, "
        f"of which it has more. For the {others} give a folder of their own."
    )
    return replace(dataset, notes=(*dataset.notes, note))


def _open_sample(name: str, reading: SampleReading, size: tuple[int, int] | None, resize: str) -> Dataset:
    """Load a sample; where a folder has the same name, say so, and all the more when the sample cannot be had."""
    from .samples import read_sample

    folder = f".{os.sep}{name}" if Path(name).is_dir() else None
    try:
        dataset = read_sample(name, reading)
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
