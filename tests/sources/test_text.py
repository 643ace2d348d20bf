"""Texts: where they stand, which words count, how files are decoded, and what each wrong source is told."""

import json

import numpy as np
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from partwise.sources import Duplicate, SourceError, Texts, Vocabulary, open_source
from partwise.sources.documents import BEGINNING, LARGEST, beginning_of
from partwise.sources.vocabulary import WORD, Wording

ALL = {"min_df": 1, "max_df": 1.0}  # every word counts
POSTS = [
    "The shuttle reached its orbit; the launch was on time.",
    "A launch window opens, and the shuttle waits for orbit.",
    "The goalie saved the game. What a game, what a season!",
    "Season tickets for every game of the team are gone.",
    "Don't tell the goalie: the team wins the season's last game.",
]


def folder_of(path, texts=POSTS):
    path.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(texts, start=1):
        (path / f"{number}.txt").write_text(text, encoding="utf-8")
    return path


def dense(texts):
    rows = zip(texts.names, texts.X.toarray(), strict=True)
    return {name: dict(zip(texts.feature_names, row, strict=True)) for name, row in rows}


def test_a_folder_of_texts(tmp_path):
    texts = open_source(folder_of(tmp_path / "posts"))
    assert isinstance(texts, Texts)
    assert isinstance(texts.X, sparse.csr_array)
    assert (texts.kind, texts.X.dtype, texts.names) == ("texts", np.float64, tuple(f"{n}.txt" for n in range(1, 6)))
    assert texts.feature_names == ("game", "goalie", "launch", "orbit", "season", "shuttle", "team")
    assert texts.beginnings[0] == POSTS[0]
    assert texts.labels is None
    np.testing.assert_allclose(np.linalg.norm(texts.X.toarray(), axis=1), 1)


@pytest.mark.parametrize("ngrams", [1, 2])
def test_words_weigh_as_scikit_learn_weighs_them(tmp_path, ngrams):
    folder_of(tmp_path)
    stop_words = Wording().stopped
    asked = {"stop_words": list(stop_words), "token_pattern": WORD, "ngram_range": (1, ngrams)}
    texts = open_source(tmp_path, ngrams=ngrams, **ALL)
    theirs = TfidfVectorizer(**asked)
    np.testing.assert_allclose(texts.X.toarray(), theirs.fit_transform(POSTS).toarray(), rtol=1e-14)
    assert list(texts.feature_names) == theirs.get_feature_names_out().tolist()
    counted = open_source(tmp_path, ngrams=ngrams, weights="counts", **ALL)
    np.testing.assert_array_equal(counted.X.toarray(), CountVectorizer(**asked).fit_transform(POSTS).toarray())


def test_other_texts_are_read_with_the_same_words_and_weights(tmp_path):
    fitted = open_source(folder_of(tmp_path / "a"))
    remembered = Vocabulary.remembered(json.loads(json.dumps(fitted.memory())))
    assert remembered == fitted.vocabulary
    again = open_source(tmp_path / "a", vocabulary=remembered)
    assert again.fingerprint == fitted.fingerprint
    one = open_source(folder_of(tmp_path / "b", [POSTS[2], "Zebras!"]), vocabulary=remembered)
    np.testing.assert_array_equal(one.X.toarray()[0], fitted.X.toarray()[2])
    assert one.X.toarray()[1].sum() == 0
    assert "1 of 2 documents has none of the words that count; its codes are zero." in one.notes
    # read alone, the same text would weigh its words otherwise
    alone = open_source(tmp_path / "b", **ALL)
    assert not np.array_equal(dense(alone)["1.txt"]["game"], dense(one)["1.txt"]["game"])


def test_stop_words(tmp_path):
    folder_of(tmp_path / "posts")
    english = open_source(tmp_path / "posts", **ALL).feature_names
    assert not {"the", "don", "what"} & set(english)
    none = open_source(tmp_path / "posts", stop_words="none", **ALL).feature_names
    assert {"the", "don", "what", "game"} <= set(none)
    (tmp_path / "own.txt").write_text("Game don't\nSEASON", encoding="utf-8")
    own = open_source(tmp_path / "posts", stop_words=str(tmp_path / "own.txt"), **ALL).feature_names
    assert set(none) - set(own) == {"game", "don", "season"}
    assert own == open_source(tmp_path / "posts", stop_words=["game", "don't", "season"], **ALL).feature_names


