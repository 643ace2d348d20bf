"""A large catalogue is searched on disk: the same answers as in memory, all of a change or nothing, old ones open."""

import contextlib
import json
import os
import random
import signal
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from partwise import load_run, storage
from partwise.search import Catalogue, large, near_duplicates
from partwise.search.large import bring_up, searchable
from partwise.search.opening import BESIDE
from partwise.storage import DamagedError
from partwise.tasks.catalogue import add, remove
from partwise.tasks.finder import Counting, Finder

from .conftest import MODEL, OTHER, codes, sample

COUNT, PARTS = 60, 5


@pytest.fixture(autouse=True)
def _small_is_large(monkeypatch):
    monkeypatch.setattr(large, "LARGE", 3)


def new(first, count, **changes):
    """Samples whose weights float16 holds as they are."""
    values = codes(np.random.default_rng(first), count, PARTS).astype(np.float16).astype(np.float32)
    return [
        sample(first + row, code=code, label=("cats", "dogs", None)[row % 3], **changes)
        for row, code in enumerate(values)
    ]


@pytest.fixture
def catalogue(tmp_path):
    opened = Catalogue.made(tmp_path)
    with opened.change("fit") as change:
        change.learn(new(0, COUNT), MODEL)
    yield opened
    opened.close()


def both(catalogue):
    """What is searched, on disk and in memory."""
    stored, whole = searchable(catalogue, PARTS), searchable(catalogue, PARTS, whole=True)
    assert type(stored[0]).__name__ == "StoredEntries"
    assert type(whole[0]).__name__ == "Entries"
    return stored, whole


def place(catalogue):
    return json.loads((catalogue.folder / BESIDE / "about.json").read_text())["place"]


def same(catalogue):
    """Assert that every question has the same answer on disk as in memory."""
    (entries, index), (wanted, memory) = both(catalogue)
    assert len(entries) == len(wanted) == len(index)
    assert entries.stale == wanted.stale
    for name in ("numbers", "errors", "brightness", "codes"):
        np.testing.assert_array_equal(np.asarray(getattr(entries, name)), getattr(wanted, name))
    for name in ("names", "digests", "labels"):
        assert list(getattr(entries, name)) == list(getattr(wanted, name))
        assert getattr(entries, name)[1:4] == getattr(wanted, name)[1:4]
    rng = np.random.default_rng(1)
    for measure in ("cosine", "whitened", "euclidean"):
        for weights in (None, rng.random(PARTS) * (np.arange(PARTS) > 0)):
            np.testing.assert_allclose(index.scale(measure, weights), memory.scale(measure, weights), rtol=1e-9)
            for farthest in (False, True):
                for among in (None, rng.random(len(entries)) < 0.5):
                    asked = {"measure": measure, "weights": weights, "farthest": farthest, "among": among}
                    code = entries.codes[int(rng.integers(len(entries)))]
                    found, expected = index.nearest(code, 7, **asked), memory.nearest(code, 7, **asked)
                    np.testing.assert_array_equal(found.rows, expected.rows)
                    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-9, atol=1e-12)


def test_answers_are_those_in_memory(catalogue):
    same(catalogue)
    (entries, _), (wanted, _) = both(catalogue)
    np.testing.assert_array_equal(entries.codes[3], wanted.codes[3])
    np.testing.assert_array_equal(entries.codes[:, 2], wanted.codes[:, 2])
    for name in ("17.png", "no.png", "", "\udcff", "pictures/17.png"):
        assert entries.rows_named(name) == wanted.rows_named(name)
    np.testing.assert_array_equal(entries.of_label("dogs"), wanted.of_label("dogs"))
    assert [entries.row_of_content(one) for one in (wanted.digests[4], "none")] == [4, None]
    with pytest.raises(ValueError, match=r"no label 'cows'. Give one of: cats, dogs"):
        entries.of_label("cows")


def test_a_name_within_a_folder_and_content_that_repeats(catalogue):
    with catalogue.change("add") as change:
        change.insert(
            [sample(3, parts=PARTS, name="more/good.png"), sample(3, parts=PARTS, name="more/50%.png")], MODEL, "added"
        )
    (entries, _), (wanted, _) = both(catalogue)
    for name in ("good.png", "more/good.png", "50%.png", "ore/good.png", "oood.png"):
        assert entries.rows_named(name) == wanted.rows_named(name)
    for row in (3, COUNT, COUNT + 1):
        assert entries.repeats(row) == wanted.repeats(row) != []


