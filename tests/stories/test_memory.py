"""A source too large for the memory allowed, on the command line: from disk to a run with figures and report."""

import json

import numpy as np
import pytest

from partwise import load_run, memory
from partwise.models import working_memory
from partwise.search import Catalogue, entering
from partwise.sources import cache_place, picture_cache
from partwise.tasks.fit import Settings, fit
from partwise.tasks.progress import Silent
from partwise.tasks.read import Reading

from .conftest import album, matrix

FEW = ("-k", 2, "--max-iter", 200, "--memory", "600MB")


@pytest.fixture(autouse=True)
def nothing_fits(monkeypatch, tmp_path):
    """As if what the tests make were too large for 600 MB."""
    monkeypatch.setenv(cache_place.PLACE, str(tmp_path / "cache"))
    monkeypatch.setattr(memory, "SHARE", 1e-9)
    monkeypatch.setattr(picture_cache, "BLOCK_BYTES", 1000)


def test_a_folder_too_large_for_memory_becomes_a_whole_run(cli, tmp_path):
    folder = album(tmp_path / "album", 20)
    (folder / "broken.png").write_bytes(b"")
    ended = cli("fit", folder, *FEW, "--out", tmp_path / "run", "--json")
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    run = load_run(tmp_path / "run")
    assert any("too many for the memory allowed" in note for note in run.notes)
    assert told["n_skipped"] == 1
    assert {path.stem for path in (run.path / "figures").iterdir()} >= {"parts", "sum", "reconstructions", "top"}
    assert "<svg" in (run.path / "report.html").read_text()

    assert cli("fit", folder, "-k", 2, "--out", tmp_path / "held").code == 0
    held = load_run(tmp_path / "held")
    assert run.facts["fingerprint"] == held.facts["fingerprint"]
    assert run.facts["relative_error"] == pytest.approx(
        np.linalg.norm(rows_of(folder) - run.codes @ run.parts) / np.linalg.norm(rows_of(folder)), rel=1e-4
    )
    assert run.facts["objective_scale"] == pytest.approx(held.facts["objective_scale"], rel=1e-6)
    catalogues = [Catalogue.at(one.path) for one in (run, held)]
    entries = [[(one.name, one.sha256, one.path) for one in catalogue.all_entries()] for catalogue in catalogues]
    assert entries[0] == entries[1]
    for catalogue in catalogues:
        catalogue.close()

    assert cli("look", run.path).code == 0
    assert cli("transform", run.path, folder, "--out", tmp_path / "codes.npy").code == 0
    np.testing.assert_allclose(np.load(tmp_path / "codes.npy"), run.codes, atol=1e-4 * run.codes.max())


class Told(Silent):
    def __init__(self):
        self.stages = []

    def reading(self, done, total):
        self.stages.append(("reading", done, total))

    def writing(self, done, total):
        self.stages.append(("writing", done, total))


def test_reading_and_saving_tell_how_far_they_are(tmp_path, monkeypatch):
    monkeypatch.setattr(entering, "TOLD", 3)
    told = Told()
    fit(album(tmp_path / "album", 20), tmp_path / "run", Settings(2, {}, Reading(memory=600_000_000)), progress=told)
    assert ("reading", 20, 20) in told.stages
    assert [one for one in told.stages if one[0] == "writing"] == [
        ("writing", done, 20) for done in (3, 6, 9, 12, 15, 18, 20)
    ]


def rows_of(folder):
    from partwise import open_source

    return open_source(folder).X


class KilledError(BaseException):
    """What ends a fit in the middle; no handler of errors sees it."""


class Killing(Silent):
    def __init__(self, after):
        self.after = after

    def fitting(self, shot, max_iter):
        if shot.record.iteration >= self.after:
            raise KilledError
        return False


@pytest.mark.filterwarnings("ignore:There is no checkpoint")
def test_killed_it_goes_on_from_its_checkpoint_to_the_same_bits(tmp_path):
    folder = album(tmp_path / "album", 20)
    model = {"random_state": 0, "max_iter": 9, "tol": 0, "memory": 600_000_000}
    reading = Reading(memory=600_000_000)
    fit(folder, tmp_path / "whole", Settings(2, model, reading))
    kept = {"checkpoint": tmp_path / "c", "checkpoint_every": 0, "resume": True}
    for after in (2, 5):
        with pytest.raises(KilledError):
            fit(folder, tmp_path / "part", Settings(2, model | kept, reading), progress=Killing(after))
    fit(folder, tmp_path / "part", Settings(2, model | kept, reading))
    part, whole = load_run(tmp_path / "part"), load_run(tmp_path / "whole")
    assert part.facts["n_iter"] == whole.facts["n_iter"] == 9
    np.testing.assert_array_equal(part.parts, whole.parts)
    np.testing.assert_array_equal(part.codes, whole.codes)


def test_a_matrix_too_large_for_memory_becomes_a_whole_run(cli, tmp_path):
    np.save(tmp_path / "X.npy", matrix(40, 12))
    ended = cli("fit", tmp_path / "X.npy", *FEW, "--out", tmp_path / "run")
    assert ended.code == 0, ended.err
    assert "its rows stay on disk" in ended.err
    assert (tmp_path / "run" / "report.html").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--memory", "much"),
            "A size of memory is a number of bytes or a text such as '600MB'",
        ),
        (("--memory", "9" * 400), "A size of memory is a number of bytes or a text such as '600MB'"),
        (("--memory", "3MB"), "NMF wants memory of at least 324MB"),
        (("--memory", "600MB", "--model", "opnmf"), "The model opnmf has no --memory"),
    ],
)
def test_what_cannot_be_done_is_said(cli, tmp_path, options, said):
    folder = album(tmp_path / "album", 5)
    ended = cli("fit", folder, "-k", 2, *options, "--out", tmp_path / "run")
    assert (ended.code, said in ended.err) == (2, True), ended.err
    assert not (tmp_path / "run").exists()


def test_other_losses_read_from_disk_too(cli, tmp_path):
    np.save(tmp_path / "X.npy", matrix(40, 12))
    ended = cli("fit", tmp_path / "X.npy", *FEW, "--loss", "kullback-leibler", "--out", tmp_path / "run")
    assert ended.code == 0, ended.err
    assert "its rows stay on disk" in ended.err
    assert (tmp_path / "run" / "report.html").exists()
    run, X = load_run(tmp_path / "run"), np.load(tmp_path / "X.npy")
    left = np.linalg.norm(X - run.codes @ run.parts) / np.linalg.norm(X)
    assert run.facts["relative_error"] == pytest.approx(left, rel=1e-6)


def test_the_least_that_is_allowed_is_what_the_model_takes():
    assert working_memory.PROGRAM + working_memory.LEAST == 324e6
