"""Where the race finds its data, and what is left behind."""

import tarfile

import numpy as np
import pytest
from PIL import Image

from benchmarks.workloads import DATA, WORKLOADS, Absent, Workload, load, prepare


@pytest.fixture
def pictures(tmp_path, rng):
    folder = tmp_path / "made" / "cats"
    folder.mkdir(parents=True)
    for i in range(5):
        Image.fromarray(rng.integers(0, 255, (8, 8), dtype=np.uint8)).save(folder / f"{i}.png")
    return folder


def test_pictures_are_found_as_a_folder_or_as_an_archive_and_kept(pictures, tmp_path):
    apart = tmp_path / "apart"
    apart.mkdir()
    with tarfile.open(apart / "cats64.tar", "w") as tar:
        tar.add(pictures, "cats")
    from_folder = load("cats", [pictures.parent], tmp_path / "one")
    from_archive = load("cats", [apart], tmp_path / "two")
    np.testing.assert_array_equal(from_folder, from_archive)
    assert from_folder.shape == (5, 64)
    assert [one.name for one in (tmp_path / "two").iterdir()] == ["cats.npy"]
    np.testing.assert_array_equal(load("cats", [], tmp_path / "two"), from_folder)


def test_absent_data_are_told_with_where_they_were_looked_for(tmp_path):
    with pytest.raises(Absent, match=r"no lfw_people_87x65.tar or folder .* in .*nowhere"):
        load("lfw", [tmp_path / "nowhere"], tmp_path / "cache")


def test_every_workload_has_data_and_every_entrant_gets_the_same_start(tmp_path, rng):
    assert {one.data for one in WORKLOADS.values()} <= set(DATA)
    X = rng.random((12, 9), dtype=np.float32)
    prints = {prepare(Workload("toy", "toy", 3), X, tmp_path / name) for name in ("a", "b")}
    assert len(prints) == 1
    W, H = np.load(tmp_path / "a" / "W.npy"), np.load(tmp_path / "a" / "H.npy")
    assert (W.shape, H.shape) == ((12, 3), (3, 9))
    assert W.dtype == H.dtype == np.float32
    assert min(W.min(), H.min()) > 0  # multiplicative updates could never leave a zero
