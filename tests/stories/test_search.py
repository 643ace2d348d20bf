"""Who is like this one, and why: search, explain, add, remove, reindex and name, as a user goes through them."""

import json
import os
import re
import shutil
import sys

import numpy as np
import pytest
from PIL import Image

from partwise import load_run
from partwise.search.catalogue import FILE
from partwise.tasks.finder import Finder
from partwise.tasks.fit import Settings, fit
from partwise.tasks.read import Reading

from .conftest import album, picture, tree
from .test_wrong_inputs import assert_one_line


def fitted(source, out, k, **reading):
    """A run without figures, which take seconds."""
    settings = Settings(k, {"random_state": 0, "max_iter": 200}, Reading(**reading))
    return fit(source, out, settings, force=out.exists()).run


@pytest.fixture
def more(tmp_path):
    """Three new pictures and two that are in the run already."""
    (tmp_path / "more").mkdir()
    for number in (3, 4, 50, 51, 52):
        picture(number).save(tmp_path / "more" / f"new{number}.png")
    return tmp_path / "more"


def rows(out):
    """The table of a search: place, score, name, number, label."""
    lines = [re.fullmatch(r" +(\d+) +(-?[\d.]+)  (\S+) +number (\d+)(?:  (\S+))?", one) for one in out.splitlines()[1:]]
    return [(int(m[1]), float(m[2]), m[3], int(m[4]), m[5]) for m in lines]


def test_a_search_by_name_and_by_number_is_the_same_table(saved_run, cli):
    by_name = cli("search", saved_run, "cats/good3.png")
    assert (
        by_name.out.splitlines()[0]
        == "most similar to cats/good3.png (number 4), by the angle between the codes, of 16 pictures"
    )
    table = rows(by_name.out)
    assert [place for place, *_ in table] == list(range(1, 9))
    assert table[0] == (1, 1.0, "dogs/good3.png", 12, "dogs")  # the same content in another folder
    assert [score for _, score, *_ in table] == sorted((score for _, score, *_ in table), reverse=True)
    assert "cats/good3.png" not in {name for _, _, name, *_ in table}
    assert cli("search", saved_run, 4) == by_name
    assert by_name.err == ""


def test_a_name_without_its_folder_will_do_where_it_is_the_only_one(saved_run, cli, tmp_path, told):
    assert_one_line(
        cli("search", saved_run, "good3.png"), "2 pictures are called good3.png: give a number instead (4, 12)."
    )
    fitted(album(tmp_path / "deep" / "one", 4).parent, tmp_path / "run", 2)
    assert told("search", tmp_path / "run", "good3.png")["query"]["name"] == "one/good3.png"


def test_the_least_similar_come_with_farthest(saved_run, told):
    near = told("search", saved_run, 1, "-n", 99)["hits"]
    far = told("search", saved_run, 1, "-n", 99, "--farthest")["hits"]
    assert len(near) == len(far) == 15
    assert [one["score"] for one in far] == [one["score"] for one in near][::-1]
    assert far[0]["score"] < near[0]["score"]


def test_json_says_all_that_the_table_says(saved_run, told, cli):
    found = told("search", saved_run, 4, "-n", 3, "--measure", "whitened")
    assert {key: found[key] for key in ("query", "measure", "farthest", "n_samples")} == {
        "query": {"name": "cats/good3.png", "number": 4},
        "measure": "whitened",
        "farthest": False,
        "n_samples": 16,
    }
    table = rows(cli("search", saved_run, 4, "-n", 3, "--measure", "whitened").out)
    assert [(one["name"], one["number"], one["label"]) for one in found["hits"]] == [row[2:] for row in table]
    assert [round(one["score"], 4) for one in found["hits"]] == [row[1] for row in table]


def test_a_picture_that_is_not_in_the_run_finds_its_like(saved_run, told, tmp_path):
    picture(77).save(tmp_path / "stranger.png")
    found = told("search", saved_run, tmp_path / "stranger.png", "-n", 16)
    assert found["query"] == {"name": "stranger.png", "number": None}
    assert len(found["hits"]) == 16
    shutil.copy(saved_run.parent / "album" / "cats" / "good5.png", tmp_path / "known.png")
    first, second, third = told("search", saved_run, tmp_path / "known.png", "-n", 3)["hits"]
    assert [(one["name"], one["score"]) for one in (first, second)] == [("cats/good5.png", 1), ("dogs/good5.png", 1)]
    assert third["score"] < 1


