"""A long fit on the command line: killed or stopped, it goes on with --resume and ends as the run left alone."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from partwise import NMF, load_run
from partwise.cli import bars
from partwise.tasks.fit import Settings, fit

from .conftest import matrix, tree
from .test_interrupt import TELLING, interrupting
from .test_wrong_inputs import assert_one_line

FIT = ("-k", 5, "--tol", 0, "--max-iter", 60, "--seed", 3)


@pytest.fixture
def source(tmp_path):
    np.save(tmp_path / "x.npy", matrix(80, 50))
    return tmp_path / "x.npy"


@pytest.fixture
def kept(tmp_path):
    return ("--checkpoint", tmp_path / "c", "--checkpoint-every", 0)


def left_alone(source, out, max_iter=60, **checkpoint):
    """Make the run without its report."""
    settings = {
        "tol": 0.0,
        "max_iter": max_iter,
        "random_state": 3,
        "solver": "cd",
        "beta_loss": "frobenius",
        "init": None,
    }
    fit(source, out, Settings(5, settings | {"alpha_W": 0.0, "l1_ratio": 0.0} | checkpoint))


def assert_same_run(one, other):
    for name in ("model.safetensors", "codes.npy"):
        assert (one / name).read_bytes() == (other / name).read_bytes()
    runs = load_run(one), load_run(other)
    figures = [[(r.iteration, r.objective, r.residual) for r in run.history] for run in runs]
    assert figures[0] == figures[1]
    clocks = ("seconds", "seconds_fit", "seconds_read")
    facts = [{name: fact for name, fact in run.facts.items() if name not in clocks} for run in runs]
    assert facts[0] == facts[1]
    assert runs[0].parameters == runs[1].parameters


def test_a_killed_fit_resumed_is_the_run_that_was_left_alone(source, kept, tmp_path, cli):
    left_alone(source, tmp_path / "alone")
    command = ("fit", source, *FIT, *kept, "--out", tmp_path / "run")
    # it tells of its third iteration and waits there to be killed
    told = [sys.executable, "-c", TELLING, "fitting", "50", *map(str, command)]
    process = subprocess.Popen(told, stderr=subprocess.PIPE, text=True)
    assert process.stderr.readline() == "now\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (tmp_path / "run").exists()
    ended = cli(*command, "--resume")
    assert (ended.code, ended.err) == (0, "")
    assert_same_run(tmp_path / "alone", tmp_path / "run")
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]


def test_a_stopped_fit_is_saved_and_goes_on(source, kept, tmp_path, cli, monkeypatch):
    left_alone(source, tmp_path / "alone")
    command = ("fit", source, *FIT, *kept, "--out", tmp_path / "run")
    with monkeypatch.context() as patched:
        patched.setattr(bars.Bars, "fitting", interrupting(bars.Bars.fitting, call=9))
        stopped = cli(*command)
    assert stopped.code == 130
    assert stopped.err.endswith("To go on: the same command with --resume.\n")
    assert load_run(tmp_path / "run").facts["n_iter"] == 8
    # the run that it goes on from is the one that it may overwrite, and no other
    again = cli(*command)
    assert_one_line(again, "run exists already.")
    other = cli("fit", source, *FIT, *kept, "--resume", "--out", tmp_path / "alone", "-k", 4)
    assert_one_line(other, "is a run of other data or of another number of parts")
    resumed = cli(*command, "--resume")
    assert (resumed.code, resumed.err) == (0, "")
    assert_same_run(tmp_path / "alone", tmp_path / "run")
    assert (tmp_path / "run" / "report.html").is_file()


def test_an_ended_fit_is_made_longer(source, kept, tmp_path, cli):
    left_alone(source, tmp_path / "alone", max_iter=90)
    left_alone(source, tmp_path / "run", checkpoint=tmp_path / "c")
    longer = ("-k", 5, "--tol", 0, "--max-iter", 90, "--seed", 3)
    assert cli("fit", source, *longer, *kept, "--resume", "--out", tmp_path / "run").code == 0
    assert load_run(tmp_path / "run").facts["n_iter"] == 90
    assert_same_run(tmp_path / "alone", tmp_path / "run")


def test_resume_begins_where_there_is_nothing_yet(source, kept, tmp_path, cli):
    ended = cli("fit", source, *FIT, *kept, "--resume", "--json", "--out", tmp_path / "run")
    assert ended.code == 0
    assert ended.err == f"warning: There is no checkpoint at {tmp_path / 'c'} yet: the fit begins at its start.\n"
    assert json.loads(ended.out)["n_iter"] == 60


def test_a_damaged_checkpoint_falls_back_and_says_so(source, kept, tmp_path, cli):
    left_alone(source, tmp_path / "alone", checkpoint=tmp_path / "c", checkpoint_every=0)
    content = bytearray((tmp_path / "c").read_bytes())
    content[-9] ^= 1
    (tmp_path / "c").write_bytes(content)
    ended = cli("fit", source, *FIT, *kept, "--resume", "--out", tmp_path / "run")
    assert ended.code == 0
    assert len(ended.err.splitlines()) == 1
    assert ended.err.startswith("warning: c is damaged: checksum of ")
    assert ended.err.endswith(f"Going on from the checkpoint before, {tmp_path / 'c.previous'}.\n")
    assert_same_run(tmp_path / "alone", tmp_path / "run")


def test_a_place_that_may_not_be_written_is_refused_before_the_fit(source, tmp_path, cli, monkeypatch):
    place = tmp_path / "closed"
    place.mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: path != place)  # root may write anywhere
    before = tree(tmp_path)
    ended = cli("fit", source, *FIT, "--checkpoint", place / "c", "--out", tmp_path / "run")
    assert_one_line(ended, f"Permission denied: {place}")
    assert tree(tmp_path) == before


def test_a_model_of_a_run_does_not_go_on_by_itself(source, tmp_path):
    left_alone(source, tmp_path / "run", checkpoint=tmp_path / "c")
    model = load_run(tmp_path / "run").model
    assert (model.checkpoint, model.resume) == (None, False)
    assert set(model.get_params()) == set(NMF().get_params())
