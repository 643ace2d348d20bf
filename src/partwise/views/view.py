"""What reports, runs and the command line ask of a kind of source: its words, and its figures of parts and samples."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from partwise.views.candidates import Candidates
from partwise.views.learned import Learned
from partwise.wording import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from partwise.sources import Dataset


MOST = 40  # parts whose samples are told in words
SURE = (
    "A part is matched with the part of every other run that is most like it. The number is the mean cosine of the "
    "two; a part that is not firm may look otherwise after another start, and should not be given a meaning."
)


@dataclass(frozen=True)
class Drawing:
    """One figure to be made.

    Parameters
    ----------
    key : str
        Its file name, and its address in a report.
    title, caption : str
        Its words.
    draw : callable
        Makes it.
    short : str
        What the navigation of a report calls it.
    """

    key: str
    title: str
    caption: str
    draw: Callable[[], Figure]
    short: str


@dataclass(frozen=True)
class View(ABC):
    """How one kind of source is shown. It is made from what a run remembers, and needs no samples for its parts.

    Its words are asked for without its figures, so `partwise.plots` is imported where a figure is drawn.
    """

    samples_are: ClassVar[str]  # what a row is called, in the plural
    features_are: ClassVar[str]  # what a column is called, in the plural
    whole: ClassVar[str]  # what all that parts give adds up to
    whole_of_one: ClassVar[str]  # the same, of one sample
    of_samples: ClassVar[tuple[str, ...]] = ()  # keys of the figures that need the samples

    @classmethod
    @abstractmethod
    def remembered(cls, memory: Mapping[str, Any]) -> Self:
        """Return the view from what `Dataset.memory` gave, as JSON brings it back."""

    @property
    def shape(self) -> tuple[int, int] | tuple[int, int, int] | None:
        """The shape of one sample as a picture; None where it is none."""
        return None

    def size(self, n_features: int) -> str:
        """Say in words how large one sample is."""
        return counted(n_features, self.features_are)

    def facts(self) -> dict[str, Any]:
        """Return what `partwise info --json` says of the samples."""
        return {"image_shape": None, "color": None}

    def asked(self, kind: str) -> dict[str, Any]:
        """Return the settings with which a source of some kind is read so that its features are those of the parts."""
        return {}

    def check_features(self, data: Dataset) -> None:
        """Raise ValueError where other samples have as many features as the parts but not the same ones."""
        return None

    def order(self, data: Dataset) -> list[int] | None:
        """Return the places of other samples' columns in the order of the parts' features; None where they stand so."""
        return None

    def check_separable(self, run: str, source: str) -> None:
        """Raise ValueError where the parts of a run of some source are no sounds."""
        raise ValueError(
            f"separate wants a run of a recording, and {run} was made of {source}. "
            "Make one with: partwise fit SOUND.wav -k 8 --out RUN"
        )

    def check_count(self, n_components: int, n_samples: int) -> None:
        """Raise ValueError where so many parts of so few samples cannot be meant."""
        return None

    @abstractmethod
    def feature(self, index: int) -> str:
        """Return the name of a feature, by its place from 0."""

    def strongest(self, part: np.ndarray, top: int = 8) -> list[str]:
        """Return the names of a part's strongest features, most first, none that it lacks.

        A minus stands before those that it takes away.
        """
        order = np.argsort(-np.abs(part), kind="stable")[:top]
        return [f"{'−' if part[place] < 0 else ''}{self.feature(int(place))}" for place in order if part[place] != 0]

    def lines(self, learned: Learned) -> list[str]:
        """Return what the command line prints of the parts: a line each, where words can tell what a part is."""
        named = [self.strongest(part) for part in learned.parts[learned.kept]]
        joint = "; " if any("," in name for names in named for name in names) else ", "
        told = [joint.join(_that_fit(names)) or "empty" for names in named]
        given = [f" ({name})" if name else "" for name in learned.part_names]
        return [f"part {number}{given[number - 1]}: {line}" for number, line in enumerate(told, 1)]

    def called(self, learned: Learned) -> list[str] | None:
        """Return what the parts are called in charts: their numbers, and names that were given; None: numbers alone."""
        return (
            [learned.given.get(place, f"Part {place + 1}") for place in range(len(learned.parts))]
            if learned.given
            else None
        )

    @abstractmethod
    def gallery(self, learned: Learned) -> Drawing:
        """Show the parts; its key is "parts"."""

    def surely(self, learned: Learned, maps: np.ndarray, stability: Sequence[float]) -> Drawing:
        """Show where each part comes back from other starts; its key is "stability".

        Parameters
        ----------
        learned : Learned
        maps : ndarray of shape (n_components, n_features)
            How sure each feature of each part is, 0 to 1.
        stability : sequence of float
            How surely each part comes back.
        """
        from partwise import plots

        kept = learned.kept
        return Drawing(
            "stability",
            "What comes back from other starts",
            f"Each part as its strongest {self.features_are}. {SURE}",
            lambda: plots.stability_bars(
                learned.parts[kept], maps[kept], stability[kept], self.feature, names=learned.part_names, title=""
            ),
            "Stability",
        )

    def depth(self, learned: Learned) -> list[Drawing]:
        """Show what the parts of a model with layers are made of: the tree, then the parts of the other layers."""
        finer = learned.finer
        if not finer:
            return []
        made = [self.tree(learned)]
        for place, layer in enumerate(finer, 1):
            title = f"Layer {place}: {layer.title[0].lower()}{layer.title[1:]}"
            caption = f"What the parts of layer {place + 1} are sums of, in order by energy, most first."
            gallery = replace(self.gallery(layer), key=f"layer{place}", title=title, caption=caption)
            made.insert(1, replace(gallery, short=f"Layer {place}"))
        return made

    def tree(self, learned: Learned) -> Drawing:
        """Show the deepest parts and what they are made of, in words; its key is "tree"."""
        from partwise import plots

        n_features = learned.parts.shape[1]
        return Drawing(
            "tree",
            "Parts made of parts",
            "The first parts of the deepest layer, those of the layer before that are most in them, and so on.",
            lambda: plots.topic_tree(
                learned.components,
                learned.factors,
                [self.feature(place) for place in range(n_features)],
                title="",
                parts_are="parts",
                features_are=self.features_are,
            ),
            "Tree",
        )

    def side_by_side(self, found: Mapping[str, np.ndarray]) -> Drawing:
        """Show the parts that several solvers found, those alike in one column; its key is "found".

        Parameters
        ----------
        found : mapping of str to ndarray of shape (n_components, n_features)
            By the names of the solvers, the best first.
        """
        from partwise import plots

        return Drawing(
            "found",
            "The parts each one found",
            f"{beside(found, 6)} Each as its strongest {self.features_are}.",
            lambda: plots.matched_words(found, lambda part: self.strongest(part, 7), most=6, title=""),
            "Parts",
        )

    def candidates(self, found: Candidates) -> Drawing:
        """Show the parts at several numbers of them beside each other; its key is "candidates"."""
        from partwise import plots

        return Drawing(
            "candidates",
            found.title,
            f"{found.caption} Each as its strongest {self.features_are}.",
            lambda: plots.candidate_words(
                found.parts,
                lambda part: self.strongest(part, 20),
                stability=found.stability,
                recommended=found.recommended,
                title="",
            ),
            "Parts",
        )

    def used_most(self, learned: Learned, told: Sequence[str], labels: Sequence[str] | None) -> Drawing:
        """Show in words the samples that use each part most; its key is "top".

        Parameters
        ----------
        learned : Learned
        told : sequence of str
            What each sample is, in a line.
        labels : sequence of str or None
            What stands before it.
        """
        from partwise import plots

        shown = learned.parts[learned.kept]
        heads = [", ".join(self.strongest(part, 4)) for part in shown[:MOST]]
        codes = learned.codes_shown_once[:, : len(heads)]
        most = f"of each{f' of the first {MOST} parts' if len(shown) > MOST else ''}"
        known = f", and the label whose {self.samples_are} have most of its weight" if learned.labels else ""
        return Drawing(
            "top",
            "Where parts are used most",
            f"The strongest {self.features_are} {most}{known}.",
            lambda: plots.top_samples(codes, told, heads=heads, labels=labels, samples_are=self.samples_are, title=""),
            "Where",
        )

    def examples(self, learned: Learned, data: Dataset) -> list[Drawing]:
        """Show some samples and what the parts make of them; the keys are those in `of_samples`."""
        return []


def _that_fit(names: list[str], most: int = 110) -> list[str]:
    """Return as many names as stand on a line of a terminal, but at least two."""
    lengths = np.cumsum([len(name) + 2 for name in names])
    return names[: max(2, int(np.searchsorted(lengths, most, side="right")))]


def beside(found: Mapping[str, np.ndarray], most: int) -> str:
    """Say which parts of several solvers are shown, and how."""
    count = len(next(iter(found.values())))
    which = f"The {most} strongest of {counted(count, 'parts')}" if most < count else f"The {counted(count, 'parts')}"
    return f"{which} of the first, by energy, and below each the part of the others that is most like it."
