"""What the tests of the search room share: samples made from a seed, a catalogue of them, a small run of pictures."""

import hashlib
import shutil

import numpy as np
import pytest

from partwise.search import Catalogue, NewEntry

from ..stories.conftest import picture

MODEL = "ab" * 32
OTHER = "cd" * 32


def codes(rng, count=300, parts=12):
    """Codes as a fit has them: not negative, some weights exactly zero, rows of very different size."""
    values = rng.gamma(0.4, size=(count, parts)) * (rng.random((count, parts)) < 0.7)
    return (values * rng.choice([0.01, 1, 30], size=(count, 1))).astype(np.float32)


def sample(seed, parts=4, **changes):
    """A sample all of whose fields follow from a number."""
    rng = np.random.default_rng(seed)
    thumbnail = rng.bytes(300)
    fields = {
        "name": f"{seed}.png",
        "label": None,
        "sha256": hashlib.sha256(thumbnail).hexdigest(),
        "code": rng.random(parts).astype(np.float32),
        "error": float(rng.random()),
        "brightness": float(rng.random()),
        "path": f"/pictures/{seed}.png",
        "n_bytes": 300,
        "height": 6,
        "width": 8,
        "thumbnail": thumbnail,
    }
    return NewEntry(**{**fields, **changes})


def filled(folder, count=8, model=MODEL, **changes):
    """A catalogue on disk with some samples of a fit."""
    catalogue = Catalogue.made(folder)
    with catalogue.change("fit") as change:
        change.learn([sample(seed, **changes) for seed in range(count)], model)
    return catalogue


@pytest.fixture
def catalogue(tmp_path):
    opened = filled(tmp_path)
    yield opened
    opened.close()


def searchable(folder):
    """A run of 17 labelled pictures, two of them with the same content, and an album of 5 more."""
    from partwise.tasks.fit import Settings, fit

    for label, first in (("cats", 0), ("dogs", 100)):
        (folder / "album" / label).mkdir(parents=True)
        for number in range(8):
            picture(first + number).save(folder / "album" / label / f"{number}.png")
    shutil.copy(folder / "album" / "cats" / "3.png", folder / "album" / "dogs" / "again.png")
    (folder / "more").mkdir()
    for number in range(5):
        picture(200 + number).save(folder / "more" / f"{number}.png")
    fit(folder / "album", folder / "run", Settings(4, {"random_state": 0, "max_iter": 2000}))
    return folder


@pytest.fixture(scope="session")
def saved_pictures(tmp_path_factory):
    """A folder with `searchable` pictures and their run, not to be changed."""
    return searchable(tmp_path_factory.mktemp("searched"))


@pytest.fixture
def home(tmp_path):
    """The same, to be changed."""
    return searchable(tmp_path)
