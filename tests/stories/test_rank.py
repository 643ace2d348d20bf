"""How many parts, through the command line: a sentence and a table, a folder that is gone on with, and few data."""

import json
import os
import signal
import sys

import numpy as np
import pytest

from partwise.cli.bars import Bars
from partwise.storage import read_json

from .conftest import album, matrix, tree

QUICK = ("--to", 6, "--restarts", 2)


def planted(k=3, shape=(60, 40), noise=0.05):
    rng = np.random.default_rng(0)
    S = rng.exponential(size=(shape[0], k)) @ rng.exponential(size=(k, shape[1]))
    return np.maximum(S + noise * S.std() * rng.standard_normal(S.shape), 0)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "planted.npy"
    np.save(path, planted())
    return path


@pytest.fixture(scope="module")
def ranked(source, tmp_path_factory):
    """A finished rank report of planted data; copy it before you change it."""
    from partwise.tasks.rank import Settings, rank

    out = tmp_path_factory.mktemp("ranked") / "out"
    return out, rank(source, out, Settings(last=6, restarts=2))


def kept(out):
    """What a report says, without what differs from run to run."""
    body = read_json(out / "rank.json")["rank"]
    del body["seconds"]
    return body


def test_a_folder_holds_numbers_figures_report_and_every_fit(ranked):
    out, found = ranked
    assert {path.name for path in out.iterdir()} == {"rank.json", "rank.html", "figures", "fits", "skipped.csv"}
    assert {path.name for path in (out / "figures").iterdir()} == {"criteria.png", "candidates.png"}
    body = read_json(out / "rank.json")  # its checksum is right
    assert body["rank"] == json.loads(json.dumps(found.report.to_dict()))
    assert body["rank"]["recommended"] == 3
    assert body["rank"]["ks"] == [1, 2, 3, 4, 5, 6]
    assert len(body["data"]["fingerprint"]) == 64
    assert {"partwise", "numpy", "python", "seed", "k"} <= body["made_with"].keys()
    assert found.n_new == found.report.n_fits > 6


def test_the_report_says_the_sentence_and_what_each_criterion_picks(ranked):
    out, found = ranked
    page = (out / "rank.html").read_text(encoding="utf-8")
    assert "planted.npy: how many parts?" in page
    for one in found.report.criteria:
        assert f'<th scope="row">{one.key}</th>' in page
        assert one.title in page
    assert "recommended: 3" in page
    assert "3 parts, recommended" in page
    assert "src=" not in page.replace('src="data:', "")
    assert "<link" not in page


def test_without_a_folder_sentence_and_table_are_printed(cli, source):
    ended = cli("rank", source, *QUICK)
    assert ended.code == 0, ended.err
    first, *rest = ended.out.splitlines()
    assert first.startswith("3 parts")
    head = next(line for line in rest if line.startswith("criterion"))
    assert head.split() == ["criterion", "k", "why"]
    assert any(line.split()[:2] == ["held-out", "3"] for line in rest)
    assert ended.err == ""


def test_for_a_script_it_is_one_object(told, source, tmp_path):
    facts = told("rank", source, *QUICK, "--criteria", "held-out,bend", "--out", tmp_path / "out")
    assert [one["key"] for one in facts["criteria"]] == ["held-out", "bend"]
    assert facts["recommended"] == 3
    assert facts["report"] == str(tmp_path / "out" / "rank.html")
    assert told("rank", source, "--to", 3, "--restarts", 0)["report"] is None


def test_a_finished_report_is_written_again_and_nothing_is_fitted_twice(ranked, source, cli):
    out, _ = ranked
    before, fits = kept(out), tree(out / "fits")
    (out / "rank.html").unlink()
    ended = cli("rank", source, *QUICK, "--out", out)
    assert ended.code == 0, ended.err
    assert "were there already; the report is written again." in ended.err
    assert kept(out) == before
    assert (out / "rank.html").is_file()
    assert {name for name in tree(out / "fits") if name.endswith(".fit")} == {
        name for name in fits if name.endswith(".fit")
    }
    assert all(tree(out / "fits")[name] == content for name, content in fits.items() if name.endswith(".fit"))


