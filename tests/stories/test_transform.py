"""Codes of sources of another kind than the run's own, and of a single sample."""

import numpy as np
import pytest

from partwise import load_run

from .conftest import album, matrix


@pytest.fixture(params=[(), ("--size", "6x8")], ids=["own size", "size given"])
def run(request, tmp_path, told):
    """A run of pictures with 48 pixels."""
    folder = album(tmp_path / "album", 8)
    told("fit", folder, "-k", 2, "--max-iter", 20, *request.param, "--out", tmp_path / "run")
    return tmp_path / "run"


def test_a_table_of_other_features_is_told_so(run, tmp_path, cli):
    np.save(tmp_path / "x.npy", matrix())
    ended = cli("transform", run, tmp_path / "x.npy", "--out", tmp_path / "c.npy")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: X has 10 features, but NMF is expecting 48 features as input.")


def test_a_table_with_a_column_for_each_pixel_has_codes(run, tmp_path, cli):
    X = matrix(1, 48)
    np.save(tmp_path / "x.npy", X)
    ended = cli("transform", run, tmp_path / "x.npy", "--out", tmp_path / "c.npy")
    assert (ended.code, ended.out) == (0, f"Codes of 1 sample for 2 parts: {tmp_path / 'c.npy'}\n")
    wanted = load_run(run).model.transform(X.astype(np.float32))
    np.testing.assert_array_equal(np.load(tmp_path / "c.npy"), wanted)


FRUIT = ("apples", "pears", "plums", "figs", "limes", "dates")


def write_csv(path, names, X):
    path.write_text("\n".join(",".join(map(str, row)) for row in (names, *X)) + "\n")
    return path


def write_posts(folder):
    """Texts of which six words count: heron is in one only."""
    folder.mkdir()
    for name, text in zip("abc", [*2 * ["moon orbit rocket shuttle goalie puck"], "heron"], strict=True):
        (folder / f"{name}.txt").write_text(text)


@pytest.fixture
def fruit(tmp_path, told):
    """A run of a table with six named columns, and its matrix."""
    X = matrix(20, 6)
    told("fit", write_csv(tmp_path / "t.csv", FRUIT, X), "-k", 3, "--out", tmp_path / "r1")
    return tmp_path / "r1", X


def test_columns_in_another_order_are_taken_by_name_and_said(fruit, tmp_path, cli):
    run, X = fruit
    assert cli("transform", run, tmp_path / "t.csv", "--out", tmp_path / "wanted.npy").err == ""
    other = write_csv(tmp_path / "rev.csv", FRUIT[::-1], X[:, ::-1])
    ended = cli("transform", run, other, "--out", tmp_path / "c.npy")
    assert ended.code == 0
    assert ended.err == (
        f"note: The columns of {other} stand in another order than those of the run, and were taken by name.\n"
    )
    np.testing.assert_array_equal(np.load(tmp_path / "c.npy"), np.load(tmp_path / "wanted.npy"))
    np.save(tmp_path / "x.npy", X)  # without names its columns are taken as they stand
    assert cli("transform", run, tmp_path / "x.npy", "--out", tmp_path / "n.npy").err == ""
    np.testing.assert_array_equal(np.load(tmp_path / "n.npy"), np.load(tmp_path / "wanted.npy"))


def test_as_many_columns_of_other_names_are_refused(fruit, tmp_path, cli):
    run, X = fruit
    other = write_csv(tmp_path / "o.csv", (*FRUIT[:3], "iron", "lead", "zinc"), X)
    write_posts(tmp_path / "posts")
    refused = {
        other: f"Column 4 of the run is 'figs', and {other} has none of that name (its column 4 is 'iron'). "
        "Give a table with the same columns.",
        tmp_path / "posts": f"Column 1 of the run is 'apples', and {tmp_path / 'posts'} has none of that name "
        "(its column 1 is 'goalie'). Give a table with the same columns.",
    }
    for source, message in refused.items():
        ended = cli("transform", run, source, "--out", tmp_path / "c.npy")
        assert (ended.code, ended.out, ended.err) == (2, "", f"error: {message}\n")
        assert not (tmp_path / "c.npy").exists()


def test_texts_are_no_columns_of_a_table_without_names(tmp_path, told, cli):
    np.save(tmp_path / "x.npy", matrix(8, 6))
    told("fit", tmp_path / "x.npy", "-k", 2, "--out", tmp_path / "run")
    write_posts(tmp_path / "posts")
    ended = cli("transform", tmp_path / "run", tmp_path / "posts", "--out", tmp_path / "c.npy")
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert f"and {tmp_path / 'posts'} was read as texts, whose columns are something else. Give a table" in ended.err


def test_a_table_is_no_texts_unless_its_columns_are_the_words(tmp_path, told, cli):
    for number in range(4):
        (tmp_path / "posts").mkdir(exist_ok=True)
        (tmp_path / "posts" / f"{number}.txt").write_text("moon orbit rocket " * number + "shuttle goalie puck")
    told("fit", tmp_path / "posts", "-k", 2, "--max-df", "1.0", "--out", tmp_path / "run")
    words, X = load_run(tmp_path / "run").feature_names, matrix(3, 6)
    ended = cli("transform", tmp_path / "run", write_csv(tmp_path / "t.csv", FRUIT, X), "--out", tmp_path / "c.npy")
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert ended.err.startswith(f"error: Column 1 of the run is {words[0]!r}, and ")
    np.save(tmp_path / "x.npy", X)
    told("transform", tmp_path / "run", tmp_path / "x.npy", "--out", tmp_path / "wanted.npy")
    other = write_csv(tmp_path / "w.csv", words[::-1], X[:, ::-1])
    told("transform", tmp_path / "run", other, "--out", tmp_path / "c.npy")
    np.testing.assert_allclose(np.load(tmp_path / "c.npy"), np.load(tmp_path / "wanted.npy"), rtol=1e-6)


def test_texts_are_no_pictures(run, tmp_path, cli):
    (tmp_path / "texts").mkdir()
    for number, words in enumerate(("wine bread", "wine bread", "cheese", "cheese oil")):
        (tmp_path / "texts" / f"{number}.txt").write_text(words)
    ended = cli("transform", run, tmp_path / "texts", "--out", tmp_path / "c.npy")
    assert (ended.code, ended.out) == (2, "")
    assert "size" not in ended.err
    assert "48" in ended.err