def test_a_mixture_of_parts_finds_those_that_are_made_so(saved_run, told):
    found = told("search", saved_run, "--parts", "2:3", "-n", 16)
    assert found["query"] == {"name": "a mixture of parts", "number": None}
    codes = load_run(saved_run).codes.astype(float)
    share = codes[:, 1] / np.linalg.norm(codes, axis=1)
    assert [one["score"] for one in found["hits"]] == pytest.approx(np.sort(share)[::-1], abs=1e-6)
    both = told("search", saved_run, "--parts", "1:1,3:0.5", "-n", 1)["hits"][0]
    wanted = codes @ [1, 0, 0.5] / np.linalg.norm(codes, axis=1) / np.linalg.norm([1, 0.5])
    assert both["score"] == pytest.approx(wanted.max(), abs=1e-6)


def test_parts_are_switched_off_and_weighted(saved_run, told):
    codes = load_run(saved_run).codes.astype(float)

    def expected(weights):
        W = codes * weights
        return np.sort(W[1:] @ W[0] / np.linalg.norm(W[1:], axis=1) / np.linalg.norm(W[0]))[::-1]

    for options, weights in (
        (("--only", "1,3"), [1, 0, 1]),
        (("--without", "2"), [1, 0, 1]),
        (("--weights", "2:5,3:0.1"), [1, 5, 0.1]),
        (("--without", "1", "--weights", "2:2"), [0, 2, 1]),
    ):
        found = told("search", saved_run, 1, "-n", 15, *options)["hits"]
        assert [one["score"] for one in found] == pytest.approx(expected(weights), abs=1e-6), options


def test_only_one_label(saved_run, told, cli):
    found = told("search", saved_run, 1, "--label", "dogs", "-n", 99)["hits"]
    assert [one["label"] for one in found] == ["dogs"] * 8
    assert "with label dogs" in cli("search", saved_run, 1, "--label", "dogs").out


