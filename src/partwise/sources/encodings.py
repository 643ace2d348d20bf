"""Which encoding a text has, told from its bytes; what is no text at all is told so."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import IO

from .formats import UnreadableError, guess_kind

#: Byte order marks, the longer first: UTF-32 in little-endian order begins as UTF-16 does.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LATIN = "latin-1"  # has a letter for every byte, so it is only taken where nothing else fits
CONTROL = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1b")  # no text has them, but for a slip
MOST_CONTROL = 0.02  # of the first block; a binary file has a tenth and more
TEXTUAL = ("text", "unknown", "HTML", "XML", "SVG")  # kinds that are read as the text they are
BLOCK = 1 << 20  # bytes


def encoding_of(blocks: Iterable[bytes]) -> str:
    """Return the encoding of a text: by its byte order mark, else UTF-8 if all of it is, else Latin-1.

    Parameters
    ----------
    blocks : iterable of bytes
        The text in pieces, the first of at least 512 bytes if the text has them.

    Raises
    ------
    UnreadableError
        There is nothing, or no text.
    """
    blocks = iter(blocks)
    first = next(blocks, b"")
    if not first:
        raise UnreadableError("empty file")
    for mark, name in MARKS:
        if first.startswith(mark):
            return name
    _refuse_binary(first)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in chain([first], blocks):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return LATIN
    return "utf-8"


def decoded(content: bytes) -> tuple[str, str]:
    """Return a text and the encoding it was in.

    Raises
    ------
    UnreadableError
        There is nothing, or no text, or its byte order mark promises what is not there.
    """
    encoding = encoding_of([content])
    try:
        return content.decode(encoding), encoding
    except UnicodeDecodeError:
        kind = encoding.removesuffix("-sig").upper()
        raise UnreadableError(f"broken text (it begins as {kind} and is not)") from None


def open_text(path: Path) -> tuple[IO[str], str]:
    """Open a text file in its own encoding; return it, and the encoding.

    Raises
    ------
    UnreadableError
        As `encoding_of`.
    """
    with open(path, "rb") as file:
        encoding = encoding_of(iter(lambda: file.read(BLOCK), b""))
    return open(path, encoding=encoding, newline=""), encoding


def _refuse_binary(first: bytes) -> None:
    kind = guess_kind(first[:512])
    if kind not in TEXTUAL:
        raise UnreadableError(f"is no text (found: {kind})")
    some = first[:BLOCK]
    if b"\0" in some or sum(byte in CONTROL for byte in some[:8192]) > MOST_CONTROL * len(some[:8192]):
        raise UnreadableError("is no text (found: binary data)")
