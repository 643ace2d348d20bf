"""Beside the published orthonormal projective NMF: its log on the Olivetti faces, and its program where installed."""

import numpy as np
import pytest
from sklearn.datasets import fetch_olivetti_faces
from sklearn.exceptions import ConvergenceWarning

from partwise import OPNMF


@pytest.fixture(scope="module")
def faces(shared_data):
    home = shared_data / "scikit_learn_data"
    if not (home / "olivetti_py3.pkz").is_file():
        pytest.skip("the Olivetti faces (shared/data/scikit_learn_data/olivetti_py3.pkz) are not here")
    found = fetch_olivetti_faces(
        data_home=home, shuffle=True, random_state=np.random.RandomState(0), download_if_missing=False
    )
    return found.data


def published(orientation):
    return OPNMF(6, solver="multiplicative", init="nndsvd", tol=5e-3, orientation=orientation, random_state=0)


def error(record):
    """What the published log calls obj: ``||X - W W'X||_F``."""
    return np.sqrt(2 * record.objective)


def test_the_published_log_of_faces_as_they_are(faces):
    model = published("samples").fit(faces)
    assert model.n_iter_ == 80
    assert model.history_[0].change == pytest.approx(0.96366, abs=1e-5)
    assert error(model.history_[0]) == pytest.approx(155.628, abs=1e-3)


@pytest.mark.parametrize("transposed", [False, True])
def test_the_published_log_of_transposed_faces(faces, transposed):
    # the orientation saves the user the transposition, and is the same
    model = published("samples").fit(faces.T) if transposed else published("features").fit(faces)
    assert model.n_iter_ == 114
    assert model.history_[0].change == pytest.approx(0.96371, abs=1e-5)
    assert error(model.history_[0]) == pytest.approx(155.670, abs=1e-3)
    assert model.history_[100].change == pytest.approx(0.0053476, abs=1e-6)
    assert error(model.history_[100]) == pytest.approx(146.469, abs=1e-3)


def test_the_published_program_comes_to_the_same_factor(faces):
    their = pytest.importorskip("opnmf.opnmf", reason="opnmf is not installed (pip install opnmf==0.0.2)")
    small = np.ascontiguousarray(faces.reshape(-1, 64, 64)[:, ::4, ::4].reshape(400, -1))
    W = np.random.default_rng(0).random((256, 5)).astype(np.float32)
    theirs, _, _ = their.opnmf(small.T, 5, tol=1e-3, init="custom", init_W=W.copy())
    ours = OPNMF(5, solver="multiplicative", init="custom", tol=1e-3).fit(small, W=W).projection_
    # they order their columns by the same energy
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


@pytest.mark.parametrize("orientation", ["features", "samples"])
def test_the_default_solver_ends_lower_than_the_published_one(faces, orientation):
    small = faces.reshape(-1, 64, 64)[:, ::4, ::4].reshape(400, -1)
    settings = {"init": "nndsvd", "orientation": orientation, "random_state": 0}
    with pytest.warns(ConvergenceWarning):
        slow = OPNMF(6, solver="multiplicative", tol=1e-5, max_iter=5000, **settings).fit(small)
    fast = OPNMF(6, tol=1e-5, **settings).fit(small)
    assert fast.converged_

    def normalised(model):
        W = model.projection_ / np.linalg.norm(model.projection_, 2)
        X = small.T if orientation == "features" else small
        return np.linalg.norm(X - W @ (W.T @ X)), np.linalg.norm(W.T @ W - np.eye(6))

    assert normalised(fast)[0] < normalised(slow)[0]
    assert normalised(fast)[1] < normalised(slow)[1]
    assert fast.n_iter_ < slow.n_iter_ / 5
