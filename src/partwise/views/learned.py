"""What a fit has found, as it is to be shown: parts and codes in order, with their names, and the layers below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from partwise.wording import counted


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
        if not self.repeated:
            return self.codes
        return self.codes * np.array([name not in self.repeated for name in self.names])[:, None]
