"""What SQLite complains of, in the words of this program: a damaged file, a full disk, a folder that is only read."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from partwise.storage import DamagedError

# what the system says of a file that cannot be read or written, as Python says it of other files
OF_THE_SYSTEM = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EACCES,
    sqlite3.SQLITE_PERM: errno.EACCES,
    sqlite3.SQLITE_IOERR: errno.EIO,
    sqlite3.SQLITE_CANTOPEN: errno.EIO,
}


class BusyError(ValueError):
    """Another process writes into the catalogue.

    Parameters
    ----------
    who : str
        Which process, and what it does.
    """

    def __init__(self, who: str = "another process") -> None:
        super().__init__(f"The catalogue is in use by {who}. Try again when it has ended.")


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
        return BusyError()
    if code in OF_THE_SYSTEM:
        return OSError(OF_THE_SYSTEM[code], os.strerror(OF_THE_SYSTEM[code]), str(path.parent))
    return damaged(path, str(error))


def damaged(path: Path, why: str) -> DamagedError:
    """Return the error for a file that is not as it was written."""
    remedy = f"Restore a backup, or remove it and run: partwise reindex {path.parent}"
    return DamagedError(f"{path.name} is damaged ({why}). {remedy} (what was added by hand is lost then, and names).")
