"""A run on disk: it comes back bit by bit, and whatever is wrong with a file is noticed before a number is believed."""

import json
import os
import pickle

import numpy as np
import pytest

from partwise import load_run
from partwise.storage import read_tensors, write_json, write_tensors, write_whole
from partwise.tasks.fit import Settings, fit

from .conftest import album, matrix, tree

FILES = ("model.safetensors", "codes.npy", "run.json")


def numbers(run):
    """Everything of a run that a user would believe."""
    return (
        run.parts.dtype.str,
        run.parts.tobytes(),
        run.codes.dtype.str,
        run.codes.tobytes(),
        repr(run.model.get_params()),
        run.facts,
        run.settings,
        run.made_with,
        (run.names, run.labels, run.skipped, run.duplicates, run.notes, run.history, run.feature_names),
    )


def opened(folder):
    """Return (None, the numbers of a run), or (what load_run said, None)."""
    try:
        return None, numbers(load_run(folder))
    except ValueError as error:
        return str(error), None


def test_a_run_comes_back_bit_by_bit(tmp_path):
    for label in ("cats", "dogs"):
        album(tmp_path / "album" / label, count=6)
    (tmp_path / "album" / "notes.txt").write_text("no picture")
    fitted = fit(tmp_path / "album", tmp_path / "run", Settings(3, {"random_state": 0, "max_iter": 500}))
    run = load_run(tmp_path / "run")
    assert numbers(run) == numbers(fitted.run)
    assert run.parts.dtype == run.codes.dtype == np.float32
    assert run.names == fitted.data.names
    assert run.labels == ("cats",) * 6 + ("dogs",) * 6
    assert [str(one) for one in run.skipped] == ["notes.txt: not an image: .txt"]
    assert [one.name for one in run.duplicates] == [f"dogs/good{number}.png" for number in range(6)]
    assert run.history[0].iteration == 0
    assert run.history[-1].iteration == run.facts["n_iter"]
    assert run.history[-1].objective < run.history[0].objective
    assert run.picture(run.parts[0]).shape == run.shape == (6, 8)
    np.testing.assert_allclose(run.model.transform(fitted.data.X), run.codes, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(run.parts, axis=1), 1, rtol=1e-5)


def test_a_table_comes_back_with_its_names(tmp_path):
    table = "\n".join(["name,x,y,z", *(f"row{i},{a},{b},{c}" for i, (a, b, c) in enumerate(matrix(5, 3)))])
    (tmp_path / "x.csv").write_text(table)
    fit(tmp_path / "x.csv", tmp_path / "run", Settings(2, {"random_state": 0, "max_iter": 1000}))
    run = load_run(tmp_path / "run")
    assert run.names == tuple(f"row{i}" for i in range(5))
    assert run.feature_names == ("x", "y", "z")
    assert (run.shape, run.labels, run.parts.dtype) == (None, None, np.float64)
    with pytest.raises(ValueError, match="kind of source 'table', which has no pictures"):
        run.picture(run.parts[0])


def test_settings_of_the_model_come_back(tmp_path):
    np.save(tmp_path / "x.npy", matrix())
    settings = Settings(2, {"solver": "mu", "beta_loss": 1.5, "alpha_W": 1e-4, "l1_ratio": 0.5, "random_state": 3})
    fitted = fit(tmp_path / "x.npy", tmp_path / "run", settings)
    model = load_run(tmp_path / "run").model
    assert {key: model.get_params()[key] for key in settings.model} == settings.model
    np.testing.assert_array_equal(model.transform(matrix()), fitted.run.model.transform(matrix()))


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_is_noticed(run_copy, name):
    """Fifty places in each file: an error in one line, or, where the bit means nothing, the same numbers."""
    good, path = numbers(load_run(run_copy)), run_copy / name
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    places = rng.choice(len(content), size=50, replace=False)
    noticed = 0
    for place, bit in zip(places, rng.integers(0, 8, 50), strict=True):
        damaged = bytearray(content)
        damaged[place] ^= 1 << bit
        path.write_bytes(damaged)
        said, got = opened(run_copy)
        if said is None:
            assert got == good, f"byte {place}, bit {bit}"
            continue
        assert name in said or "newer than this version" in said
        assert "\n" not in said
        noticed += 1
    assert noticed >= 45
    path.write_bytes(content)
    assert numbers(load_run(run_copy)) == good


