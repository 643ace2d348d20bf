"""What a name stands for, told before anything is read."""

from pathlib import Path

import pytest

from partwise.sources import SourceError, kind_of, open_source


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("digits", "sample"),
        ("album", "folder"),
        ("posts", "texts"),
        ("a.png", "picture"),
        ("x.npy", "table"),
        ("x.csv", "table"),
        ("x.jsonl", "records"),
        ("x.txt", "texts"),
    ],
)
def test_kinds(tmp_path, monkeypatch, name, kind):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "album").mkdir()
    (tmp_path / "digits").mkdir()
    (tmp_path / "posts" / "deep").mkdir(parents=True)
    for file in ("a.png", "x.npy", "x.csv", "x.jsonl", "x.txt", "posts/a.png", "posts/1.txt", "posts/deep/2.txt"):
        (tmp_path / file).touch()
    assert kind_of(name) == kind
    assert kind_of(Path("digits")) == "folder"
    assert kind_of("x.csv", text_column="body") == "records"


@pytest.mark.parametrize("name", ["none", "none.png", "none.npy", "none.txt", "x.doc", " "])
def test_what_cannot_be_opened_is_told_as_when_opening(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.doc").touch()
    with pytest.raises(SourceError) as told:
        kind_of(name)
    with pytest.raises(SourceError) as opening:
        open_source(name)
    assert str(told.value) == str(opening.value)