def test_a_larger_range_goes_on_where_the_smaller_one_ended(source, told, tmp_path, monkeypatch):
    told("rank", source, "--to", 4, "--restarts", 0, "--out", tmp_path / "out")
    fitted = []
    shown = Bars.ranking
    monkeypatch.setattr(Bars, "ranking", lambda self, step: fitted.append((step.line, step.k)) or shown(self, step))
    facts = told("rank", source, "--to", 6, "--restarts", 0, "--out", tmp_path / "out")
    assert {k for _, k in fitted} == {5, 6}
    assert facts["ks"] == [1, 2, 3, 4, 5, 6]


def test_other_settings_and_other_data_are_refused_unless_it_begins_anew(source, cli, tmp_path):
    out = tmp_path / "out"
    assert cli("rank", source, "--to", 3, "--restarts", 0, "--out", out).code == 0
    before = tree(out)
    np.save(tmp_path / "other.npy", planted(2))
    for given in ((source, "--seed", 1), (tmp_path / "other.npy",), (source, "--from", 2)):
        ended = cli("rank", *given, "--to", 3, "--restarts", 0, "--out", out)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith(f"error: {out / 'fits'} keeps fits of")
        assert ended.err.endswith("To begin anew: --force.\n")
        assert len(ended.err.splitlines()) == 1
        assert tree(out) == before
    ended = cli("rank", tmp_path / "other.npy", "--to", 4, "--restarts", 0, "--out", out, "--force")
    assert ended.code == 0, ended.err
    assert read_json(out / "rank.json")["rank"]["recommended"] == 2


def test_only_a_rank_report_is_written_over(source, cli, saved_run, ranked, tmp_path):
    before = tree(saved_run)
    for force in ((), ("--force",)):
        ended = cli("rank", source, *QUICK, "--out", saved_run, *force)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err == f"error: {saved_run} exists already and is not a rank report. Choose another --out.\n"
    assert tree(saved_run) == before
    out, _ = ranked
    for verb in ("fit", "compare"):
        ended = cli(verb, source, "-k", 2, "--out", out, "--force")
        assert ended.code == 2
        assert "overwrites" in ended.err
    assert cli("rank", source, "--out", source).code == 2


def test_among_its_own_pictures_it_is_refused(cli, tmp_path):
    folder = album(tmp_path / "album", 4)
    ended = cli("rank", folder, "--out", folder / "out")
    assert ended.code == 2
    assert "lies inside" in ended.err
    assert not (folder / "out").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent another way there")
def test_ctrl_c_gives_the_report_of_what_is_there_and_the_same_command_goes_on(ranked, source, cli, tmp_path):
    out, whole = tmp_path / "out", kept(ranked[0])
    fitted = []
    shown = Bars.ranking

    def interrupted(self, step):
        fitted.append((step.line, step.k))
        stop = shown(self, step)
        if len(fitted) == 20:
            os.kill(os.getpid(), signal.SIGINT)
        return stop

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Bars, "ranking", interrupted)
        ended = cli("rank", source, *QUICK, "--out", out)
        assert ended.code == 130
        assert ended.err.endswith(f"Stopped on request; what is done is saved in {out}. To go on: the same command.\n")
        assert ended.out.splitlines()[-1] == f"report: {out / 'rank.html'}"
        assert not read_json(out / "rank.json")["rank"]["complete"]
        assert "Stopped on request" in (out / "rank.html").read_text(encoding="utf-8")
        assert cli("rank", source, *QUICK, "--out", out).code == 0
    assert len(set(fitted)) == len(fitted) == ranked[1].report.n_fits, "no fit is done twice"
    assert kept(out) == whole


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent another way there")
def test_ctrl_c_without_a_folder_keeps_nothing_and_says_so(source, cli, monkeypatch):
    shown = Bars.ranking

    def interrupted(self, step):
        if not self.stop:
            os.kill(os.getpid(), signal.SIGINT)
        return shown(self, step)

    monkeypatch.setattr(Bars, "ranking", interrupted)
    ended = cli("rank", source, *QUICK)
    assert ended.code == 130
    assert ended.err.endswith("Stopped on request.\n")


