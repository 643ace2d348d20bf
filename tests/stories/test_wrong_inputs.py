"""Thirty and more wrong inputs, each through the library and through the command line: the same words, in one line."""

import os
import warnings
from pathlib import Path

import numpy as np
import pytest

from partwise import open_source

from .conftest import album, matrix, picture, tree
from .wrong_inputs import TABLE

THROUGH_LIBRARY = [case for case in TABLE if case.python]
THROUGH_CLI = [case for case in TABLE if case.cli]


def named(case):
    return case.name


def prepared(case, folder):
    """Make the input, and return it with the words and the command that belong to it."""
    folder = folder / "work"
    folder.mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = case.make(folder)
    places = {"made": made, "folder": folder, "out": folder / "new"}
    return made, case.words.format(**places) if "{folder}" in case.words else case.words, case.cli.format(**places)


def test_the_table_has_thirty_cases_with_both_sides():
    assert len({case.name for case in TABLE}) == len(TABLE)
    assert len([case for case in TABLE if case.python and case.cli]) >= 30


@pytest.mark.parametrize("case", THROUGH_LIBRARY, ids=named)
def test_library(case, tmp_path):
    made, words, _ = prepared(case, tmp_path)
    before = tree(tmp_path)
    with pytest.raises(case.error) as caught:
        case.python(made)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("case", THROUGH_CLI, ids=named)
def test_command_line(case, tmp_path, cli):
    _, words, command = prepared(case, tmp_path)
    before = tree(tmp_path)
    ended = cli(*command.split())
    assert_one_line(ended, words)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["matrix: negative", "source: missing folder", "run: damaged parts"])
def test_command_line_as_a_process(name, tmp_path, program):
    case = next(case for case in TABLE if case.name == name)
    _, words, command = prepared(case, tmp_path)
    before = tree(tmp_path)
    assert_one_line(program(*command.split()), words)
    assert tree(tmp_path) == before


def assert_one_line(ended, words):
    assert ended.code == 2
    assert ended.out == ""
    assert ended.err.startswith("error: ")
    assert len(ended.err.splitlines()) == 1
    assert ended.err.endswith("\n")
    assert words in ended.err


def test_most_files_broken_leaves_the_list_that_the_message_names(tmp_path, cli):
    folder = album(tmp_path / "album", 2)
    for number in range(3):
        (folder / f"bad{number}.png").touch()
    with pytest.raises(ValueError, match=r"^3 of 5 files could not be read; see skipped\.csv\.") as caught:
        open_source(folder)
    ended = cli("fit", folder, "-k", 2, "--out", tmp_path / "run")
    assert_one_line(ended, str(caught.value))
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["skipped.csv"]
    assert (tmp_path / "run" / "skipped.csv").read_text().splitlines() == [
        "name,reason",
        *(f"bad{number}.png,empty file" for number in range(3)),
    ]
    for number in (5, 6):
        picture(number).save(folder / f"more{number}.png")
    assert cli("fit", folder, "-k", 2, "--out", tmp_path / "run").code == 0  # the list is in nobody's way


def test_a_folder_that_may_not_be_written_is_refused_before_the_fit(tmp_path, cli, monkeypatch):
    np.save(tmp_path / "x.npy", matrix())
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)  # root may write anywhere
    ended = cli("fit", tmp_path / "x.npy", "-k", 2, "--out", tmp_path / "a" / "run")
    assert_one_line(ended, f"error: Permission denied: {tmp_path}")
