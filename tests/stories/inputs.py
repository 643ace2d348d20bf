"""How wrong inputs are made: each maker gets an empty folder and returns what the user would give."""

import json
import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse

from partwise import NMF
from partwise.storage import read_tensors, write_tensors

from .conftest import album, matrix

PICKLED = pickle.dumps(matrix())


@dataclass(frozen=True)
class Matrix:
    """A matrix and the file that holds it; the command line gets the file."""

    X: object
    path: Path

    def __format__(self, spec):
        return str(self.path)


def saved(X):
    def make(folder):
        if scipy.sparse.issparse(X):
            scipy.sparse.save_npz(folder / "x.npz", X)
            return Matrix(X, folder / "x.npz")
        np.save(folder / "x.npy", X)
        return Matrix(X, folder / "x.npy")

    return make


def spoiled(*places, X=None, form=np.asarray):
    X = matrix() if X is None else X
    for row, column, value in places:
        X[row, column] = value
    return saved(form(X))


def letters(folder):
    (folder / "x.csv").write_text("1,2\n3,a\n5,6\n")
    return Matrix([["1", "2"], ["3", "a"], ["5", "6"]], folder / "x.csv")


def file(name, content=b""):
    def make(folder):
        (folder / name).write_bytes(content)
        return folder / name

    return make


def pictures(*others, count=3):
    def make(folder):
        album(folder / "album", count)
        for other in others:
            other(folder / "album")
        return folder / "album"

    return make


def foreign(folder):
    for number in range(12):
        (folder / f"{number}.doc").touch()
    return folder


def two_arrays(folder):
    np.savez(folder / "x.npz", a=matrix(), b=matrix())
    return folder / "x.npz"


def array_of_objects(folder):
    np.save(folder / "x.npy", np.array([[{}]], dtype=object), allow_pickle=True)
    return folder / "x.npy"


def written(name, write):
    def make(folder):
        write(folder / name)
        return folder / name

    return make


def sound(spoil=lambda values: values, length=4000, **settings):
    """A WAV file of a noise at 8,000 samples a second, spoiled."""

    def make(folder):
        import soundfile

        values = np.random.default_rng(0).uniform(-0.5, 0.5, length)
        soundfile.write(folder / "x.wav", spoil(values), 8000, subtype="FLOAT", **settings)
        return folder / "x.wav"

    return make


def a_run(change=lambda run: None):
    """A run of 10 features, changed on disk."""

    def make(folder):
        from partwise.tasks.fit import Settings, fit

        np.save(folder / "ten.npy", matrix())
        np.save(folder / "nine.npy", matrix(5, 9))
        np.save(folder / "missing.npy", np.full((5, 10), np.nan))
        fit(folder / "ten.npy", folder / "run", Settings(2, {"random_state": 0, "max_iter": 1000}))
        change(folder / "run")
        return folder / "run"

    return make


def flipped(name, place):
    def change(run):
        content = bytearray((run / name).read_bytes())
        content[place] ^= 1
        (run / name).write_bytes(content)

    return change


def newer_run(run):
    from partwise.storage import write_json

    body = json.loads((run / "run.json").read_text())
    del body["sha256"]
    write_json(run / "run.json", {**body, "format": 2})


def newer_file(name):
    def change(folder):
        path = folder / name
        path.write_bytes(path.read_bytes().replace(rb"\"format\": 1", rb"\"format\": 3"))

    return change


newer_model = newer_file("model.safetensors")


def with_checkpoint(change, X=None):
    """A matrix and, beside it, the checkpoint `c` of a fit, changed on disk; X is what is resumed with."""

    def make(folder):
        # the command line asks for a seed and a limit of its own
        NMF(2, random_state=0, checkpoint=folder / "c", max_iter=3, tol=0).fit(matrix())
        change(folder)
        return saved(matrix() if X is None else X)(folder)

    return make


def newer_checkpoint(folder):
    arrays, facts = read_tensors(folder / "c")
    write_tensors(folder / "c", arrays, facts | {"checkpoint": 2})


def no_checkpoint(folder):
    write_tensors(folder / "c", {"H": matrix()}, {"estimator": "NMF"})
