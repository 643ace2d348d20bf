"""What reports, runs and the command line ask of a kind of source: its words, and its figures of parts and samples."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from partwise.wording import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from partwise.sources import Dataset


MOST = 40  # parts whose samples are told in words


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
class Learned:
    """What a fit has found, as it is to be shown.

    Parameters
    ----------
    parts : ndarray of shape (n_components, n_features)
        In the order in which they are shown.
    codes : ndarray of shape (n_samples, n_components)
    names : tuple of str
        Of the samples.
    labels : tuple of str or None
        Of the samples.
    repeated : frozenset of str
        Names of samples that repeat an earlier one: no example is shown twice.
    most_parts : int or None
        Show only so many of the first parts.
    factors : tuple of ndarray
        Of a model with layers: H_1 of shape (k_1, n_features), then (k_l, k_(l-1)); their product is `parts`.
    given : mapping of int to str
        Names that were given to parts, by their places from 0.
    """

    parts: np.ndarray
    codes: np.ndarray
    names: tuple[str, ...]
    labels: tuple[str, ...] | None = None
    repeated: frozenset[str] = frozenset()
    most_parts: int | None = None
    factors: tuple[np.ndarray, ...] = ()
    given: Mapping[int, str] = field(default_factory=dict)

    @property
    def part_names(self) -> list[str | None]:
        """The names that were given to the parts that are shown, None for one without."""
        return [self.given.get(place) for place in range(len(self.parts[self.kept]))]

    @property
    def components(self) -> list[np.ndarray]:
        """The parts of every layer multiplied through to the features, the finest first."""
        made = [*self.factors[:1]]
        for factor in self.factors[1:]:
            made.append(factor @ made[-1])
        return made

    @property
    def finer(self) -> list[Learned]:
        """What a fit with layers has found in those above the deepest, the finest first, each in order by energy."""
        codes = self.codes
        found: list[Learned] = []
        for factor, parts in zip(self.factors[:0:-1], self.components[-2::-1], strict=True):
            codes = codes @ factor
            energy = np.linalg.norm(codes, axis=0) * np.linalg.norm(parts, axis=1)
            order = np.argsort(-energy, kind="stable")
            found.insert(0, replace(self, parts=parts[order], codes=codes[:, order], factors=(), given={}))
        return found

    @property
    def subtracts(self) -> bool:
        """Whether some part takes away, as those of deep semi-NMF do."""
        return bool((self.parts < 0).any())

    @property
    def kept(self) -> slice:
        """The parts to show."""
        return slice(0, self.most_parts)

    @property
    def title(self) -> str:
        """How many parts are shown, of how many."""
        count, whole = len(self.parts[self.kept]), counted(len(self.parts), "parts")
        return f"The {whole}" if count == len(self.parts) else f"The {count} strongest of {whole}"

    @property
    def spread(self) -> list[int]:
        """At most eight of the parts that are shown, evenly spaced from the strongest to the weakest."""
        count = len(self.parts[self.kept])
        return [int(part) for part in np.linspace(0, count - 1, min(8, count))]

    @property
    def codes_shown_once(self) -> np.ndarray:
        """The codes, with zeros for samples that repeat an earlier one."""
        return self.codes * np.array([name not in self.repeated for name in self.names])[:, None]


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
