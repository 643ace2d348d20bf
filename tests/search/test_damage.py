"""A damaged catalogue, a full disk, a folder that may only be read: an error in words, never wrong answers."""

import errno
import os
import shutil
import sqlite3
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from partwise import load_run
from partwise.search import BusyError, Catalogue
from partwise.search.catalogue import FILE
from partwise.search.entering import catalogued
from partwise.storage import DamagedError

from ..stories.conftest import tree
from .conftest import MODEL, OTHER, filled, sample

DAMAGED = r"^catalogue\.sqlite is damaged \(.*\)\. Restore a backup, or remove it and run: partwise reindex .*\.$"


def everything(folder):
    """Ask a catalogue for all that it has."""
    catalogue = Catalogue.at(folder)
    try:
        entries = catalogue.entries()
        entries.first_of_its_content, len(catalogue), catalogue.generation, catalogue.model, catalogue.part_names()
        catalogue.stale(), catalogue.all_entries(), catalogue.known(entries.digests)
        catalogue.thumbnails(entries.numbers.tolist())
        return entries, catalogue.check()
    finally:
        catalogue.close()


def add_one(folder):
    catalogue = Catalogue.at(folder)
    try:
        with catalogue.change("add") as change:
            change.insert([sample(77)], MODEL, "added")
            change.remove([1])
            change.name_part(1, "Eyes")
    finally:
        catalogue.close()


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    filled(folder, 40).close()
    return (folder / FILE).read_bytes()


@pytest.mark.parametrize("seed", range(60))
def test_flipped_bytes_are_told_in_words_or_change_no_code(sound, seed, tmp_path):
    rng = np.random.default_rng(seed)
    content = bytearray(sound)
    for place in rng.choice(len(content), rng.integers(1, 40), replace=False):
        content[place] ^= int(rng.integers(1, 256))
    (tmp_path / FILE).write_bytes(content)
    for ask in (everything, add_one):
        with suppress(ValueError, OSError):  # a message, and no surprise
            entries, wrong = ask(tmp_path) or ((), ())
            for row, number in enumerate(entries.numbers.tolist() if entries and not wrong else ()):
                assert (entries.codes[row] == sample(number - 1).code).all()


@pytest.mark.parametrize("keep", [15, 16, 99, 100, 1000, 4096, 5000, 8192, 0.5, 0.9, -1])
def test_a_file_that_was_cut_is_told(sound, keep, tmp_path):
    (tmp_path / FILE).write_bytes(sound[: int(keep * len(sound)) if isinstance(keep, float) else keep])
    with pytest.raises(DamagedError, match=DAMAGED):
        everything(tmp_path)


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be one" * 99, b"\x89PNG", b"\0" * 5000])
def test_another_kind_of_file_is_told(content, tmp_path):
    (tmp_path / FILE).write_bytes(content)
    for ask in (Catalogue.at, everything, add_one, Catalogue.made):
        with pytest.raises(DamagedError, match=DAMAGED):
            ask(tmp_path)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE samples SET code = x'00' WHERE number = 3", "number 3 differs from its checksum"),
        ("UPDATE samples SET code = 'text' WHERE number = 3", "number 3 differs from its checksum"),
        ("UPDATE thumbnails SET picture = x'00' WHERE number = 2", "the thumbnail of number 2 differs from its"),
        ("UPDATE samples SET row_check = 1 WHERE number = 4", "number 4 differs from its checksum"),
        ("UPDATE samples SET name = 'another' WHERE number = 4", "number 4 differs from its checksum"),
        ("UPDATE samples SET label = 'another' WHERE number = 4", "number 4 differs from its checksum"),
        ("UPDATE samples SET error = 'much' WHERE number = 4", "could not convert string to float"),
        ("UPDATE samples SET name = CAST(x'ff41' AS TEXT) WHERE number = 4", "decode to UTF-8"),
        ("DROP TABLE samples", "no such table: samples"),
        ("DROP TABLE part_names", "no such table: part_names"),
        ("DROP TABLE about", "no such table: about"),
        ("DELETE FROM about WHERE key = 'generation'", "it does not say its generation"),
        ("DELETE FROM about WHERE key = 'format'", "it does not say its format"),
        ("UPDATE about SET value = 'one' WHERE key = 'format'", "it does not say its format"),
    ],
)
def test_what_is_not_as_it_was_written_is_told(statement, words, tmp_path):
    filled(tmp_path).close()
    _execute(tmp_path, statement)
    with pytest.raises(DamagedError, match=DAMAGED) as caught:
        everything(tmp_path)
    assert words in str(caught.value)


def test_check_lists_what_is_wrong(tmp_path):
    filled(tmp_path).close()
    _execute(tmp_path, "UPDATE samples SET code = x'00000000' WHERE number IN (3, 5)")
    _execute(tmp_path, "UPDATE thumbnails SET picture = x'00' WHERE number = 2")
    catalogue = Catalogue.at(tmp_path)
    assert catalogue.check() == [
        "number 3 differs from its checksum",
        "number 5 differs from its checksum",
        "the thumbnail of number 2 differs from its checksum",
    ]
    catalogue.close()


def test_a_newer_format_is_told(tmp_path):
    filled(tmp_path).close()
    _execute(tmp_path, "UPDATE about SET value = 7 WHERE key = 'format'")
    words = r"^catalogue\.sqlite has format 7, newer than this version reads \(1\)\. Upgrade partwise\.$"
    for ask in (Catalogue.at, Catalogue.made, add_one):
        with pytest.raises(ValueError, match=words):
            ask(tmp_path)


