"""A recording and its spectrogram: what a row and a column are, and the way back to sound."""

import json

import numpy as np
import pytest

from partwise.sources import Recording, SourceError

from .sounds import RATE, three_notes


@pytest.fixture(scope="module")
def recording():
    return Recording.from_sound(three_notes().sum(axis=0), RATE)


def test_rows_are_moments_and_columns_frequencies(recording):
    assert (recording.kind, recording.X.dtype, recording.sound.dtype) == ("spectrogram", np.float32, np.float32)
    assert (recording.window, recording.hop, recording.seconds) == (2048, 512, 3.0)
    assert recording.X.shape == (len(recording.times), len(recording.frequencies)) == (97, 1025)
    assert len(recording.names) == len(recording.times)
    assert recording.names[10] == f"{recording.times[10]:.3f} s"
    assert recording.feature_names[28] == f"{28 * RATE / 2048:.1f} Hz" == "218.8 Hz"
    assert json.loads(json.dumps(recording.memory()))["window"] == 2048


@pytest.mark.parametrize(
    ("rate", "window"), [(8000, 1024), (16_000, 2048), (44_100, 4096), (48_000, 4096), (96_000, 8192)]
)
def test_the_window_suits_the_rate(rate, window):
    assert Recording.from_sound(np.ones(rate), rate).window == window


def test_a_tone_is_where_and_when_it_should_be():
    time = np.arange(2 * RATE) / RATE
    recording = Recording.from_sound(0.5 * np.sin(2 * np.pi * 1000 * time) * (time >= 1), RATE)
    heard = recording.X.max(axis=0)
    assert recording.frequencies[heard.argmax()] == 1000
    assert heard.max() == pytest.approx(0.25, rel=1e-3)  # half the amplitude
    assert recording.X[recording.times < 0.9].max() < 1e-6 * heard.max()
    assert recording.X[(recording.times > 1.1) & (recording.times < 1.9)].max(axis=1).min() > 0.1


@pytest.mark.parametrize(("window", "hop"), [(2048, 512), (2048, 1024), (1000, 300), (257, 64), (16, 1), (4000, 999)])
def test_sound_comes_back_from_its_frames(window, hop):
    sound = np.random.default_rng(0).uniform(-1, 1, 5003)
    recording = Recording.from_sound(sound, 8000, window=window, hop=hop)
    back = recording.sound_of(lambda rows: np.ones((rows.stop - rows.start, recording.n_features)))
    assert back.dtype == np.float32
    np.testing.assert_allclose(back, sound, atol=1e-7)


def test_blocks_do_not_show(recording, monkeypatch):
    def masked(it):
        return it.sound_of(lambda rows: np.linspace(0, 1, it.n_samples)[rows, None])

    whole = masked(recording)
    monkeypatch.setattr("partwise.sources.recordings.BLOCK_BYTES", 16 * recording.n_features * 7)
    again = Recording.from_sound(recording.sound, RATE)
    np.testing.assert_array_equal(again.X, recording.X)
    np.testing.assert_allclose(masked(again), whole, atol=1e-7)


def test_whole_numbers_have_their_own_full_scale():
    sound = np.random.default_rng(0).integers(-(2**15), 2**15, 4000).astype(np.int16)
    np.testing.assert_allclose(Recording.from_sound(sound, 8000).sound, sound / 2**15, rtol=1e-6)


def test_progress_ends_at_the_end(monkeypatch):
    monkeypatch.setattr("partwise.sources.recordings.BLOCK_BYTES", 1 << 16)
    told = []
    recording = Recording.from_sound(np.ones(8000), 8000, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (recording.n_samples, recording.n_samples)
    assert len(told) > 2


SOUND = np.ones(4096)


@pytest.mark.parametrize(
    ("sound", "settings", "message"),
    [
        (np.ones((2, 4096)), {}, r"^A sound needs one channel .*, got float64 of shape \(2, 4096\)\.$"),
        (np.ones(4096, dtype=complex), {}, "^A sound needs one channel .*, got complex128 of shape"),
        (
            SOUND[:1],
            {},
            r"^array has 1 sample \(0\.000125 s\), fewer than one window of 1,024\. Try a smaller --window",
        ),
        (0 * SOUND, {}, "^array is silent: the mean of its channels is 0 at all of its 4,096 samples"),
        (SOUND * np.nan, {}, r"^array contains NaN: 4,096 of 4,096 samples, first at 0\.000 s\. Save it again"),
        (SOUND * 1e300, {}, "^array contains infinity or a value too large: 4,096 of 4,096 samples"),
        (SOUND, {"window": 15}, "^window must be a whole number of samples, at least 16, got 15"),
        (SOUND, {"window": 64.0}, r"^window must be a whole number of samples, at least 16, got 64\.0"),
        (SOUND, {"hop": 0}, "^hop must be a whole number from 1 to 512, half the window, got 0"),
        (SOUND, {"window": 100, "hop": 51}, "^hop must be a whole number from 1 to 50, half the window, got 51"),
        (SOUND, {"rate": 0}, "^rate must be above 0"),
    ],
)
def test_what_is_no_sound_is_told(sound, settings, message):
    with pytest.raises(SourceError, match=message):
        Recording.from_sound(sound, **{"rate": 8000} | settings)


def test_a_spectrogram_that_cannot_fit_is_refused_before_it_is_made(monkeypatch):
    monkeypatch.setattr("partwise.sources.recordings.machine_memory", lambda: 1e6)
    with pytest.raises(SourceError, match=r"needs 0\.0 GB of memory, this machine has 0\.0 GB\. Try --max-seconds"):
        Recording.from_sound(np.ones(600_000), 8000)
