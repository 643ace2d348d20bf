"""Figures of sounds: peaks are named for what they are, loudness is in decibels, and no words overlap."""

import numpy as np
import pytest
from looking import images, overlaps, saved, words

from partwise import plots
from partwise.pitch import hertz, note, peaks_of, spoken
from partwise.plots.log_axis import LogAxis, pooled_frames

RATE, WINDOW = 16_000, 2048
FREQUENCIES = np.arange(WINDOW // 2 + 1) * RATE / WINDOW


def tone(*partials):
    """The spectrum of steady tones, (frequency, amplitude) each, under a Hann window."""
    time = np.arange(WINDOW) / RATE
    sound = sum(amplitude * np.sin(2 * np.pi * frequency * time) for frequency, amplitude in partials)
    return np.abs(np.fft.rfft(sound * np.hanning(WINDOW)))


def factors(k=3, frames=60, dead=None, seed=0):
    rng = np.random.default_rng(seed)
    H = np.stack([tone((110 * 2**i, 1), (330 * 2**i, 0.5)) for i in rng.integers(0, 5, k)])
    W = rng.random((frames, k))
    if dead is not None:
        H[dead], W[:, dead] = 0, 0
    return W, H, np.arange(frames) * 0.032


def test_peaks_are_found_between_the_bins():
    for frequency in (200.0, 443.0, 1001.5, 6003.0):
        found = peaks_of(tone((frequency, 1), (frequency * 1.2, 0.3)), FREQUENCIES)
        assert [peak.frequency for peak in found] == pytest.approx([frequency, frequency * 1.2], abs=0.5)
        assert found[0].height > found[1].height
    assert peaks_of(0 * FREQUENCIES, FREQUENCIES) == []
    assert peaks_of(np.ones_like(FREQUENCIES), FREQUENCIES) == []
    assert len(peaks_of(tone(*((300 * k, 1) for k in range(1, 8))), FREQUENCIES, most=3)) == 3


@pytest.mark.parametrize(
    ("frequency", "name"), [(440, "A4"), (261.63, "C4"), (277.18, "C♯4"), (82.41, "E2"), (27.5, "A0"), (4186, "C8")]
)
def test_notes_have_their_names(frequency, name):
    for off in (0.98, 1, 1.02):  # a third of a semitone
        assert note(frequency * off, 1) == name
    assert note(frequency, frequency / 4) == ""  # bins as wide as three semitones


def test_frequencies_are_written_as_they_are_said():
    assert [hertz(value) for value in (50, 98.22, 440.3, 999.4, 999.6, 1320, 22_050)] == [
        "50 Hz", "98.2 Hz", "440 Hz", "999 Hz", "1 kHz", "1.32 kHz", "22.1 kHz",
    ]  # fmt: skip
    assert spoken(peaks_of(tone((440, 1)), FREQUENCIES), RATE / WINDOW) == "A4, 440 Hz"
    assert spoken([], 1) == "no tone stands out"


def test_a_log_axis_ends_where_the_sound_does():
    loudest = np.where(FREQUENCIES <= 2000, 1.0, 1e-6)
    axis = LogAxis(FREQUENCIES, loudest, 1e-3)
    assert (axis.low, axis.high) == (pytest.approx(46.875), 2000)
    assert (axis.place(axis.low), axis.place(axis.high)) == (0, 1)
    assert axis.place(np.sqrt(axis.low * axis.high)) == pytest.approx(0.5)
    assert [words for _, words in axis.ticks()][:3] == ["50 Hz", "100 Hz", "200 Hz"]
    assert all(axis.low <= value <= axis.high for value, _ in axis.ticks())


def test_a_picture_keeps_thin_lines_and_short_beats():
    magnitudes = np.zeros((1000, len(FREQUENCIES)))
    magnitudes[:, 640] = 1  # 5 kHz
    magnitudes[503] = 2
    axis = LogAxis(FREQUENCIES, np.ones_like(FREQUENCIES), 1e-3)
    picture = axis.picture(magnitudes, 80, 100)
    assert picture.shape == (80, 100)
    row = 79 - int(80 * axis.place(5000))
    assert (np.delete(picture[row], 50) == 1).all()
    assert (picture[:, 50] == 2).all()
    assert (np.delete(np.delete(picture, row, 0), 50, 1) == 0).all()
    assert pooled_frames(np.arange(7), 3).max() == 6


def test_points_of_a_spectrum_are_its_loudest_bins():
    spectrum = np.random.default_rng(0).random(len(FREQUENCIES))
    axis = LogAxis(FREQUENCIES, spectrum, 1e-3)
    places, values = axis.points(spectrum, 50)
    assert len(places) <= 50
    assert (np.diff(places) > 0).all()
    assert values.max() == spectrum[axis.first : axis.last + 1].max()


@pytest.mark.parametrize("sizes", [{}, {"k": 1}, {"frames": 1}, {"k": 1, "dead": 0}, {"dead": 1}, {"k": 12}], ids=str)
def test_spectra_are_drawn_without_overlap(sizes):
    W, H, times = factors(**sizes)
    figure = plots.spectra_gallery(H, FREQUENCIES, W, times)
    assert saved(figure).startswith(b"\x89PNG")
    assert overlaps(figure) == []
    assert f"Part {len(H)}" in words(figure)
    assert ("dead" in words(figure)) == ("dead" in sizes)


def test_spectra_say_tone_note_and_share():
    W, H, times = factors(2)
    H[0], H[1] = tone((440, 1)), tone((330, 1), (660, 0.6))
    said = words(plots.spectra_gallery(H, FREQUENCIES, W, times, names=["voice", None], share=[0.6, 0.4]))
    assert {"voice", "Part 2", "A4, 440 Hz", "E4, 330 Hz", "A4", "E4", "E5", "60.0\u202f% of the sound"} <= set(said)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 7])
