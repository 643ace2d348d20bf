"""One writer at a time: SQLite's own lock, and beside it a note of who holds it."""

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from partwise.search.faults import BusyError, in_words
from partwise.storage import clear_unfinished, write_whole

NOTE = "catalogue.writer"  # who writes; the lock itself is SQLite's, so a note left by a killed writer means nothing
PATIENCE = 2.0  # seconds to wait for another writer: a name or a removal takes some milliseconds
AT_ONCE = 0.5  # seconds that SQLite waits without a look at Ctrl-C


@contextmanager
def writing(
    connection: sqlite3.Connection, path: Path, verb: str, patience: float = PATIENCE
) -> Iterator[sqlite3.Connection]:
    """Run a block as one transaction: all of it is written, on the disk, when it ends; nothing where it fails.

    Raises
    ------
    BusyError
        Another process writes for longer than `patience` seconds; the message says which.
    DamagedError, OSError
        See `in_words`.
    """
    with in_words(path):
        _begin(connection, path.parent, patience)
        yield from _held(connection, path.parent, verb)


def _begin(connection: sqlite3.Connection, folder: Path, patience: float) -> None:
    connection.execute(f"PRAGMA busy_timeout = {int(1000 * min(AT_ONCE, patience))}")
    began = time.monotonic()
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            if time.monotonic() - began >= patience:
                raise BusyError(_who(folder)) from None


def _held(connection: sqlite3.Connection, folder: Path, verb: str) -> Iterator[sqlite3.Connection]:
    try:
        clear_unfinished(folder / NOTE)
        told = {"pid": os.getpid(), "verb": verb, "since": datetime.now().strftime("%H:%M")}
        write_whole(folder / NOTE, json.dumps(told).encode())
        yield connection
        connection.execute("UPDATE about SET value = value + 1 WHERE key = 'generation'")
        (folder / NOTE).unlink(missing_ok=True)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk ends it by itself
            connection.execute("ROLLBACK")
        with suppress(OSError):
            (folder / NOTE).unlink(missing_ok=True)
        raise


def _who(folder: Path) -> str:
    try:
        told = json.loads((folder / NOTE).read_text())
        return f"process {int(told['pid'])} ({told['verb']} started {told['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
