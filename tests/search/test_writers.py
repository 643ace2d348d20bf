"""Several processes at one catalogue: one writes, the next is told who, readers see the state before."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager

import pytest

from partwise.search import BusyError, Catalogue
from partwise.search.writing import NOTE, _who

from .conftest import MODEL, filled, sample

HOLD = """
import sys
from partwise.search import Catalogue
catalogue = Catalogue.at(sys.argv[1])
with catalogue.change(sys.argv[2]) as change:
    change.remove([1, 2])
    print("held", flush=True)
    sys.stdin.read()
catalogue.close()
"""


@contextmanager
def held(folder, verb="add", *, ends=0):
    """Another process that writes until the block ends."""
    command = [sys.executable, "-c", HOLD, str(folder), verb]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout.readline() == "held\n"
        yield other
        other.communicate(timeout=30)
        assert other.returncode == ends
    finally:
        if other.poll() is None:
            other.kill()
            other.communicate()


def insert(catalogue, **settings):
    with catalogue.change("add", **settings) as change:
        change.insert([sample(50)], MODEL, "added")


def test_a_second_writer_is_told_which_process_does_what(catalogue, tmp_path):
    with held(tmp_path, "reindex") as other:
        with pytest.raises(BusyError) as caught:
            insert(catalogue, patience=0.1)
        told = json.loads((tmp_path / NOTE).read_text())
        assert told["pid"] == other.pid
        assert str(caught.value) == (
            f"The catalogue is in use by process {other.pid} (reindex started {told['since']}). "
            "Try again when it has ended."
        )
    insert(catalogue)
    assert sorted(path.name for path in tmp_path.iterdir() if "writer" in path.name) == []


def test_a_writer_who_waits_long_enough_comes_to_its_turn(catalogue, tmp_path):
    with held(tmp_path) as other:
        other.stdin.close()
        other.stdin = None
        insert(catalogue, patience=30)
    assert catalogue.entries().numbers.tolist() == [*range(3, 9), 9]


def test_a_reader_sees_the_state_before_until_the_writer_has_ended(catalogue, tmp_path):
    with held(tmp_path):
        for reader in (catalogue, Catalogue.at(tmp_path)):
            assert (len(reader.entries()), reader.generation) == (8, 1)
            assert reader.thumbnails([1]) == [sample(0).thumbnail]
    assert (len(catalogue.entries()), catalogue.generation) == (6, 2)
    assert catalogue.thumbnails([1]) == [None]


def test_a_writer_that_is_killed_leaves_the_lock_to_the_next(catalogue, tmp_path):
    with held(tmp_path, ends=-9) as other:
        other.kill()
    assert json.loads((tmp_path / NOTE).read_text())["pid"] == other.pid
    (tmp_path / f".{NOTE}.abc.unfinished").write_text("of a writer that was killed while it wrote its note")
    assert len(catalogue.entries()) == 8
    insert(catalogue)
    assert len(catalogue.entries()) == 9
    assert [path.name for path in tmp_path.iterdir() if "writer" in path.name] == []


@pytest.mark.parametrize("note", [b"", b"{}", b"\xff", b"[]", b'{"pid": "x", "verb": 1, "since": 2}', None])
def test_a_note_that_cannot_be_read_names_nobody(note, tmp_path):
    if note is not None:
        (tmp_path / NOTE).write_bytes(note)
    assert _who(tmp_path) == "another process"


def test_two_that_make_a_catalogue_at_once_make_one(tmp_path):
    command = [sys.executable, "-c", "import sys; from partwise.search import Catalogue; Catalogue.made(sys.argv[1])"]
    both = [subprocess.Popen([*command, str(tmp_path)], stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [(one.communicate()[1], one.returncode) for one in both] == [("", 0)] * 3
    catalogue = filled(tmp_path, 3)
    assert (len(catalogue), catalogue.check()) == (3, [])
    catalogue.close()


def test_a_writer_is_who_it_says(catalogue, tmp_path):
    with catalogue.change("name"):
        told = json.loads((tmp_path / NOTE).read_text())
    assert (told["pid"], told["verb"]) == (os.getpid(), "name")
    assert not (tmp_path / NOTE).exists()
