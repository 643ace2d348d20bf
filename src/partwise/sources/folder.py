"""Which files of a folder are pictures, or texts: the walk, the links, the names and their order."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from partwise.wording import natural_key

from .dataset import Skipped, SourceError

EXTENSIONS = (
    ".png",
    ".jpg",
    ".jpeg",
    ".jpe",
    ".jfif",
    ".gif",
    ".bmp",
    ".tif",
    ".tiff",
    ".webp",
    ".pgm",
    ".ppm",
    ".pbm",
    ".pnm",
)

# pictures of a kind that is not read, because its decoder is missing or has a history of harm
UNSUPPORTED = (
    ".avif",
    ".heic",
    ".heif",
    ".svg",
    ".psd",
    ".eps",
    ".ico",
    ".icns",
    ".jp2",
    ".j2k",
    ".jxl",
    ".tga",
    ".fits",
    ".dng",
    ".cr2",
    ".nef",
    ".arw",
    ".raw",
)

TEXTS = (".txt", ".text")
LINES = (".jsonl", ".ndjson")  # a document a line
TEXT_TABLES = (".csv", ".tsv")

OUTSIDE = "points outside the folder (use --follow-links)"


# a file swapped for a link or a pipe after the walk is not followed and does not hang
_SAFELY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True, slots=True)
class Found:
    """A file that claims to be a picture, or a text.

    Attributes
    ----------
    path : str
        Where to open it; a link is already followed.
    name : str
        Path relative to the folder, fit to be shown.
    """

    path: str
    name: str

    @property
    def label(self) -> str | None:
        """Name of the first-level sub-folder; None for a file that lies directly in the folder."""
        first, slash, _ = self.name.partition("/")
        return sys.intern(first) if slash else None  # one text for all files of a folder


def shown(name: str) -> str:
    r"""Return a name fit to be shown: bytes that are no text, control characters and turns of direction as ``\xe9``."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    text = re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda match: f"\\x{ord(match[0]):02x}", text)
    # exe.gpj written from right to left would pass for a picture
    return re.sub(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", lambda match: f"\\u{ord(match[0]):04x}", text)


def existing_file(path: Path) -> Path:
    """Return the path of a file that is there, else raise a SourceError."""
    if not path.exists():
        raise SourceError(f"File not found: {shown(str(path))}")
    return path


def open_safely(path: str) -> BufferedReader:
    """Open a file that a walk found, to read its bytes."""
    return open(path, "rb", opener=lambda name, flags: os.open(name, flags | _SAFELY))


def find_pictures(folder: str | Path, *, follow_links: bool = False) -> tuple[list[Found], list[Skipped]]:
    """List the pictures of a folder and of its sub-folders in natural order.

    Hidden files and folders are passed over in silence. A folder is read once, however many links lead to it.

    Parameters
    ----------
    folder : str or Path
        The folder to walk.
    follow_links : bool
        Follow symbolic links that lead out of the folder.

    Returns
    -------
    found : list of Found
        Files with the extension of a picture, not opened yet.
    skipped : list of Skipped
        Other files, links that lead outside or nowhere, folders that may not be read.

    Raises
    ------
    SourceError
        The folder is missing, is no folder, or may not be read.
    """
    return _Walk(Path(folder), follow_links, EXTENSIONS, "an image").run()


def find_texts(folder: str | Path, *, follow_links: bool = False) -> tuple[list[Found], list[Skipped]]:
    """List the texts of a folder and of its sub-folders; as `find_pictures` in everything else."""
    return _Walk(Path(folder), follow_links, TEXTS, "a text").run()


def count_files(folder: Path) -> tuple[int, int]:
    """Return how many files of a folder and its sub-folders have the name of a picture, and of a text; links aside."""
    pictures = texts = 0
    for _, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        suffixes = [os.path.splitext(name)[1].lower() for name in files if not name.startswith(".")]
        pictures += sum(suffix in EXTENSIONS for suffix in suffixes)
        texts += sum(suffix in TEXTS for suffix in suffixes)
    return pictures, texts


class _Walk:
    """One walk over a folder; real folders first, linked ones after, each real place once."""

    def __init__(self, folder: Path, follow_links: bool, extensions: tuple[str, ...], wanted: str) -> None:
        try:
            if not folder.exists():
                raise SourceError(f"Folder not found: {shown(str(folder))}")
        except PermissionError:  # a folder above it may not be entered
            raise SourceError(f"Permission denied: {shown(str(folder))}") from None
        if not folder.is_dir():
            raise SourceError(f"Not a folder: {shown(str(folder))}")
        self.folder = folder
        self.root = folder.resolve()
        self.follow_links = follow_links
        self.extensions = extensions
        self.wanted = wanted
        self.found: list[Found] = []
        self.skipped: list[Skipped] = []
        self._linked: list[tuple[str, str]] = []  # (path, name) of links to folders, kept for the end
        self._seen: set[tuple[int, int]] = set()

    def run(self) -> tuple[list[Found], list[Skipped]]:
        """Visit everything; return what is wanted and the rest, both in natural order."""
        self._is_new(str(self.folder))
        self._visit_tree(str(self.folder), "")
        while self._linked:
            self._linked.sort(key=lambda one: natural_key(one[1]))  # the disk's own order is no order
            path, name = self._linked.pop(0)
            if self._is_new(path):
                self._visit_tree(path, name + "/")
            else:
                self._skip(name, "is a link to a folder that is read already")
        return (
            sorted(self.found, key=lambda one: natural_key(one.name)),
            sorted(self.skipped, key=lambda one: natural_key(one.name)),
        )

    def _visit_tree(self, path: str, prefix: str) -> None:
        waiting = [(path, prefix)]
        while waiting:
            here, prefix = waiting.pop()
            for entry in self._entries(here, prefix):
                name = prefix + shown(entry.name)
                if entry.is_symlink():
                    self._visit_link(entry.path, name)
                elif entry.is_dir(follow_symlinks=False):
                    if self._is_new(entry.path):
                        waiting.append((entry.path, name + "/"))
                else:
                    self._visit_file(entry.path, name, regular=entry.is_file(follow_symlinks=False))

    def _entries(self, path: str, prefix: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(path) as entries:
                return [one for one in entries if not one.name.startswith(".")]
        except PermissionError:
            if not prefix:
                raise SourceError(f"Permission denied: {shown(path)}") from None
            self._skip(prefix.rstrip("/"), "permission denied")
        except OSError as error:
            self._skip(prefix.rstrip("/") or ".", f"cannot be listed ({error.strerror})")
        return []

    def _visit_link(self, path: str, name: str) -> None:
        try:
            target = Path(path).resolve(strict=True)
        except (OSError, RuntimeError):  # RuntimeError: a link that leads to itself
            self._skip(name, "is a link that leads nowhere")
            return
        if not (self.follow_links or target.is_relative_to(self.root)):
            self._skip(name, OUTSIDE)
        elif target.is_dir():
            self._linked.append((str(target), name))
        else:
            self._visit_file(str(target), name, regular=target.is_file())

    def _visit_file(self, path: str, name: str, *, regular: bool) -> None:
        extension = os.path.splitext(name)[1].lower()
        if not regular:
            self._skip(name, "is not a regular file")
        elif extension in self.extensions:
            self.found.append(Found(path, name))
        elif extension in UNSUPPORTED and self.extensions is EXTENSIONS:
            self._skip(name, f"is not a supported image: {extension} (convert it to .png)")
        else:
            self._skip(name, f"not {self.wanted}: {extension or 'no extension'}")

    def _skip(self, name: str, reason: str) -> None:
        self.skipped.append(Skipped(name, reason))

    def _is_new(self, path: str) -> bool:
        try:
            about = os.stat(path)
        except OSError:
            return True
        place = (about.st_dev, about.st_ino)
        if place in self._seen:
            return False
        self._seen.add(place)
        return True