def test_what_changes_is_followed(catalogue):
    """What is added is written behind the rest; where that would change the order, all is made anew."""
    same(catalogue)
    first = place(catalogue)
    with catalogue.change("add") as change:
        change.insert(new(100, 20), MODEL, "added")
    same(catalogue)
    with catalogue.change("remove") as change:
        change.remove([1, 7, 30, COUNT + 20])
    same(catalogue)
    with catalogue.change("add") as change:
        change.insert(new(200, 2), MODEL, "added")
    same(catalogue)
    assert place(catalogue) == first
    with catalogue.change("reindex") as change:
        change.recode({5: (np.ones(PARTS), 0.25)}, MODEL)
    same(catalogue)
    assert place(catalogue) != first
    with catalogue.change("remove") as change:
        change.remove(range(1, 45))
    same(catalogue)
    with catalogue.change("fit") as change:
        change.learn(new(300, 30), OTHER)
    same(catalogue)
    assert len([one for one in (catalogue.folder / BESIDE).iterdir() if one.is_dir()]) <= 4


def test_whoever_has_opened_it_sees_what_was_there(catalogue):
    entries, index = searchable(catalogue, PARTS)
    code, names = entries.codes[0], list(entries.names)
    before = index.nearest(code, 100)
    with catalogue.change("add") as change:
        change.insert(new(100, 20), MODEL, "added")
        change.remove([2])
    bring_up(catalogue)
    after = index.nearest(code, 100)
    np.testing.assert_array_equal(after.rows, before.rows)
    np.testing.assert_array_equal(after.scores, before.scores)
    assert [entries.names[row] for row in range(COUNT)] == list(entries.names) == names
    assert len(searchable(catalogue, PARTS)[0]) == COUNT + 19


def test_weights_of_all_sizes_are_taken(tmp_path):
    """Rows that float16 does not hold side by side have units of their own."""
    catalogue = Catalogue.made(tmp_path)
    sizes = [1.0, 1e-12, 1e-30, 1e30, 0.0, 1e-39, 7.0, 1e-12]
    values = np.random.default_rng(0).random((len(sizes), PARTS)).astype(np.float32)
    with catalogue.change("fit") as change, np.errstate(under="ignore"):
        made = [sample(row, code=np.float32(size) * values[row]) for row, size in enumerate(sizes)]
        change.learn(made, MODEL)
    _, index = searchable(catalogue, PARTS)
    for row in (0, 1, 2, 3, 6, 7):
        found = index.nearest(values[row], 1)
        assert found.rows.tolist() == [row]
        assert found.scores[0] == pytest.approx(1, abs=1e-6)
    catalogue.close()


def test_files_that_are_damaged_or_gone_are_made_anew(catalogue):
    same(catalogue)
    told = []
    searchable(catalogue, PARTS, tell=told.append)
    assert told == []
    folder = catalogue.folder / BESIDE
    rows = next(folder.glob("rows-*/number.npy"))
    rows.write_bytes(rows.read_bytes()[:-1] + b"?")
    same(catalogue)
    (folder / place(catalogue) / "codes.json").write_text("{}")
    same(catalogue)
    (folder / "about.json").unlink()
    searchable(catalogue, PARTS, tell=told.append)
    assert told == ["the codes beside the catalogue are brought up to it first; later searches need not."]
    same(catalogue)


def _flipped(data):
    content = data.read_bytes()
    data.write_bytes(bytes([content[0] ^ 1]) + content[1:])


