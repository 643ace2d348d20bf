"""What is factorised: the names, the data behind them, and the folder from which every entrant reads the same start."""

import hashlib
import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse

from partwise import open_source
from partwise.inits import INITS
from partwise.matrices import as_matrix
from partwise.sources import SourceError

HERE = Path(__file__).parent
SHARED = HERE.parents[1] / "shared" / "data"
CACHE = HERE / ".data"  # matrices that take long to read, kept between races


@dataclass(frozen=True)
class Workload:
    """One race: data, number of components and loss."""

    name: str
    data: str
    k: int
    loss: str = "frobenius"


_FROBENIUS = (
    ("orl", 20),
    ("orl", 50),
    ("orl", 100),
    ("olivetti", 49),
    ("lfw", 15),
    ("cats", 50),
    ("digits", 10),
    ("news", 20),
    ("planted", 30),
)
_DIVERGENCE = (("orl", 20), ("news", 20))

WORKLOADS = {
    **{f"{data}-{k}": Workload(f"{data}-{k}", data, k) for data, k in _FROBENIUS},
    **{f"{data}-{k}-kl": Workload(f"{data}-{k}-kl", data, k, "kullback-leibler") for data, k in _DIVERGENCE},
}


class Absent(Exception):
    """The data of a workload are not here; the message says what is missing."""


def load(data: str, folders: Sequence[Path], cache: Path = CACHE) -> Any:
    """Return X by name: float32 pictures in [0, 1], or text as scikit-learn's float64 compressed rows.

    Parameters
    ----------
    data : str
        A key of `DATA`.
    folders : sequence of Path
        Where data may lie, as in ``shared/data`` beside the checkout.
    cache : Path
        Where what takes long to read is kept.
    """
    dense, sparse = cache / f"{data}.npy", cache / f"{data}.npz"
    if dense.is_file():
        return np.load(dense)
    if sparse.is_file():
        return scipy.sparse.csr_matrix(scipy.sparse.load_npz(sparse))
    try:
        X = DATA[data](folders, cache)
    except (SourceError, OSError) as error:
        raise Absent(" ".join(str(error).split())) from None
    cache.mkdir(parents=True, exist_ok=True)
    # under another name first: half a file must not be taken for the whole one by the next race
    half = cache / f"half-{(sparse if scipy.sparse.issparse(X) else dense).name}"
    if scipy.sparse.issparse(X):
        scipy.sparse.save_npz(half, X)
    else:
        np.save(half, X)
    os.replace(half, half.with_name(half.name.removeprefix("half-")))
    return X


def prepare(workload: Workload, X: Any, folder: Path) -> str:
    """Write X and the start that all entrants share, and return the start's fingerprint.

    The start is partwise's nndsvda: non-negative singular vectors, zeros filled with a positive constant, so that
    multiplicative updates can use it too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if scipy.sparse.issparse(X):
        scipy.sparse.save_npz(folder / "X.npz", X, compressed=False)
    else:
        np.save(folder / "X.npy", X)
    W, H = INITS["nndsvda"](as_matrix(X), workload.k, np.random.RandomState(0))
    W = np.ascontiguousarray(W.T)
    np.save(folder / "W.npy", W)
    np.save(folder / "H.npy", H)
    (folder / "about.json").write_text(json.dumps({"k": workload.k, "loss": workload.loss}))
    return hashlib.sha256(W.tobytes() + H.tobytes()).hexdigest()[:16]


def _sample(name: str) -> Callable[[Sequence[Path], Path], Any]:
    def read(folders: Sequence[Path], cache: Path) -> Any:
        homes = [folder / "scikit_learn_data" for folder in folders if (folder / "scikit_learn_data").is_dir()]
        return open_source(name, data_home=homes[0] if homes else None).X

    return read


def _pictures(archive: str, *inside: str) -> Callable[[Sequence[Path], Path], Any]:
    """Read a folder of pictures, or first the archive that holds it."""

    def read(folders: Sequence[Path], cache: Path) -> Any:
        places = [*folders, cache]
        there = [folder / one for folder in places for one in inside if (folder / one).is_dir()]
        if there:
            return open_source(there[0]).X
        archives = [folder / archive for folder in folders if (folder / archive).is_file()]
        if archives:
            cache.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=cache) as place, tarfile.open(archives[0]) as tar:
                tar.extractall(place, filter="data")
                return read([Path(place)], cache)
        raise Absent(f"no {archive} or folder {inside[0]} in {', '.join(map(str, folders)) or 'no folder'}")

    return read


def _news(folders: Sequence[Path], cache: Path) -> Any:
    """20 newsgroups without headers, footers and quotes, as tf-idf; float64, which is what the vectorizer gives."""
    from sklearn.datasets import fetch_20newsgroups
    from sklearn.feature_extraction.text import TfidfVectorizer

    home = next((folder / "scikit_learn_data" for folder in folders if (folder / "scikit_learn_data").is_dir()), None)
    texts = fetch_20newsgroups(
        subset="all", remove=("headers", "footers", "quotes"), data_home=home, download_if_missing=home is None
    )
    X = TfidfVectorizer(stop_words="english", max_df=0.95, min_df=2).fit_transform(texts.data)
    # scikit-learn 1.9.1 divides X's entries by estimates in another order where the indices are not sorted
    X.sort_indices()
    return X


def _planted(folders: Sequence[Path], cache: Path) -> np.ndarray:
    """20,000 x 2,000 of 30 sparse parts, times noise of 10 %; float32."""
    rng = np.random.default_rng(20261124)
    W = rng.gamma(1.0, size=(20_000, 30)) * (rng.random((20_000, 30)) < 0.3)
    H = rng.gamma(1.0, size=(30, 2_000)) * (rng.random((30, 2_000)) < 0.3)
    X = (W @ H).astype(np.float32)
    X *= np.maximum(1 + 0.1 * rng.standard_normal(X.shape, dtype=np.float32), 0)
    return X / X.max()


DATA: dict[str, Callable[[Sequence[Path], Path], Any]] = {
    "orl": _sample("orl"),
    "olivetti": _sample("olivetti"),
    "digits": _sample("digits"),
    "lfw": _pictures("lfw_people_87x65.tar", "lfw_people_min20_87x65_png", "lfw_people_87x65"),
    "cats": _pictures("cats64.tar", "cats"),
    "news": _news,
    "planted": _planted,
}