def test_bounds_of_documents_and_words(tmp_path):
    folder_of(tmp_path)
    assert open_source(tmp_path, min_df=3).feature_names == ("game", "season")
    assert open_source(tmp_path, min_df=0.6).feature_names == ("game", "season")
    assert "game" not in open_source(tmp_path, min_df=1, max_df=2).feature_names
    assert open_source(tmp_path, max_features=2, **ALL).feature_names == ("game", "season")


def test_numbers_are_no_words_and_letters_alone_neither(tmp_path):
    folder_of(tmp_path, ["x11 1993 4ever a_b ö äöü", "x11 1993 4ever a_b ö äöü"])
    assert open_source(tmp_path, **ALL).feature_names == ("x11", "äöü")


def test_sub_folders_are_labels_and_names_are_sorted(tmp_path):
    for name in ("space/10", "space/9", "hockey/deep/1"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.TXT").write_text("shuttle goalie")
    texts = open_source(tmp_path, **ALL)
    assert texts.names == ("hockey/deep/1.TXT", "space/9.TXT", "space/10.TXT")
    assert texts.labels == ("hockey", "space", "space")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le-bom"])
def test_encodings_that_are_told_by_their_bytes(tmp_path, encoding):
    text = "Müller köpft, Größe zählt: 日本"
    mark, name = ("\ufeff", "utf-16-le") if encoding.endswith("bom") else ("", encoding)
    (tmp_path / "a.txt").write_bytes((mark + text).encode(name))
    texts = open_source(tmp_path, stop_words="none", **ALL)
    assert texts.feature_names == ("größe", "köpft", "müller", "zählt", "日本")
    assert texts.beginnings == (text,)
    assert texts.notes == ()


def test_latin_1_is_taken_where_nothing_else_fits_and_said(tmp_path):
    (tmp_path / "a.txt").write_bytes("café crème".encode("latin-1"))
    texts = open_source(tmp_path, **ALL)
    assert texts.feature_names == ("café", "crème")
    assert texts.notes == ("1 document is not UTF-8 and was read as Latin-1: a.txt.",)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b" \n\t ", "has no text"),
        (b"%PDF-1.7 text", "is no text (found: PDF)"),
        (bytes(range(256)), "is no text (found: binary data)"),
        (b"abc \x01\x02\x03\x04\x05 def", "is no text (found: binary data)"),
        (b"\xff\xfea", "broken text (it begins as UTF-16 and is not)"),
        (b"\xef\xbb\xbfcaf\xe9", "broken text (it begins as UTF-8 and is not)"),
    ],
)
def test_files_that_are_no_text_are_skipped_and_said(tmp_path, content, reason):
    folder_of(tmp_path)
    (tmp_path / "bad.txt").write_bytes(content)
    (tmp_path / "other.dat").write_bytes(b"x")
    texts = open_source(tmp_path)
    assert texts.n_samples == 5
    assert [str(one) for one in texts.skipped] == [
        "other.dat: not a text: .dat",
        f"bad.txt{' ' if reason[:3] == 'is ' else ': '}{reason}",
    ]
    with pytest.raises(SourceError) as alone:
        open_source(tmp_path / "bad.txt")
    assert str(alone.value) == f"{texts.skipped[-1]}."


def test_when_most_files_are_no_texts_the_reading_stops(tmp_path):
    folder_of(tmp_path, POSTS[:1])
    for name in ("x", "y"):
        (tmp_path / f"{name}.txt").touch()
    with pytest.raises(
        SourceError, match=r"^2 of 3 files could not be read; see skipped\.csv\. First: x\.txt: empty"
    ) as told:
        open_source(tmp_path)
    assert [one.name for one in told.value.skipped] == ["x.txt", "y.txt"]


