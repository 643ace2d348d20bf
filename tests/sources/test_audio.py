"""Sound files: what is read, what is noted, and what each wrong file is told."""

import sys

import numpy as np
import pytest

from partwise.sources import Recording, SourceError, kind_of, open_source, read_recording

from .sounds import RATE, note

soundfile = pytest.importorskip("soundfile", reason="recordings are read with the audio extra")

TONE = note(440, 0, 1.0, total=1.0)


def written(path, sound=TONE, **settings):
    soundfile.write(path, sound, RATE, **settings)
    return path


@pytest.mark.parametrize(
    ("name", "settings", "rounding"),
    [
        ("x.wav", {"subtype": "FLOAT"}, 1e-7),
        ("x.wav", {"subtype": "DOUBLE"}, 1e-7),
        ("x.wav", {"subtype": "PCM_16"}, 2**-15),
        ("x.wav", {"subtype": "PCM_24"}, 2**-22),
        ("x.wav", {"subtype": "PCM_U8"}, 2**-7),
        ("x.flac", {}, 2**-15),
        ("x.aiff", {}, 2**-15),
        ("x.ogg", {}, 0.1),
    ],
)
def test_formats(tmp_path, name, settings, rounding):
    recording = open_source(written(tmp_path / name, **settings))
    assert isinstance(recording, Recording)
    assert (recording.kind, recording.rate, recording.notes) == ("spectrogram", RATE, ())
    assert len(recording.sound) == len(TONE)
    np.testing.assert_allclose(recording.sound, TONE, atol=rounding)
    assert recording.origin == str(tmp_path / name)


def test_the_content_tells_the_format(tmp_path):
    written(tmp_path / "x.wav").rename(tmp_path / "x.flac")
    assert kind_of(tmp_path / "x.flac") == "recording"
    assert len(open_source(tmp_path / "x.flac").sound) == len(TONE)


def test_channels_become_their_mean(tmp_path):
    path = written(tmp_path / "x.wav", np.stack([TONE, 0 * TONE], axis=1), subtype="FLOAT")
    recording = read_recording(path)
    np.testing.assert_allclose(recording.sound, TONE / 2, atol=1e-7)
    assert recording.notes == ("x.wav has 2 channels: they are mixed to one, their mean.",)


def test_a_long_recording_is_read_to_its_limit(tmp_path, monkeypatch):
    path = written(tmp_path / "x.wav", subtype="FLOAT")
    recording = read_recording(path, max_seconds=0.5)
    assert recording.seconds == 0.5
    assert recording.notes == ("Only the first 0.5 of 1.0 s of x.wav are read; another limit with --max-seconds.",)
    monkeypatch.setattr("partwise.sources.audio.MAX_SECONDS", 0.25)
    assert read_recording(path).seconds == 0.25
    assert read_recording(path, max_seconds=np.inf).seconds == 1


def test_blocks_are_put_together(tmp_path, monkeypatch):
    path = written(tmp_path / "x.wav", subtype="FLOAT")
    monkeypatch.setattr("partwise.sources.audio.BLOCK", 1000)
    np.testing.assert_allclose(read_recording(path).sound, TONE, atol=1e-7)


@pytest.mark.parametrize("name", ["x.wav", "x.ogg"])
def test_a_file_that_is_cut_off_is_noted(tmp_path, name):
    path = written(tmp_path / name, np.tile(TONE, 8))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "is cut off" in read_recording(path).notes[0]


def test_a_damaged_flac_is_refused(tmp_path, rng):
    path = written(tmp_path / "x.flac", rng.uniform(-1, 1, 8 * RATE))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(SourceError, match=r"^x\.flac is damaged"):
        read_recording(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.wav", b"", r"^x\.wav: empty file\.$"),
        ("x.wav", b"\x89PNG\r\n\x1a\n" + bytes(100), r"^x\.wav is damaged or no recording \(.*looks like: PNG\)"),
        ("x.mp3", b"hello\n" * 50, r"^x\.mp3 is damaged or no recording \(.*looks like: text\)"),
        ("x.wav", b"RIFF\x00\x00\x00\x00WAVEfmt ", r"^x\.wav is damaged or no recording \(.*looks like: WAV\)"),
    ],
)
def test_files_that_are_no_recordings(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=message):
        read_recording(tmp_path / name)


def test_odd_names_and_places(tmp_path):
    with pytest.raises(SourceError, match=r"^File not found: .*none\.wav$"):
        open_source(tmp_path / "none.wav")
    path = written(tmp_path / "x.wav").rename(tmp_path / "a\nb.wav")
    assert read_recording(path).origin.endswith("a\\x0ab.wav")


def test_options_that_do_not_fit_are_refused(tmp_path):
    path = written(tmp_path / "x.wav")
    np.save(tmp_path / "x.npy", np.ones((2, 2)))
    with pytest.raises(SourceError, match=r"^size is for pictures, got the recording x\.wav\. Leave it out\.$"):
        open_source(path, size=(8, 8))
    for option in ("window", "hop", "max_seconds"):
        with pytest.raises(SourceError, match=rf"^{option} is for recordings, got the table x\.npy\. Leave it out\.$"):
            open_source(tmp_path / "x.npy", **{option: 64})
        with pytest.raises(SourceError, match=rf"^{option} is for recordings, got the sample digits\. Leave it out\.$"):
            open_source("digits", **{option: 64})


def test_without_soundfile_the_remedy_is_told(tmp_path, monkeypatch):
    path = written(tmp_path / "x.wav")
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(SourceError, match=r'Try: pip install "partwise\[audio\]"\.$'):
        read_recording(path)


def test_a_piece_of_music(shared_data):
    recording = read_recording(shared_data / "audio" / "Kevin_MacLeod_-_Vibe_Ace.ogg", max_seconds=20)
    assert (recording.rate, recording.window, recording.seconds) == (44_100, 4096, 20)
    assert np.abs(recording.sound).max() < 1
    assert len(recording.notes) == 2
