"""How parts and samples are shown, by the kind of their source. A new kind is one file and one line here."""

from collections.abc import Mapping
from typing import Any

from partwise.sources import Dataset
from partwise.views.candidates import Candidates
from partwise.views.features import Features
from partwise.views.learned import Learned
from partwise.views.pictures import Pictures
from partwise.views.spectra import Spectra
from partwise.views.texts import Topics
from partwise.views.view import Drawing, View

VIEWS: dict[str, type[View]] = {"pictures": Pictures, "table": Features, "spectrogram": Spectra, "texts": Topics}

__all__ = [
    "VIEWS",
    "Candidates",
    "Drawing",
    "Features",
    "Learned",
    "Pictures",
    "Spectra",
    "Topics",
    "View",
    "view_from",
    "view_of",
]


def view_of(data: Dataset) -> View:
    """Return how the parts of a data set are shown."""
    return view_from(data.kind, data.memory())


def view_from(kind: str, memory: Mapping[str, Any]) -> View:
    """Return how parts are shown, from the kind of their source and what a run remembers of it.

    Raises
    ------
    ValueError
        No such kind is known.
    """
    if kind not in VIEWS:
        raise ValueError(f"Parts of {kind!r} cannot be shown, only of {', '.join(VIEWS)}. Upgrade the package.")
    return VIEWS[kind].remembered(memory)
