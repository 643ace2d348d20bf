"""The catalogue: what is written is read again, numbers are for good, and the verbs that change it."""

import os
import shutil
import sys

import numpy as np
import pytest

from partwise import load_run
from partwise.search import Catalogue, near_duplicates
from partwise.search.catalogue import FILE
from partwise.tasks.catalogue import add, open_catalogue, reindex, remove
from partwise.tasks.finder import Finder
from partwise.tasks.fit import Settings, fit
from partwise.tasks.naming import name_part

from ..stories.conftest import picture, tree
from .conftest import MODEL, OTHER, filled, sample


def refit(home, k=3, source="album"):
    return fit(home / source, home / "run", Settings(k, {"random_state": 1, "max_iter": 500}), force=True).run


def names(catalogue):
    return {entry.number: entry.name for entry in catalogue.all_entries()}


def test_what_is_written_is_read_again(catalogue):
    entries = catalogue.entries()
    assert entries.numbers.tolist() == list(range(1, 9))
    for row, number in enumerate(range(1, 9)):
        written = sample(row)
        read = catalogue.entry(number)
        for field in ("name", "label", "sha256", "error", "brightness", "path", "n_bytes", "height", "width"):
            assert getattr(read, field) == getattr(written, field), field
        assert read.origin == "fit"
        assert (entries.codes[row] == written.code).all()
        assert entries.digests[row] == written.sha256
        assert catalogue.thumbnails([number]) == [written.thumbnail]
    assert (catalogue.model, catalogue.generation, catalogue.check()) == (MODEL, 1, [])


def test_the_truth_is_written_with_a_log_and_to_the_disk(catalogue):
    assert catalogue._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert catalogue._connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_numbers_are_never_given_twice(catalogue):
    with catalogue.change("remove") as change:
        assert change.remove([7, 8, 99]) == 2
    with catalogue.change("add") as change:
        assert change.insert([sample(50), sample(51)], MODEL, "added") == [9, 10]
    assert list(names(catalogue)) == [1, 2, 3, 4, 5, 6, 9, 10]
    assert catalogue.thumbnails([8, 9]) == [None, sample(50).thumbnail]


def test_a_change_that_fails_leaves_everything_as_it_was(catalogue, tmp_path):
    before = names(catalogue), catalogue.generation
    with pytest.raises(ZeroDivisionError):
        _fail_half_way(catalogue)
    assert (names(catalogue), catalogue.generation) == before
    assert not (tmp_path / "catalogue.writer").exists()
    with catalogue.change("add") as change:  # and the next one may
        change.insert([sample(50)], MODEL, "added")


def _fail_half_way(catalogue):
    with catalogue.change("add") as change:
        change.insert([sample(50)], MODEL, "added")
        change.remove([1])
        raise ZeroDivisionError


def test_a_refit_keeps_the_numbers_of_what_it_knows(catalogue):
    with catalogue.change("add") as change:
        change.insert([sample(20), sample(21)], MODEL, "added")
    with catalogue.change("fit") as change:  # 0 is gone, 20 was added by hand and is learned from now, 30 is new
        change.learn([*map(sample, range(7, 0, -1)), sample(20), sample(30)], OTHER)
    assert names(catalogue) == {**{n + 1: f"{n}.png" for n in range(1, 8)}, 9: "20.png", 10: "21.png", 11: "30.png"}
    entries = catalogue.entries()
    assert entries.numbers.tolist() == [2, 3, 4, 5, 6, 7, 8, 9, 11]
    assert (entries.stale, catalogue.stale()) == (1, {10: "21.png"})
    assert (catalogue.entry(9).origin, catalogue.entry(10).origin) == ("fit", "added")
    assert catalogue.thumbnails([9, 10]) == [sample(20).thumbnail, sample(21).thumbnail]


def test_copies_of_a_content_keep_their_numbers_by_name(tmp_path):
    copies = [sample(0), sample(0, name="copy.png"), sample(0, name="copy.png")]
    catalogue = Catalogue.made(tmp_path)
    with catalogue.change("fit") as change:
        change.learn(copies, MODEL)
    with catalogue.change("fit") as change:
        change.learn(copies[::-1], OTHER)
    assert names(catalogue) == {1: "0.png", 2: "copy.png", 3: "copy.png"}
    catalogue.close()


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text are of Linux")
def test_a_path_that_is_no_text_is_kept_to_the_byte(tmp_path):
    path = os.fsdecode(b"/pictures/caf\xe9 \xff.png")
    catalogue = filled(tmp_path, 1, path=path)
    assert catalogue.entry(1).path == path
    catalogue.close()


@pytest.mark.parametrize("name", ["a?b=1#x%41", 'it\'s "quoted"', "a b", "é", "%2e%2e"])
def test_a_run_may_lie_in_a_folder_of_any_name(name, tmp_path):
    (tmp_path / name).mkdir()
    filled(tmp_path / name).close()
    assert [path.name for path in (tmp_path / name).iterdir()] == [FILE]
    assert len(Catalogue.at(tmp_path / name)) == 8


