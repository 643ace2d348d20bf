"""A run of several starts on the page: how surely each part comes back is told, and of one start nothing is."""

import numpy as np
import pytest

from partwise.tasks.consensus import Settings, consensus
from partwise.wording import sureness

from .raw import serving


@pytest.fixture(scope="session")
def agreed(album, tmp_path_factory):
    """The folder of a consensus of three runs, its facts, and a server that shows it."""
    run = consensus(album, tmp_path_factory.mktemp("agreed") / "run", Settings(4, n_runs=3)).run
    with serving(run.path) as site:
        yield run, site


def test_the_stability_of_parts_is_told_with_its_word(agreed):
    run, site = agreed
    parts = site.get("/api/run")["parts"]
    assert [part["stability"] for part in parts] == pytest.approx(run.facts["stability"], rel=1e-5)
    assert [part["sureness"] for part in parts] == [sureness(one) for one in run.facts["stability"]]
    assert site.get("/api/parts/2")["stability"] == parts[1]["stability"]
    assert "stability of parts" in [label for label, *_ in site.get("/api/run")["findings"]]


def test_the_map_of_a_part_is_that_of_the_run(agreed):
    run, site = agreed
    values = np.frombuffer(site.ask("GET", "/api/parts/3/stability.f32").body, dtype="<f4")
    np.testing.assert_array_equal(values, run.tensors["stability_map"][2])
    assert site.ask("GET", "/api/parts/5/stability.f32").status == 404


def test_of_a_single_start_nothing_is_told(site):
    assert {(part["stability"], part["sureness"]) for part in site.get("/api/run")["parts"]} == {(None, None)}
    refused = site.ask("GET", "/api/parts/1/stability.f32")
    assert refused.status == 404
    assert "one start" in refused.json["error"]