def test_a_file_that_is_too_large_is_skipped(tmp_path, monkeypatch):
    monkeypatch.setattr("partwise.sources.documents.LARGEST", 1 << 20)
    folder_of(tmp_path)
    (tmp_path / "huge.txt").write_bytes(b"word " * (1 << 18))
    assert str(open_source(tmp_path).skipped[0]).startswith("huge.txt: has more than 1 MB")
    assert LARGEST == 1 << 26


def test_links_that_lead_outside_are_not_followed(tmp_path):
    outside = tmp_path / "secret.txt"
    outside.write_text("secret words")
    (folder_of(tmp_path / "posts") / "link.txt").symlink_to(outside)
    texts = open_source(tmp_path / "posts")
    assert str(texts.skipped[0]) == "link.txt points outside the folder (use --follow-links)"
    assert open_source(tmp_path / "posts", follow_links=True).n_samples == 6


def test_duplicates(tmp_path):
    folder_of(tmp_path, [*POSTS, POSTS[1]])
    texts = open_source(tmp_path)
    assert (texts.n_samples, texts.duplicates) == (6, (Duplicate("6.txt", "2.txt"),))
    assert texts.notes[0].startswith("1 of 6 documents repeats another word by word: kept, leave")
    assert open_source(tmp_path, drop_duplicates=True).names == tuple(f"{n}.txt" for n in range(1, 6))


def test_of_pictures_and_texts_the_more_numerous_are_taken(tmp_path, grey):
    folder_of(tmp_path)
    grey().save(tmp_path / "logo.png")
    texts = open_source(tmp_path)
    assert texts.kind == "texts"
    assert texts.notes == (
        f"{tmp_path} has 1 picture too: it is taken as a folder of texts, of which it has more. "
        "For the pictures give a folder of their own.",
    )
    for number in range(5):
        grey(number).save(tmp_path / f"{number}.png")
    pictures = open_source(tmp_path)
    assert pictures.kind == "pictures"
    assert "has 5 texts too: it is taken as a folder of pictures" in pictures.notes[-1]


