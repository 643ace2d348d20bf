"""Ctrl-C: during a fit the best so far is saved, before it nothing is left behind, and the program says which."""

import itertools
import json
import signal
import subprocess
import sys

import numpy as np
import pytest

from partwise import load_run
from partwise.cli import bars

from .conftest import album, matrix

ENDLESS = ("-k", 5, "--tol", 0, "--max-iter", 1_000_000)

# the program, but at one moment it says on its error stream that the moment has come
TELLING = """
import sys, time
from partwise.cli import bars, main

def telling(moment, wait):
    real = getattr(bars.Bars, moment)
    def told(self, *given):
        if not told.once and (moment == "reading" or given[0].record.iteration >= 3):
            told.once = True
            print("now", file=sys.stderr, flush=True)
            time.sleep(wait)
        return real(self, *given)
    told.once = False
    setattr(bars.Bars, moment, told)

telling(sys.argv.pop(1), float(sys.argv.pop(1)))
main()
"""


def interrupted(*command, moment, wait=0.0):
    """Run the program as a process, send SIGINT at a moment, return (code, out, err)."""
    given = [sys.executable, "-c", TELLING, moment, str(wait), *map(str, command)]
    process = subprocess.Popen(given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr.readline() == "now\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    return process.returncode, out, err


@pytest.fixture
def endless(tmp_path):
    np.save(tmp_path / "x.npy", matrix(200, 100))
    return tmp_path / "x.npy"


def interrupting(function, call=1):
    """Return the function, interrupting this process before one of its calls."""
    calls = itertools.count(1)

    def called(*given, **named):
        if next(calls) == call:
            signal.raise_signal(signal.SIGINT)
        return function(*given, **named)

    return called


def test_a_process_that_is_stopped_while_fitting_saves_the_best_so_far(endless, tmp_path):
    code, out, err = interrupted("fit", endless, *ENDLESS, "--out", tmp_path / "run", moment="fitting")
    run = load_run(tmp_path / "run")
    assert code == 130
    assert out == ""
    assert err == (
        f"Stopped at iteration {run.facts['n_iter']}; the best so far is saved in {tmp_path / 'run'}. "
        f"Figures and report: partwise look {tmp_path / 'run'}\n"
    )
    assert 3 <= run.facts["n_iter"] < 1_000_000
    assert not run.facts["converged"]
    assert run.facts["reason"].startswith(f"Stopped on request after {run.facts['n_iter']} iterations")
    X = np.load(endless)
    error = np.linalg.norm(X - run.codes @ run.parts) / np.linalg.norm(X)
    assert error == pytest.approx(run.facts["relative_error"], rel=1e-6)
    assert run.history[-1].objective < run.history[0].objective


def test_a_process_that_is_stopped_while_reading_leaves_nothing(tmp_path):
    folder = album(tmp_path / "album", 4)
    code, out, err = interrupted("fit", folder, "-k", 2, "--out", tmp_path / "run", moment="reading", wait=50.0)
    assert (code, out) == (130, "")
    assert len(err.splitlines()) == 1
    assert err.endswith("nothing is half written.\n")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("options", [("--quiet",), ("--json",), ("--loss", "kullback-leibler")], ids=lambda o: o[0])
def test_a_stopped_fit_is_whole_and_look_completes_it(endless, tmp_path, cli, monkeypatch, options):
    monkeypatch.setattr(bars.Bars, "fitting", interrupting(bars.Bars.fitting, call=2))
    ended = cli("fit", endless, *ENDLESS, *options, "--out", tmp_path / "run")
    assert ended.code == 130
    # a script gets what it gets from a fit that ended by itself
    assert ended.out == (json.dumps(load_run(tmp_path / "run").facts) + "\n" if "--json" in options else "")
    assert "the best so far is saved" in ended.err
    assert not (tmp_path / "run" / "report.html").exists()
    assert cli("look", tmp_path / "run").code == 0
    assert (tmp_path / "run" / "report.html").is_file()


@pytest.mark.parametrize("kind", ["multilayer", "semi", "kl"])
def test_stopped_while_layers_are_trained_one_by_one_is_saved(endless, tmp_path, cli, monkeypatch, kind):
    monkeypatch.setattr(bars.Bars, "fitting", interrupting(bars.Bars.fitting, call=2))
    given = ("fit", endless, "-k", "6,3", "--model", "deep", "--kind", kind, "--tol", 0, "--out", tmp_path / "run")
    ended = cli(*given)
    assert ended.code == 130
    assert "Stopped at iteration 0; the best so far is saved" in ended.err
    run = load_run(tmp_path / "run")
    assert [H.shape for H in run.factors] == [(6, 100), (3, 6)]
    assert run.facts["reason"].startswith("Stopped on request after 0 iterations")
    assert 0 < run.facts["relative_error"] < 1
    assert cli("look", tmp_path / "run").code == 0


def test_the_signal_is_given_back(endless, tmp_path, cli, monkeypatch):
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(bars.Bars, "fitting", interrupting(bars.Bars.fitting, call=2))
    assert cli("fit", endless, *ENDLESS, "--out", tmp_path / "run").code == 130
    assert signal.getsignal(signal.SIGINT) is before


def test_stopped_while_saving_is_saved_all_the_same(tmp_path, cli, monkeypatch):
    from partwise.tasks import fit as task

    np.save(tmp_path / "x.npy", matrix())
    monkeypatch.setattr(task, "save_run", interrupting(task.save_run))
    ended = cli("fit", tmp_path / "x.npy", "-k", 2, "--tol", 0, "--max-iter", 20, "--out", tmp_path / "run")
    assert ended.code == 130
    assert "Stopped at iteration 20; the best so far is saved" in ended.err
    assert load_run(tmp_path / "run").facts["n_iter"] == 20
    assert not (tmp_path / "run" / "report.html").exists()


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["plain", "json"])
def test_stopped_while_drawing_keeps_the_run(tmp_path, cli, monkeypatch, options):
    np.save(tmp_path / "x.npy", matrix())
    monkeypatch.setattr(bars.Bars, "drawing", interrupting(bars.Bars.drawing, call=3))
    ended = cli("fit", tmp_path / "x.npy", "-k", 2, "--tol", 0, "--max-iter", 20, *options, "--out", tmp_path / "run")
    assert ended.code == 130
    assert ended.out == (json.dumps(load_run(tmp_path / "run").facts) + "\n" if options else "")
    assert ended.err.endswith("nothing is half written.\n")
    assert load_run(tmp_path / "run").facts["n_iter"] == 20
    assert not [path for path in (tmp_path / "run").rglob("*") if path.name.startswith(".")]
