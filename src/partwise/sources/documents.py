"""Documents one after the other: the files of a folder, a column of a table, a field of JSON lines."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from partwise.wording import counted

from .dataset import Duplicate, Skipped, SourceError, refuse_if_most_are_bad
from .encodings import LATIN, decoded, open_text
from .folder import LINES, Found, open_safely, shown
from .formats import UnreadableError, first_words
from .parallel import Progress, Reporter

FIELD = "text"  # of JSON lines, unless another is named
LARGEST = 1 << 26  # bytes or letters of one document
BEGINNING = 160  # letters of a document that are kept to be shown
LINES_DRAWN = re.compile(r"([^\w\s])\1{3,}")  # a rule of dashes, a row of stars
QUOTING = ">:|#%*-=< "  # what a text may begin with that tells nothing
DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Columns:
    """Where in a table or in JSON lines the texts stand, and their labels."""

    text: str | None = None
    label: str | None = None


@dataclass
class Collected:
    """What is kept of documents while they pass by: everything but their texts."""

    drop_duplicates: bool = False
    names: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    beginnings: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _first: dict[bytes, str] = field(default_factory=dict)

    def keep(self, name: str, label: str, text: str) -> bool:
        """Note a document; return whether it is to be read, which one that repeats another may not be."""
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        first = self._first.setdefault(digest, name) if text.strip() else name
        if first != name:
            self.duplicates.append(Duplicate(name, first))
            if self.drop_duplicates:
                return False
        self.names.append(name)
        self.labels.append(label)
        self.beginnings.append(beginning_of(text))
        return True

    def finish(self) -> None:
        """Say how many documents repeat another."""
        if self.duplicates:
            fate = "left out" if self.drop_duplicates else "kept, leave them out with --drop-duplicates"
            repeat = "repeats" if len(self.duplicates) == 1 else "repeat"
            total = len(self.names) + (len(self.duplicates) if self.drop_duplicates else 0)
            self.notes.append(
                f"{len(self.duplicates):,} of {counted(total, 'documents')} {repeat} another word by word: {fate}."
            )


def beginning_of(text: str) -> str:
    """Return the first words of a text on one line, at most `BEGINNING` letters."""
    line = " ".join(LINES_DRAWN.sub(" ", text[: 8 * BEGINNING]).split()).lstrip(QUOTING) or " ".join(text.split())
    return line if len(line) <= BEGINNING else line[: BEGINNING - 1].rstrip() + "…"


def from_files(found: Sequence[Found], collected: Collected, progress: Progress | None) -> Iterator[str]:
    """Read files, each one document; what cannot be read is skipped and said, unless that is most of them."""
    report = Reporter(progress, total=len(found), rounds=1)
    told = report.round(0, len(found))
    bad: list[Skipped] = []
    latin: list[str] = []
    for done, one in enumerate(found, start=1):
        try:
            text, encoding = decoded(_content(one.path))
            if not text.strip():
                raise UnreadableError("has no text")
        except UnreadableError as reason:
            bad.append(Skipped(one.name, str(reason)))
            text = None
        if text is not None:
            if encoding == LATIN:
                latin.append(one.name)
            if collected.keep(one.name, one.label or "", text):
                yield text
        told(done)
    report.finish()
    collected.skipped += bad
    refuse_if_most_are_bad(bad, len(found))
    if latin:
        few = ", ".join(latin[:3]) + (", ..." if len(latin) > 3 else "")
        are = "is not UTF-8 and was" if len(latin) == 1 else "are not UTF-8 and were"
        collected.notes.append(f"{counted(len(latin), 'documents')} {are} read as Latin-1: {few}.")


def _content(path: str) -> bytes:
    try:
        with open_safely(path) as file:
            content = file.read(LARGEST + 1)
    except PermissionError:
        raise UnreadableError("permission denied") from None
    except OSError as error:
        raise UnreadableError(f"cannot be read ({error.strerror or first_words(error)})") from None
    if len(content) > LARGEST:
        raise UnreadableError(f"has more than {LARGEST >> 20} MB, the most that a document may have")
    return content


def from_file(path: Path, columns: Columns, collected: Collected) -> Iterator[str]:
    """Read the documents of a table or of JSON lines; a table's row or a line of text is a document.

    Raises
    ------
    SourceError
        The file is no such file, or the column is not there.
    """
    name = shown(path.name)
    try:
        file, encoding = open_text(path)
    except PermissionError:
        raise SourceError(f"Permission denied: {shown(str(path))}") from None
    except UnreadableError as reason:
        raise SourceError(f"{name} is empty." if str(reason) == "empty file" else f"{name} {reason}.") from None
    if encoding == LATIN:
        collected.notes.append(f"{name} is not UTF-8 and was read as Latin-1.")
    read = _from_lines if path.suffix.lower() in LINES else _from_table
    with file:
        try:
            yield from read(file, name, columns, collected)
        except UnicodeDecodeError:
            raise SourceError(f"{name} is broken text: it begins as {encoding.upper()} and is not.") from None


def _from_table(file: IO[str], name: str, columns: Columns, collected: Collected) -> Iterator[str]:
    before = csv.field_size_limit(LARGEST)
    try:
        first_line = file.readline()
        file.seek(0)
        rows = csv.reader(file, delimiter=_delimiter(first_line, name, str(columns.text)))
        header = next(rows, [])
        text = _place(header, str(columns.text), name, "--text-column")
        label = None if columns.label is None else _place(header, columns.label, name, "--label-column")
        number = 0
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(header):
                raise SourceError(
                    f"Row {rows.line_num} of {name} has {counted(len(row), 'cells')}, the header has {len(header)}."
                )
            number += 1
            if collected.keep(str(number), "" if label is None else row[label], row[text]):
                yield row[text]
    except csv.Error as error:
        raise SourceError(f"{name} is not a table of text ({error}).") from None
    finally:
        csv.field_size_limit(before)


def _delimiter(first_line: str, name: str, column: str) -> str:
    """Return what splits the header so that the column is one of its cells."""
    if name.lower().endswith(".tsv"):
        return "\t"
    for delimiter in DELIMITERS:
        if column in next(csv.reader([first_line], delimiter=delimiter), []):
            return delimiter
    return max(DELIMITERS, key=first_line.count)


def _place(header: Sequence[str], column: str, name: str, option: str) -> int:
    if column in header:
        return header.index(column)
    raise SourceError(f"{name} has no column {column!r}. Its columns: {_listed(header)}. Name one with {option}.")


def _from_lines(file: IO[str], name: str, columns: Columns, collected: Collected) -> Iterator[str]:
    text = columns.text or FIELD
    bad: list[Skipped] = []
    total = 0
    fields: dict[str, None] = {}  # in the order in which they were met
    for number, line in enumerate(iter(lambda: file.readline(LARGEST + 1), ""), start=1):
        if len(line) > LARGEST:
            raise SourceError(f"Line {number} of {name} has more than {LARGEST >> 20} MB. Is it one document a line?")
        if not line.strip():
            continue
        total += 1
        try:
            one = _object(line)
            fields |= dict.fromkeys(one)
            if not isinstance(one.get(text), str):
                raise UnreadableError(f"has no text in {text!r}")
        except UnreadableError as reason:
            bad.append(Skipped(f"line {number}", str(reason)))
            continue
        if collected.keep(str(number), _label(one, columns.label), one[text]):
            yield one[text]
    collected.skipped += bad
    wanted = [text] if columns.label is None else [text, columns.label]
    for column in wanted:
        if fields and column not in fields:
            option = "--text-column" if column == text else "--label-column"
            raise SourceError(f"{name} has no field {column!r}. Its fields: {_listed(list(fields))}. Use {option}.")
    refuse_if_most_are_bad(bad, total, "lines")


def _object(line: str) -> dict[str, Any]:
    try:
        one = json.loads(line)
    except (ValueError, RecursionError):
        raise UnreadableError("is not JSON") from None
    if not isinstance(one, dict):
        raise UnreadableError("is not a JSON object")
    return one


def _label(one: dict[str, Any], label: str | None) -> str:
    value = None if label is None else one.get(label)
    return "" if value is None else str(value)


def _listed(names: Sequence[str], most: int = 12) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return (", ".join(shown(one)[:40] for one in names[:most]) or "none") + more
