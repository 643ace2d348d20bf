"""Solvers compared through the command line: a table, a folder with numbers, figures and report, a stop that keeps."""

import json
import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from partwise.storage import read_json

from .conftest import album, matrix, tree

BRIEF = ("--solvers", "hals,mu,gd", "--seconds", "0.03")


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """A comparison of every method on digits."""
    from partwise.tasks.compare import Settings, compare

    out = tmp_path_factory.mktemp("compared") / "digits"
    return out, compare("digits", out, Settings(5, seconds=0.05)).comparison


def test_a_folder_holds_numbers_figures_and_a_report(compared):
    out, comparison = compared
    assert {path.name for path in out.iterdir()} == {"comparison.json", "figures", "report.html", "skipped.csv"}
    assert {path.name for path in (out / "figures").iterdir()} == {"standings.png", "rivals.png", "found.png"}
    body = read_json(out / "comparison.json")  # its checksum is right
    assert body["comparison"] == json.loads(json.dumps(comparison.to_dict()))
    assert len(body["comparison"]["trials"]) >= 7
    assert body["data"]["source"] == "digits"
    assert len(body["data"]["fingerprint"]) == 64
    assert {"partwise", "numpy", "python", "seed"} <= body["made_with"].keys()


def test_the_report_says_who_was_fastest_and_stands_alone(compared):
    out, comparison = compared
    page = (out / "report.html").read_text(encoding="utf-8")
    assert f"{comparison.fastest.name} was the fastest" in page
    assert f"digits: {len(comparison.trials)} solvers, 5 parts" in page
    for trial in comparison.trials:
        assert f'<th scope="row">{trial.name}</th>' in page
    assert "Its error may rise." in page
    assert "src=" not in page.replace('src="data:', "")
    assert "<link" not in page


def test_the_table_names_the_fastest_first(cli, tmp_path):
    np.save(tmp_path / "X.npy", matrix(30, 20))
    ended = cli("compare", tmp_path / "X.npy", "-k", 3, *BRIEF)
    assert ended.code == 0, ended.err
    head, *rows = ended.out.splitlines()
    assert head.split()[:3] == ["solver", "99", "%"]
    assert {row.split()[0] for row in rows} == {"hals", "mu", "gd"}
    assert "fastest" in rows[0]
    assert sum("lowest error" in row for row in rows) == 1
    assert not (tmp_path / "report.html").exists(), "without --out nothing is written"


def test_for_a_script_it_is_one_object(told, tmp_path):
    folder = album(tmp_path / "album", 6)
    facts = told("compare", folder, "-k", 2, "--out", tmp_path / "out", "--loss", "kullback-leibler", "--seconds", 0.03)
    assert {one["name"] for one in facts["trials"]} == {"newton", "mu"}
    assert facts["error_is"] == "objective, of its start"
    assert Path(facts["report"]).is_file()


