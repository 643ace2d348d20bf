"""consensus: many starts in, a run of the parts on which they agree out, which every other command takes."""

import json

import numpy as np
import pytest

from partwise import load_run
from partwise.cli import bars

from .conftest import album, matrix


@pytest.fixture
def bars_album(tmp_path):
    return album(tmp_path / "album", count=12)


def test_a_consensus_is_a_run_with_the_stability_of_its_parts(told, cli, bars_album, tmp_path):
    facts = told("consensus", bars_album, "-k", 3, "--runs", 4, "--out", tmp_path / "run")
    assert (facts["n_runs"], facts["n_runs_wanted"], facts["model"]) == (4, 4, "nmf")
    assert len(facts["stability"]) == 3
    assert all(0 < one <= 1 for one in facts["stability"])
    assert -1 <= facts["cophenetic"] <= 1
    run = load_run(tmp_path / "run")
    assert run.tensors["stability_map"].shape == run.parts.shape
    assert run.tensors["labels"].shape == (4, 12)
    report = (tmp_path / "run" / "report.html").read_text()
    assert 'id="stability"' in report
    assert 'id="consensus"' in report
    assert {"stability.png", "consensus.png"} <= {path.name for path in (tmp_path / "run" / "figures").iterdir()}
    said = cli("info", tmp_path / "run")
    assert "stability of parts" in said.out
    assert "medians of 4 runs" in said.out
    assert cli("look", tmp_path / "run").code == 0
    assert cli("search", tmp_path / "run", "good1.png").code == 0
    codes = tmp_path / "codes.npy"
    assert cli("transform", tmp_path / "run", bars_album, "--out", codes).code == 0
    np.testing.assert_allclose(np.load(codes), run.codes, rtol=1e-3, atol=1e-5)


def test_the_same_seed_is_the_same_run(told, tmp_path):
    np.save(tmp_path / "x.npy", matrix())
    one, two = (told("consensus", tmp_path / "x.npy", "-k", 2, "--runs", 3, "--out", tmp_path / name) for name in "ab")
    assert one["stability"] == two["stability"]
    np.testing.assert_array_equal(load_run(tmp_path / "a").parts, load_run(tmp_path / "b").parts)


def test_a_single_run_has_no_cophenetic_and_says_so(cli, told, tmp_path):
    np.save(tmp_path / "x.npy", matrix())
    facts = told("consensus", tmp_path / "x.npy", "-k", 2, "--runs", 1, "--out", tmp_path / "json")
    assert facts["cophenetic"] is facts["dispersion"] is None
    assert facts["stability"] == [None, None]
    said = cli("consensus", tmp_path / "x.npy", "-k", 2, "--runs", 1, "--out", tmp_path / "run")
    assert "no cophenetic" in said.err
    assert "not known" in said.out
    assert "nan" not in (said.out + said.err).lower().replace("unanim", "")
    assert not (tmp_path / "run" / "figures" / "stability.png").exists()


def test_stopped_it_keeps_the_runs_that_are_done(cli, monkeypatch, tmp_path):
    np.save(tmp_path / "x.npy", matrix(60, 40))
    real = bars.Bars.running

    def running(self, done, total):
        self.stop = self.stop or done >= 3
        return real(self, done, total)

    monkeypatch.setattr(bars.Bars, "running", running)
    ended = cli("consensus", tmp_path / "x.npy", "-k", 3, "--runs", 500, "--out", tmp_path / "run")
    assert ended.code == 130
    assert "of 500 runs" in ended.err
    assert "partwise look" in ended.err
    facts = json.loads((tmp_path / "run" / "run.json").read_text())["facts"]
    assert 3 <= facts["n_runs"] < 500
    assert cli("look", tmp_path / "run").code == 0


def test_an_ordinary_fit_over_it_forgets_the_stability(told, bars_album, tmp_path):
    told("consensus", bars_album, "-k", 3, "--runs", 2, "--out", tmp_path / "run")
    facts = told("fit", bars_album, "-k", 3, "--out", tmp_path / "run", "--force")
    assert "stability" not in facts
    assert not (tmp_path / "run" / "figures" / "stability.png").exists()
    assert "stability_map" not in load_run(tmp_path / "run").tensors


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("--runs", 0), "--runs wants a number of at least 1"),
        (("-k", 0), "n_components"),
        (("-k", 21), "at most as many parts as samples"),
        (("--loss", "kullback"), "beta_loss"),
        (("--solver", "cd", "--loss", "kullback-leibler"), "does not handle"),
    ],
)
def test_wrong_settings_are_one_line_and_write_nothing(cli, tmp_path, changed, said):
    np.save(tmp_path / "x.npy", matrix())
    ended = cli("consensus", tmp_path / "x.npy", "-k", 2, "--runs", 2, "--out", tmp_path / "run", *changed)
    assert ended.code == 2
    assert said in ended.err
    assert ended.err.count("\n") == 1
    assert not (tmp_path / "run").exists()