def test_a_file_that_is_removed_with_its_log_left_behind_is_made_anew(tmp_path):
    catalogue = filled(tmp_path)
    shutil.copytree(tmp_path, tmp_path / "killed")  # with its log, as after a kill
    catalogue.close()
    killed = tmp_path / "killed"
    assert (killed / f"{FILE}-wal").stat().st_size
    assert len(everything(killed)[0]) == 8
    shutil.copytree(tmp_path / "killed", tmp_path / "again")
    (killed / FILE).unlink()
    catalogued(killed, OTHER, [sample(50)])
    entries, wrong = everything(killed)
    assert (entries.names, wrong) == (("50.png",), [])


def test_a_fit_is_not_lost_to_a_damaged_catalogue(tmp_path):
    (tmp_path / FILE).write_bytes(b"no database at all" * 99)
    with pytest.warns(UserWarning, match=r"the old one is kept as catalogue\.sqlite\.old: .* is damaged"):
        catalogued(tmp_path, MODEL, map(sample, range(5)))
    entries, wrong = everything(tmp_path)
    assert (len(entries), wrong) == (5, [])
    assert (tmp_path / f"{FILE}.old").read_bytes() == b"no database at all" * 99


def test_a_fit_is_not_lost_to_a_catalogue_of_a_newer_version(tmp_path):
    filled(tmp_path).close()
    _execute(tmp_path, "UPDATE about SET value = 7 WHERE key = 'format'")
    with pytest.warns(UserWarning, match=r"kept as catalogue\.sqlite\.old: .* has format 7, newer"):
        catalogued(tmp_path, OTHER, map(sample, range(5)))
    assert len(everything(tmp_path)[0]) == 5


def test_a_fit_waits_for_another_writer_and_says_so_when_it_waited_long_enough(tmp_path):
    catalogue = filled(tmp_path)
    with catalogue.change("add"), pytest.raises(BusyError, match=r"in use by process \d+ \(add started"):
        catalogued(tmp_path, OTHER, [sample(50)], patience=0.1)
    assert not (tmp_path / f"{FILE}.old").exists()
    catalogue.close()


def test_a_run_is_shown_without_its_catalogue_too(home):
    (home / "run" / FILE).write_bytes(b"no database at all" * 99)
    assert load_run(home / "run").part_names == {}


def test_a_full_disk_is_told_and_changes_nothing(tmp_path):
    catalogue = filled(tmp_path)
    pages = catalogue._connection.execute("PRAGMA page_count").fetchone()[0]
    catalogue._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(OSError, match="No space left on device") as caught:
        _add_many(catalogue)
    assert caught.value.errno == errno.ENOSPC
    assert not (tmp_path / "catalogue.writer").exists()
    assert (len(catalogue), catalogue.generation, catalogue.check()) == (8, 1, [])
    catalogue.close()


def _add_many(catalogue):
    with catalogue.change("add") as change:
        change.insert((sample(seed, thumbnail=bytes(3000)) for seed in range(100, 200)), MODEL, "added")


@contextmanager
def somebody_else():
    """Be a user who is not root: root may write anywhere. Whoever is none already stays who he is."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@pytest.fixture
def read_only():
    """A folder that somebody else may read and not write: call it with what is to lie in it."""
    with tempfile.TemporaryDirectory() as name:  # pytest's own are closed to others
        folder = Path(name) / "run"

        def closed(source):
            shutil.copytree(source, folder)
            (folder / f"{FILE}-shm").unlink(missing_ok=True)
            for path in (*folder.iterdir(), folder):
                path.chmod(0o555 if path.is_dir() else 0o444)
            Path(name).chmod(0o755)
            return folder

        yield closed
        folder.chmod(0o755)


needs_users = pytest.mark.skipif(not hasattr(os, "setresuid"), reason="users are of Linux")


@needs_users
def test_a_folder_that_may_only_be_read_is_read_and_not_changed(read_only, tmp_path):
    filled(tmp_path).close()
    folder = read_only(tmp_path)
    before = tree(folder)
    with somebody_else():
        assert everything(folder)[1] == []
        for change in (add_one, lambda folder: catalogued(folder, OTHER, [sample(50)])):
            with pytest.raises(PermissionError, match="Permission denied"):
                change(folder)
    assert tree(folder) == before


@needs_users
def test_changes_that_a_read_only_folder_hides_are_not_left_out_silently(read_only, tmp_path):
    catalogue = filled(tmp_path)
    folder = read_only(tmp_path)  # as it is while somebody writes, or after a kill: the log holds it all
    catalogue.close()
    assert (folder / f"{FILE}-wal").stat().st_size
    with somebody_else(), pytest.raises(PermissionError, match=r"wal there holds changes that are not in"):
        Catalogue.at(folder)


@needs_users
def test_a_catalogue_that_may_not_be_read_is_told(read_only, tmp_path):
    filled(tmp_path).close()
    folder = read_only(tmp_path)
    (folder / FILE).chmod(0o000)
    with somebody_else(), pytest.raises(PermissionError, match=f"Permission denied: '{folder / FILE}'"):
        Catalogue.at(folder)


def _execute(folder, statement):
    connection = sqlite3.connect(folder / FILE)
    with connection:
        connection.execute(statement)
    connection.close()
