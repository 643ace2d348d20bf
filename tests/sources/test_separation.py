"""Parts back to sound: they add up to the recording whatever the factors, and of a good fit they are the sources."""

import numpy as np
import pytest

from partwise import NMF
from partwise.sources import Recording, separate
from partwise.sources.separation import group_parts, magnitudes

from .sounds import RATE, distortion_ratios, three_notes


@pytest.fixture(scope="module")
def notes():
    return three_notes()


@pytest.fixture(scope="module")
def recording(notes):
    return Recording.from_sound(notes.sum(axis=0), RATE)


def fitted(recording, n_components, loss="kullback-leibler", seed=0):
    model = NMF(n_components, beta_loss=loss, solver="auto", random_state=seed, max_iter=300)
    W = model.fit_transform(recording.X)
    return W, model.components_


def test_the_measure_knows_scale_and_order(notes):
    noise = np.random.default_rng(0).standard_normal(notes.shape)
    noise *= np.linalg.norm(notes, axis=1, keepdims=True) / np.linalg.norm(noise, axis=1, keepdims=True)
    for wanted in (5, 20, 60):
        heard = 2 * (notes + noise * 10 ** (-wanted / 20))[::-1]
        assert distortion_ratios(notes, heard) == pytest.approx([wanted] * 3, abs=1.5)


@pytest.mark.parametrize("loss", ["kullback-leibler", "frobenius"])
def test_notes_that_overlap_come_apart(notes, recording, loss):
    sounds = separate(recording, *fitted(recording, 3, loss))
    assert min(distortion_ratios(notes, sounds)) > 15
    assert np.abs(sounds.sum(axis=0) - recording.sound).max() < 1e-6
    assert max(distortion_ratios(notes, np.tile(recording.sound, (3, 1)))) < 5  # the mixture itself would not do


@pytest.mark.parametrize("seed", [0, 1])
def test_more_parts_than_notes_are_grouped_into_the_notes(notes, recording, seed):
    sounds = separate(recording, *fitted(recording, 6, seed=seed), 3)
    assert sounds.shape == notes.shape
    assert min(distortion_ratios(notes, sounds)) > 15
    assert np.abs(sounds.sum(axis=0) - recording.sound).max() < 1e-6


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1, 1e-30])
def test_any_factors_add_up_to_the_recording(recording, rng, dtype, scale):
    W = (rng.random((recording.n_samples, 5)) * (rng.random((recording.n_samples, 5)) > 0.5) * scale).astype(dtype)
    H = (rng.random((5, recording.n_features)) * (rng.random((5, recording.n_features)) > 0.5)).astype(dtype)
    W[10:20], H[:, 100:200], W[:, 3] = 0, 0, 0  # moments and frequencies where no part sounds, and a dead part
    for n_sources in (None, 1, 2, 5):
        sounds = separate(recording, W, H, n_sources)
        assert len(sounds) == (n_sources or 5)
        assert np.isfinite(sounds).all()
        assert np.abs(sounds.sum(axis=0) - recording.sound).max() < 1e-6


def test_spectrograms_add_up_too(recording, rng):
    W, H = rng.random((recording.n_samples, 3)), rng.random((3, recording.n_features))
    W[5] = 0
    made = list(magnitudes(recording, W, H, [[0], [1, 2]]))
    np.testing.assert_allclose(sum(made), recording.X, rtol=1e-6)
    np.testing.assert_allclose(made[0][8], recording.X[8] * (W[8, 0] * H[0] / (W[8] @ H)), rtol=1e-6)


def test_groups_hold_every_part_once_the_strongest_first(rng):
    W, H = rng.random((50, 7)), rng.random((7, 20))
    for n_sources in range(1, 8):
        groups = group_parts(W, H, n_sources)
        assert len(groups) == n_sources
        assert sorted(part for group in groups for part in group) == list(range(7))
        energy = [sum((np.outer(W[:, part], H[part]) ** 2).sum() for part in group) for group in groups]
        assert energy == sorted(energy, reverse=True)
    assert group_parts(W, H) == [[part] for part in range(7)]
    assert group_parts(W[:, :1], H[:1], 1) == [[0]]


def test_parts_that_sound_alike_and_together_are_one_group():
    W, H = np.eye(4)[[0, 0, 1, 1, 2, 3]], np.eye(4)
    H[1] = H[0]  # the same spectrum at other times
    W[:, 3] = W[:, 2]  # another spectrum at the same times
    assert sorted(group_parts(W, H, 2)) == [[0, 1], [2, 3]]


@pytest.mark.parametrize("n_sources", [0, 4, 2.0, "two"])
def test_a_number_of_sources_that_cannot_be_is_refused(recording, rng, n_sources):
    W, H = rng.random((recording.n_samples, 3)), rng.random((3, recording.n_features))
    with pytest.raises(ValueError, match=r"^n_sources must be a whole number from 1 to 3, the number of parts, got "):
        separate(recording, W, H, n_sources)


def test_factors_of_something_else_are_refused(recording, rng):
    W, H = rng.random((recording.n_samples, 3)), rng.random((3, recording.n_features))
    for wrong in ((W[1:], H), (W, H[:, 1:]), (W[:, 1:], H), (W[0], H)):
        with pytest.raises(ValueError, match=r"^separate wants W \(97, n_components\) and H \(n_components, 1025\) of"):
            separate(recording, *wrong)
    for wrong in ((-W, H), (W * np.nan, H)):
        with pytest.raises(ValueError, match=r"^separate wants W and H without negative or missing values"):
            separate(recording, *wrong)
