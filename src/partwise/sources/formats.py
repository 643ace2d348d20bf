"""The picture formats that are read, and what a file that is none of them seems to be."""

from __future__ import annotations

import struct
from typing import IO

# importing a plugin registers it; only these are registered by us, and only these are ever tried
from PIL import (
    BmpImagePlugin,  # noqa: F401
    GifImagePlugin,  # noqa: F401
    Image,
    ImageFile,
    JpegImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    PpmImagePlugin,  # noqa: F401
    TiffImagePlugin,  # noqa: F401
    WebPImagePlugin,  # noqa: F401
)

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM")

_BEGINNINGS = (
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"%PDF", "PDF"),
    (b"%!PS", "PostScript"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x1f\x8b", "GZIP"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"8BPS", "PSD"),
    (b"\x00\x00\x00\x0cjP", "JPEG 2000"),
    (b"SIMPLE  =", "FITS"),
    (b"icns", "ICNS"),
    (b"\x00\x00\x01\x00", "ICO"),
    (b"\xd7\xcd\xc6\x9a", "WMF"),
    (b"\x93NUMPY", "NumPy array"),
    (b"\x7fELF", "program"),
    (b"MZ", "program"),
    (b"\x80\x02", "pickle"),
    (b"\x80\x03", "pickle"),
    (b"\x80\x04", "pickle"),
    (b"\x80\x05", "pickle"),
    (b"OggS", "Ogg"),
    (b"ID3", "MP3"),
    (b"\x1aE\xdf\xa3", "Matroska video"),
)


class UnreadableError(Exception):
    """A file that cannot become a picture; the message is the reason, without the file's name."""


def open_picture(file: IO[bytes]) -> ImageFile.ImageFile:
    """Read the header of a picture in one of the allowed formats; no pixel is decoded.

    The format is told by the content, never by the extension. The plugins are called directly, not through
    ``Image.open``: its own limit on pixels speaks through process-wide warnings, which threads cannot set safely,
    and hides the size that our message must show.

    Parameters
    ----------
    file : binary file
        Open at its beginning.

    Raises
    ------
    UnreadableError
        The file is empty, is no picture of an allowed format, or has a damaged header.
    """
    beginning = file.read(512)
    if not beginning:
        raise UnreadableError("empty file")
    for name in FORMATS:
        factory, accepts = Image.OPEN[name]
        if accepts is None or accepts(beginning[:16]) is not True:
            continue
        file.seek(0)
        try:
            return factory(file, "")
        except (SyntaxError, IndexError, TypeError, struct.error) as error:
            raise UnreadableError(f"broken {name} ({first_words(error)})") from error
    raise UnreadableError(f"is not a supported image (found: {guess_kind(beginning)})")


def guess_kind(beginning: bytes) -> str:
    """Name what a file seems to be from its first 512 bytes; ``"unknown"`` if nothing fits."""
    for magic, kind in _BEGINNINGS:
        if beginning.startswith(magic):
            return kind
    if beginning[4:8] == b"ftyp":
        return {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC", b"avif": "AVIF"}.get(beginning[8:12], "video")
    if beginning[:4] == b"RIFF":
        return {b"WAVE": "WAV", b"AVI ": "AVI video"}.get(beginning[8:12], "RIFF")
    text = beginning.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in text:
        return "SVG"
    if text.startswith((b"<!doctype html", b"<html")):
        return "HTML"
    if text.startswith(b"<?xml"):
        return "XML"
    if all(byte in b"\t\r\n" or 32 <= byte < 127 for byte in beginning):
        return "text"
    return "unknown"


def first_words(error: BaseException) -> str:
    """Return Pillow's explanation in one line, without its counts in brackets."""
    text = " ".join(str(error).split("(")[0].split())
    return text or type(error).__name__
