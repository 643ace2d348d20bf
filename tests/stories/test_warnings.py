"""What is allowed, but not without a word: the warnings of the library and the notes of the command line."""

import json

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from partwise import NMF, open_source

from .conftest import album, matrix, picture


def test_all_zeros_is_a_warning():
    with pytest.warns(UserWarning, match=r"^X is all zeros: the factors are zero\.$"):
        model = NMF(2).fit(np.zeros((5, 4)))
    assert not model.components_.any()
    assert model.kkt_residual_ == 0


def test_all_zeros_on_the_command_line(tmp_path, cli, told):
    np.save(tmp_path / "x.npy", np.zeros((5, 4)))
    ended = cli("fit", tmp_path / "x.npy", "-k", 2, "--out", tmp_path / "run")
    assert (ended.code, ended.err) == (0, "warning: X is all zeros: the factors are zero.\n")
    assert told("info", tmp_path / "run")["relative_error"] == 0


def test_a_matrix_of_rank_one_says_how_many_components_are_empty():
    with pytest.warns(UserWarning, match=r"2 of 3 components are empty \(n_dead_components_=2\)"):
        model = NMF(3, init="nndsvd", random_state=0).fit(np.ones((6, 5)))
    assert model.n_dead_components_ == 2
    np.testing.assert_allclose(model.inverse_transform(model.transform(np.ones((6, 5)))), 1, rtol=1e-6)


@pytest.mark.filterwarnings("ignore:. of 3 components are empty")
def test_components_of_a_constant_matrix_are_called_empty_where_they_hold_nothing():
    # three constant components are an exact answer already: which of them the codes use hangs on rounding
    X = np.ones((6, 5))
    model = NMF(3, random_state=0).fit(X)
    codes = model.transform(X)
    assert model.n_dead_components_ == np.sum(~codes.any(axis=0) | ~model.components_.any(axis=1))
    assert model.n_dead_components_ < 3
    assert model.converged_
    np.testing.assert_allclose(model.inverse_transform(codes), 1, rtol=1e-6)


def test_not_converged_is_a_warning_in_the_library():
    words = r"^Maximum number of iterations 3 reached\. Increase it to improve convergence\. \(KKT residual .* > tol "
    with pytest.warns(ConvergenceWarning, match=words):
        model = NMF(4, max_iter=3, random_state=0).fit(matrix())
    assert not model.converged_


def test_not_converged_is_said_once_on_the_command_line(tmp_path, cli):
    np.save(tmp_path / "x.npy", matrix())
    ended = cli("fit", tmp_path / "x.npy", "-k", 4, "--max-iter", 3, "--out", tmp_path / "run")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.count("Stopped at the limit of 3 iterations, KKT residual ") == 1
    assert "Increase max_iter" in ended.out


def test_mixed_sizes_are_a_note(tmp_path, cli):
    album(tmp_path / "album", 4, 32, 32)
    picture(9, 30, 40).save(tmp_path / "album" / "large.png")
    picture(8, 20, 10).save(tmp_path / "album" / "small.png")
    words = "Images differ in size (min 10x20, max 40x30): resized to 32x32, change with --size."
    assert words in open_source(tmp_path / "album").notes
    ended = cli("fit", tmp_path / "album", "-k", 2, "--out", tmp_path / "run")
    assert (ended.code, ended.err) == (0, f"note: {words}\n")


def huge_range():
    X = matrix()
    X[0] = 1e-300
    X[1] = np.linspace(0.1, 1, 10) * 1e300
    return X


def test_a_huge_range_is_a_warning_and_never_nan():
    with pytest.warns(UserWarning, match=r"^X spans .*; entries below 1e-16 of the maximum are treated as 0\.$"):
        W = NMF(1).fit_transform(huge_range())
    assert np.isfinite(W).all()


def test_a_huge_range_names_its_ends():
    with pytest.warns(UserWarning, match=r"^X spans 1e-300\.\.1e\+300; "):
        NMF(1).fit(huge_range())


def test_a_huge_range_on_the_command_line_gives_finite_figures(tmp_path, cli, told):
    np.save(tmp_path / "x.npy", huge_range())
    ended = cli("fit", tmp_path / "x.npy", "-k", 1, "--out", tmp_path / "run")
    assert ended.code == 0
    first, second = ended.err.splitlines()
    assert first.startswith("warning: X spans ")
    assert second.startswith("warning: 1 weights are beyond single precision")
    facts = told("info", tmp_path / "run")
    assert 0 <= facts["relative_error"] < 1e-3  # all but one row is nothing beside that one
    json.loads((tmp_path / "run" / "run.json").read_text(), parse_constant=lambda word: pytest.fail(word))
