"""Codes of sources of another kind than the run's own, and of a single sample."""

import numpy as np
import pytest

from partwise import load_run

from .conftest import album, matrix


@pytest.fixture(params=[(), ("--size", "6x8")], ids=["own size", "size given"])
def run(request, tmp_path, told):
    """A run of pictures with 48 pixels."""
    folder = album(tmp_path / "album", 8)
    told("fit", folder, "-k", 2, "--max-iter", 20, *request.param, "--out", tmp_path / "run")
    return tmp_path / "run"


def test_a_table_of_other_features_is_told_so(run, tmp_path, cli):
    np.save(tmp_path / "x.npy", matrix())
    ended = cli("transform", run, tmp_path / "x.npy", "--out", tmp_path / "c.npy")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: X has 10 features, but NMF is expecting 48 features as input.")


def test_a_table_with_a_column_for_each_pixel_has_codes(run, tmp_path, cli):
    X = matrix(1, 48)
    np.save(tmp_path / "x.npy", X)
    ended = cli("transform", run, tmp_path / "x.npy", "--out", tmp_path / "c.npy")
    assert (ended.code, ended.out) == (0, f"Codes of 1 sample for 2 parts: {tmp_path / 'c.npy'}\n")
    wanted = load_run(run).model.transform(X.astype(np.float32))
    np.testing.assert_array_equal(np.load(tmp_path / "c.npy"), wanted)
