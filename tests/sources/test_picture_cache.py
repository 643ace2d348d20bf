"""A folder too large for memory: decoded once into a cache, the same numbers, and on from wherever it was killed."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from PIL import Image

from partwise.sources import RowStore, SourceError, large_folder, picture_cache, read_images
from partwise.sources.cache_begun import Begun
from partwise.sources.cache_place import PLACE, cache_root
from partwise.sources.decode import read_picture
from partwise.sources.parallel import in_threads
from partwise.storage import DamagedError, read_json

TINY = 1  # bytes of memory: nothing fits


class KilledError(BaseException):
    """What ends a reading in the middle; no handler of errors sees it."""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv(PLACE, str(tmp_path / "cache"))
    monkeypatch.setattr(picture_cache, "BLOCK_BYTES", 7 * 48)  # seven of the pictures of `folder`
    return tmp_path / "cache"


@pytest.fixture
def folder(tmp_path, grey):
    made = tmp_path / "pictures"
    (made / "b").mkdir(parents=True)
    for number in range(30):
        grey(number).save(made / ("b" if number % 3 else "") / f"{number}.png")
    return made


@pytest.fixture
def decoded(monkeypatch):
    """The names of the files that are decoded, in that order; `stop` ends the process before the next one."""

    class Decoded(list):
        stop = None

    seen = Decoded()

    def watched(path, *args, **kwargs):
        if seen.stop is not None and len(seen) >= seen.stop:
            raise KilledError
        seen.append(os.path.basename(path))
        return read_picture(path, *args, **kwargs)

    monkeypatch.setattr(picture_cache, "read_picture", watched)
    return seen


def same(stored, held):
    np.testing.assert_array_equal(stored.X[:], held.X)
    assert isinstance(stored.X, RowStore)
    assert stored.X.dtype == held.X.dtype == np.float32
    for what in ("names", "labels", "skipped", "duplicates", "shape", "fingerprint", "origin"):
        assert getattr(stored, what) == getattr(held, what), what
    assert stored.digests() == held.digests()
    for one, other in zip(stored.files, held.files, strict=True):
        assert (one.path, one.size, one.n_bytes) == (other.path, other.size, other.n_bytes)


def test_the_same_numbers_as_in_memory(folder):
    stored = read_images(folder, memory=TINY)
    same(stored, read_images(folder))
    assert "too many for the memory allowed" in stored.notes[-1]


@pytest.mark.parametrize("options", [{"color": "rgb"}, {"size": (5, 9), "resize": "pad"}, {"size": (3, 4)}])
def test_colours_and_sizes_give_the_same_numbers(folder, colour, options):
    colour(1, 9, 12).save(folder / "c.jpg")
    same(read_images(folder, memory=TINY, **options), read_images(folder, **options))


def test_pictures_of_more_than_8_bits_keep_their_precision(folder, rng):
    Image.fromarray(rng.integers(0, 65536, (6, 8)).astype(np.uint16)).save(folder / "deep.png")
    same(read_images(folder, memory=TINY), read_images(folder))


@pytest.mark.parametrize("drop", [False, True])
def test_broken_files_and_duplicates_as_in_memory(folder, drop):
    (folder / "3.png").write_bytes((folder / "0.png").read_bytes())
    (folder / "6.png").write_bytes((folder / "0.png").read_bytes()[:70])  # a sound header only
    (folder / "9.png").write_bytes(b"")
    (folder / "words.txt").write_text("no picture")
    held = read_images(folder, drop_duplicates=drop)
    same(read_images(folder, memory=TINY, drop_duplicates=drop), held)
    assert len(held.skipped) == 3


@pytest.mark.parametrize("block", [7 * 48, 1 << 20])  # the last of one block is decoded before it is refused
def test_most_broken_stops(folder, monkeypatch, block):
    monkeypatch.setattr(picture_cache, "BLOCK_BYTES", block)
    for path in folder.glob("b/*.png"):
        path.write_bytes(path.read_bytes()[:70])
    for _ in range(2):
        with pytest.raises(SourceError, match=r"20 of 30 files could not be read; see skipped\.csv|\d+ of 30 files"):
            read_images(folder, memory=TINY)


def test_what_fits_is_read_into_memory(folder, cache):
    images = read_images(folder, memory=10**9)
    assert isinstance(images.X, np.ndarray)
    assert not cache.exists()


@pytest.mark.parametrize("stop", [0, 3, 7, 15, 29])
def test_killed_anywhere_it_goes_on_with_the_next_picture(folder, decoded, stop):
    held = read_images(folder)
    decoded.stop = stop
    with pytest.raises(KilledError):
        read_images(folder, memory=TINY)
    before = list(decoded)
    decoded.stop = None
    decoded.clear()
    images = read_images(folder, memory=TINY)
    same(images, held)
    assert sorted(before + decoded) == sorted(f"{number}.png" for number in range(30))
    assert any(f"{stop} pictures of 30 were decoded before" in note for note in images.notes) == (stop > 0)


def test_killed_at_every_picture_it_decodes_each_once(folder, decoded):
    held = read_images(folder)
    for stop in range(30):
        decoded.stop = stop
        with pytest.raises(KilledError):
            read_images(folder, memory=TINY)
    decoded.stop = None
    same(read_images(folder, memory=TINY), held)
    assert len(decoded) == len(set(decoded)) == 30


KILLED = """
import os, signal, sys
from partwise.sources import picture_cache, read_images
picture_cache.BLOCK_BYTES = 7 * 48
decode, turns = picture_cache.read_picture, []
def killing(path, *args, **kwargs):
    turns.append(path)
    if len(turns) > int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return decode(path, *args, **kwargs)
