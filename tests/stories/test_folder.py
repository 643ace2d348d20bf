"""A folder of pictures on the command line, from the first fit to codes of other pictures."""

import csv
import json
import shutil

import numpy as np
import pytest

from partwise import load_run, open_source

from .conftest import album, bomb, matrix, picture, tree, truncated

FEW = ("-k", 2, "--max-iter", 20)
FACTS = {
    "n_samples",
    "n_features",
    "n_components",
    "relative_error",
    "kkt_residual",
    "converged",
    "reason",
    "n_iter",
    "seconds",
    "image_shape",
    "color",
    "n_skipped",
    "n_duplicates",
}


@pytest.fixture
def undrawn(monkeypatch):
    """Leave out figures and report, which take most of the time."""
    from partwise.tasks import look

    monkeypatch.setattr(look, "look", lambda run, *_, **__: look.Look(run.path / "report.html", ()))


@pytest.fixture
def mixed_album(tmp_path):
    """20 good, 5 broken, 2 oversized and 3 foreign files; and the names of the ten, with a word of the reason."""
    folder = album(tmp_path / "album", 20)
    (folder / "broken1.png").touch()
    (folder / "broken2.png").write_bytes(b"%PDF-1.7")
    truncated(folder / "broken3.jpg")
    (folder / "broken4.gif").write_bytes(b"GIF89a")
    (folder / "broken5.bmp").write_bytes(b"BM\x00")
    bomb(folder / "huge1.png")
    bomb(folder / "huge2.png", 8000, 7000)
    for name in ("notes.txt", "movie.mp4", "Thumbs.db"):
        (folder / name).write_bytes(b"x")
    return folder, {
        "broken1.png": "empty file",
        "broken2.png": "found: PDF",
        "broken3.jpg": "truncated after",
        "broken4.gif": "broken",
        "broken5.bmp": "broken",
        "huge1.png": "900 Mpx exceeds the limit of 50 Mpx",
        "huge2.png": "56 Mpx exceeds the limit of 50 Mpx",
        "notes.txt": "not an image: .txt",
        "movie.mp4": "not an image: .mp4",
        "Thumbs.db": "not an image: .db",
    }


def test_a_mixed_folder_fits_and_lists_exactly_its_ten(tmp_path, mixed_album, cli):
    folder, bad = mixed_album
    ended = cli("fit", folder, *FEW, "--out", tmp_path / "run")
    assert ended.code == 0
    assert "20 pictures of 6 × 8 pixels -> 2 parts" in ended.out
    assert "10 files skipped, see skipped.csv" in ended.out
    with open(tmp_path / "run" / "skipped.csv", newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    assert head == ["name", "reason"]
    listed = dict(rows)
    assert len(rows) == 10
    assert listed.keys() == bad.keys()
    assert all(word in listed[name] for name, word in bad.items())
    body = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert body["facts"]["n_skipped"] == 10
    assert body["facts"]["n_samples"] == len(body["names"]) == 20
    assert {one["name"]: one["reason"] for one in body["skipped"]} == listed
    report = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "10 left out, each with its reason" in report
    assert all(name in report for name in bad)
    assert "good7.png: " not in "\n".join(listed)


def test_a_run_is_complete(tmp_path, told):
    album(tmp_path / "album", 5)
    facts = told("fit", tmp_path / "album", *FEW, "--out", tmp_path / "run")
    names = {path.name for path in (tmp_path / "run").iterdir()}
    kept = {"run.json", "model.safetensors", "codes.npy", "catalogue.sqlite", "skipped.csv", "figures", "report.html"}
    assert names == kept
    assert facts["report"] == str(tmp_path / "run" / "report.html")
    assert {path.name for path in (tmp_path / "run" / "figures").iterdir()} == {
        f"{key}.png" for key in ("parts", "sum", "reconstructions", "top", "usage", "convergence", "clustermap")
    }
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in (tmp_path / "run" / "figures").iterdir())


