"""Which catalogues are too large to be held in memory; they are searched on disk."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

import numpy as np

from partwise.search.catalogue import Catalogue
from partwise.search.code_index import CodeIndex
from partwise.search.entries import Entries
from partwise.search.measures import Found

LARGE = 100_000  # samples of a catalogue that is searched on disk


class Index(Protocol):
    """Codes that can be ranked: a `CodeIndex`, or a `StoredIndex`."""

    def scale(self, measure: str = "cosine", weights: np.ndarray | None = None) -> np.ndarray:
        """Return by how much each part counts."""

    def nearest(
        self,
        code: np.ndarray,
        n: int = 8,
        *,
        measure: str = "cosine",
        weights: np.ndarray | None = None,
        farthest: bool = False,
        among: np.ndarray | None = None,
    ) -> Found:
        """Return the most similar samples, or the least."""


def is_large(catalogue: Catalogue) -> bool:
    """Say whether a catalogue is searched on disk."""
    return catalogue.holds(LARGE)


def searchable(
    catalogue: Catalogue, n_components: int, *, whole: bool = False, tell: Callable[[str], None] | None = None
) -> tuple[Entries, Index]:
    """Return the samples of a catalogue and the index of their codes: in memory, or on disk where it is large.

    Parameters
    ----------
    catalogue : Catalogue
    n_components : int
    whole : bool
        In memory however large it is.
    tell : callable, optional
        Called with a sentence where a large one takes long to open.

    Raises
    ------
    DamagedError
        A code is not as it was written.
    BusyError, OSError
        The codes of a large one cannot be written beside it.
    """
    if not whole and is_large(catalogue):
        from partwise.search.code_files import opened  # its loops are compiled, and most catalogues do without

        if (found := opened(catalogue, tell)) is not None:
            return found
    entries = catalogue.entries()
    # an empty catalogue does not know how many parts there are
    entries = replace(entries, codes=entries.codes.reshape(len(entries), n_components))
    return entries, CodeIndex(entries.codes)


def bring_up(catalogue: Catalogue) -> None:
    """Bring the codes beside a large catalogue up to it, so that the next search need not.

    What fails here fails there again, where it is told: the change itself is on the disk.
    """
    with suppress(OSError, ValueError):
        if is_large(catalogue):
            from partwise.search.code_files import opened

            if (found := opened(catalogue)) is not None:
                found[0].held.close()
