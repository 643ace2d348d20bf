"""What a name stands for, told before anything is read."""

from pathlib import Path

import pytest

from partwise.sources import SourceError, kind_of, open_source


@pytest.mark.parametrize(
    ("name", "kind"), [("digits", "sample"), ("album", "folder"), ("a.png", "picture"), ("x.npy", "table")]
)
def test_kinds(tmp_path, monkeypatch, name, kind):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "album").mkdir()
    (tmp_path / "digits").mkdir()
    for file in ("a.png", "x.npy"):
        (tmp_path / file).touch()
    assert kind_of(name) == kind
    assert kind_of(Path("digits")) == "folder"


@pytest.mark.parametrize("name", ["none", "none.png", "none.npy", "x.txt", " "])
def test_what_cannot_be_opened_is_told_as_when_opening(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.txt").touch()
    with pytest.raises(SourceError) as told:
        kind_of(name)
    with pytest.raises(SourceError) as opening:
        open_source(name)
    assert str(told.value) == str(opening.value)