picture_cache.read_picture = killing
read_images(sys.argv[1], memory=1)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_what_a_killed_process_has_decoded_is_not_decoded_again(folder, decoded):
    ended = subprocess.run([sys.executable, "-c", KILLED, str(folder), "17"], check=False)
    assert ended.returncode == -signal.SIGKILL
    same(read_images(folder, memory=TINY), read_images(folder))
    assert len(decoded) == 30 - 17


def test_what_other_threads_have_decoded_is_kept_too(folder, monkeypatch):
    """One thread is stopped in a picture, when another one has come to the end of one."""
    monkeypatch.setattr(picture_cache, "BLOCK_BYTES", 30 * 48)
    ended, another, stopped = [], threading.Event(), threading.Event()

    def watched(path, *args, **kwargs):
        if os.path.basename(path) == "0.png" and not stopped.is_set():
            assert another.wait(20)
            stopped.set()
            raise KilledError
        decoded = read_picture(path, *args, **kwargs)
        ended.append(os.path.basename(path))
        another.set()
        return decoded

    monkeypatch.setattr(picture_cache, "read_picture", watched)
    with pytest.raises(KilledError):
        read_images(folder, memory=TINY, n_jobs=2)
    assert 0 < len(ended) < 30
    same(read_images(folder, memory=TINY, n_jobs=2), read_images(folder))
    assert len(ended) == len(set(ended)) == 30


def test_a_few_pictures_are_shared_out_over_the_threads():
    """A block of large pictures has few of them."""
    together = threading.Barrier(2, timeout=20)
    assert in_threads(lambda number: (together.wait(), number)[1], 4, 2, lambda done: None) == [0, 1, 2, 3]
    assert in_threads(lambda number: number, 0, 2, lambda done: None) == []


def test_killed_when_a_block_is_whole_and_its_pictures_are_still_noted(folder, decoded, monkeypatch):
    def kill(self):
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(Begun, "clear", kill)
        with pytest.raises(KilledError):
            read_images(folder, memory=TINY)
    assert len(decoded) == 7
    same(read_images(folder, memory=TINY), read_images(folder))
    assert len(decoded) == 30


