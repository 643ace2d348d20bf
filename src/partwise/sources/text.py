"""Texts as a sparse matrix, one row a document, with the vocabulary that new documents are read with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from partwise.wording import counted

from .dataset import Dataset, SourceError
from .documents import Collected, Columns, from_file, from_files
from .encodings import decoded
from .folder import LINES, TEXT_TABLES, TEXTS, Found, find_texts, shown
from .formats import UnreadableError
from .parallel import Progress
from .vocabulary import STOP_WORDS, Vocabulary, Wording, words_of


@dataclass(frozen=True, kw_only=True, eq=False)
class Texts(Dataset):
    """Documents as weights of words; X is a csr_array of float64 and never made dense.

    Attributes
    ----------
    vocabulary : Vocabulary
        The words, one for each column, and what they weigh.
    beginnings : tuple of str
        The first words of each document, on one line of at most 160 letters, to show which one it is.
    """

    OF_ROWS: ClassVar = (*Dataset.OF_ROWS, "beginnings")

    vocabulary: Vocabulary
    beginnings: tuple[str, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.beginnings) != self.n_samples or len(self.vocabulary.words) != self.n_features:
            raise ValueError(
                f"Texts needs {self.n_samples} beginnings and {self.n_features} words, "
                f"got {len(self.beginnings)} and {len(self.vocabulary.words)}."
            )

    @property
    def kind(self) -> str:
        """``"texts"``."""
        return "texts"

    def memory(self) -> dict[str, Any]:
        """Return the vocabulary."""
        return self.vocabulary.memory()

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The words, one for each column."""
        return self.vocabulary.words


@dataclass(frozen=True)
class TextReading:
    """How texts are to be read.

    Attributes
    ----------
    wording : Wording
        Which words count; of no effect where there is a vocabulary.
    columns : Columns
        Where the texts stand in a table or in JSON lines.
    vocabulary : Vocabulary or None
        Of an earlier reading: documents are read with its words and weights.
    follow_links, drop_duplicates : bool
        As for pictures.
    progress : callable or None
        Called as ``progress(done, total)`` while files are read.
    """

    wording: Wording = Wording()
    columns: Columns = Columns()
    vocabulary: Vocabulary | None = None
    follow_links: bool = False
    drop_duplicates: bool = False
    progress: Progress | None = None

    @classmethod
    def of(
        cls,
        given: Mapping[str, Any],
        vocabulary: Vocabulary | None,
        follow_links: bool = False,
        drop_duplicates: bool = False,
        progress: Progress | None = None,
    ) -> TextReading:
        """Return the reading of options by their names, as `open_source` takes them.

        Raises
        ------
        SourceError
            An option is none, or the file of stop words cannot be read.
        """
        words = given.get("stop_words")
        if isinstance(words, str | Path) and words not in STOP_WORDS:
            given = {**given, "stop_words": _words_in(Path(words).expanduser())}
        columns = Columns(given.get("text_column"), given.get("label_column"))
        return cls(Wording.of(given), columns, vocabulary, follow_links, drop_duplicates, progress)


def _words_in(path: Path) -> tuple[str, ...]:
    """Return the words of a file of stop words."""
    wants = f"stop_words must be {' or '.join(STOP_WORDS)}, or a file of words"
    if not path.is_file():
        raise SourceError(f"{wants}, got {str(path)!r}, which is no file.")
    try:
        return words_of(decoded(path.read_bytes())[0])
    except PermissionError:
        raise SourceError(f"Permission denied: {shown(str(path))}") from None
    except UnreadableError as reason:
        raise SourceError(f"{wants}; {shown(path.name)}: {reason}.") from None


def read_texts(source: str | Path, reading: TextReading | None = None) -> Texts:
    """Read documents: a folder of .txt files, a single one, a column of a .csv or .tsv, or JSON lines.

    The files of a folder and of its sub-folders are sorted naturally; the first-level sub-folder is the label. Rows of
    a table and lines of JSON are called by their number. Text is UTF-8, or what its byte order mark says, or else
    Latin-1, which is said in a note. A word is two or more letters or digits, a letter first, in lower case.

    Parameters
    ----------
    source : str or Path
        The folder or the file.
    reading : TextReading, optional
        How it is read.

    Returns
    -------
    Texts
        X is float64: tf-idf with rows of length 1, or counts.

    Raises
    ------
    SourceError
        The source is missing or has no documents, the column is not there, more than half of the files or lines could
        not be read (then the error's `skipped` lists them), or no word is left.
    """
    path = Path(source)
    reading = reading or TextReading()
    name, origin = shown(path.name), shown(str(path))
    collected = Collected(reading.drop_duplicates)
    suffix = path.suffix.lower()
    if path.is_file() and suffix in (*LINES, *TEXT_TABLES):
        if suffix in TEXT_TABLES and reading.columns.text is None:
            raise SourceError(f"{name} is a table. Name the column of its texts with --text-column.")
        return collect(from_file(path, reading.columns, collected), collected, reading, origin)
    if path.is_file():
        found, alone = [Found(str(path.resolve()), name)], True
    else:
        found, collected.skipped = find_texts(path, follow_links=reading.follow_links)
        alone = False
    if not found:
        others = f"; {counted(len(collected.skipped), 'other files')} skipped" if collected.skipped else ""
        raise SourceError(f"No texts in {origin} (looked for {' '.join(TEXTS)}{others}).", collected.skipped)
    try:
        return collect(from_files(found, collected, reading.progress), collected, reading, origin)
    except SourceError as error:
        if alone and error.skipped:
            raise SourceError(f"{error.skipped[0]}.", error.skipped) from None
        raise


def collect(documents: Iterable[str], collected: Collected, reading: TextReading, origin: str) -> Texts:
    """Make the matrix of documents as they pass by, none of which is kept.

    Parameters
    ----------
    documents : iterable of str
        Notes each document in `collected` before it hands it over.
    collected : Collected
    reading : TextReading
    origin : str
        What the user named.

    Raises
    ------
    SourceError
        There are no documents, or no word is left.
    """
    vocabulary = reading.vocabulary
    if vocabulary is None:
        vocabulary, counts = Vocabulary.learn(documents, reading.wording, origin)
    else:
        counts = vocabulary.count(documents)
        if not collected.names:
            raise SourceError(f"{origin} has no documents.", collected.skipped)
    collected.finish()
    notes = list(collected.notes)
    if without := int((counts.indptr[1:] == counts.indptr[:-1]).sum()):
        have, their = ("has", "its") if without == 1 else ("have", "their")
        notes.append(
            f"{without:,} of {counted(len(collected.names), 'documents')} "
            f"{have} none of the words that count; {their} codes are zero."
        )
    return Texts(
        X=vocabulary.weigh(counts),
        names=tuple(collected.names),
        labels=tuple(collected.labels) if any(collected.labels) else None,
        skipped=tuple(collected.skipped),
        duplicates=tuple(collected.duplicates),
        notes=tuple(notes),
        origin=origin,
        vocabulary=vocabulary,
        beginnings=tuple(collected.beginnings),
    )