@pytest.mark.parametrize("content", [b"", b"S"])
def test_a_file_in_which_nothing_was_ever_written_is_no_catalogue(content, tmp_path):
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(FileNotFoundError, match=r"has no catalogue\. Make it with: partwise reindex "):
        Catalogue.at(tmp_path)
    filled(tmp_path).close()


def test_a_number_that_nobody_has_is_a_key_error(catalogue):
    for number in (0, 9, -1, 10**30):
        with pytest.raises(KeyError):
            catalogue.entry(number)


def test_a_catalogue_may_lose_its_last_sample(catalogue):
    with catalogue.change("remove") as change:
        change.remove(range(1, 9))
    entries = catalogue.entries()
    assert (len(entries), entries.stale, entries.labels) == (0, 0, None)
    assert catalogue.thumbnails([]) == []


# the verbs, on a run of pictures


def test_new_pictures_are_added_and_found(home):
    run = load_run(home / "run")
    added = add(run, home / "more")
    assert added.numbers == (18, 19, 20, 21, 22)
    assert added.names == tuple(f"{number}.png" for number in range(5))
    assert (added.known, added.skipped) == ((), ())
    finder = Finder.of(run)
    for number, file in zip(added.numbers, sorted((home / "more").iterdir()), strict=True):
        entry = finder.catalogue.entry(number)
        assert (entry.origin, entry.path) == ("added", str(file))
        # the same file, read as a stranger, finds itself first
        hit = finder.ranked(finder.read(file), 1)[0]
        assert (hit.number, hit.score) == (number, 1)
        assert finder.ranked(finder.sample(number), 30)[-1].number != number
        assert np.isfinite(finder.pixels(number)).all()


def test_known_content_is_left_out_whatever_it_is_called(home):
    shutil.copy(home / "album" / "cats" / "5.png", home / "more" / "known.png")
    shutil.copy(home / "more" / "2.png", home / "more" / "twice.png")
    run = load_run(home / "run")
    added = add(run, home / "more")
    assert len(added.numbers) == 5
    assert added.known == ("known.png", "twice.png")
    before = tree(home / "run")
    again = add(run, home / "more")
    assert (again.numbers, len(again.known)) == ((), 7)
    assert set(tree(home / "run")) == set(before)
    assert len(open_catalogue(run)) == 17 + 5


def test_what_cannot_be_read_is_listed_and_the_rest_added(home):
    (home / "more" / "broken.png").write_bytes(b"no picture")
    added = add(load_run(home / "run"), home / "more")
    assert (len(added.numbers), [one.name for one in added.skipped]) == (5, ["broken.png"])


def test_removed_ones_are_out_of_every_search_and_their_files_stay(home):
    run = load_run(home / "run")
    files = tree(home / "album")
    gone = remove(run, [3, 5, 3])
    assert [one.number for one in gone] == [3, 5]
    assert tree(home / "album") == files
    finder = Finder.of(run)
    found = {hit.number for hit in finder.ranked(finder.sample(1), 100)}
    assert found == set(range(2, 18)) - {3, 5}
    with pytest.raises(ValueError, match=r"There is no number 3 among the pictures\. They go from 1 to 17"):
        finder.sample(3)
    # what comes again is new
    assert add(run, home / "album").numbers == (18, 19)


def test_all_or_none_are_removed(home):
    run = load_run(home / "run")
    with pytest.raises(ValueError, match=r"There is no number 77 in the catalogue of .*run\.$"):
        remove(run, [1, 77])
    assert len(open_catalogue(run)) == 17


def test_a_finder_sees_a_change_when_it_is_asked_to(home):
    run = load_run(home / "run")
    finder = Finder.of(run)
    assert finder.fresh() is finder
    add(run, home / "more")
    assert len(finder.entries) == 17
    fresh = finder.fresh()
    assert len(fresh.entries) == 22
    refit(home, 4)
    with pytest.raises(ValueError, match="The catalogue was built with model "):
        fresh.fresh()


def test_after_a_refit_what_was_added_waits_for_reindex(home):
    run = load_run(home / "run")
    add(run, home / "more")
    remove(run, [2])
    before = names(open_catalogue(run))
    run = refit(home)
    finder = Finder.of(run)
    numbers = {entry.name: entry.number for entry in finder.catalogue.all_entries()}
    assert {name: number for number, name in before.items()}.items() <= numbers.items()
    assert numbers["cats/1.png"] == 23  # it had been removed, so it is new
    assert finder.entries.stale == 5
    assert finder.entries.codes.shape == (17, 3)
    assert not {18, 19, 20, 21, 22} & {hit.number for hit in finder.ranked(finder.sample(1), 100)}
    done = reindex(run)
    assert (done.encoded, done.lost) == (5, ())
    finder = finder.fresh()
    assert finder.entries.stale == 0
    assert finder.entries.numbers.tolist() == [1, *range(3, 24)]
    for number in range(18, 23):
        expected, error = finder.encode(finder.pixels(number))
        row = finder.row_of(number)
        np.testing.assert_allclose(finder.entries.codes[row], expected, rtol=1e-5, atol=1e-6)
        assert finder.entries.errors[row] == pytest.approx(error, abs=1e-5)
    assert reindex(run).encoded == 0


