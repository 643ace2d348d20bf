"""Other models through the command line: fitted, looked at, loaded again, refused where an option does not fit."""

import json

import numpy as np
import pytest

from partwise import load_run
from partwise.tasks import fit as task

from .conftest import album

MODELS = {
    "opnmf": ("-k", 3, "--model", "opnmf"),
    "opnmf of samples": ("-k", 3, "--model", "opnmf", "--orientation", "samples", "--solver", "multiplicative"),
    "deep": ("-k", "6,4,2", "--model", "deep"),
    "deep semi": ("-k", "6,4,2", "--model", "deep", "--kind", "semi"),
    "deep kl": ("-k", "6,4,2", "--model", "deep", "--kind", "kl"),
    "one layer": ("-k", 3, "--model", "deep"),
    "mini-batch": ("-k", 3, "--model", "mini-batch"),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_fitted_looked_at_and_loaded_again(name, tmp_path, told):
    folder, words = album(tmp_path / "album", 12), MODELS[name]
    facts = told("fit", folder, *words, "--max-iter", 30, "--out", tmp_path / "run")
    assert facts["model"] == words[3]
    assert 0 < facts["relative_error"] < 1
    assert facts["reason"]
    figures = json.loads(json.dumps(told("look", tmp_path / "run")))["figures"]
    assert any(path.endswith("tree.png") for path in figures) == ("," in str(words[1]))
    codes = tmp_path / "codes.npy"
    told("transform", tmp_path / "run", folder, "--out", codes)
    run = load_run(tmp_path / "run")
    scale = run.codes.max()
    np.testing.assert_allclose(np.load(codes), run.codes, atol=1e-4 * scale)
    assert run.codes.shape == (12, run.model.n_components_)


def test_numbers_of_a_model_alone_are_told(tmp_path, cli, told):
    folder = album(tmp_path / "album", 12)
    facts = told("fit", folder, *MODELS["opnmf"], "--max-iter", 30, "--out", tmp_path / "o")
    assert facts["orthonormality"] >= 0
    assert f"distance from orthonormal {facts['orthonormality']:.2f} (0 would be" in cli("info", tmp_path / "o").out
    facts = told("fit", folder, *MODELS["deep"], "--max-iter", 30, "--out", tmp_path / "d")
    assert facts["layer_errors"] == sorted(facts["layer_errors"])
    assert facts["layer_errors"][-1] <= facts["greedy_error"]
    assert f"error of layer 1 {100 * facts['layer_errors'][0]:.2f} %" in cli("info", tmp_path / "d").out
    assert "error of layer 3" in (tmp_path / "d" / "report.html").read_text()


def test_a_tolerance_that_bounds_something_else_is_no_goal(tmp_path, told):
    folder = album(tmp_path / "album", 12)
    words = ("-k", 3, "--model", "opnmf", "--solver", "multiplicative", "--tol", "0.01")
    facts = told("fit", folder, *words, "--out", tmp_path / "o")
    assert not facts["tol_bounds_residual"]
    assert "goal" not in (tmp_path / "o" / "report.html").read_text()
    assert told("fit", folder, "-k", 3, "--out", tmp_path / "n")["tol_bounds_residual"]
    assert "goal" in (tmp_path / "n" / "report.html").read_text()


def test_layers_of_a_run_multiply_to_its_parts(tmp_path, told):
    told("fit", album(tmp_path / "album", 12), *MODELS["deep"], "--max-iter", 5, "--out", tmp_path / "run")
    run = load_run(tmp_path / "run")
    assert [factor.shape for factor in run.factors] == [(6, 48), (4, 6), (2, 4)]
    np.testing.assert_allclose(run.factors[2] @ run.factors[1] @ run.factors[0], run.parts, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("-k", 2, "--model", "opnmf", "--loss", "kullback-leibler"),
            "The model opnmf has no --loss. Leave it out, or try",
        ),
        (("-k", 2, "--model", "deep", "--solver", "mu"), "The model deep has no --solver."),
        (("-k", "3,2"), "The model nmf wants one number of parts, got 2. For layers try --model deep."),
        (("-k", "2,3", "--model", "deep"), "make each smaller"),
        (("-k", 2, "--model", "pca"), "model must be one of nmf, "),
        (("-k", 2, "--kind", "semi"), "The model nmf has no --kind. Leave it out, or try --model deep."),
        (("-k", 2, "--model", "opnmf", "--orientation", "up"), "'orientation' parameter of OPNMF must be"),
        (("-k", "30,2", "--model", "deep"), "You asked for 30 parts but the folder has 12 usable images."),
    ],
)
def test_what_a_model_does_not_have_is_refused(words, told, tmp_path, cli):
    ended = cli("fit", album(tmp_path / "album", 12), *words, "--out", tmp_path / "run")
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err
    assert not (tmp_path / "run").exists()


def test_wrong_layers_are_refused_before_anything_is_read(tmp_path, cli, monkeypatch):
    monkeypatch.setattr(task, "read_or_list", lambda *given: pytest.fail("was read"))
    ended = cli("fit", album(tmp_path / "album"), "-k", "2,3", "--model", "deep", "--out", tmp_path / "run")
    assert (ended.code, ended.out) == (2, "")
    assert "make each smaller" in ended.err


@pytest.mark.parametrize(
    "X",
    [-np.arange(1.0, 41.0).reshape(10, 4), np.where(np.eye(10, 4) > 0, 1e-300, -np.ones((10, 4)))],
    ids=["all below 0", "the largest tiny"],
)
def test_tables_of_what_is_below_0_are_fitted(X, tmp_path, told):
    np.savetxt(tmp_path / "x.csv", X, delimiter=",", header="a,b,c,d", comments="")
    facts = told("fit", tmp_path / "x.csv", "-k", "2,1", "--model", "deep", "--kind", "semi", "--out", tmp_path / "run")
    run = load_run(tmp_path / "run")
    error = np.linalg.norm(X - run.codes @ run.parts) / np.linalg.norm(X)
    assert facts["relative_error"] == pytest.approx(error, rel=1e-6)
    assert 0 < error < 1