def _cut(data):
    os.truncate(data, data.stat().st_size // 2)


@pytest.mark.parametrize("harm", [_flipped, _cut])
@pytest.mark.parametrize("when", ["searched", "opened", "added to"])
def test_codes_that_are_damaged_are_made_anew_once(catalogue, harm, when):
    (entries, index), (_, memory) = both(catalogue)
    before = place(catalogue)
    harm(catalogue.folder / BESIDE / before / "codes.f16")
    if when == "added to":
        with catalogue.change("add") as change:
            change.insert(new(100, 9), MODEL, "added")
        bring_up(catalogue)
    elif when == "searched":
        found = index.nearest(entries.codes[0], 7)
        np.testing.assert_array_equal(found.rows, memory.nearest(entries.codes[0], 7).rows)
        after = place(catalogue)
        index.nearest(entries.codes[0], 7, measure="whitened")
        assert place(catalogue) == after
    same(catalogue)
    assert place(catalogue) != before
    same(catalogue)


def test_damaged_codes_in_a_folder_that_is_only_read_are_made_anew_elsewhere(catalogue, monkeypatch):
    (entries, index), (_, memory) = both(catalogue)
    before = place(catalogue)
    _flipped(catalogue.folder / BESIDE / before / "codes.f16")
    monkeypatch.setattr("os.access", lambda path, mode: mode != os.W_OK)
    for _ in range(2):
        found = index.nearest(entries.codes[0], 7)
        np.testing.assert_array_equal(found.rows, memory.nearest(entries.codes[0], 7).rows)
    assert place(catalogue) == before


def test_codes_that_cannot_be_made_anew_are_told_every_time(catalogue):
    (entries, index), _ = both(catalogue)
    _flipped(catalogue.folder / BESIDE / place(catalogue) / "codes.f16")
    alone = replace(index, anew=None)
    for _ in range(2):
        with pytest.raises(DamagedError, match=r"their checksum\). The catalogue has the codes too: remove "):
            alone.nearest(entries.codes[0])


def test_a_damaged_row_is_told(catalogue):
    entries, _ = searchable(catalogue, PARTS)
    catalogue._connection.execute("UPDATE samples SET name = 'other.png' WHERE number = 4")
    with pytest.raises(DamagedError, match="number 4 differs from its checksum"):
        searchable(catalogue, PARTS, whole=True)
    (catalogue.folder / BESIDE / "about.json").unlink()
    with pytest.raises(DamagedError, match="number 4 differs from its checksum"):
        searchable(catalogue, PARTS)
    assert entries.names[3] == "3.png"  # as it was when it was opened


def test_a_folder_that_is_only_read_is_searched(catalogue, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: mode != os.W_OK)
    catalogue.close()
    opened = Catalogue.at(catalogue.folder)
    same(opened)
    assert not (catalogue.folder / BESIDE).exists()
    opened.close()


def test_another_catalogue_in_its_place_has_its_own_codes(catalogue):
    same(catalogue)
    catalogue.close()
    for file in catalogue.folder.glob("catalogue.sqlite*"):
        file.unlink()
    other = Catalogue.made(catalogue.folder)
    with other.change("fit") as change:
        change.learn(new(500, COUNT), MODEL)
    same(other)
    other.close()


@pytest.mark.skipif(sys.platform == "win32", reason="writers are forked")
def test_a_kill_within_an_add_leaves_all_of_it_or_nothing(catalogue):
    same(catalogue)
    draw, seen, size = random.Random(0), set(), 400
    for kill in range(24):
        before = len(catalogue)
        child = os.fork()
        if not child:
            with contextlib.suppress(BaseException):
                writer = Catalogue.at(catalogue.folder)
                with writer.change("add") as change:
                    change.insert(new(1000 * (kill + 1), size), MODEL, "added")
                bring_up(writer)
            os._exit(0)
        time.sleep(0.25 * draw.random() ** 3)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        entries, index = searchable(catalogue, PARTS)
        found = index.nearest(np.ones(PARTS), 100_000)
        assert len(found.rows) == len(entries) == len(catalogue)
        assert len(entries) in (before, before + size)
        seen.add(len(entries) - before)
    assert seen == {0, size}
    same(catalogue)


def test_a_run_is_searched_on_disk_as_in_memory(home):
    run = load_run(home / "run")
    add(run, home / "more")
    stored, whole = Finder.of(run), Finder.of(run, whole=True)
    assert (run.path / BESIDE / "about.json").is_file()
    for text in ("3", "again.png", str(home / "more" / "1.png")):
        one, other = (finder.asked(text) for finder in (stored, whole))
        assert (one.name, one.number) == (other.name, other.number)
        for counting in (Counting(), Counting("euclidean", None, "cats")):
            found, wanted = (finder.ranked(one, 4, counting) for finder in (stored, whole))
            assert [hit.number for hit in found] == [hit.number for hit in wanted]
            assert [hit.score for hit in found] == pytest.approx([hit.score for hit in wanted], rel=1e-9)
    assert stored.odd(3) == whole.odd(3)
    groups = near_duplicates(stored.entries, stored.in_memory, 0.9)
    assert groups == near_duplicates(whole.entries, whole.in_memory, 0.9) != []
    assert stored.fresh() is stored
    remove(run, [18])
    assert len(stored.fresh().entries) == len(stored.entries) - 1
    assert type(stored.fresh().entries).__name__ == "StoredEntries"
    np.testing.assert_array_equal(stored.in_memory.codes, whole.index.codes)


def test_large_codes_of_a_run_stay_on_disk(home, monkeypatch):
    wanted = load_run(home / "run").codes
    monkeypatch.setattr(storage, "MAPPED", 0)
    run = load_run(home / "run")
    assert isinstance(run.codes, np.memmap)
    np.testing.assert_array_equal(run.codes, wanted)
    file = home / "run" / "codes.npy"
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(DamagedError, match=r"codes.npy is damaged: its checksum differs"):
        load_run(home / "run")
