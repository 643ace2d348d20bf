"""Pictures of a block that is not whole yet: each is in a file as soon as it is decoded, so that a kill loses none."""

from __future__ import annotations

import hashlib
import os
import struct
import threading
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np

from .dataset import PictureFile
from .formats import UnreadableError

HEAD = struct.Struct("<16s?IIIQ32sI")  # checksum of the rest, read or not, place, height, width, length, SHA-256, bytes


class Decoded(NamedTuple):
    """What came of a picture.

    Attributes
    ----------
    file : PictureFile or UnreadableError
        What is known of its file, or why it cannot be read.
    row : bytes
        Its values as they lie on disk; none where it cannot be read.
    """

    file: PictureFile | UnreadableError
    row: bytes


class Begun:
    """The file of them: appended to picture by picture, emptied when their block is whole.

    What a process has written the system keeps however the process ends, so nothing is flushed to the disk here; of
    what a power cut tears, the checksum tells.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = open(path, "ab")  # noqa: SIM115 (`__exit__` closes it)
        self._turn = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def pictures(self, first: int) -> dict[int, Decoded]:
        """Return what is here of the places from `first` on, and cut off what was torn."""
        content = self.path.read_bytes()
        found: dict[int, Decoded] = {}
        at = 0
        while at + HEAD.size <= len(content):
            check, sound, place, height, width, n_bytes, sha256, length = HEAD.unpack_from(content, at)
            end = at + HEAD.size + length
            if end > len(content) or check != _check_of(content[at + len(check) : end]):
                break
            held = content[at + HEAD.size : end]
            if place >= first and sound:
                found[place] = Decoded(PictureFile("", sha256, (height, width), n_bytes, None), held)
            elif place >= first:
                found[place] = Decoded(UnreadableError(held.decode("utf-8", "surrogatepass")), b"")
            at = end
        os.truncate(self.path, at if found else 0)
        return found

    def add(self, place: int, file: PictureFile | UnreadableError, row: np.ndarray) -> None:
        """Write down what came of a picture; when this returns only a power cut can lose it."""
        if isinstance(file, UnreadableError):
            about, held = (False, place, 0, 0, 0, b""), str(file).encode("utf-8", "surrogatepass")
        else:
            about, held = (True, place, *file.size, file.n_bytes, file.sha256), row.tobytes()
        said = HEAD.pack(b"", *about, len(held))[16:] + held
        with self._turn:
            self._file.write(_check_of(said) + said)
            self._file.flush()

    def clear(self) -> None:
        """Forget them: their block is whole."""
        self._file.truncate(0)


def _check_of(said: bytes) -> bytes:
    return hashlib.sha256(said).digest()[:16]
