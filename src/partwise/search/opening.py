"""A catalogue's file is opened: what this version can read, and how it is written."""

import errno
import os
import shutil
import sqlite3
from pathlib import Path

from partwise.search.faults import damaged, in_words
from partwise.search.schema import FORMAT, SCHEMA

BESIDE = "catalogue.codes"  # the folder with the codes of a large catalogue, made of it


def connected(path: Path, *, immutable: bool = False) -> sqlite3.Connection:
    """Connect to a file, which is made where there is none."""
    # the web reads from several threads, each request after the other; its lock is in the finder
    address = f"{path.absolute().as_uri()}{'?immutable=1' if immutable else ''}"
    with in_words(path):
        connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False, timeout=5)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    return connection


def is_empty(connection: sqlite3.Connection) -> bool:
    """Say whether nothing was ever written in it."""
    return not connection.execute("SELECT 1 FROM sqlite_master").fetchone()


def begin(connection: sqlite3.Connection, path: Path) -> None:
    """Write an empty catalogue where nothing was ever written."""
    with in_words(path):
        if is_empty(connection):
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")  # two that make it at once wait for each other
            if is_empty(connection):
                shutil.rmtree(path.with_name(BESIDE), ignore_errors=True)  # of a catalogue that was here before
                for statement in SCHEMA.split(";"):
                    connection.execute(statement)
                about = {"format": FORMAT, "generation": 0, "model": ""}
                connection.executemany("INSERT INTO about VALUES (?, ?)", about.items())
            connection.execute("COMMIT")


def opened(path: Path) -> sqlite3.Connection | None:
    """Connect, and see whether it is a catalogue that this version reads; None where nothing was ever written in it."""
    if not os.access(path, os.R_OK):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))
    log, closed = path.with_name(f"{path.name}-wal"), not os.access(path.parent, os.W_OK)
    if closed and log.exists() and log.stat().st_size:
        raise PermissionError(
            f"{path.parent} may not be written in, and {log.name} there holds changes that are not in {path.name} yet. "
            "Copy the folder to where it may be written."
        )
    # a folder that may not be written in has no place for the log; nobody else writes there either
    connection = connected(path, immutable=closed)
    with in_words(path):
        if is_empty(connection):
            connection.close()
            return None
        about = connection.execute("SELECT value FROM about WHERE key = 'format'").fetchone()
    if about is None or not isinstance(about[0], int):
        raise damaged(path, "it does not say its format")
    if about[0] > FORMAT:
        raise ValueError(
            f"{path.name} has format {about[0]}, newer than this version reads ({FORMAT}). Upgrade partwise."
        )
    return connection