def test_what_is_gone_or_changed_stays_out_of_searches_and_can_be_removed(home):
    run = load_run(home / "run")
    add(run, home / "more")
    run = refit(home)
    (home / "more" / "1.png").unlink()
    picture(999).save(home / "more" / "3.png")
    done = reindex(run)
    assert done.encoded == 3
    assert [(entry.number, reason) for entry, reason in done.lost] == [
        (19, f"File not found: {home / 'more' / '1.png'}"),
        (21, "3.png is not what it was when it was catalogued."),
    ]
    finder = Finder.of(run)
    assert finder.entries.stale == 2
    assert finder.numbers_of(["19", "21"]) == [19, 21]
    remove(run, [19, 21])
    assert finder.fresh().entries.stale == 0


def test_reindex_makes_a_catalogue_where_there_is_none(home):
    run = load_run(home / "run")
    before = open_catalogue(run).entries()
    for file in (home / "run").glob("catalogue.sqlite*"):
        file.unlink()
    with pytest.raises(FileNotFoundError, match=r"has no catalogue\. Make it with: partwise reindex "):
        Finder.of(run)
    assert run.part_names == {}
    reindex(run)
    after = open_catalogue(run).entries()
    assert (after.names, after.digests, after.labels) == (before.names, before.digests, before.labels)
    assert (after.codes == before.codes).all()
    assert (after.errors == before.errors).all()


def test_reindex_without_the_pictures_says_why_it_cannot(home):
    run = load_run(home / "run")
    for file in (home / "run").glob("catalogue.sqlite*"):
        file.unlink()
    picture(7).save(home / "album" / "cats" / "0.png")
    with pytest.raises(ValueError, match=r"album has changed since the fit, so the catalogue of .* cannot be"):
        reindex(run)
    shutil.rmtree(home / "album")
    with pytest.raises(ValueError, match="Folder not found"):
        reindex(run)
    assert not list((home / "run").glob("catalogue*"))


def test_pixels_are_those_that_the_model_saw(home):
    run = load_run(home / "run")
    finder = Finder.of(run)
    for number in range(1, 18):
        entry = finder.catalogue.entry(number)
        seen = finder.pixels(number)
        assert (seen == np.asarray(finder.read(home / "album" / entry.name).values)).all()
        row = finder.row_of(number)
        np.testing.assert_allclose(finder.encode(seen)[0], finder.entries.codes[row], rtol=1e-4, atol=1e-5)
        assert finder.entries.brightness[row] == pytest.approx(seen.mean(), abs=1e-6)
    picture(999).save(home / "album" / "cats" / "0.png")
    with pytest.raises(ValueError, match=r"cats/0\.png is not what it was when it was catalogued"):
        finder.pixels(1)
    (home / "album" / "cats" / "0.png").unlink()
    with pytest.raises(ValueError, match="File not found"):
        finder.pixels(1)
    assert finder.ranked(finder.sample(1), 3)  # a search needs no file


def test_a_file_that_is_in_the_run_finds_itself_at_exactly_one(home):
    finder = Finder.of(load_run(home / "run"))
    for row, name in enumerate(finder.entries.names):
        shutil.copy(home / "album" / name, home / "stranger.png")
        hits = finder.ranked(finder.asked(str(home / "stranger.png")), 3)
        assert (hits[0].row, hits[0].score) == (finder.entries.first_of_its_content[row], 1)


def test_the_odd_ones_are_those_with_the_largest_error(home):
    finder = Finder.of(load_run(home / "run"))
    scores = [hit.score for hit in finder.odd(17)]
    assert scores == sorted(finder.entries.errors.tolist(), reverse=True)
    assert len(finder.odd(3)) == 3


def test_the_same_content_is_found_first_and_in_one_group(home):
    finder = Finder.of(load_run(home / "run"))
    one, other = (finder.asked(name).number for name in ("cats/3.png", "dogs/again.png"))
    hit = finder.ranked(finder.sample(one), 3)[0]
    assert (hit.number, hit.score) == (other, 1)
    groups = [group for group in near_duplicates(finder.entries, finder.index, 1) if group.exact]
    assert [tuple(int(finder.entries.numbers[row]) for row in group.rows) for group in groups] == [(one, other)]
    assert finder.entries.repeats(finder.row_of(one)) == [finder.row_of(other)]


def test_names_of_parts_are_of_a_model(home):
    run = load_run(home / "run")
    catalogue = open_catalogue(run)
    assert name_part(catalogue, 2, "  Left\n eye\t\x1b ") == "Left eye"
    assert name_part(catalogue, 2, "Eyes") == "Eyes"
    with pytest.raises(ValueError, match="Part 2 is called Eyes already"):
        name_part(catalogue, 3, "eyes")
    finder = Finder.of(run)
    assert (finder.part_called("EYES"), finder.part_called("3")) == (2, 3)
    assert load_run(home / "run").part_names == {2: "Eyes"}
    assert refit(home).part_names == {}
    assert name_part(Finder.of(load_run(home / "run")).catalogue, 1, "") is None
