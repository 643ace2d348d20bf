"""Kill -9 at random moments of add and remove: nothing acknowledged is lost, nothing half done is seen."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from partwise.search import Catalogue

from ..stories.conftest import picture

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="writers are forked")


@pytest.mark.parametrize("kills", [30, pytest.param(1000, marks=pytest.mark.slow)])
def test_a_catalogue_survives_writers_that_are_killed(kills, tmp_path):
    command = [sys.executable, "-m", "tests.search.kills", str(tmp_path), str(kills), "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    assert counts["kills"] == kills
    # otherwise nobody was killed within a change, and nothing was shown; how many depends on how busy the machine is
    assert counts["changes"] > 0
    assert counts["cut_and_not_there"] > 0
    # notes of killed writers do not heap up
    assert len(counts["litter"]) <= 2
    catalogue = Catalogue.at(tmp_path)
    with catalogue.change("add"):
        pass
    assert catalogue.check() == []
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith("catalogue.sqlite")] == []
    catalogue.close()


@pytest.mark.slow
def test_the_program_may_be_killed_while_it_adds_and_removes(home):
    """Whole verbs, most of which are killed before they have begun to write: all of a folder is there, or none."""
    rng = np.random.default_rng(0)
    for number in range(5, 60):
        picture(200 + number).save(home / "more" / f"{number}.png")
    run, seen, command = home / "run", set(), [sys.executable, "-m", "partwise"]
    began = time.monotonic()
    subprocess.run([*command, "add", run, home / "more"], check=True, capture_output=True)
    whole = time.monotonic() - began
    for _ in range(12):
        before = _numbers(run)
        new = sorted(before - set(range(1, 18)))
        verb = ["remove", run, *map(str, new)] if new else ["add", run, home / "more"]
        program = subprocess.Popen([*command, *verb], stdout=subprocess.PIPE)
        # the last part of its time is the one in which it writes
        time.sleep(rng.uniform(0.3, 1.3) * whole * (0.3 if new else 1))
        program.kill()
        acknowledged = b"pictures" in program.communicate()[0]
        after = _numbers(run)
        assert set(range(1, 18)) <= after
        assert len(after) in (17, 17 + 60)
        assert after != before or not acknowledged
        seen.add(after != before)
    assert seen == {False, True}
    assert {path.name for path in run.iterdir() if "writer" in path.name} <= {"catalogue.writer"}


def _numbers(run):
    catalogue = Catalogue.at(run)
    assert catalogue.check() == []
    numbers = set(catalogue.entries().numbers.tolist())
    catalogue.close()
    return numbers