def test_twelve_pictures(cli, tmp_path):
    ended = cli("rank", album(tmp_path / "album", 12), "--restarts", 2, "--out", tmp_path / "out")
    assert ended.code == 0, ended.err
    assert "note: k goes to 11 (12 pictures) unless --to says otherwise." in ended.err
    body = kept(tmp_path / "out")
    assert max(body["ks"]) == 11
    assert body["recommended"] is None or body["recommended"] <= 11
    assert body["sentence"]


def test_constant_data_are_one_part(cli, tmp_path):
    np.save(tmp_path / "x.npy", np.full((30, 20), 7.0))
    ended = cli("rank", tmp_path / "x.npy", "--to", 5, "--out", tmp_path / "out")
    assert ended.code == 0, ended.err
    assert ended.out.startswith("1 part: an exact fit.")
    assert kept(tmp_path / "out")["recommended"] == 1


def test_nothing_but_zeros_has_no_parts(cli, tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((30, 20)))
    ended = cli("rank", tmp_path / "x.npy", "--to", 5)
    assert (ended.code, ended.out) == (2, "")
    assert "X is all zeros" in ended.err


def test_one_start_has_no_cophenetic(cli, source, tmp_path):
    ended = cli("rank", source, "--to", 5, "--restarts", 1, "--out", tmp_path / "out")
    assert ended.code == 0, ended.err
    assert "no cophenetic correlation of a single run" in ended.out
    assert "cophenetic" not in {one["key"] for one in kept(tmp_path / "out")["criteria"]}
    page = (tmp_path / "out" / "rank.html").read_text(encoding="utf-8")
    assert "A single start has no cophenetic correlation" in page


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from", 0), "--from wants a number of at least 1, got 0."),
        (("--from", 5, "--to", 4), "--to 4 is below --from 5, so there is nothing to try. Choose --to 5 or more."),
        (("--step", 0), "--step wants a number of at least 1, got 0."),
        (("--restarts", -1), "--restarts wants a number of at least 0, got -1."),
        (("--folds", 1), "--folds wants a number of at least 2, got 1: a standard error needs two."),
        (("--criteria", "held-out,best"), "criteria (--criteria) wants some of held-out, permutation, bend, "),
        (("--criteria", ","), "got none."),
        (("--model", "deep"), "--model wants nmf or opnmf, got 'deep'."),
        (("--model", "opnmf", "--loss", "1"), "OPNMF minimises the squared distance"),
        (("--loss", "nonsense"), "The 'beta_loss' parameter of NMF must be"),
        (("--to", 11), "--to 11 is more than there are features, 10, and so many parts rebuild any data exactly. "),
        (("--from", 11), "Choose --from 10 at most."),
        (("--open",), "--open shows a report, and without --out none is written. Give --out."),
    ],
    ids=str,
)
def test_a_wrong_option_is_one_line(arguments, words, cli, tmp_path):
    np.save(tmp_path / "x.npy", matrix())
    ended = cli("rank", tmp_path / "x.npy", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err
    assert ended.err.startswith("error: ")
    assert len(ended.err.splitlines()) == 1


def test_more_parts_than_pictures_are_refused(cli, tmp_path):
    ended = cli("rank", album(tmp_path / "album", 5), "--to", 6, "--out", tmp_path / "out")
    assert ended.code == 2
    assert "--to 6 is more than there are pictures, 5" in ended.err
    assert not (tmp_path / "out").exists()


def test_the_bar_says_what_the_task_says_is_left():
    from rich.progress import Progress

    from partwise.cli.bars import TimeLeft

    progress = Progress(TimeLeft(), disable=True)
    task = progress.add_task("Ranking", total=10, completed=2, seconds_left=3725.2)
    assert str(TimeLeft().render(progress.tasks[0])) == "1:02:05"
    progress.update(task, completed=10)
    assert str(TimeLeft(elapsed_when_finished=True).render(progress.tasks[0])) == "0:00:00", "what it took"
