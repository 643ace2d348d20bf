"""A whole race of a moment: real processes, a small matrix, the two programs that are always here."""

import numpy as np
import pytest

from benchmarks import workloads
from benchmarks.race import Settings, race
from benchmarks.table import tables


@pytest.fixture
def toy(monkeypatch, rng):
    X = (rng.random((60, 5)) @ rng.random((5, 40))).astype(np.float32) + 0.1 * rng.random((60, 40), dtype=np.float32)
    monkeypatch.setattr("benchmarks.race.load", lambda data, folders: X)
    return workloads.Workload("toy-3", "toy", 3)


def test_partwise_and_scikit_learn_run_to_the_same_goal_in_turns(toy):
    said = []
    found = race(toy, Settings((), threads=1, repeats=2, only=("partwise", "scikit-learn cd")), said.append)
    assert set(found["entrants"]) == {"partwise", "scikit-learn cd"}
    for entrant in found["entrants"].values():
        assert len(entrant["runs"]) == 2
        assert all(run["moment"]["error"] <= found["goal"] * (1 + 1e-6) for run in entrant["runs"])
    ours = found["entrants"]["partwise"]
    assert ours["moments"][0]["iteration"] == 0
    assert ours["runs"][0]["moment"]["iteration"] == ours["reached"]["iteration"]
    assert found["entrants"]["scikit-learn cd"]["reached"]["iteration"] == 200
    assert {len(one["seconds"]) for one in found["defaults"].values()} == {2}
    about = {"machine": {"processor": "", "cores": 1, "memory_gb": 1}, "threads": 1, "versions": {}}
    assert len(tables({"about": about, "workloads": {"toy-3": found}})) == 3
