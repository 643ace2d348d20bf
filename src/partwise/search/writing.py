"""One writer at a time: SQLite's own lock, and beside it a note of who holds it."""

import errno
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from partwise.storage import write_whole

NOTE = "catalogue.writer"  # who writes; the lock itself is SQLite's, so a note left by a killed writer means nothing
PATIENCE = 2000  # milliseconds to wait for another writer: a name or a removal takes a few


class BusyError(ValueError):
    """Another process writes into the catalogue.

    Parameters
    ----------
    who : str
        Which process, and what it does.
    """

    def __init__(self, who: str) -> None:
        super().__init__(f"The catalogue is in use by {who}. Try again when it has ended.")


@contextmanager
def writing(connection: sqlite3.Connection, folder: Path, verb: str) -> Iterator[sqlite3.Connection]:
    """Run a block as one transaction: all of it is written, on the disk, when it ends; nothing where it fails.

    Raises
    ------
    BusyError
        Another process writes for longer than two seconds; the message says which.
    """
    connection.execute(f"PRAGMA busy_timeout = {PATIENCE}")
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error) and "busy" not in str(error):
            raise _in_words(error, folder) from error
        raise BusyError(_who(folder)) from None
    try:
        told = {"pid": os.getpid(), "verb": verb, "since": datetime.now().strftime("%H:%M")}
        write_whole(folder / NOTE, json.dumps(told).encode())
        yield connection
        connection.execute("UPDATE about SET value = value + 1 WHERE key = 'generation'")
        (folder / NOTE).unlink(missing_ok=True)
        connection.execute("COMMIT")
    except BaseException as error:
        if connection.in_transaction:  # a full disk ends it by itself
            connection.execute("ROLLBACK")
        with suppress(OSError):
            (folder / NOTE).unlink(missing_ok=True)
        if isinstance(error, sqlite3.OperationalError):
            raise _in_words(error, folder) from error
        raise


def _in_words(error: sqlite3.OperationalError, folder: Path) -> OSError:
    """Return what the system says of a file that cannot be written, as Python says it of other files."""
    codes = {"full": errno.ENOSPC, "readonly": errno.EACCES}
    code = next((code for word, code in codes.items() if word in str(error)), errno.EIO)
    return OSError(code, os.strerror(code), str(folder))


def _who(folder: Path) -> str:
    try:
        told = json.loads((folder / NOTE).read_text())
        return f"process {int(told['pid'])} ({told['verb']} started {told['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
