"""A survey that is cut short goes on where it was: the same report, and no fit done twice."""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from partwise import rank_report

from .conftest import made

HERE = Path(__file__).parent
SETTINGS = {"n_restarts": 2, "random_state": 5}
KS = range(1, 9)


def told(report):
    return {key: value for key, value in report.to_dict().items() if key != "seconds"}


@pytest.fixture(scope="module")
def whole():
    return rank_report(made(), KS, **SETTINGS)


def equal(report, whole):
    assert told(report) == told(whole)
    for k in whole.candidates:
        np.testing.assert_array_equal(report.parts[k], whole.parts[k])


def test_stopped_and_called_again_it_goes_on(tmp_path, whole, four):
    done = []
    for most in (3, 11, 30, 1000):
        count = 0

        def follow(step, most=most):
            nonlocal count
            count += 1
            done.append((step.line, step.k))
            return count >= most

        report = rank_report(four, KS, keep=tmp_path / "fits", callback=follow, **SETTINGS)
    assert report.complete
    equal(report, whole)
    assert max(Counter(done).values()) == 1
    assert len(done) == whole.n_fits


def test_a_finished_survey_fits_nothing_again(tmp_path, whole, four):
    rank_report(four, KS, keep=tmp_path, **SETTINGS)
    steps = []
    equal(rank_report(four, KS, keep=tmp_path, callback=steps.append, **SETTINGS), whole)
    assert not steps


def test_more_may_be_asked_for_later(tmp_path, whole, four):
    rank_report(four, range(1, 5), keep=tmp_path, n_restarts=1, random_state=5)
    steps = []
    equal(rank_report(four, KS, keep=tmp_path, callback=steps.append, **SETTINGS), whole)
    assert not [step for step in steps if step.k < 5 and not step.line.startswith("restart")]


def test_a_damaged_fit_is_done_again(tmp_path, whole, four):
    rank_report(four, KS, keep=tmp_path, **SETTINGS)
    for name in ("held-out-2.00004.fit", "restart-1.00003.fit"):
        path = tmp_path / name
        path.write_bytes(path.read_bytes()[:-3] + b"abc")
    (tmp_path / "whole.00008.fit").write_bytes(b"")
    steps = []
    equal(rank_report(four, KS, keep=tmp_path, callback=steps.append, **SETTINGS), whole)
    assert {step.line for step in steps} == {"held-out, fold 2", "restart 1", "all entries"}
    assert len([step for step in steps if step.line == "restart 1"]) == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"random_state": 6}, "it wants seed = 5, got 6"),
        ({"units": "rows"}, "it wants units ="),
        ({"beta_loss": 1}, "it wants beta ="),
        ({"ks": range(2, 9)}, "keeps fits of 1, 2, .., 8 parts"),
        ({"ks": range(1, 9, 2)}, "Begin at the same number with the same step"),
        ({"X": made(seed=9)}, "it wants X ="),
        ({"ks": [1, 3, 5]}, "Begin at the same number with the same step"),
    ],
)
def test_fits_of_something_else_are_refused(tmp_path, four, settings, words):
    rank_report(four, KS, keep=tmp_path, callback=lambda step: True, **SETTINGS)
    with pytest.raises(ValueError, match=words) as caught:
        rank_report(**({"X": four, "ks": KS, "keep": tmp_path} | SETTINGS | settings))
    assert "another folder" in str(caught.value)


def test_a_shorter_range_does_not_hide_what_is_there(tmp_path, four):
    rank_report(four, KS, keep=tmp_path, **SETTINGS)
    rank_report(four, [1], keep=tmp_path, **SETTINGS)
    with pytest.raises(ValueError, match="Begin at the same number with the same step"):
        rank_report(four, [1, 3, 5], keep=tmp_path, **SETTINGS)


def test_files_of_others_are_left_alone(tmp_path, four):
    (tmp_path / "a.fit").write_text("mine")
    (tmp_path / ".permuted.00006.fit.abcd.unfinished").write_text("cut off")
    rank_report(four, [1, 2, 3], keep=tmp_path, n_restarts=0, random_state=0)
    assert (tmp_path / "a.fit").read_text() == "mine"
    assert not list(tmp_path.glob("*.unfinished"))


@pytest.mark.parametrize("content", ['{"x"', "[]", '{"ks": "1"}'])
def test_a_damaged_description_is_said_to_be(tmp_path, four, content):
    rank_report(four, [1, 2, 3], keep=tmp_path, n_restarts=0, random_state=0)
    (tmp_path / "survey.json").write_text(content)
    with pytest.raises(ValueError, match=r"survey\.json is damaged, and what the fits beside it are of is not known"):
        rank_report(four, [1, 2, 3], keep=tmp_path, n_restarts=0, random_state=0)


def kill_and_go_on(tmp_path, kills, seed):
    """Kill the program so many times at random moments; return its report and what it said it had fitted."""
    log, answer = tmp_path / "log", tmp_path / "answer.json"
    command = [sys.executable, str(HERE / "killed.py"), str(tmp_path / "fits"), str(log), str(answer)]
    rng = random.Random(seed)
    for _ in range(kills):
        process = subprocess.Popen(command)
        began = len(log.read_text().splitlines()) if log.exists() else 0
        wanted = began + rng.randint(0, 4)
        while process.poll() is None and (not log.exists() or len(log.read_text().splitlines()) <= wanted):
            time.sleep(0.002)
        time.sleep(rng.random() * 0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(command, check=True, timeout=300)
    return json.loads(answer.read_text()), Counter(log.read_text().splitlines())


def check_kills(tmp_path, kills, seed):
    undisturbed = tmp_path / "undisturbed"
    undisturbed.mkdir()
    wanted, _ = kill_and_go_on(undisturbed, 0, 0)
    killed = tmp_path / "killed"
    killed.mkdir()
    got, lines = kill_and_go_on(killed, kills, seed)
    assert got == wanted
    assert max(lines.values()) == 1


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_killed_twice_it_ends_with_the_same_report(tmp_path):
    check_kills(tmp_path, 2, seed=0)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_killed_twenty_times_it_ends_with_the_same_report(tmp_path):
    check_kills(tmp_path, 20, seed=1)


def test_fits_of_which_nothing_is_known_are_refused(tmp_path, four):
    rank_report(four, [1, 2, 3], keep=tmp_path, n_restarts=0, random_state=0)
    (tmp_path / "survey.json").unlink()
    with pytest.raises(ValueError, match="which says what they are of, is gone"):
        rank_report(made(seed=9), [1, 2, 3], keep=tmp_path, n_restarts=0, random_state=0)


def test_two_surveys_do_not_share_a_folder(tmp_path, four):
    seen = []

    def second(step):
        if not seen:
            with pytest.raises(ValueError, match="Another survey is at work in") as told:
                rank_report(four, KS, keep=tmp_path, **SETTINGS)
            seen.append(str(told.value))

    rank_report(four, KS, keep=tmp_path, callback=second, **SETTINGS)
    assert seen
    rank_report(four, KS, keep=tmp_path, **SETTINGS)
