"""The race of OPNMF: the judge's normalisation, and what is said of a program that is cut short."""

from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

from benchmarks import opnmf as race
from benchmarks.table import tables
from benchmarks.workloads import Absent


@pytest.fixture
def faces(monkeypatch):
    rng = np.random.default_rng(0)
    X = (rng.random((30, 3)) @ rng.random((3, 20))).astype(np.float32)
    monkeypatch.setattr(race, "load", lambda data, folders: X)
    monkeypatch.setattr(race, "REST", 0.0)
    monkeypatch.setattr(race, "WORKLOADS", (("faces", 2),))
    return X


def test_the_judge_does_not_see_the_length_of_w():
    rng = np.random.default_rng(0)
    X, W = rng.random((8, 6)), rng.random((6, 2))
    one, other = race.judged(X, W), race.judged(X, 3 * W)
    assert one == pytest.approx(other)
    V = W / np.linalg.norm(W, 2)
    assert one["error"] == pytest.approx(np.linalg.norm(X.T - V @ V.T @ X.T))
    assert one["orthonormality"] == pytest.approx(np.linalg.norm(V.T @ V - np.eye(2)))


def test_a_program_that_is_cut_short_is_told_so(faces, monkeypatch):
    asked = []

    def fit(X, k, max_iter, tol, init, init_W):
        asked.append((X.shape, max_iter, tol))
        return init_W, None, None

    monkeypatch.setattr(race, "import_module", lambda name: SimpleNamespace(opnmf=fit))
    # so little time that its probe is all that it gets
    (found,) = race.opnmf((), 1, 0.0, lambda line: None)
    assert asked[-1] == ((20, 30), 3 * race.PROBE, race.TOL)
    assert found["opnmf"]["cut"]
    assert found["partwise"]["error"] < found["opnmf"]["error"]
    about = {"machine": {}, "threads": 1, "versions": {}}
    (table,) = (one for one in tables({"about": about, "workloads": {}, "opnmf": [found]}) if "rojective" in one.about)
    console = Console(record=True, width=200)
    table.show(console)
    assert "cut there" in console.export_text()


def test_who_is_not_installed_is_said(monkeypatch):
    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr(race, "import_module", absent)
    with pytest.raises(Absent, match=r"pip install opnmf==0\.0\.2"):
        race.opnmf((), 1, 1.0, lambda line: None)