def test_every_bit_of_the_head_of_a_model_is_noticed(run_copy):
    """The settings that stand there decide what transform returns."""
    path = run_copy / "model.safetensors"
    content = path.read_bytes()
    for place in range(8 + int.from_bytes(content[:8], "little")):
        damaged = bytearray(content)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"^model\.safetensors (is damaged|is a pickle)|^Model format ") as caught:
            load_run(run_copy)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "place", "words"),
    [
        (
            "model.safetensors",
            -1,
            r"^model\.safetensors is damaged: checksum of 'H' differs \(expected [0-9a-f]{8}\.\., "
            r"got [0-9a-f]{8}\.\.\)\. Restore a backup or refit\.$",
        ),
        (
            "codes.npy",
            -1,
            r"^codes\.npy is damaged: its checksum differs \(expected .*\)\. Restore a backup or refit\.$",
        ),
        ("run.json", -3, r"^run\.json is damaged: .* Restore a backup or refit\.$"),
    ],
)
def test_the_words_for_damage(run_copy, name, place, words):
    content = bytearray((run_copy / name).read_bytes())
    content[place] ^= 2
    (run_copy / name).write_bytes(content)
    with pytest.raises(ValueError, match=words):
        load_run(run_copy)


def test_a_model_alone_notices_a_changed_setting(run_copy):
    path = run_copy / "model.safetensors"
    path.write_bytes(path.read_bytes().replace(rb"\"alpha_W\": 0.0", rb"\"alpha_W\": 0.5"))
    with pytest.raises(ValueError, match=r"^model\.safetensors is damaged: checksum of 'facts' differs "):
        read_tensors(path)


def test_a_changed_fact_is_noticed(run_copy):
    path = run_copy / "run.json"
    path.write_text(path.read_text().replace('"n_components": 3', '"n_components": 4'))
    with pytest.raises(ValueError, match=r"^run\.json is damaged: its checksum differs "):
        load_run(run_copy)


def test_the_model_of_another_run_is_noticed(run_copy, tmp_path):
    fit(_table(tmp_path), tmp_path / "other", Settings(3, {"random_state": 1}))
    (run_copy / "model.safetensors").write_bytes((tmp_path / "other" / "model.safetensors").read_bytes())
    with pytest.raises(ValueError, match=r"^model\.safetensors is damaged: its checksum differs "):
        load_run(run_copy)


def _table(folder):
    np.save(folder / "x.npy", matrix(16, 48))
    return folder / "x.npy"


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("keep", [0, 5, 0.5, -1])
def test_a_cut_file_is_noticed(run_copy, name, keep):
    content = (run_copy / name).read_bytes()
    # the last byte of run.json is its line's end: without the brace before it the object is cut
    end = -2 if keep == -1 and name == "run.json" else int(keep * len(content)) if isinstance(keep, float) else keep
    (run_copy / name).write_bytes(content[:end])
    with pytest.raises(ValueError, match=rf"^{name.replace('.', '[.]')} is damaged") as caught:
        load_run(run_copy)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(run_copy, name):
    (run_copy / name).unlink()
    with pytest.raises(FileNotFoundError, match=f" is not a complete run: {name} is missing"):
        load_run(run_copy)


def test_no_run_at_all(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"^No run at .*none\. Make one with: partwise fit "):
        load_run(tmp_path / "none")
    with pytest.raises(FileNotFoundError, match=r"run\.json is missing"):
        load_run(tmp_path)


def test_newer_formats_are_told(run_copy, monkeypatch):
    body = json.loads((run_copy / "run.json").read_text())
    del body["sha256"]
    write_json(run_copy / "run.json", {**body, "format": 7, "what_is_new": 1})
    with pytest.raises(
        ValueError, match=r"^Run format 7 is newer than this version reads \(1\)\. Upgrade the package\.$"
    ):
        load_run(run_copy)
    write_json(run_copy / "run.json", body)
    monkeypatch.setattr("partwise.storage.FORMAT", 3)
    write_tensors(run_copy / "model.safetensors", {"parts": np.ones(3)}, {})
    monkeypatch.undo()
    with pytest.raises(ValueError, match=r"^Model format 3 is newer than this version reads \(1\)\. Upgrade "):
        load_run(run_copy)


def test_a_format_that_is_no_number_is_damage(run_copy):
    body = json.loads((run_copy / "run.json").read_text())
    del body["sha256"]
    write_json(run_copy / "run.json", {**body, "format": "one"})
    with pytest.raises(ValueError, match=r"^run\.json is damaged: its format is 'one'\. "):
        load_run(run_copy)


