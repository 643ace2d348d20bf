"""Near-duplicates: groups of samples whose codes point nearly the same way."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from partwise.search.code_index import EPS, CodeIndex
from partwise.search.entries import Entries
from partwise.search.measures import cosines, directions

PAIRS = 1 << 23  # whose cosines are formed at a time
CHUNK = 1 << 16  # pairs that are brought to double precision at a time


@dataclass(frozen=True)
class Group:
    """Samples that are nearly the same.

    Attributes
    ----------
    rows : tuple of int
        In order.
    likeness : float
        The least cosine of two neighbours in the chain that holds the group together: the largest threshold at which
        the group would still be one.
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
    from scipy.sparse import coo_array  # takes a while, and most searches do without
    from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

    first = entries.first_of_its_content
    kept = np.flatnonzero(first == np.arange(len(entries)))
    if not len(kept):
        return []
    codes, size = index.codes[kept], (len(kept), len(kept))
    forest = coo_array(size, dtype=np.float64)
    for done, a, b, likeness in _pairs(index.unit[kept], codes, threshold):
        if len(a):
            # of two chains that join the same samples, the one whose weakest link is stronger is kept
            links = np.concatenate([forest.data, 2 - likeness])
            ends = (np.concatenate([forest.row, a]), np.concatenate([forest.col, b]))
            forest = minimum_spanning_tree(coo_array((links, ends), shape=size)).tocoo()
        if progress is not None:
            progress(done, len(kept))
    _, chain_of = connected_components(forest, directed=False)
    weakest = np.ones(len(kept))
    np.minimum.at(weakest, chain_of[forest.row], _exactly(codes, forest.row, forest.col))
    members: dict[int, list[int]] = {}
    for row, chain in enumerate(chain_of[np.searchsorted(kept, first)].tolist()):
        members.setdefault(chain, []).append(row)
    groups = [
        Group(tuple(rows), float(weakest[chain]), len({int(first[row]) for row in rows}) == 1)
        for chain, rows in members.items()
        if len(rows) > 1
    ]
    return sorted(groups, key=lambda group: (-len(group.rows), group.rows))


def _pairs(
    unit: np.ndarray, codes: np.ndarray, threshold: float
) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
    """Yield, block by block, how many rows are done, and the pairs of rows that are alike enough, with their cosines.

    Single precision finds them; where it cannot tell, double precision does.
    """
    doubt, step = EPS * (unit.shape[1] + 8), max(1, PAIRS // len(unit))
    for start in range(0, len(unit), step):
        block = unit[start : start + step] @ unit[start:].T
        here, there = np.nonzero(block >= threshold - doubt)
        later = there > here
        here, there = here[later], there[later]
        likeness = block[here, there].astype(np.float64)
        unsure = np.flatnonzero(likeness <= threshold + doubt)
        likeness[unsure] = _exactly(codes, here[unsure] + start, there[unsure] + start)
        enough = likeness >= threshold
        yield min(start + step, len(unit)), here[enough] + start, there[enough] + start, likeness[enough]


def _exactly(codes: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the cosines of pairs of codes in double precision."""
    blocks = [slice(first, first + CHUNK) for first in range(0, len(a), CHUNK)]
    found = [cosines(directions(codes[a[some]]), directions(codes[b[some]])) for some in blocks]
    return np.concatenate(found) if found else np.zeros(0)
