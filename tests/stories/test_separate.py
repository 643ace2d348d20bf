"""A recording goes in, its parts come out as sounds; whatever stands in the way is told in one line."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from partwise import load_run
from partwise.sources import read_recording
from partwise.tasks.fit import Settings, fit
from partwise.views import Learned

from ..sources.sounds import RATE, distortion_ratios, note, three_notes
from .conftest import tree

soundfile = pytest.importorskip("soundfile", reason="recordings are read with the audio extra")


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A recording of three notes and its run of six parts."""
    home = tmp_path_factory.mktemp("mixed")
    soundfile.write(home / "mix.wav", three_notes().sum(axis=0), RATE, subtype="FLOAT")
    settings = {"random_state": 0, "beta_loss": "kullback-leibler", "solver": "newton", "max_iter": 300}
    fit(home / "mix.wav", home / "run", Settings(6, settings))
    return home


@pytest.fixture
def home(mixed, tmp_path):
    """The same, to be changed; the run knows its source by its first place."""
    shutil.copytree(mixed / "run", tmp_path / "run")
    return tmp_path


def test_a_recording_is_taken_apart_and_adds_up(mixed, tmp_path, told):
    made = told("separate", mixed / "run", "--out", tmp_path / "sounds", "--sources", 3)
    paths = [one["path"] for one in made["sources"]]
    assert paths == [str(tmp_path / "sounds" / f"source-{number}.wav") for number in (1, 2, 3)]
    assert sorted(part for one in made["sources"] for part in one["parts"]) == [1, 2, 3, 4, 5, 6]
    assert sum(one["energy"] for one in made["sources"]) == pytest.approx(1)
    read = [soundfile.read(path) for path in paths]
    assert [rate for _, rate in read] == [RATE] * 3
    sounds = np.stack([sound for sound, _ in read])
    assert min(distortion_ratios(three_notes(), sounds)) > 10
    mixture, _ = soundfile.read(mixed / "mix.wav")
    assert np.abs(sounds.sum(axis=0) - mixture).max() < 1e-6
    assert made["difference"] < 1e-6
    assert [one["peak"] for one in made["sources"]] == pytest.approx(np.abs(sounds).max(axis=1), rel=1e-6)
    assert (tmp_path / "sounds" / "spectrograms.png").read_bytes().startswith(b"\x89PNG")
    assert soundfile.info(paths[0]).subtype == "FLOAT"


def test_every_part_is_a_sound_unless_asked_otherwise(mixed, tmp_path, cli):
    ended = cli("separate", mixed / "run", "--out", tmp_path / "sounds")
    assert (ended.code, ended.err) == (0, "")
    assert len(ended.out.splitlines()) == 8
    assert ended.out.splitlines()[0].startswith(f"{tmp_path / 'sounds' / 'part-1.wav'}: part 1, ")
    assert "6 sounds of 3.0 s; together they are the recording to " in ended.out
    assert {path.name for path in (tmp_path / "sounds").iterdir()} == {
        *(f"part-{number}.wav" for number in range(1, 7)),
        "spectrograms.png",
    }


def test_force_replaces_sounds_and_nothing_else(mixed, tmp_path, cli, told):
    out = tmp_path / "sounds"
    told("separate", mixed / "run", "--out", out)
    before = tree(out)
    ended = cli("separate", mixed / "run", "--out", out, "--sources", 2)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (f"error: {out} exists already. Choose another --out, or overwrite its sounds with --force.\n")
    assert tree(out) == before
    told("separate", mixed / "run", "--out", out, "--sources", 2, "--force")
    assert set(tree(out)) == {"source-1.wav", "source-2.wav", "spectrograms.png"}
    (out / "letter.txt").write_text("dear")
    before = tree(out)
    ended = cli("separate", mixed / "run", "--out", out, "--force")
    assert (ended.code, len(ended.err.splitlines())) == (2, 1)
    assert "holds more than separated sounds, and --force overwrites nothing else" in ended.err
    assert tree(out) == before


def test_a_recording_that_has_changed_is_refused(tmp_path, cli):
    soundfile.write(tmp_path / "mix.wav", note(440, 0, 1, total=1), RATE)
    fit(tmp_path / "mix.wav", tmp_path / "run", Settings(2, {"random_state": 0, "max_iter": 20}))
    soundfile.write(tmp_path / "mix.wav", note(550, 0, 1, total=1), RATE)
    ended = cli("separate", tmp_path / "run", "--out", tmp_path / "sounds")
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert f"{tmp_path / 'mix.wav'} has changed since the fit" in ended.err
    (tmp_path / "mix.wav").unlink()
    ended = cli("separate", tmp_path / "run", "--out", tmp_path / "sounds")
    assert ended.code == 2
    assert ended.err == f"error: File not found: {tmp_path / 'mix.wav'}\n"
    assert not (tmp_path / "sounds").exists()