def test_info_gives_the_facts_that_are_promised(saved_run, told):
    facts = told("info", saved_run)
    assert facts.keys() >= FACTS
    run = load_run(saved_run)
    assert facts == run.facts
    assert (facts["n_samples"], facts["n_features"], facts["n_components"]) == (16, 48, 3)
    assert (facts["image_shape"], facts["color"], facts["n_skipped"]) == ([6, 8], "gray", 1)
    assert facts["converged"] is (facts["kkt_residual"] <= facts["tol"])
    assert facts["n_iter"] == run.history[-1].iteration
    assert facts["seconds"] == run.history[-1].seconds > 0


def test_the_relative_error_is_that_of_the_files(tmp_path, told, undrawn):
    album(tmp_path / "album", 6)
    facts = told("fit", tmp_path / "album", *FEW, "--out", tmp_path / "run")
    run = load_run(tmp_path / "run")
    X = np.array([np.asarray(picture(number), dtype=np.float64).ravel() / 255 for number in range(6)])
    wanted = np.linalg.norm(X - run.codes.astype(np.float64) @ run.parts) / np.linalg.norm(X)
    assert facts["relative_error"] == pytest.approx(wanted, rel=1e-5)


def test_info_for_a_person(saved_run, cli):
    ended = cli("info", saved_run)
    assert (ended.code, len(ended.err.splitlines())) == (0, 1)
    assert "16 pictures of 6 × 8 pixels -> 3 parts" in ended.out
    assert "1 file skipped" in ended.out
    assert "8 files repeat another one's content" in ended.out
    assert ended.err.startswith("note: 8 of 16 pictures repeat another byte by byte")


def test_a_run_says_what_it_is_in_one_line(saved_run):
    run = load_run(saved_run)
    error = run.facts["relative_error"]
    assert repr(run) == f"Run({str(saved_run)!r}, n_samples=16, n_components=3, relative_error={error:.4f})"


def test_folders_are_labels(saved_run):
    run = load_run(saved_run)
    assert run.labels == ("cats",) * 8 + ("dogs",) * 8
    assert run.facts["n_labels"] == 2
    assert run.names[0] == "cats/good0.png"


def test_duplicates_are_kept_and_told_or_dropped(tmp_path, told, undrawn):
    folder = album(tmp_path / "album", 6)
    for number in range(3):
        shutil.copy(folder / "good0.png", folder / f"same{number}.png")
    kept = told("fit", folder, *FEW, "--out", tmp_path / "kept")
    dropped = told("fit", folder, *FEW, "--out", tmp_path / "dropped", "--drop-duplicates")
    assert (kept["n_samples"], kept["n_duplicates"]) == (9, 3)
    assert (dropped["n_samples"], dropped["n_duplicates"]) == (6, 3)
    run = load_run(tmp_path / "dropped")
    assert run.names == tuple(f"good{number}.png" for number in range(6))
    assert [(one.name, one.of) for one in run.duplicates] == [(f"same{n}.png", "good0.png") for n in range(3)]
    assert run.settings["drop_duplicates"] is True


def test_colour_pictures_have_colour_parts(tmp_path, told, undrawn):
    folder = album(tmp_path / "album", 8, channels=(3,))
    facts = told("fit", folder, *FEW, "--color", "rgb", "--out", tmp_path / "run")
    assert (facts["color"], facts["image_shape"], facts["n_features"]) == ("rgb", [6, 8, 3], 144)
    run = load_run(tmp_path / "run")
    assert run.picture(run.parts[0]).shape == (6, 8, 3)
    gray = told("fit", folder, *FEW, "--out", tmp_path / "gray")
    assert (gray["color"], gray["image_shape"]) == ("gray", [6, 8])
    told("transform", tmp_path / "run", folder, "--out", tmp_path / "codes.npy")  # in colour without a word
    np.testing.assert_allclose(np.load(tmp_path / "codes.npy"), run.codes, rtol=1e-3, atol=1e-3)


def test_mixed_sizes_are_brought_to_the_size_asked_for(tmp_path, told, undrawn):
    for number in range(4):
        (tmp_path / "mixed").mkdir(exist_ok=True)
        picture(number, 10 + number, 20).save(tmp_path / "mixed" / f"{number}.png")
    facts = told("fit", tmp_path / "mixed", *FEW, "--size", "5x7", "--resize", "pad", "--out", tmp_path / "run")
    assert (facts["image_shape"], facts["n_features"]) == ([5, 7], 35)
    assert load_run(tmp_path / "run").settings["resize"] == "pad"


