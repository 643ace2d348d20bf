"""A folder of pictures: order, labels, links, names, and what is skipped."""

import os
import re
import threading
import time

import numpy as np
import pytest

from partwise.sources import Duplicate, Skipped, SourceError, open_source, read_images
from partwise.sources.folder import shown
from partwise.wording import natural_key


def test_natural_sort(tmp_path, grey):
    for number in (10, 9, 1, 2, 100):
        grey(number).save(tmp_path / f"{number}.png")
    assert read_images(tmp_path).names == ("1.png", "2.png", "9.png", "10.png", "100.png")


def test_natural_key_keeps_folders_together_and_never_compares_text_with_numbers():
    names = ["b/2", "a-1/1", "a/10", "a/2", "2/a", "x", "10", "01", "1"]
    assert sorted(names, key=natural_key) == ["01", "1", "2/a", "10", "a/2", "a/10", "a-1/1", "b/2", "x"]


def test_natural_key_is_that_of_letters_and_numbers_in_turn():
    def in_pieces(name):
        turns = [re.split("([0-9]+)", part.casefold()) for part in name.split("/")]
        pieces = [tuple(int(it) if place % 2 else it for place, it in enumerate(turn)) for turn in turns]
        return pieces, name

    drawn = np.random.default_rng(0).choice(list("aAbßé01290/-. "), size=(20_000, 7))
    names = sorted({"".join(one).strip() for one in drawn})
    assert sorted(names, key=natural_key) == sorted(names, key=in_pieces)


def test_labels_are_first_level_folders(tmp_path, grey):
    for number, name in enumerate(["cats/1.png", "cats/deep/2.png", "dogs/1.png"]):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        grey(number).save(tmp_path / name)
    images = read_images(tmp_path)
    assert images.names == ("cats/1.png", "cats/deep/2.png", "dogs/1.png")
    assert images.labels == ("cats", "cats", "dogs")
    grey(9).save(tmp_path / "stray.png")
    assert read_images(tmp_path).labels == ("cats", "cats", "dogs", "")


def test_no_labels_in_a_flat_folder(tmp_path, grey):
    grey().save(tmp_path / "a.png")
    assert read_images(tmp_path).labels is None


def test_round_trip_rows_and_pictures(tmp_path, grey, colour):
    stack = []
    for number in range(40):
        image = colour(number)
        image.save(tmp_path / f"{number}.png")
        stack.append(np.asarray(image, dtype=np.float32) / 255)
    images = read_images(tmp_path, color="rgb")
    assert images.X.dtype == np.float32
    assert images.X.flags.c_contiguous
    assert images.shape == (6, 8, 3)
    assert (images.color, images.kind, images.n_samples, images.n_features) == ("rgb", "pictures", 40, 144)
    for row, wanted in zip(images.X, stack, strict=True):
        np.testing.assert_array_equal(images.picture(row), wanted)


@pytest.mark.parametrize("threads", [1, 2, 5, -1])
def test_threads_change_nothing(tmp_path, grey, threads):
    for number in range(50):
        grey(number).save(tmp_path / f"{number}.png")
    assert read_images(tmp_path, n_jobs=threads).fingerprint == read_images(tmp_path).fingerprint


def test_the_mixed_folder_lists_exactly_its_ten(tmp_path, grey, write_bomb):
    for number in range(20):
        grey(number).save(tmp_path / f"good{number}.png")
    (tmp_path / "broken1.png").touch()
    (tmp_path / "broken2.png").write_bytes(b"%PDF-1.4")
    (tmp_path / "broken3.jpg").write_bytes((tmp_path / "good1.png").read_bytes()[:60])
    (tmp_path / "broken4.gif").write_bytes(b"GIF89a")
    (tmp_path / "broken5.bmp").write_bytes(b"BM\x00")
    for number in (1, 2):
        write_bomb(tmp_path / f"huge{number}.png", 30000, 30000)
    for name in ("notes.txt", "movie.mp4", "Thumbs.db"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / ".DS_Store").write_bytes(b"x")
    images = read_images(tmp_path)
    assert images.n_samples == 20
    assert {one.name for one in images.skipped} == {
        *(f"broken{n}.{e}" for n, e in ((1, "png"), (2, "png"), (3, "jpg"), (4, "gif"), (5, "bmp"))),
        *("huge1.png", "huge2.png", "notes.txt", "movie.mp4", "Thumbs.db"),
    }
    assert len(images.skipped) == 10
    assert all(one.reason for one in images.skipped)
    assert Skipped("notes.txt", "not an image: .txt") in images.skipped


