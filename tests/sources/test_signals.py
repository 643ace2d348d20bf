"""The three signals: how they are made, that NMF finds them and PCA does not, and what makes the answer unique."""

import numpy as np
import pytest
from scipy.signal import sawtooth
from sklearn.decomposition import PCA

from partwise import NMF, open_source
from partwise.plots.recovered import pair_sources
from partwise.sources import SourceError, make_signals

TOL, MAX_ITER = 1e-6, 5000  # at the default of 1e-4 the sources are still mixed: 0.95


@pytest.fixture(scope="module")
def signals():
    return make_signals()


def test_the_waves_are_a_sine_a_square_and_a_sawtooth(signals):
    time = signals.time
    clean = np.column_stack([np.sin(2 * time), np.sign(np.sin(3 * time)), sawtooth(2 * np.pi * time)])
    assert (time[0], time[-1], len(time)) == (0, 8, 2000)
    assert signals.sources.min(axis=0).tolist() == [0, 0, 0]
    np.testing.assert_allclose(signals.sources.std(axis=0), 1)
    noise = 0.2 * np.random.RandomState(0).normal(size=(2000, 3))
    raw = clean + noise
    np.testing.assert_allclose(np.diff(signals.sources, axis=0), np.diff(raw / raw.std(axis=0), axis=0), atol=1e-8)


def test_the_sample_is_the_mixtures_and_no_more(signals):
    data = open_source("signals")
    assert (data.kind, data.X.shape, data.labels, data.origin) == ("table", (2000, 100), None, "signals")
    mixing = np.random.RandomState(0).uniform(size=(100, 3))
    np.testing.assert_allclose(data.X, signals.sources @ mixing.T)
    assert (data.names[0], data.names[-1]) == ("0.000 s", "8.000 s")
    assert (data.feature_names[0], data.feature_names[-1]) == ("mixture 1", "mixture 100")
    assert open_source("signals").fingerprint == data.fingerprint
    with pytest.raises(SourceError, match="size is for pictures, got the sample signals"):
        open_source("signals", size=(8, 8))


@pytest.mark.parametrize("start", [{"init": None}, *({"init": "random", "random_state": seed} for seed in range(3))])
def test_nmf_finds_each_source_from_every_start(signals, start):
    model = NMF(3, tol=TOL, max_iter=MAX_ITER, **start)
    codes = model.fit_transform(signals.mixtures)
    assert model.converged_
    order, correlation = pair_sources(signals.sources, codes)
    assert sorted(order) == [0, 1, 2]
    assert correlation.min() > 0.97


def test_pca_does_not(signals):
    _, correlation = pair_sources(signals.sources, PCA(3).fit_transform(signals.mixtures))
    assert np.abs(correlation).max() < 0.9


def test_a_floor_under_a_source_leaves_the_answer_open(signals):
    """Why `make_signals` takes from each its own smallest value: one for all would lift the square wave by about 1."""
    lifted = (signals.sources + np.array([0, 1, 0])) @ signals.mixing.T
    worst = []
    for seed in range(4):
        model = NMF(3, init="random", random_state=seed, tol=1e-5, max_iter=MAX_ITER)
        codes = model.fit_transform(lifted)
        assert np.linalg.norm(lifted - codes @ model.components_) < 2e-3 * np.linalg.norm(lifted)
        worst.append(pair_sources(signals.sources, codes)[1].min())
    assert min(worst) < 0.97
    assert np.ptp(worst) > 0.02, "fits that are all within 0.2 % of exact, and not the same sources"
