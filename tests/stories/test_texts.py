"""From texts to topics: a folder, a column, JSON lines through the command line, and new texts with the same words."""

import json

import numpy as np
import pytest

from partwise import load_run, open_source

SPACE = ["shuttle", "orbit", "launch", "moon", "rocket", "nasa"]
HOCKEY = ["goalie", "puck", "team", "season", "game", "playoff"]


def posts(count=12, seed=0):
    """Return texts of two topics, and which each has."""
    rng = np.random.default_rng(seed)
    topics = ["space" if number % 2 else "hockey" for number in range(count)]
    return [" and the ".join(rng.choice(SPACE if one == "space" else HOCKEY, 8)) + "." for one in topics], topics


@pytest.fixture
def folder(tmp_path):
    for number, (text, topic) in enumerate(zip(*posts(), strict=True)):
        (tmp_path / "posts" / topic).mkdir(parents=True, exist_ok=True)
        (tmp_path / "posts" / topic / f"{number}.txt").write_text(text)
    return tmp_path / "posts"


@pytest.fixture
def run(folder, told, tmp_path):
    told("fit", folder, "-k", 2, "--tol", 1e-9, "--out", tmp_path / "run")
    return tmp_path / "run"


def test_a_folder_of_texts_becomes_topics(folder, cli, tmp_path):
    ended = cli("fit", folder, "-k", 2, "--out", tmp_path / "run")
    assert ended.code == 0, ended.err
    lines = ended.out.splitlines()
    assert lines[0] == "12 texts of 12 different words in all -> 2 parts"
    told = [line.partition(": ")[2].split(", ")[:6] for line in lines if line.startswith("part ")]
    assert {frozenset(one) for one in told} == {frozenset(SPACE), frozenset(HOCKEY)}
    figures = {path.stem for path in (tmp_path / "run" / "figures").iterdir()}
    assert figures == {"parts", "top", "usage", "convergence", "clustermap"}
    page = (tmp_path / "run" / "report.html").read_text()
    assert "The texts that use a part most, most first." in page
    assert "goalie" in page
    run = load_run(tmp_path / "run")
    assert set(run.labels) == {"space", "hockey"}
    strongest = run.codes.argmax(axis=1)
    assert len({(label, part) for label, part in zip(run.labels, strongest, strict=True)}) == 2


def test_the_same_texts_have_the_bits_of_the_fit(run, folder, told, tmp_path):
    told("transform", run, folder, "--out", tmp_path / "again.npy")
    fitted, X = load_run(run), open_source(folder).X  # X as it was fitted, with words found anew
    np.testing.assert_array_equal(np.load(tmp_path / "again.npy"), fitted.model.transform(X))
    # the codes of the fit were scaled with its parts, which may round their last bit
    np.testing.assert_allclose(np.load(tmp_path / "again.npy"), fitted.codes, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("form", ["folder", "txt", "csv", "jsonl"])
def test_new_texts_are_read_with_the_words_of_the_run(run, folder, told, cli, tmp_path, form):
    """Whatever file they come in, and though their own words would be others."""
    wanted = load_run(run)
    row = wanted.names.index("space/1.txt")
    text = (folder / "space" / "1.txt").read_text()
    match form:
        case "folder":
            source, option = tmp_path / "new", ()
            source.mkdir()
            (source / "a.txt").write_text(text)
        case "txt":
            source, option = tmp_path / "a.txt", ()
            source.write_text(text)
        case "csv":
            source, option = tmp_path / "a.csv", ("--text-column", "body")
            source.write_text(f"n,body\n1,{text}\n")
        case "jsonl":
            source, option = tmp_path / "a.jsonl", ()
            source.write_text(json.dumps({"text": text}))
    told("transform", run, source, *option, "--out", tmp_path / "new.npy")
    np.testing.assert_allclose(np.load(tmp_path / "new.npy")[0], wanted.codes[row], rtol=1e-13, atol=1e-15)


def test_a_run_of_a_column_takes_new_tables_and_folders(folder, told, cli, tmp_path):
    texts, topics = posts()
    table = tmp_path / "a.csv"
    table.write_text("group;body\n" + "".join(f"{topic};{text}\n" for text, topic in zip(texts, topics, strict=True)))
    facts = told("fit", table, "-k", 2, "--text-column", "body", "--label-column", "group", "--out", tmp_path / "run")
    assert (facts["kind"], facts["n_samples"], facts["n_labels"]) == ("texts", 12, 2)
    (tmp_path / "b.csv").write_text(f"body\n{texts[3]}\n")  # without labels, which codes do not need
    told("transform", tmp_path / "run", tmp_path / "b.csv", "--out", tmp_path / "b.npy")
    np.testing.assert_allclose(np.load(tmp_path / "b.npy")[0], load_run(tmp_path / "run").codes[3], rtol=1e-13)
    told("transform", tmp_path / "run", folder, "--out", tmp_path / "c.npy")
    assert np.load(tmp_path / "c.npy").shape == (12, 2)


def test_look_reads_with_the_words_of_the_run(run, cli, told, folder):
    before = (run / "figures" / "top.png").read_bytes()
    assert told("look", run)["figures"]
    assert (run / "figures" / "top.png").read_bytes() == before
    (folder / "space" / "1.txt").write_text("rocket rocket")
    ended = cli("look", run)
    assert ended.code == 2
    assert "has figures that cannot be made again" in ended.err
    told("look", run, "--force")
    assert not (run / "figures" / "top.png").exists()


def test_counts_stop_words_and_pairs(folder, told, tmp_path):
    (tmp_path / "stop.txt").write_text("and the moon")
    words = ("--stop-words", tmp_path / "stop.txt", "--ngrams", 2, "--min-df", 1, "--max-df", "1.0")
    options = ("--weights", "counts", *words)
    told("fit", folder, "-k", 2, "--loss", "kullback-leibler", *options, "--out", tmp_path / "run")
    run = load_run(tmp_path / "run")
    assert "moon" not in run.feature_names
    assert any(" " in word for word in run.feature_names)
    (tmp_path / "stop.txt").unlink()  # the run has the words
    told("transform", tmp_path / "run", folder, "--out", tmp_path / "c.npy")
    np.testing.assert_allclose(np.load(tmp_path / "c.npy"), run.codes, rtol=1e-6, atol=1e-6)


def test_pictures_are_not_the_features_of_topics(run, cli, tmp_path):
    from .conftest import album

    ended = cli("transform", run, album(tmp_path / "album", 3), "--out", tmp_path / "c.npy")
    assert ended.code == 2
    assert "X has 48 features, but NMF is expecting 12 features as input." in ended.err


def test_nothing_in_a_run_of_texts_is_a_pickle(run):
    memory = json.loads((run / "run.json").read_text())["memory"]
    assert set(memory) == {"feature_names", "idf", "stop_words", "ngrams"}
    assert len(memory["idf"]) == len(memory["feature_names"]) == 12