def test_a_picture_that_breaks_while_decoding_leaves_no_gap(tmp_path, grey):
    for number in range(5):
        grey(number, 50, 50).save(tmp_path / f"{number}.bmp")
    whole = (tmp_path / "2.bmp").read_bytes()
    (tmp_path / "2.bmp").write_bytes(whole[:-500])
    images = read_images(tmp_path)
    assert images.names == ("0.bmp", "1.bmp", "3.bmp", "4.bmp")
    np.testing.assert_array_equal(images.picture(images.X[2]), np.asarray(grey(3, 50, 50), dtype=np.float32) / 255)


def test_more_than_half_broken_is_an_error(tmp_path, grey):
    for number in range(2):
        grey(number).save(tmp_path / f"{number}.png")
        (tmp_path / f"bad{number}.png").touch()
    assert read_images(tmp_path).n_samples == 2
    (tmp_path / "bad2.png").touch()
    with pytest.raises(SourceError, match=r"^3 of 5 files could not be read; see skipped\.csv\. First: bad0") as caught:
        read_images(tmp_path)
    assert [one.name for one in caught.value.skipped] == ["bad0.png", "bad1.png", "bad2.png"]
    assert "\n" not in str(caught.value)


def test_missing_empty_and_foreign_folders(tmp_path):
    with pytest.raises(SourceError, match=f"^Folder not found: {tmp_path}/none$"):
        read_images(tmp_path / "none")
    with pytest.raises(SourceError, match=rf"^No images in {tmp_path} \(looked for \.png \.jpg .*\)\.$") as caught:
        read_images(tmp_path)
    assert "skipped" not in str(caught.value)
    for number in range(12):
        (tmp_path / f"{number}.txt").touch()
    with pytest.raises(SourceError, match=r"; 12 other files skipped\)\.$"):
        read_images(tmp_path)
    with pytest.raises(SourceError, match=r"^Not a folder: "):
        read_images(tmp_path / "1.txt")


def test_unreadable_folders(tmp_path, grey, monkeypatch):
    grey().save(tmp_path / "a.png")
    (tmp_path / "locked").mkdir()
    real = os.scandir  # root may list all, so the refusal is played

    def refuse(path):
        if str(path).endswith(closed):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    closed = "locked"
    assert read_images(tmp_path).skipped == (Skipped("locked", "permission denied"),)
    closed = tmp_path.name
    with pytest.raises(SourceError, match=f"^Permission denied: {tmp_path}$"):
        read_images(tmp_path)


def test_links_that_lead_outside_are_skipped_unless_followed(tmp_path, grey):
    inside, beside = tmp_path / "photos", tmp_path / "photos2"  # one name begins with the other
    inside.mkdir()
    beside.mkdir()
    grey(0).save(inside / "a.png")
    grey(1).save(beside / "secret.png")
    (inside / "link.png").symlink_to(beside / "secret.png")
    (inside / "folder").symlink_to(beside)
    (inside / "relative.png").symlink_to("../photos2/secret.png")
    images = read_images(inside)
    assert images.names == ("a.png",)
    assert [str(one) for one in images.skipped] == [
        f"{name} points outside the folder (use --follow-links)" for name in ("folder", "link.png", "relative.png")
    ]
    followed = read_images(inside, follow_links=True)
    assert followed.names == ("a.png", "folder/secret.png", "link.png", "relative.png")
    assert len(followed.duplicates) == 2