def test_parts_of_a_table_are_shown_by_their_features(told, tmp_path):
    lines = ["apples,pears,plums", *(f"{a},{b},{a + b}" for a, b in ((1, 2), (3, 1), (0, 4), (2, 2)))]
    (tmp_path / "fruit.csv").write_text("\n".join(lines))
    told("compare", tmp_path / "fruit.csv", "-k", 2, *BRIEF, "--out", tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "pears" in page


def test_broken_files_are_listed_where_the_message_says(cli, tmp_path):
    folder = album(tmp_path / "album", 2)
    for number in range(30):
        (folder / f"bad{number}.png").write_bytes(b"no picture")
    ended = cli("compare", folder, "-k", 2, *BRIEF)
    assert ended.code == 2
    assert "with --out they are listed" in ended.err
    ended = cli("compare", folder, "-k", 2, *BRIEF, "--out", tmp_path / "out")
    assert ended.code == 2
    assert "see skipped.csv" in ended.err
    assert "bad7.png" in (tmp_path / "out" / "skipped.csv").read_text(encoding="utf-8")


def test_nothing_is_overwritten_unless_told_to(compared, cli, tmp_path, saved_run):
    np.save(tmp_path / "X.npy", matrix())
    out = tmp_path / "out"
    assert cli("compare", tmp_path / "X.npy", "-k", 2, *BRIEF, "--out", out).code == 0
    before = tree(out)
    ended = cli("compare", tmp_path / "X.npy", "-k", 3, *BRIEF, "--out", out)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"error: {out} exists already. Choose another --out, or overwrite it with --force.\n"
    assert tree(out) == before
    assert cli("compare", tmp_path / "X.npy", "-k", 3, *BRIEF, "--out", out, "--force").code == 0
    assert read_json(out / "comparison.json")["comparison"]["n_components"] == 3
    ended = cli("compare", tmp_path / "X.npy", "-k", 2, *BRIEF, "--out", saved_run, "--force")
    assert ended.code == 2
    assert "is not a comparison, and --force overwrites comparisons only" in ended.err
    ended = cli("fit", tmp_path / "X.npy", "-k", 2, "--out", out / "figures", "--force")
    assert ended.code == 2


def test_a_run_does_not_overwrite_a_comparison(cli, tmp_path):
    np.save(tmp_path / "X.npy", matrix())
    out = tmp_path / "out"
    assert cli("compare", tmp_path / "X.npy", "-k", 2, *BRIEF, "--out", out).code == 0
    before = tree(out)
    ended = cli("fit", tmp_path / "X.npy", "-k", 2, "--out", out, "--force")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"error: {out} is not a run, and --force overwrites runs only. Choose another --out.\n"
    assert tree(out) == before
    (out / "run.json").write_text("{}")  # of a run that once overwrote it: neither may be lost
    assert cli("fit", tmp_path / "X.npy", "-k", 2, "--out", out, "--force").code == 2
    assert cli("compare", tmp_path / "X.npy", "-k", 2, *BRIEF, "--out", out, "--force").code == 2


def test_a_comparison_among_its_own_texts_is_refused(cli, tmp_path):
    for number in range(4):
        (tmp_path / f"{number}.txt").write_text("moon rocket orbit moon rocket")
    for verb in ("fit", "compare"):
        ended = cli(verb, tmp_path, "-k", 2, "--min-df", 1, "--max-df", "1.0", "--out", tmp_path / "out")
        assert ended.code == 2
        assert "lies inside" in ended.err
        assert "would lie among those that it is made of" in ended.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--solvers", "hals,fastest"), "compare knows no solver 'fastest'. Try some of hals, cd, bpp"),
        (("--solvers", "hals", "--loss", "kullback-leibler"), "needs a QuadraticLoss, got KullbackLeibler"),
        (("--seconds", "0"), "--seconds wants a number above 0, got 0."),
        (("--seconds", "nan"), "--seconds wants a number above 0, got nan."),
        (("--open",), "--open shows a report, and without --out none is written. Give --out."),
    ],
    ids=str,
)
def test_a_wrong_option_is_one_line(arguments, words, cli, tmp_path):
    np.save(tmp_path / "X.npy", matrix())
    ended = cli("compare", tmp_path / "X.npy", "-k", 2, *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err
    assert ended.err.startswith("error: ")
    assert len(ended.err.splitlines()) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent another way there")
def test_ctrl_c_keeps_what_is_done(cli, tmp_path, monkeypatch):
    np.save(tmp_path / "X.npy", matrix(30, 20))
    from partwise.cli.bars import Bars

    shown = Bars.comparing

    def interrupted(self, name, done, total):
        stop = shown(self, name, done, total)
        if name == "mu" and not self.stop:
            os.kill(os.getpid(), signal.SIGINT)
        return stop

    monkeypatch.setattr(Bars, "comparing", interrupted)
    out = tmp_path / "out"
    ended = cli("compare", tmp_path / "X.npy", "-k", 2, *BRIEF, "--out", out)
    assert ended.code == 130
    assert ended.err == f"Stopped on request; what is done is saved in {out}.\n"
    kept = read_json(out / "comparison.json")["comparison"]
    assert {one["name"] for one in kept["trials"]} == {"hals", "mu"}
    assert kept["not_run"] == ["gd"]
    assert "Stopped on request: 2 solvers so far" in (out / "report.html").read_text(encoding="utf-8")