@pytest.mark.parametrize(("harm", "lost"), [("torn", 1), ("flipped", 2), ("empty", 5)])
def test_notes_of_a_begun_block_that_are_damaged_cost_those_behind_them(folder, decoded, cache, harm, lost):
    decoded.stop = 12
    with pytest.raises(KilledError):
        read_images(folder, memory=TINY)
    begun = next(cache.glob("*/begun"))
    content = bytearray(begun.read_bytes())
    content[-60 - len(content) // 5] ^= harm == "flipped"
    begun.write_bytes({"torn": content[:-3], "flipped": content, "empty": bytes(len(content))}[harm])
    decoded.stop = None
    decoded.clear()
    same(read_images(folder, memory=TINY), read_images(folder))
    assert len(decoded) == 30 - 12 + lost
    assert begun.stat().st_size == 0


def test_a_broken_picture_of_a_begun_block_is_remembered(folder, decoded):
    (folder / "3.png").write_bytes((folder / "3.png").read_bytes()[:70])
    held = read_images(folder)
    decoded.stop = 5
    with pytest.raises(KilledError):
        read_images(folder, memory=TINY)
    decoded.stop = None
    same(read_images(folder, memory=TINY), held)
    assert len(decoded) == len(set(decoded)) == 30


@pytest.mark.parametrize("change", ["other", "new", "gone"])
def test_pictures_that_change_between_a_kill_and_the_next_start(folder, decoded, grey, change):
    decoded.stop = 17
    with pytest.raises(KilledError):
        read_images(folder, memory=TINY)
    decoded.stop = None
    if change == "gone":
        (folder / "0.png").unlink()
    else:
        grey(99).save(folder / ("0.png" if change == "other" else "00.png"))
        os.utime(folder / "0.png", ns=(1, 1))
    same(read_images(folder, memory=TINY), read_images(folder))


def test_a_line_of_the_journal_cut_by_a_kill_is_no_block(folder, decoded, cache):
    read_images(folder, memory=TINY)
    journal = next(cache.glob("*/blocks.jsonl"))
    journal.write_bytes(journal.read_bytes()[:-5])
    decoded.clear()
    same(read_images(folder, memory=TINY), read_images(folder))
    assert len(decoded) == 30 % 7


@pytest.mark.parametrize("line", [0, 2, -1])
@pytest.mark.parametrize("torn", [False, True])
def test_a_damaged_journal_heals(folder, decoded, cache, line, torn):
    held = read_images(folder, memory=TINY)
    journal = next(cache.glob("*/blocks.jsonl"))
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[line] = lines[line][:-5] if torn and line == -1 else b"x" + lines[line][1:]
    journal.write_bytes(b"".join(lines))
    images = read_images(folder, memory=TINY)
    same(images, held)
    assert any("was damaged: the rest is decoded again" in note for note in images.notes) == (not torn or line != -1)
    decoded.clear()
    same(read_images(folder, memory=TINY), held)
    assert not decoded
    assert len(journal.read_bytes().splitlines()) == len(lines)


def test_rows_that_are_gone_are_decoded_again_once(folder, decoded, cache):
    held = read_images(folder, memory=TINY)
    next(cache.glob("*/rows.npy")).unlink()
    same(read_images(folder, memory=TINY), held)
    decoded.clear()
    same(read_images(folder, memory=TINY), held)
    assert not decoded


def test_a_finished_cache_is_used_again(folder, decoded):
    first = read_images(folder, memory=TINY)
    decoded.clear()
    told = []
    same(read_images(folder, memory=TINY, progress=lambda done, total: told.append((done, total))), first)
    assert not decoded
    assert told[-1] == (30, 30)


def test_a_damaged_block_is_decoded_again_and_said(folder, decoded, cache):
    read_images(folder, memory=TINY)
    rows = next(cache.glob("*/rows.npy"))
    with open(rows, "r+b") as file:
        file.seek(256 + 10 * 48)
        file.write(b"\x00\x01\x02")
    decoded.clear()
    images = read_images(folder, memory=TINY)
    same(images, read_images(folder))
    assert len(decoded) == 7
    assert any(
        "Block 2 of the decoded pictures" in note and "7 pictures were decoded again" in note for note in images.notes
    )


def test_rows_that_are_gone_are_decoded_again(folder, decoded, cache):
    read_images(folder, memory=TINY)
    next(cache.glob("*/rows.npy")).unlink()
    decoded.clear()
    same(read_images(folder, memory=TINY), read_images(folder))
    assert len(decoded) == 30


@pytest.mark.parametrize("change", ["touch", "new", "gone"])
def test_a_changed_folder_is_noticed(folder, grey, change):
    before = read_images(folder, memory=TINY)
    values = before.X[:]
    if change == "touch":
        grey(99).save(folder / "0.png")
        os.utime(folder / "0.png", ns=(1, 1))
    elif change == "new":
        grey(99).save(folder / "new.png")
    else:
        (folder / "0.png").unlink()
    after = read_images(folder, memory=TINY)
    same(after, read_images(folder))
    assert after.fingerprint != before.fingerprint
    np.testing.assert_array_equal(before.X[:], values)  # who still reads the old rows keeps them


def test_it_is_the_same_folder_by_any_path(folder, decoded, monkeypatch):
    first = read_images(folder, memory=TINY)
    decoded.clear()
    monkeypatch.chdir(folder.parent)
    again = read_images("pictures", memory=TINY)
    assert not decoded
    np.testing.assert_array_equal(again.X[:], first.X[:])
    assert [one.path for one in again.files] == [os.path.join("pictures", name) for name in again.names]


def test_a_size_that_was_not_asked_for_is_the_same_cache(folder, decoded, cache):
    """As when a run is looked at again: it knows the size of its pictures."""
    first = read_images(folder, memory=TINY)
    decoded.clear()
    same(read_images(folder, memory=TINY, size=first.shape), first)
    assert not decoded
    same(read_images(folder, memory=TINY, size=(3, 4)), read_images(folder, size=(3, 4)))
    assert len(list(cache.iterdir())) == 2


def test_links_to_files_elsewhere_keep_their_paths(folder, tmp_path, grey):
    grey(50).save(tmp_path / "elsewhere.png")
    (folder / "link.png").symlink_to(tmp_path / "elsewhere.png")
    same(read_images(folder, memory=TINY, follow_links=True), read_images(folder, follow_links=True))


@pytest.mark.parametrize("content", ["[]", '["sha256"]', "1", "null", "{}", ""])
def test_a_list_of_headers_that_is_something_else_is_made_anew(folder, decoded, cache, content):
    read_images(folder, memory=TINY)
    next(cache.glob("*/manifest.json")).write_text(content)
    with pytest.raises(DamagedError, match="not a complete JSON object"):
        read_json(next(cache.glob("*/manifest.json")))
    same(read_images(folder, memory=TINY), read_images(folder))
    assert len(decoded) == 60


def test_other_settings_are_noticed(folder, cache):
    read_images(folder, memory=TINY)
    same(read_images(folder, memory=TINY, color="rgb"), read_images(folder, color="rgb"))
    assert len(list(cache.iterdir())) == 2


def test_the_rows_are_a_npy_file(folder, cache):
    images = read_images(folder, memory=TINY)
    rows = np.load(next(cache.glob("*/rows.npy")))
    np.testing.assert_array_equal(rows / np.float32(255), images.X[:])


def test_two_at_once_are_told_apart(folder, cache):
    fcntl = pytest.importorskip("fcntl")
    read_images(folder, memory=TINY)
    with open(next(cache.glob("*/lock")), "ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(SourceError, match=r"Another process is decoding these pictures into .*Wait until it has"):
            read_images(folder, memory=TINY)


def test_what_another_process_finishes_meanwhile_is_used(folder, decoded, monkeypatch):
    read_headers = large_folder.read_headers

    def late(*args, **kwargs):
        monkeypatch.setattr(large_folder, "read_headers", read_headers)
        read_images(folder, memory=TINY)
        return read_headers(*args, **kwargs)

    monkeypatch.setattr(large_folder, "read_headers", late)
    images = read_images(folder, memory=TINY)
    assert len(decoded) == 30
    same(images, read_images(folder))


def test_a_disk_without_room_is_said(folder, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 100}))
    with pytest.raises(
        SourceError, match=r"decoded pictures need 1\.4 kB in .*where 100 bytes are free\. Try a smaller"
    ):
        read_images(folder, memory=TINY)


def test_without_the_variable_the_usual_place_of_caches(monkeypatch):
    monkeypatch.delenv(PLACE)
    assert cache_root().name == "partwise"