def test_links_inside_loops_and_dead_links(tmp_path, grey):
    (tmp_path / "sub").mkdir()
    grey(0).save(tmp_path / "sub" / "a.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "sub" / "a.png")
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    (tmp_path / "again").symlink_to("sub")
    (tmp_path / "self.png").symlink_to("self.png")
    (tmp_path / "dead.png").symlink_to("nowhere.png")
    images = read_images(tmp_path)
    assert images.names == ("b.png", "sub/a.png")
    assert {one.name for one in images.skipped} == {"sub/up", "again", "self.png", "dead.png"}


def test_a_folder_that_is_itself_a_link_is_read(tmp_path, grey):
    (tmp_path / "real").mkdir()
    grey().save(tmp_path / "real" / "a.png")
    (tmp_path / "link").symlink_to("real")
    assert read_images(tmp_path / "link").names == ("a.png",)


def test_a_pipe_does_not_hang(tmp_path, grey):
    grey().save(tmp_path / "a.png")
    os.mkfifo(tmp_path / "pipe.png")
    assert read_images(tmp_path).skipped == (Skipped("pipe.png", "is not a regular file"),)


def test_undecodable_name_is_shown_escaped_and_read(tmp_path, grey):
    grey().save(tmp_path / "plain.png")
    os.rename(os.fsencode(tmp_path / "plain.png"), os.fsencode(tmp_path) + b"/caf\xe9.png")
    assert read_images(tmp_path).names == (r"caf\xe9.png",)


def test_control_characters_are_shown_escaped():
    assert shown("a\nb\x1b[31m.png") == r"a\x0ab\x1b[31m.png"
    assert shown("chat blanc é 猫.png") == "chat blanc é 猫.png"


def test_duplicates_are_kept_and_reported_or_dropped(tmp_path, grey):
    grey(0).save(tmp_path / "1.png")
    grey(1).save(tmp_path / "2.png")
    for copy in ("3.png", "10.png"):
        (tmp_path / copy).write_bytes((tmp_path / "1.png").read_bytes())
    grey(2).save(tmp_path / "4.png")
    images = read_images(tmp_path)
    assert images.n_samples == 5
    assert images.duplicates == (Duplicate("3.png", "1.png"), Duplicate("10.png", "1.png"))
    assert "2 of 5 pictures repeat another" in images.notes[0]
    dropped = read_images(tmp_path, drop_duplicates=True)
    assert dropped.names == ("1.png", "2.png", "4.png")
    assert dropped.duplicates == images.duplicates
    np.testing.assert_array_equal(dropped.X, images.X[[0, 1, 3]])


def test_progress_is_told_here_and_not_too_often(tmp_path, grey, monkeypatch):
    from partwise.sources import parallel, reading

    monkeypatch.setattr(parallel, "CHUNK", 1)
    for number in range(60):
        grey(number).save(tmp_path / f"{number}.png")
    real = reading.read_picture

    def slow(*arguments, **named):
        time.sleep(0.01)
        return real(*arguments, **named)

    monkeypatch.setattr(reading, "read_picture", slow)
    calls = []
    began = time.monotonic()
    read_images(tmp_path, n_jobs=2, progress=lambda *counts: calls.append((*counts, threading.current_thread())))
    assert len(calls) <= 20 * (time.monotonic() - began) + 2
    assert calls[-1][:2] == (60, 60)
    assert [done for done, _, _ in calls] == sorted({done for done, _, _ in calls})
    assert {thread for _, _, thread in calls} == {threading.current_thread()}


def test_progress_may_stop_the_reading(tmp_path, grey):
    grey().save(tmp_path / "a.png")

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_images(tmp_path, progress=stop)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"color": "blue"}, r"color must be one of gray, rgb, got 'blue'\."),
        ({"resize": "zoom"}, r"resize must be one of crop, pad, stretch, got 'zoom'\."),
        ({"size": (0, 4)}, r"size must be \(height, width\).* got \(0, 4\)\."),
        ({"size": (4,)}, r"size must be"),
        ({"size": (4.5, 4)}, r"size must be"),
        ({"max_pixels": 0}, r"max_pixels must be at least 1, got 0\."),
        ({"n_jobs": 0}, r"n_jobs must be None, -1 or at least 1, got 0\."),
    ],
)
def test_wrong_settings(tmp_path, grey, settings, message):
    grey().save(tmp_path / "a.png")
    with pytest.raises(SourceError, match=message):
        read_images(tmp_path, **settings)


def test_too_large_for_memory_is_said_before_it_hurts(tmp_path, grey):
    grey().save(tmp_path / "a.png")
    with pytest.raises(SourceError, match=r"^1 picture of 10000000x10000000 in gray needs .* Try a smaller --size\.$"):
        read_images(tmp_path, size=(10_000_000, 10_000_000))


def test_open_source_of_a_folder(tmp_path, grey):
    grey().save(tmp_path / "a.png")
    images = open_source(str(tmp_path), color="rgb", size=(4, 4), resize="pad")
    assert (images.shape, images.origin) == ((4, 4, 3), str(tmp_path))


@pytest.mark.parametrize("source", ["none", "/none/at/all", "x.docx"])
def test_open_source_of_nothing_says_what_can_be_given(source):
    with pytest.raises(SourceError, match=r"^Folder not found: .* a folder of pictures.*\.npy.*orl olivetti") as caught:
        open_source(source)
    assert "\n" not in str(caught.value)


def test_open_source_of_an_empty_name_is_not_the_current_folder():
    with pytest.raises(SourceError, match="needs a name"):
        open_source("")


def test_a_name_cannot_turn_the_direction_of_writing():
    assert shown("cat\u202egpj.exe") == "cat\\u202egpj.exe"
    assert shown("\u0643\u0644\u0628.jpg") == "\u0643\u0644\u0628.jpg"  # Arabic letters may