class Trap:
    """Whoever unpickles this leaves a file behind."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_are_never_loaded(run_copy, tmp_path, protocol):
    content = pickle.dumps(Trap(tmp_path / "sprung"), protocol)
    (tmp_path / "model.pkl").write_bytes(content)
    with pytest.raises(
        ValueError, match=r"^model\.pkl is a pickle; this program never loads pickles because they can "
    ):
        load_run(tmp_path / "model.pkl")
    for name in ("model.safetensors", "codes.npy"):
        kept = (run_copy / name).read_bytes()
        (run_copy / name).write_bytes(content)
        with pytest.raises(ValueError, match=rf"^{name} is (damaged|a pickle)"):
            load_run(run_copy)
        (run_copy / name).write_bytes(kept)
    load_run(run_copy)
    assert not (tmp_path / "sprung").exists()
    pickle.loads(content)
    assert (tmp_path / "sprung").exists()  # the trap was a real one


@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch, step):
    path = tmp_path / "a.txt"
    write_whole(path, b"old")

    def fail(*_):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new and longer")
    monkeypatch.undo()
    assert tree(tmp_path) == {"a.txt": b"old"}
    write_whole(path, b"new")
    assert tree(tmp_path) == {"a.txt": b"new"}


def test_a_reader_never_sees_half_a_file(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    write_whole(path, b"old")
    replace, seen = os.replace, []

    def look(source, target):
        seen.append(path.read_bytes())
        replace(source, target)
        seen.append(path.read_bytes())

    monkeypatch.setattr(os, "replace", look)
    write_whole(path, b"new")
    assert seen == [b"old", b"new"]


def test_a_full_disk_leaves_no_folder_that_looks_like_a_run(tmp_path, cli, monkeypatch):
    np.save(tmp_path / "x.npy", matrix())
    replace = os.replace

    def fail(source, target):
        if str(target).endswith("codes.npy"):
            raise OSError(28, "No space left on device", str(target))
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail)
    ended = cli("fit", tmp_path / "x.npy", "-k", 2, "--out", tmp_path / "run")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"error: No space left on device: {tmp_path / 'run' / 'codes.npy'}\n"
    with pytest.raises(FileNotFoundError, match=r"is not a complete run: run\.json is missing"):
        load_run(tmp_path / "run")
    assert not [path for path in (tmp_path / "run").iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("missing", [("run.json",), ("run.json", "model.safetensors")])
def test_an_incomplete_run_may_be_overwritten(run_copy, tmp_path, cli, missing):
    assert cli("look", run_copy).code == 0
    for name in missing:
        (run_copy / name).unlink()
    assert cli("fit", _table(tmp_path), "-k", 2, "--out", run_copy, "--force").code == 0


def test_an_overwritten_run_keeps_nothing_of_the_old_one(run_copy, tmp_path, cli):
    """Pictures made of the old data must not pass for those of the new."""
    assert cli("look", run_copy).code == 0
    assert (run_copy / "figures" / "sum.png").is_file()
    (run_copy / "mine.txt").write_text("not of the program")
    assert cli("fit", _table(tmp_path), "-k", 2, "--out", run_copy, "--force").code == 0
    assert load_run(run_copy).facts["kind"] == "table"
    assert {path.name for path in (run_copy / "figures").iterdir()} == {
        "parts.png",
        "top.png",
        "usage.png",
        "convergence.png",
        "clustermap.png",
    }
    assert (run_copy / "mine.txt").read_text() == "not of the program"


def test_a_model_file_of_any_length_is_no_pickle(tmp_path):
    """The header's length stands first, and 640, 896 and 1,152 begin as pickles do."""
    begun = set()
    for length in range(300, 1200, 8):
        write_tensors(tmp_path / "m.safetensors", {"H": np.ones((2, 3))}, {"filler": "x" * length})
        begun.add((tmp_path / "m.safetensors").read_bytes()[:2])
        arrays, _ = read_tensors(tmp_path / "m.safetensors")
        assert arrays["H"].shape == (2, 3)
    assert begun & {b"\x80\x02", b"\x80\x03", b"\x80\x04"}


@pytest.mark.parametrize("protocol", range(2, 6))
def test_a_pickle_by_another_name_is_still_refused(protocol, tmp_path):
    (tmp_path / "m.safetensors").write_bytes(pickle.dumps({"H": [1, 2, 3]}, protocol))
    with pytest.raises(ValueError, match="is a pickle"):
        read_tensors(tmp_path / "m.safetensors")


def test_what_a_killed_writer_left_is_no_run_and_goes_with_the_next(cli, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    for name in ("model.safetensors", "codes.npy"):
        (run / f".{name}.abc_1234.unfinished").touch()
    (run / ".mine").touch()
    np.save(tmp_path / "x.npy", np.random.default_rng(0).random((20, 6)))
    command = ("fit", tmp_path / "x.npy", "-k", 2, "--max-iter", 5, "--out", run)
    assert "exists already" in cli(*command).err
    (run / ".mine").unlink()
    assert cli(*command).code == 0
    assert not list(run.rglob("*.unfinished"))