def test_only_recordings_are_taken_apart(saved_run, mixed, tmp_path, cli):
    ended = cli("separate", saved_run, "--out", tmp_path / "sounds")
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert ended.err.startswith("error: separate wants a run of a recording, and ")
    for number in (0, 7):
        ended = cli("separate", mixed / "run", "--out", tmp_path / "sounds", "--sources", number)
        assert (ended.code, len(ended.err.splitlines())) == (2, 1)
        assert f"from 1 to 6, the number of parts, got {number}." in ended.err
    ended = cli("separate", mixed / "run", "--out", mixed / "mix.wav")
    wanted = "is a file, and a place for sounds is a folder. Choose another --out."
    assert ended.err == f"error: {mixed / 'mix.wav'} {wanted}\n"
    assert not (tmp_path / "sounds").exists()


def test_sounds_beyond_full_scale_are_whole_and_noted(tmp_path, told):
    soundfile.write(tmp_path / "loud.wav", 5 * note(440, 0, 1, total=1), RATE, subtype="FLOAT")
    fit(tmp_path / "loud.wav", tmp_path / "run", Settings(1, {"random_state": 0}))
    made = told("separate", tmp_path / "run", "--out", tmp_path / "sounds")
    sound, _ = soundfile.read(made["sources"][0]["path"])
    assert np.abs(sound).max() == pytest.approx(made["sources"][0]["peak"])
    assert np.abs(sound).max() > 1
    assert made["notes"] == [
        f"1 sound beyond full scale (up to {made['sources'][0]['peak']:.2f}; first part-1.wav): whole in the file, "
        "but a player may clip. Lower all by the same gain to hear them together."
    ]


def test_the_report_of_a_recording_shows_spectra_and_spectrograms(mixed, home, told, cli):
    made = told("look", home / "run")
    names = [path.rpartition("/")[2] for path in made["figures"]]
    assert names == ["parts.png", "spectrograms.png", "usage.png", "convergence.png", "clustermap.png"]
    report = (home / "run" / "report.html").read_text(encoding="utf-8")
    assert "97 moments of 1,025 frequencies up to 8 kHz" in report
    assert "A3, 220 Hz" in report
    ended = cli("info", home / "run")
    assert "part 1: 220 Hz A3, 440 Hz A4, " in ended.out
    assert json.loads((home / "run" / "run.json").read_text())["memory"] == {
        "rate": RATE,
        "window": 2048,
        "hop": 512,
        "start": -0.032,
    }


def test_parts_that_subtract_hold_no_share(mixed):
    run, data = load_run(mixed / "run"), read_recording(mixed / "mix.wav")
    learned = Learned(run.parts, run.codes, run.names)
    assert len(run.view.examples(learned, data)) == 1
    assert run.view.examples(replace(learned, codes=-run.codes), data) == []


def test_frames_are_as_asked_for_and_the_same_for_other_recordings(tmp_path, told, cli):
    soundfile.write(tmp_path / "a.wav", note(440, 0, 1, total=1), RATE)
    soundfile.write(tmp_path / "b.wav", note(550, 0, 1, total=1), RATE)
    soundfile.write(tmp_path / "other.wav", note(550, 0, 1, total=1), 2 * RATE)
    asked = ["--window", 512, "--hop", 200, "--max-seconds", 0.5, "--max-iter", 20]
    facts = told("fit", tmp_path / "a.wav", "-k", 2, "--out", tmp_path / "run", *asked)
    assert facts["n_features"] == 257
    assert facts["n_samples"] == pytest.approx(8000 / 200, abs=4)
    codes = told("transform", tmp_path / "run", tmp_path / "b.wav", "--out", tmp_path / "codes.npy")
    assert codes["n_samples"] == facts["n_samples"]
    ended = cli("transform", tmp_path / "run", tmp_path / "other.wav", "--out", tmp_path / "c.npy")
    assert (ended.code, len(ended.err.splitlines())) == (2, 1)
    assert "The parts are of 16,000 samples a second, and " in ended.err
    np.save(tmp_path / "x.npy", np.ones((3, 257), dtype=np.float32))
    assert told("transform", tmp_path / "run", tmp_path / "x.npy", "--out", tmp_path / "c.npy")["n_samples"] == 3


@pytest.mark.slow
def test_a_piece_of_music_is_taken_apart(shared_data, tmp_path, told):
    piece = shared_data / "audio" / "Kevin_MacLeod_-_Vibe_Ace.ogg"
    facts = told("fit", piece, "-k", 8, "--loss", "kullback-leibler", "--out", tmp_path / "run")
    assert facts["converged"]
    made = told("separate", tmp_path / "run", "--out", tmp_path / "sounds", "--sources", 4)
    mixture, _ = soundfile.read(piece)
    sounds = [soundfile.read(one["path"])[0] for one in made["sources"]]
    assert np.abs(sum(sounds) - mixture.mean(axis=1)).max() < 1e-6
