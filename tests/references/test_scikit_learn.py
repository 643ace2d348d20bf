"""Beside scikit-learn: the same signature and messages, and never a worse answer."""

import inspect
import warnings

import numpy as np
import pytest
import scipy.sparse
import sklearn.decomposition as theirs
from sklearn.datasets import load_digits

import partwise
from partwise.inits import INITS
from partwise.sources import load_sample

NEW_PARAMETERS = {"callback", "n_init", "missing", "checkpoint", "checkpoint_every", "resume", "memory", "device"}


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_every_parameter_of_theirs_is_ours_with_the_same_default():
    ours = inspect.signature(partwise.NMF).parameters
    for name, parameter in inspect.signature(theirs.NMF).parameters.items():
        assert ours[name].default == parameter.default, name
        assert ours[name].kind == parameter.kind, name
    assert set(ours) - set(inspect.signature(theirs.NMF).parameters) == NEW_PARAMETERS


def test_every_parameter_of_their_mini_batches_is_ours_with_the_same_default():
    ours = inspect.signature(partwise.MiniBatchNMF).parameters
    for name, parameter in inspect.signature(theirs.MiniBatchNMF).parameters.items():
        assert ours[name].default == parameter.default, name
        assert ours[name].kind == parameter.kind, name
    assert set(ours) - set(inspect.signature(theirs.MiniBatchNMF).parameters) == {"callback"}
    X = load_digits().data
    them, us = (cls(4, random_state=0, max_iter=2).fit(X) for cls in (theirs.MiniBatchNMF, partwise.MiniBatchNMF))
    public = {name for name in dir(them) if not name.startswith("_")}
    assert public - set(dir(us)) == set()


@pytest.mark.parametrize("beta", [2, 1])
def test_mini_batches_of_digits_are_rebuilt_no_worse(beta):
    X = load_digits().data / 16
    settings = {"n_components": 10, "beta_loss": beta, "max_iter": 40, "random_state": 0, "batch_size": 300}
    them, us = (cls(**settings).fit(X) for cls in (theirs.MiniBatchNMF, partwise.MiniBatchNMF))
    assert us.reconstruction_err_ <= them.reconstruction_err_ * 1.0005


def test_the_function_has_their_signature():
    ours = inspect.signature(partwise.non_negative_factorization).parameters
    wanted = inspect.signature(theirs.non_negative_factorization).parameters
    assert {n: p.default for n, p in ours.items()} == {n: p.default for n, p in wanted.items()}


def test_every_public_attribute_and_method_of_theirs_is_ours():
    X = load_digits().data
    them, us = (cls(4, random_state=0, max_iter=5).fit(X) for cls in (theirs.NMF, partwise.NMF))
    public = {name for name in dir(them) if not name.startswith("_")}
    # metadata routing of `fit(**params)` is theirs alone
    assert public - set(dir(us)) == set()


@pytest.mark.parametrize(
    "settings",
    [
        {"n_components": 0},
        {"n_components": 2.5},
        {"init": "nonsense"},
        {"solver": "nonsense"},
        {"tol": -1},
        {"max_iter": 0},
        {"alpha_W": -1},
        {"l1_ratio": 2},
        {"beta_loss": "nonsense"},
        {"n_components": 100, "init": "nndsvd"},
        {"beta_loss": 1},
        {"solver": "mu", "beta_loss": 0},
    ],
    ids=str,
)
def test_wrong_settings_are_refused_with_their_leading_words(settings):
    X = np.random.default_rng(0).random((20, 10))
    X[0, 0] = 0
    with pytest.raises(ValueError, match=r"\w") as their_words:
        theirs.NMF(**{"n_components": 3, **settings}).fit(X)
    with pytest.raises(ValueError, match=r"\w") as our_words:
        partwise.NMF(**{"n_components": 3, **settings}).fit(X)
    assert str(our_words.value).split()[:4] == str(their_words.value).split()[:4]


@pytest.mark.parametrize("k", [5, 10, 30])
def test_digits_are_rebuilt_no_worse_at_default_settings(k):
    X = load_digits().data / 16
    them, us = (cls(k, random_state=0).fit(X) for cls in (theirs.NMF, partwise.NMF))
    assert us.reconstruction_err_ <= them.reconstruction_err_ * 1.001


def test_multiplicative_updates_stop_no_earlier_than_theirs():
    X = scipy.sparse.random_array((500, 300), density=0.02, rng=0, format="csr")
    settings = {"solver": "mu", "beta_loss": 1, "random_state": 0}
    them, us = (cls(10, **settings).fit(X) for cls in (theirs.NMF, partwise.NMF))
    assert us.reconstruction_err_ <= them.reconstruction_err_ * 1.005
    assert us.n_iter_ % 10 == 0