def test_spectrograms_are_drawn_without_overlap(count):
    W, H, times = factors(max(count, 1))
    sources = [np.outer(W[:, index], H[index]) for index in range(count)]
    figure = plots.spectrograms(W @ H, iter(sources), FREQUENCIES, times, asides=["A4, 440 Hz"] * count)
    assert saved(figure).startswith(b"\x89PNG")
    assert overlaps(figure) == []
    assert len(images(figure)) == count + 2  # and the mixture, and the colour bar


def test_spectrograms_have_one_scale_of_decibels():
    W, H, times = factors(2)
    mixture = np.ones_like(W @ H)
    figure = plots.spectrograms(mixture, [mixture / 10, 0 * mixture], FREQUENCIES, times)
    shown = [image.get_array() for image in images(figure)]
    assert {round(float(array.mean()), 3) for array in shown if array.shape[0] > 1} == {1.0, round(1 - 20 / 70, 3), 0.0}
    assert all(image.get_clim() == (0, 1) for image in images(figure))


def test_a_short_or_silent_sound_is_drawn():
    W, H, times = factors(1, frames=1)
    for mixture in (W @ H, 0 * (W @ H)):
        figure = plots.spectrograms(mixture, [mixture], FREQUENCIES, times, title="")
        saved(figure)
        assert overlaps(figure) == []


def test_what_does_not_fit_is_refused():
    W, H, times = factors(2)
    X = W @ H
    with pytest.raises(ValueError, match=r"^spectra_gallery needs H \(n_components, n_frequencies >= 4\)"):
        plots.spectra_gallery(H[:, 1:], FREQUENCIES, W, times)
    with pytest.raises(ValueError, match=r"^spectra_gallery needs W of shape \(60, 2\), got \(59, 2\)"):
        plots.spectra_gallery(H, FREQUENCIES, W[1:], times)
    with pytest.raises(ValueError, match=r"^spectrograms needs a mixture of shape"):
        plots.spectrograms(X[1:], [X], FREQUENCIES, times)
    with pytest.raises(ValueError, match=r"^spectrograms needs sources of shape"):
        plots.spectrograms(X, [X[1:]], FREQUENCIES, times)
    for option in ("names", "asides"):
        with pytest.raises(ValueError, match=rf"^{option} needs one a source \(1\), got 2"):
            plots.spectrograms(X, [X], FREQUENCIES, times, **{option: ["a", "b"]})
