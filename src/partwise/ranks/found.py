"""What one fit found, and all that fits have found so far."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from partwise.ranks.clusters import consensus_matrix, cophenetic, dispersion


@dataclass(frozen=True)
class Found:
    """One fit.

    Parameters
    ----------
    line : str
        The key of the line of fits that it belongs to, such as "held-out-2".
    k : int
        Its number of parts.
    error : float
        Of what it is judged by.
    seconds : float
    arrays : dict of str to ndarray
        "H", the parts (k, n_features), "W", the codes (k, n_samples), "labels", which part each sample has most of:
        those that its line gives.
    numbers : dict of str to float
        What else is known of it.
    """

    line: str
    k: int
    error: float
    seconds: float
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)


class Evidence:
    """Everything found so far, by line and k."""

    def __init__(self, found: Iterable[Found] = ()) -> None:
        self._found = {(one.line, one.k): one for one in found}

    def __len__(self) -> int:
        return len(self._found)

    def __contains__(self, place: tuple[str, int]) -> bool:
        return place in self._found

    def add(self, found: Found) -> None:
        """Take one more."""
        self._found[found.line, found.k] = found

    def drop(self, line: str) -> None:
        """Forget what a line has found."""
        self._found = {place: one for place, one in self._found.items() if place[0] != line}

    def up_to(self, k: int) -> "Evidence":
        """Return what was found of at most k parts."""
        return Evidence(one for one in self._found.values() if one.k <= k)

    def of(self, family: str) -> dict[str, dict[int, Found]]:
        """Return the lines whose keys are `family`, or that and a number, with what they found at each k."""
        lines: dict[str, dict[int, Found]] = {}
        for (line, k), found in sorted(self._found.items()):
            if line == family or (line.startswith(f"{family}-") and line[len(family) + 1 :].isdecimal()):
                lines.setdefault(line, {})[k] = found
        return lines

    def common(self, family: str) -> tuple[int, ...]:
        """Return the k that every line of a family has come to, increasing."""
        lines = [set(line) for line in self.of(family).values()]
        return tuple(sorted(set.intersection(*lines))) if lines else ()

    def floor(self, family: str) -> np.ndarray:
        """Return for each line of a family the error below which nothing is left to explain, shape (n_lines, 1)."""
        return np.array([[min(one.numbers["exact"] for one in line.values())] for line in self.of(family).values()])

    def errors(self, family: str, ks: Iterable[int]) -> np.ndarray:
        """Return the errors of all lines of a family, shape (n_lines, n_ks)."""
        lines = self.of(family).values()
        return np.array([[line[k].error for k in ks] for line in lines], np.float64)

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], tuple[float, ...], tuple[float, ...]]:
        """The k from 2 up of the restarts, and there the cophenetic correlation and the dispersion of their groups of
        samples; nothing for fewer than two restarts. To be asked once all is found.
        """
        ks, lines = tuple(k for k in self.common("restart") if k > 1), self.of("restart").values()
        if len(lines) < 2:
            return (), (), ()
        matrices = (consensus_matrix(np.stack([line[k].arrays["labels"] for line in lines])) for k in ks)
        told = [(cophenetic(C), dispersion(C)) for C in matrices]
        return ks, tuple(one for one, _ in told), tuple(one for _, one in told)

    @property
    def seconds(self) -> float:
        """Of all fits together."""
        return sum(one.seconds for one in self._found.values())
