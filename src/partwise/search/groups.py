"""Near-duplicates: groups of samples whose codes point nearly the same way."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partwise.search.code_index import CodeIndex
from partwise.search.entries import Entries

BLOCK = 1024  # rows whose cosines with all others are formed at a time


@dataclass(frozen=True)
class Group:
    """Samples that are nearly the same.

    Attributes
    ----------
    rows : tuple of int
        In order.
    likeness : float
        The least cosine of two neighbours in the chain that holds the group together.
    exact : bool
        All have the same content, byte by byte.
    """

    rows: tuple[int, ...]
    likeness: float
    exact: bool


def near_duplicates(
    entries: Entries,
    index: CodeIndex,
    threshold: float = 0.995,
    progress: Callable[[int, int], None] | None = None,
) -> list[Group]:
    """Return the groups of samples that a chain of cosines of at least `threshold` joins, the largest first.

    Samples of the same content count as one while chains are made, so many copies cost nothing.

    Parameters
    ----------
    entries : Entries
    index : CodeIndex
        Of their codes.
    threshold : float
        Above 0, at most 1.
    progress : callable, optional
        Called with the number of rows done, and of all.

    Raises
    ------
    ValueError
        The threshold is outside of its range.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"The threshold of near-duplicates is a cosine above 0 and at most 1, got {threshold:g}.")
    first = entries.first_of_its_content
    kept = np.flatnonzero(first == np.arange(len(entries)))
    joined, likeness = _chains(index.unit[kept], threshold, progress)
    members: dict[int, list[int]] = {}
    chain_of = dict(zip(kept.tolist(), joined, strict=True))
    for row, one in enumerate(first.tolist()):
        members.setdefault(chain_of[one], []).append(row)
    groups = [
        Group(tuple(rows), likeness.get(chain, 1.0), len({int(first[row]) for row in rows}) == 1)
        for chain, rows in members.items()
        if len(rows) > 1
    ]
    return sorted(groups, key=lambda group: (-len(group.rows), group.rows))


def _chains(
    unit: np.ndarray, threshold: float, progress: Callable[[int, int], None] | None
) -> tuple[list[int], dict[int, float]]:
    """Return the chain of each code, named by its first place, and the least cosine that was needed in each chain."""
    parent = list(range(len(unit)))
    likeness: dict[int, float] = {}

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    least = threshold - 4 * np.finfo(np.float32).eps  # a cosine of 1 may be a little less in single precision
    for start in range(0, len(unit), BLOCK):
        block = unit[start : start + BLOCK] @ unit[start:].T
        here, there = np.nonzero(block >= least)
        for a, b, cosine in zip(here + start, there + start, block[here, there], strict=True):
            if a < b:
                one, other = sorted((root(int(a)), root(int(b))))
                low = min(likeness.get(one, 1.0), likeness.get(other, 1.0))
                if one != other:
                    parent[other] = one
                    low = min(low, float(cosine))
                likeness[one] = low
        if progress is not None:
            progress(min(start + BLOCK, len(unit)), len(unit))
    return [root(place) for place in range(len(unit))], likeness
