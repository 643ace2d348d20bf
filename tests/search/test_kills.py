"""Kill -9 at random moments of add and remove: nothing acknowledged is lost, nothing half done is seen."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from partwise.search import Catalogue

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="writers are forked")


@pytest.mark.parametrize("kills", [30, pytest.param(1000, marks=pytest.mark.slow)])
def test_a_catalogue_survives_writers_that_are_killed(kills, tmp_path):
    command = [sys.executable, "-m", "tests.search.kills", str(tmp_path), str(kills), "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    assert counts["kills"] == kills
    assert counts["changes"] > kills
    assert counts["added"] > 0 < counts["removed"]
    # otherwise nobody was killed within a change, and nothing was shown
    assert counts["cut_and_not_there"] > kills / 20
    # notes of killed writers do not heap up
    assert len(counts["litter"]) <= 2
    catalogue = Catalogue.at(tmp_path)
    with catalogue.change("add"):
        pass
    assert catalogue.check() == []
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith("catalogue.sqlite")] == []
    catalogue.close()
