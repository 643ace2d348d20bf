"""What SQLite complains of, in the words of this program: a damaged file, a full disk, a folder that is only read."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from partwise.storage import DamagedError

REPAIR = "Restore a backup, or remove the file and run: partwise reindex RUN"


class BusyError(ValueError):
    """Another process writes into the catalogue."""


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Run a block that asks SQLite, and raise what goes wrong as an error with a message for the user.

    Raises
    ------
    DamagedError
        The file is not as it was written.
    BusyError
        Another process holds it.
    OSError
        The disk is full, or the file may not be read or written.
    """
    try:
        yield
    except sqlite3.ProgrammingError:  # a mistake of ours, and none of the file's
        raise
    except sqlite3.DatabaseError as error:
        raise _worded(error, path) from error


def _worded(error: sqlite3.DatabaseError, path: Path) -> Exception:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # what the module itself finds has none
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return BusyError("The catalogue is in use by another process. Try again when it has ended.")
    if code == sqlite3.SQLITE_FULL:
        return OSError(errno.ENOSPC, "No space left on device", str(path))
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return PermissionError(errno.EACCES, "Permission denied", str(path))
    if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
        return OSError(errno.EIO, "Input/output error", str(path))
    return damaged(path, str(error))


def damaged(path: Path, why: str) -> DamagedError:
    """Return the error for a file that is not as it was written."""
    return DamagedError(f"{path.name} is damaged ({why}). {REPAIR}")