@pytest.mark.parametrize(("name", "delimiter"), [("a.csv", ","), ("a.csv", ";"), ("a.tsv", "\t"), ("a.csv", "|")])
def test_a_column_of_a_table(tmp_path, name, delimiter):
    rows = [["id", "body", "group"], ["7", 'He said: "the game, the season;\nthe team"', "hockey"], ["8", POSTS[0], ""]]
    lines = [delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    (tmp_path / name).write_text("\n".join(lines) + "\n\n", encoding="utf-8-sig")
    texts = open_source(tmp_path / name, text_column="body", label_column="group", **ALL)
    assert (texts.names, texts.labels) == (("1", "2"), ("hockey", ""))
    assert texts.beginnings[0] == 'He said: "the game, the season; the team"'
    assert dense(texts)["2"]["shuttle"] > 0


def test_json_lines(tmp_path):
    lines = [
        {"text": POSTS[0], "group": 1},
        {"text": POSTS[1], "group": None},
        {"text": 5},
        "no object",
        {"text": POSTS[2]},
    ]
    path = tmp_path / "a.jsonl"
    path.write_text("\n\n".join(json.dumps(line) for line in lines) + "\n{oops", encoding="utf-8")
    texts = open_source(path, label_column="group", **ALL)
    assert (texts.names, texts.labels) == (("1", "3", "9"), ("1", "", ""))
    assert [str(one) for one in texts.skipped] == [
        "line 5: has no text in 'text'",
        "line 7 is not a JSON object",
        "line 10 is not JSON",
    ]
    path.write_text('{"body": "one game"}\n{"body": "one team"}', encoding="utf-16")
    assert open_source(path, text_column="body", **ALL).feature_names == ("game", "team")


@pytest.mark.parametrize(
    ("name", "content", "settings", "message"),
    [
        (
            "a.csv",
            "id,body\n1,x\n",
            {"text_column": "text"},
            "a.csv has no column 'text'. Its columns: id, body. Name one ",
        ),
        (
            "a.csv",
            "id,body\n1,x\n",
            {"text_column": "body", "label_column": "group"},
            "a.csv has no column 'group'. Its columns: id, body. Name one with --label-column.",
        ),
        ("a.csv", "id,body\n1,x,y\n", {"text_column": "body"}, "Row 2 of a.csv has 3 cells, the header has 2."),
        ("a.csv", "body\n", {"text_column": "body"}, "{path} has no documents."),
        ("a.csv", "", {"text_column": "body"}, "a.csv is empty."),
        (
            "a.csv",
            "body\n1\n",
            {"min_df": 1},
            "a.csv is a table of numbers unless text_column (--text-column) names its",
        ),
        ("a.csv", "body\n\0\n", {"text_column": "body"}, "a.csv is no text (found: binary data)."),
        ("a.jsonl", '{"body": "x"}', {}, "a.jsonl has no field 'text'. Its fields: body. Use --text-column."),
        (
            "a.jsonl",
            '{"text": "x"}',
            {"label_column": "y"},
            "a.jsonl has no field 'y'. Its fields: text. Use --label-column.",
        ),
        ("a.jsonl", "{\n{\n", {}, "2 of 2 lines could not be read; see skipped.csv. First: line 1 is not JSON"),
        ("a.jsonl", "", {}, "a.jsonl is empty."),
        (
            "a.txt",
            "one two",
            {"text_column": "x"},
            "text_column is for .csv .tsv .jsonl .ndjson, got the texts a.txt. Leave ",
        ),
        ("a.txt", "one two", {"size": (2, 2)}, "size is for pictures, got the texts a.txt. Leave it out."),
        (
            "a.txt",
            "game",
            {},
            "No word is left of 1 document of {path}: wanted are words in at least 2 documents and at most",
        ),
        ("a.txt", "one", {"weights": "x"}, "weights must be one of tfidf, counts, got 'x'."),
        (
            "a.txt",
            "one",
            {"stop_words": "german"},
            "stop_words must be english or none, or a file of words, got 'german', ",
        ),
        (
            "a.txt",
            "one",
            {"min_df": 0},
            "min_df must be a number of documents, a whole number of at least 1, or a share ",
        ),
        (
            "a.txt",
            "one",
            {"max_df": 1.5},
            "max_df must be a number of documents, a whole number of at least 1, or a share ",
        ),
        ("a.txt", "one", {"ngrams": 0}, "ngrams must be a whole number of at least 1, got 0."),
        ("a.txt", "one", {"max_features": 2.5}, "max_features must be a whole number of at least 1, got 2.5."),
    ],
)
def test_wrong_sources_are_told_in_one_line(tmp_path, name, content, settings, message):
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(SourceError) as told:
        open_source(path, **settings)
    assert str(told.value).startswith(message.format(path=path))
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("option", [{"min_df": 1}, {"weights": "counts"}, {"ngrams": 2}, {"stop_words": "none"}])
def test_options_of_texts_are_refused_elsewhere(tmp_path, option, grey):
    (name,) = option
    np.save(tmp_path / "x.npy", np.eye(2))
    grey().save(tmp_path / "a.png")
    for source, got in (
        (tmp_path / "x.npy", "table x.npy"),
        (tmp_path / "a.png", "pictures a.png"),
        (tmp_path, f"pictures {tmp_path.name}"),
        ("digits", "sample digits"),
    ):
        with pytest.raises(SourceError) as told:
            open_source(source, **option)
        assert str(told.value) == f"{name} is for texts, got the {got}. Leave it out."


def test_beginnings_are_short_and_skip_what_tells_nothing():
    assert beginning_of(">>> : well\n\n  said --------- so") == "well said so"
    assert beginning_of("!?") == "!?"
    assert len(beginning_of("word " * 1000)) <= BEGINNING


def test_newsgroups(shared_data):
    home = shared_data / "scikit_learn_data"
    if not (home / "20news-bydate_py3.pkz").is_file():
        pytest.skip("the 20 newsgroups are not in the shared data folder")
    texts = open_source("newsgroups", data_home=home, max_features=500)
    assert texts.X.shape == (18846, 500)
    assert (len(set(texts.labels)), len(set(texts.names)), texts.origin) == (20, 18846, "newsgroups")
    assert all(name.startswith(f"{label}/") for name, label in zip(texts.names, texts.labels, strict=True))