def test_the_euclidean_distance_sees_brightness(tmp_path, told):
    folder = album(tmp_path / "album", 6)
    dark = Image.fromarray((np.asarray(picture(0)) // 4).astype(np.uint8))
    dark.save(folder / "dark0.png")
    fitted(folder, tmp_path / "run", 4)
    assert told("search", tmp_path / "run", "good0.png", "-n", 1)["hits"][0]["name"] == "dark0.png"
    scores = told("search", tmp_path / "run", "good0.png", "--measure", "euclidean", "-n", 9)["hits"]
    assert [one["score"] for one in scores] == sorted(one["score"] for one in scores)
    assert next(one["score"] for one in scores if one["name"] == "dark0.png") > 0.1


def test_groups_of_nearly_the_same(saved_run, told, cli):
    groups = told("search", saved_run, "--duplicates", "--threshold", 1)["groups"]
    assert len(groups) == 8
    assert all(one["same_content"] and one["likeness"] == 1 for one in groups)
    assert {
        "numbers": [1, 9],
        "names": ["cats/good0.png", "dogs/good0.png"],
        "likeness": 1,
        "same_content": True,
    } in groups
    ended = cli("search", saved_run, "--duplicates", "--threshold", 0.1)
    lines = ended.out.splitlines()
    assert lines[0] == ("1 group of nearly the same pictures (cosine 0.1 or more), 0 of them with the same content"), (
        ended.out
    )
    assert lines[1].startswith("  cosine 0.")
    assert lines[1].endswith(" ...")


def test_those_that_are_explained_worst(saved_run, told, cli):
    run = load_run(saved_run)
    found = told("search", saved_run, "--odd", "-n", 16)
    assert found["query"] is None
    from partwise import open_source

    X = open_source(saved_run.parent / "album").X
    errors = np.linalg.norm(X - run.codes @ run.parts, axis=1) / np.linalg.norm(X, axis=1)
    assert [one["score"] for one in found["hits"]] == pytest.approx(np.sort(errors)[::-1], abs=1e-4)
    assert cli("search", saved_run, "--odd").out.splitlines()[0] == (
        "explained worst, by relative error, of 16 pictures"
    )


@pytest.mark.parametrize(
    "asked",
    [(1,), (1, "--farthest", "-n", 3), ("--parts", "1:1,2:1"), ("--odd", "-n", 20), (1, "-n", 15, "--label", "cats")],
)
def test_a_contact_sheet_is_drawn(asked, saved_run, cli, tmp_path):
    ended = cli("search", saved_run, *asked, "--out", tmp_path / "sheet.png")
    assert ended.code == 0, ended.err
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.format == "PNG"
        assert sheet.width > 1000
        assert len(set(sheet.convert("RGB").reduce(8).getdata())) > 30
    assert_one_line(
        cli("search", saved_run, *asked, "--out", tmp_path / "sheet.png"),
        f"{tmp_path / 'sheet.png'} exists already. Choose another --out, or overwrite it with --force.",
    )
    assert cli("search", saved_run, *asked, "--out", tmp_path / "sheet.png", "--force").code == 0


def test_a_contact_sheet_shows_the_pictures_and_their_reconstructions(saved_run):
    from partwise.tasks.sheets import contact_sheet

    finder = Finder.of(load_run(saved_run))
    query = finder.sample(1)
    hits = finder.ranked(query, 3)
    drawn = [np.asarray(image.get_array()) for image in contact_sheet(finder, query, hits, title="").axes[0].images]
    assert len(drawn) == 8
    for place, number in enumerate([1, *(hit.number for hit in hits)]):
        assert np.abs(drawn[2 * place] - finder.pixels(number).reshape(6, 8)).mean() < 0.05  # a JPEG of it
        rebuilt = finder.reconstruction(finder.entries.codes[finder.row_of(number)]).reshape(6, 8)
        np.testing.assert_allclose(drawn[2 * place + 1], rebuilt, atol=1e-5)


def test_why_two_are_alike(saved_run, told, cli, tmp_path):
    found = told("explain", saved_run, 1, "dogs/good4.png")
    assert (found["a"], found["b"]) == ("cats/good0.png", "dogs/good4.png")
    assert found["parts"] == ["part 1", "part 2", "part 3"]
    score = next(one["score"] for one in told("search", saved_run, 1, "-n", 15)["hits"] if one["number"] == 13)
    assert sum(found["shared_by_part"]) == pytest.approx(score, abs=1e-6)
    assert found["cosine"] == pytest.approx(score, abs=1e-6)
    rest = sum(found["more_in_a_by_part"]) + sum(found["more_in_b_by_part"])
    assert rest == pytest.approx(1 - score, abs=1e-6)
    ended = cli("explain", saved_run, 1, 13, "--out", tmp_path / "why.png")
    assert ended.out.splitlines()[0] == f"cats/good0.png and dogs/good4.png: cosine {score:.4f}, a sum over the parts"
    shares = [float(one.split()[0]) for one in ended.out.splitlines()[2:] if one.startswith("    ")]
    assert sum(shares) == pytest.approx(score, abs=2e-4)
    assert Image.open(tmp_path / "why.png").format == "PNG"


def test_what_a_picture_is_made_of(saved_run, told, cli, tmp_path):
    found = told("explain", saved_run, 2)
    run = load_run(saved_run)
    assert found["code"] == pytest.approx(run.codes[1].tolist())
    assert sum(found["shares"]) == pytest.approx(1)
    light = run.codes[1] * run.parts.sum(axis=1)
    assert found["shares"] == pytest.approx((light / light.sum()).tolist(), abs=1e-5)
    ended = cli("explain", saved_run, 2, "--out", tmp_path / "maps.png")
    assert ended.out.startswith("cats/good1.png is a sum of ")
    assert Image.open(tmp_path / "maps.png").format == "PNG"
    picture(60).save(tmp_path / "stranger.png")
    assert cli("explain", saved_run, tmp_path / "stranger.png", "--out", tmp_path / "new.png").code == 0


def test_new_ones_are_added_found_and_removed(run_copy, more, told, cli):
    ended = cli("add", run_copy, more, "-q")
    assert ended.out == "2 of 5 pictures are indexed already (same content).\n3 pictures added.\n"
    found = told("search", run_copy, "new51.png", "-n", 99)
    assert found["query"]["number"] == 18
    assert len(found["hits"]) == 18
    assert told("search", run_copy, more / "new51.png", "-n", 1)["hits"][0]["number"] == 18
    assert told("add", run_copy, more) == {
        "numbers": [], "names": [], "known": [f"new{n}.png" for n in (3, 4, 50, 51, 52)], "skipped": []
    }  # fmt: skip
    assert cli("remove", run_copy, "new50.png", 18).out == (
        "new50.png (number 17)\nnew51.png (number 18)\n2 pictures removed from the catalogue.\n"
    )
    assert told("search", run_copy, 1, "-n", 99)["n_samples"] == 17
    assert len(list(more.iterdir())) == 5


def test_after_a_refit_the_note_sends_to_reindex(tmp_path, more, told, cli):
    folder, run = album(tmp_path / "album", 8), tmp_path / "run"
    fitted(folder, run, 3)
    told("add", run, more)  # 3 and 4 are known
    told("name", run, 2, "Eyes")
    before = told("search", run, 1, "-n", 99)["hits"]
    fitted(folder, run, 2)
    ended = cli("search", run, 1, "-n", 99)
    assert ended.err == (
        f"note: 3 pictures have codes of an earlier model and are left out. Run: partwise reindex {run}\n"
    )
    assert {row[3] for row in rows(ended.out)} == set(range(2, 9))
    ended = cli("search", run, "--only", "Eyes", 1)
    assert ended.err.endswith("error: There is no part 'Eyes'. Give a number from 1 to 2, or a part's name.\n")
    (more / "new51.png").unlink()
    ended = cli("reindex", run, "-q")
    assert ended.out == "The catalogue is that of the model; 2 pictures added by hand encoded anew.\n"
    assert ended.err.startswith("note: new51.png (number 10) stays out of searches: File not found: ")
    assert cli("remove", run, 10).code == 0
    ended = cli("search", run, 1, "-n", 99)
    assert ended.err == ""
    assert {row[3]: row[2] for row in rows(ended.out)} == {
        one["number"]: one["name"] for one in before if one["number"] != 10
    }


def test_a_run_from_before_there_were_catalogues(run_copy, cli, told):
    found = told("search", run_copy, 1)
    for file in run_copy.glob(f"{FILE}*"):
        file.unlink()
    for asked in (("search", 1), ("explain", 1), ("add", run_copy), ("remove", 1), ("name", 1, "x")):
        ended = cli(asked[0], run_copy, *asked[1:])
        assert_one_line(ended, f"{run_copy} has no catalogue. Make it with: partwise reindex {run_copy}")
    assert cli("info", run_copy).code == cli("look", run_copy).code == 0
    assert told("reindex", run_copy) == {"encoded": 0, "lost": []}
    assert told("search", run_copy, 1) == found


def test_a_part_that_has_a_name_is_called_so_everywhere(run_copy, told, cli):
    assert told("name", run_copy, 2, "Left  eye") == {"number": 2, "name": "Left eye"}
    assert cli("name", run_copy, "left EYE", "Eye").out == "Part 2 is called Eye.\n"
    assert told("explain", run_copy, 1)["parts"] == ["part 1", "Eye", "part 3"]
    assert "Eye" in cli("explain", run_copy, 1).out
    for by_name, by_number in (
        (("--only", "eye"), ("--only", "2")),
        (("--without", "Eye"), ("--without", "2")),
        (("--weights", "eye:3"), ("--weights", "2:3")),
    ):
        assert told("search", run_copy, 1, *by_name) == told("search", run_copy, 1, *by_number)
    assert told("search", run_copy, "--parts", "eye:1") == told("search", run_copy, "--parts", "2:1")
    assert_one_line(cli("name", run_copy, 1, "EYE"), "Part 2 is called Eye already. Choose another name.")
    assert cli("name", run_copy, 2, "").out == "Part 2 has no name any more.\n"
    assert told("explain", run_copy, 1)["parts"][1] == "part 2"


def test_colours_are_searched_and_drawn(tmp_path, told, cli):
    folder = album(tmp_path / "album", 8, channels=(3,))
    fitted(folder, tmp_path / "run", 3, color="rgb")
    hits = told("search", tmp_path / "run", 1, "--out", tmp_path / "sheet.png")["hits"]
    assert len(hits) == 7
    assert cli("explain", tmp_path / "run", 1, 2, "--out", tmp_path / "why.png").code == 0
    assert cli("explain", tmp_path / "run", folder / "good0.png", "--out", tmp_path / "maps.png").code == 0
    finder = Finder.of(load_run(tmp_path / "run"))
    assert finder.pixels(1).shape == (6 * 8 * 3,)


def test_rows_of_tables_are_searched_and_never_drawn(tmp_path, told, cli):
    X = np.random.default_rng(0).random((20, 6))
    for name, values, header in (("all", X, "a,b,c,d,e,f"), ("new", X[:3, ::-1], "f,e,d,c,b,a"), ("one", X[7:8], "")):
        np.savetxt(tmp_path / f"{name}.csv", values, delimiter=",", header=header, comments="")
    (tmp_path / "other.csv").write_text("a,b,c,d,e,f\n1,2,3,4,5,6\n")
    run = tmp_path / "run"
    fitted(tmp_path / "all.csv", run, 3)
    assert told("search", run, 8, "-n", 3)["query"] == {"name": "8", "number": 8}
    assert told("search", run, tmp_path / "one.csv", "-n", 1)["hits"][0] == {
        "number": 8, "name": "8", "label": None, "score": 1
    }  # fmt: skip
    # the same rows with their columns in another order are known
    assert len(told("add", run, tmp_path / "new.csv")["known"]) == 3
    assert told("add", run, tmp_path / "other.csv")["numbers"] == [21]
    # two rows are called 1 now: a number is a number
    assert told("search", run, 1)["query"]["number"] == 1
    assert told("search", run, 21)["query"] == {"name": "1", "number": 21}
    for asked in (("search", run, 1), ("search", run, "--odd"), ("explain", run, 1), ("explain", run, 1, 2)):
        ended = cli(*asked, "--out", tmp_path / "x.png")
        assert_one_line(ended, f"--out draws pictures, and {run} was made of samples. Leave it out.")
    finder = Finder.of(load_run(run))
    np.testing.assert_allclose(finder.pixels(5), X[4])
    assert_one_line(cli("search", run, tmp_path / "new.csv"), "new.csv has 3 samples, and a search is for one.")


def test_texts_are_searched_and_explained_in_words(tmp_path, told, cli):
    from .test_texts import posts

    for number, (text, topic) in enumerate(zip(*posts(), strict=True)):
        (tmp_path / "posts" / topic).mkdir(parents=True, exist_ok=True)
        (tmp_path / "posts" / topic / f"{number}.txt").write_text(text)
    (tmp_path / "new.txt").write_text("The goalie stopped the puck in the last game of the season.")
    run = tmp_path / "run"
    fitted(tmp_path / "posts", run, 2)
    hits = told("search", run, tmp_path / "new.txt", "-n", 6)["hits"]
    assert [one["label"] for one in hits] == ["hockey"] * 6
    assert told("search", run, "space/1.txt", "-n", 5, "--label", "space")["hits"]
    assert re.search(r"part [12] \(\w+, \w+, \w+\)", cli("explain", run, "space/1.txt").out)
    assert_one_line(cli("search", run, 1, "--out", tmp_path / "x.png"), f"{run} was made of texts. Leave it out.")
    assert len(told("add", run, tmp_path / "new.txt")["numbers"]) == 1
    finder = Finder.of(load_run(run))
    seen = finder.pixels(1)
    assert seen.shape == (load_run(run).facts["n_features"],)
    assert np.linalg.norm(seen) > 0
    assert finder.read(tmp_path / "new.txt").values.shape == seen.shape


HOSTILE = [
    "<script>alert(1)</script>.png",
    "$x_1^{$.png",
    "a\nb.png",
    "\x1b[31mred.png",
    "a..png",
    "-n.png",
    "😀‮gnp.png",
]


@pytest.mark.skipif(sys.platform != "linux", reason="such names are of Linux")
def test_names_that_are_hostile_or_no_text_are_shown_and_found(tmp_path, told, cli):
    folder = tmp_path / "album"
    folder.mkdir()
    raw = os.fsdecode(b"caf\xe9.png")
    for number, name in enumerate([*HOSTILE, raw]):
        picture(number).save(folder / name.replace("/", "∕"), "PNG")
    fitted(folder, tmp_path / "run", 3)
    ended = cli("search", tmp_path / "run", 1, "-n", 99, "--out", tmp_path / "sheet.png")
    assert ended.code == 0, ended.err
    assert len(ended.out.splitlines()) == 8
    assert "\x1b" not in ended.out
    assert {one["name"] for one in told("search", tmp_path / "run", "--odd")["hits"]} >= {r"caf\xe9.png", "$x_1^{$.png"}
    assert told("search", tmp_path / "run", r"caf\xe9.png")["query"]["number"] is not None
    number = told("search", tmp_path / "run", folder / raw, "-n", 1)["hits"][0]["number"]
    finder = Finder.of(load_run(tmp_path / "run"))
    assert finder.catalogue.entry(number).path == str(folder / raw)
    assert finder.pixels(number).shape == (48,)
    assert cli("explain", tmp_path / "run", 1, 2, "--out", tmp_path / "why.png").code == 0
    assert cli("explain", tmp_path / "run", 3, "--out", tmp_path / "maps.png").code == 0


def test_a_file_that_is_gone_or_changed_since_is_told_where_it_is_needed(tmp_path, told, cli):
    folder, run = album(tmp_path / "album", 5), tmp_path / "run"
    fitted(folder, run, 2)
    picture(99).save(folder / "good1.png")
    (folder / "good2.png").unlink()
    for number, words in ((2, "good1.png is not what it was when it was catalogued"), (3, "File not found: ")):
        assert_one_line(cli("explain", run, number, "--out", tmp_path / "maps.png"), words)
        assert cli("explain", run, number).code == 0
        assert cli("search", run, number, "--out", tmp_path / f"{number}.png").code == 0  # thumbnails are kept
    assert not (tmp_path / "maps.png").exists()


@pytest.mark.parametrize("damage", ["flipped", "cut", "text", "newer"])
def test_a_damaged_catalogue_is_told_in_one_line(damage, run_copy, more, cli):
    content = bytearray((run_copy / FILE).read_bytes())
    if damage == "newer":
        import sqlite3

        connection = sqlite3.connect(run_copy / FILE)
        with connection:
            connection.execute("UPDATE about SET value = 3 WHERE key = 'format'")
        connection.close()
        words = f"{FILE} has format 3, newer than this version reads (1). Upgrade partwise."
    else:
        if damage == "flipped":
            for place in range(4096, len(content), 50):
                content[place] ^= 0x55
        (run_copy / FILE).write_bytes({"cut": content[:6000], "text": b"no database " * 500}.get(damage, content))
        words = f"{FILE} is damaged ("
    for asked in (("search", 1), ("explain", 1, 2), ("add", more), ("remove", 1), ("reindex",), ("name", 1, "Eyes")):
        assert_one_line(cli(asked[0], run_copy, *asked[1:]), words)
    assert cli("info", run_copy).code == 0


def test_a_writer_in_the_way_is_named(run_copy, cli):
    finder = Finder.of(load_run(run_copy))
    with finder.catalogue.change("add"):
        ended = cli("remove", run_copy, 1)
        assert_one_line(ended, f"The catalogue is in use by process {os.getpid()} (add started ")
        assert cli("search", run_copy, 1).code == 0
    assert cli("remove", run_copy, 1).code == 0


QUERY = "partwise search --help"
WRONG = [
    ("search {run}", f"search wants one of: QUERY, --parts, --duplicates, --odd. Try: {QUERY}"),
    ("search {run} 1 --odd", f"search wants one of: QUERY, --parts, --duplicates, --odd. Try: {QUERY}"),
    ("search {run} 99", "There is no number 99 among the pictures. They go from 1 to 16."),
    ("search {run} 0", "There is no number 0 among the pictures. They go from 1 to 16."),
    ("search {run} 99999999999999999999999", "There is no number 99999999999999999999999 among the pictures."),
    ("search {run} none.png", "none.png is neither the name or the number of one of the 16 pictures of {run}, nor a "),
    ("search {run} ~nobody/none.png", "~nobody/none.png is neither the name or the number of one of the 16 pictures"),
    ("search {run} {album}", "has 16 samples, and a search is for one."),
    ("search {run} {run}/run.json", "run.json"),
    ("search {none} 1", "No run at {none}. Make one with: partwise fit "),
    ("search {run} 1 --measure manhattan", "no measure 'manhattan'. Give one of: cosine, whitened, euclidean."),
    ("search {run} 1 -n 0", "A search wants at least one result, got n=0."),
    ("search {run} --odd -n 0", "A search wants at least one result, got n=0."),
    ("search {run} --odd --number=-1", "A search wants at least one result, got n=-1."),
    ("search {run} 1 --label birds", "There is no label 'birds'. Give one of: cats, dogs."),
    ("search {run} 1 --only 9", "There is no part '9'. Give a number from 1 to 3, or a part's name."),
    ("search {run} 1 --only ,", "Every part is switched off, so there is nothing to compare. Leave one of them on."),
    ("search {run} 1 --without 1,2,3", "Every part is switched off, so there is nothing to compare. Leave one of them"),
    ("search {run} 1 --only 1 --without 2", "--only and --without say the same thing from two sides. Give one of them"),
    ("search {run} 1 --weights 1", "Weights of parts are written PART:WEIGHT, such as 3:1,7:0.5, got '1'."),
    ("search {run} 1 --weights 1:x", "Weights of parts are written PART:WEIGHT, such as 3:1,7:0.5, got '1:x'."),
    ("search {run} 1 --weights 1:nan", "Weights of parts are written PART:WEIGHT, such as 3:1,7:0.5, got '1:nan'."),
    ("search {run} 1 --weights 2:-1", "Weights must be finite and not negative, got -1.0 for part 2."),
    ("search {run} --parts 1:-1", "The weight of part 1 must be finite and not negative, got -1.0."),
    ("search {run} --parts 1:0", "A mixture needs a part with a weight above 0. Give one, such as 3:1."),
    ("search {run} --parts ,", "A mixture needs a part with a weight above 0. Give one, such as 3:1."),
    ("search {run} --duplicates --threshold 2", "is a cosine above 0 and at most 1, got 2."),
    ("search {run} --duplicates --out {folder}/x.png", "--duplicates draws no figure. Leave --out away"),
    ("search {run} 1 --out {folder}/x.jpg", "Figures are written as .png files, got x.jpg. Try --out x.png."),
    ("search {run} 1 --out {folder}/none/x.png", "Folder not found: {folder}/none"),
    ("explain {run} 1 --only 2", "explain with a single sample says what it is made of, and takes no options of a"),
    ("explain {run} 1 99", "There is no number 99 among the pictures. They go from 1 to 16."),
    ("remove {run} 99", "There is no number 99 among the pictures. They go from 1 to 16."),
    ("remove {run} 1 {album}/cats/good0.png", "good0.png is a file that is not in the catalogue of {run}."),
    ("add {run} {none}", "Folder not found: {none}"),
    ("add {run} {run}/model.safetensors", "model.safetensors"),
    ("name {run} 4 Eyes", "There is no part '4'. Give a number from 1 to 3, or a part's name."),
    ("name {run} 1 17", "'17' cannot be told from the number of a part. Choose a name with a letter."),
    ("name {run} 1 a:b", "'a:b' cannot be told from weights of parts. Choose a name without , and :."),
    (f"name {{run}} 1 {'x' * 41}", "A part's name has at most 40 letters, got 41. Shorten it."),
]


@pytest.mark.parametrize(("command", "words"), WRONG, ids=[command for command, _ in WRONG])
def test_a_wrong_use_is_told_in_one_line_and_changes_nothing(command, words, saved_run, cli, tmp_path):
    places = {"run": saved_run, "album": saved_run.parent / "album", "folder": tmp_path, "none": tmp_path / "none"}
    before = _kept(saved_run), tree(tmp_path)
    ended = cli(*command.format(**places).split())
    assert_one_line(ended, words.format(**places))
    assert (_kept(saved_run), tree(tmp_path)) == before


def _kept(run):
    """What is in the folder of a run; SQLite makes and removes its log when it likes."""
    return {name: content for name, content in tree(run).items() if not name.endswith(("-wal", "-shm"))}


def test_a_catalogue_without_samples_says_so(run_copy, more, cli, told, tmp_path):
    told("remove", run_copy, *range(1, 17))
    for asked in ((more / "new50.png",), ("--odd",), ("--odd", "--out", tmp_path / "x.png"), ("--parts", "1:1")):
        ended = cli("search", run_copy, *asked)
        assert_one_line(ended, f"There are no pictures to search in. Put some in with: partwise add {run_copy} SOURCE")
    assert told("search", run_copy, "--duplicates")["groups"] == []
    assert told("add", run_copy, more)["numbers"] == list(range(17, 22))
    assert len(told("search", run_copy, 17)["hits"]) == 4


def test_help_speaks_of_every_verb(cli):
    out = cli("--help").out
    assert all(verb in out for verb in ("search", "explain", "add", "remove", "reindex", "name"))
    assert json.dumps(cli("search", "--help").code) == "0"