@pytest.mark.parametrize("beta", [1, 0.5, 0, 1.5, 3])
def test_other_divergences_are_no_worse_at_default_settings(beta):
    X = load_digits().data[:600] / 16 + (0.01 if beta <= 0 else 0)
    them = theirs.NMF(8, solver="mu", beta_loss=beta, random_state=0).fit(X)
    us = partwise.NMF(8, solver="auto", beta_loss=beta, random_state=0).fit(X)
    assert us.reconstruction_err_**2 <= them.reconstruction_err_**2 * 1.001


def test_random_sparse_data_are_no_worse_with_kullback_leibler():
    X = scipy.sparse.random_array((500, 300), density=0.02, rng=0, format="csr")
    them = theirs.NMF(10, solver="mu", beta_loss=1, random_state=0).fit(X)
    us = partwise.NMF(10, solver="auto", beta_loss=1, random_state=0).fit(X)
    assert us.reconstruction_err_**2 <= them.reconstruction_err_**2 * 1.001
    assert us.converged_


def test_no_init_leads_to_worse_valleys_on_the_whole():
    X = load_digits().data / 16
    ratios = []
    for init in INITS:
        for k in (5, 10, 30):
            them, us = (cls(k, init=init, random_state=0).fit(X) for cls in (theirs.NMF, partwise.NMF))
            ratios.append(us.reconstruction_err_ / them.reconstruction_err_)
    # a single start may end in another valley, a few per cent up or down; that is luck, a trend would not be
    assert max(ratios) <= 1.05
    assert np.exp(np.mean(np.log(ratios))) <= 1.01


def test_faces_are_rebuilt_no_worse():
    try:
        faces = load_sample("orl").X
    except ValueError as error:
        pytest.skip(str(error))
    small = faces.reshape(400, 112, 92)[:, ::3, ::3].reshape(400, -1)
    them, us = (cls(20, random_state=0).fit(small) for cls in (theirs.NMF, partwise.NMF))
    assert us.reconstruction_err_ <= them.reconstruction_err_ * 1.001


@pytest.mark.parametrize("beta", [2, 1, 0, 0.5, 1.5, 2.5, 3, -0.5, 0.3])
def test_multiplicative_updates_from_the_same_start_take_the_same_path(beta):
    rng = np.random.default_rng(0)
    X, W, H = rng.random((30, 20)) + 0.1, rng.random((30, 3)) + 0.1, rng.random((3, 20)) + 0.1
    settings = {"solver": "mu", "beta_loss": beta, "init": "custom", "tol": 0, "max_iter": 10}
    them = theirs.NMF(3, **settings)
    them.fit_transform(X, W=W.copy(), H=H.copy())
    us = partwise.NMF(3, **settings)
    us.fit_transform(X, W=W, H=H)
    np.testing.assert_allclose(us.components_, them.components_, rtol=1e-6)


@pytest.mark.parametrize("l1_ratio", [0.0, 0.5, 1.0])
def test_penalties_mean_the_same(l1_ratio):
    X = load_digits().data[:300] / 16
    weights = {"alpha_W": 0.002, "alpha_H": 0.001, "l1_ratio": l1_ratio}
    settings = weights | {"init": "random", "random_state": 0, "max_iter": 2000, "tol": 1e-7}

    def objective(model, W):
        H = model.components_
        n, m = X.shape
        norms = (0.002 * m, W), (0.001 * n, H)
        penalty = sum(a * (l1_ratio * F.sum() + 0.5 * (1 - l1_ratio) * np.sum(F**2)) for a, F in norms)
        return 0.5 * np.linalg.norm(X - W @ H) ** 2 + penalty

    them = theirs.NMF(6, **settings)
    their_W = them.fit_transform(X)
    us = partwise.NMF(6, **settings | {"init": "custom"})
    our_W = us.fit_transform(X, W=their_W, H=them.components_)
    # where theirs has come to rest is where ours stays: the same objective, and no pull left
    assert us.history_[0].objective == pytest.approx(objective(them, their_W), rel=1e-9)
    assert us.history_[0].residual < 1e-4
    assert objective(us, our_W) == pytest.approx(us.history_[-1].objective, rel=1e-9)
    assert objective(us, our_W) == pytest.approx(objective(them, their_W), rel=1e-3)