def test_a_run_among_its_own_pictures_is_refused(tmp_path, cli):
    for number in range(4):
        picture(number, 10, 20).save(tmp_path / f"{number}.png")
    ended = cli("fit", tmp_path, *FEW, "--out", tmp_path / "run")
    assert ended.code == 2
    assert "lies inside" in ended.err
    assert not (tmp_path / "run").exists()


def test_codes_of_other_pictures(saved_run, tmp_path, told):
    others = tmp_path / "others"
    others.mkdir()
    for number in range(5):  # of another size: they are brought to that of the parts
        picture(100 + number, 12, 16).save(others / f"{number}.png")
    (others / "broken.png").touch()
    facts = told("transform", saved_run, others, "--out", tmp_path / "codes.npy")
    run = load_run(saved_run)
    data = open_source(others, size=(6, 8))
    codes = np.load(tmp_path / "codes.npy", allow_pickle=False)
    assert codes.shape == (5, 3)
    np.testing.assert_array_equal(codes, run.model.transform(data.X))
    assert codes.max() > 0
    assert (facts["n_samples"], facts["n_components"], facts["n_skipped"]) == (5, 3, 1)
    assert facts["names"] == [f"{number}.png" for number in range(5)]
    assert facts["skipped"] == [{"name": "broken.png", "reason": "empty file"}]


def test_codes_do_not_depend_on_what_comes_with_them(saved_run, tmp_path, told):
    one = album(tmp_path / "one", 1)
    many = album(tmp_path / "many", 7)
    told("transform", saved_run, one, "--out", tmp_path / "one.npy")
    told("transform", saved_run, many, "--out", tmp_path / "many.npy")
    np.testing.assert_allclose(np.load(tmp_path / "one.npy")[0], np.load(tmp_path / "many.npy")[0], rtol=1e-5)


def test_nothing_is_overwritten_without_force(tmp_path, cli, saved_run, undrawn):
    np.save(tmp_path / "x.npy", matrix())
    fitting = ("fit", tmp_path / "x.npy", *FEW, "--out", tmp_path / "run")
    assert cli(*fitting).code == 0
    before = tree(tmp_path)
    refused = cli(*fitting)
    assert (refused.code, refused.out) == (2, "")
    assert "run exists already. Choose another --out, or overwrite it with --force." in refused.err
    assert tree(tmp_path) == before
    assert cli(*fitting[:2], "-k", 3, "--max-iter", 20, "--out", tmp_path / "run", "--force").code == 0
    assert load_run(tmp_path / "run").facts["n_components"] == 3

    folder = album(tmp_path / "album", 2)
    coding = ("transform", saved_run, folder, "--out", tmp_path / "codes.npy")
    (tmp_path / "codes.npy").write_bytes(b"somebody's")
    refused = cli(*coding)
    assert (refused.code, refused.out) == (2, "")
    assert "codes.npy exists already." in refused.err
    assert (tmp_path / "codes.npy").read_bytes() == b"somebody's"
    assert cli(*coding, "--force").code == 0
    assert np.load(tmp_path / "codes.npy").shape == (2, 3)


def test_json_of_a_process_is_all_that_stands_on_its_output(saved_run, tmp_path, program):
    folder = album(tmp_path / "album", 3)
    picture(50, 9, 9).save(folder / "other.png")  # gives a note, which is not for the script
    ended = program("transform", saved_run, "album", "--out", "codes.npy", "--json", cwd=tmp_path)
    assert ended.code == 0
    assert ended.out.count("\n") == 1
    assert json.loads(ended.out)["codes"] == "codes.npy"
    assert ended.err.startswith("note: Images differ in size")
    assert len(ended.err.splitlines()) == 1


def test_the_same_seed_gives_the_same_files(tmp_path, told, undrawn):
    folder = album(tmp_path / "album", 8)
    for name in ("a", "b"):
        told("fit", folder, *FEW, "--init", "random", "--seed", 7, "--out", tmp_path / name)
    told("fit", folder, *FEW, "--init", "random", "--seed", 8, "--out", tmp_path / "c")
    a, b, c = ((tmp_path / name / "codes.npy").read_bytes() for name in "abc")
    assert a == b != c
