"""Nearest and farthest codes of a large catalogue: `StoredCodes` with some rows that no longer count."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from partwise.search.measures import Found, Question, evenness_of, scale_of
from partwise.search.segments import Manifest, blocks_of
from partwise.search.stored_codes import StoredCodes
from partwise.search.stored_entries import CodeRows
from partwise.storage import DamagedError

T = TypeVar("T")
MORE = 64  # codes that are looked at again beside those that are wanted


@dataclass(frozen=True)
class StoredIndex:
    """Codes on disk, to be ranked by likeness to a code as `CodeIndex` ranks those in memory.

    Parameters
    ----------
    codes : CodeRows
        Of the catalogue, float32: those who are found are ranked by them.
    store : StoredCodes
    there : ndarray of bool
        Which of its rows are of the catalogue, in the catalogue's order; what was added since is not.
    room : object
        Held as long as this is, where the store is in a temporary folder.
    anew : callable, optional
        Makes the store anew of the catalogue, and returns its index; called once, where this one is damaged.
    """

    codes: CodeRows
    store: StoredCodes
    there: np.ndarray
    room: Any = None
    anew: Callable[[], "StoredIndex"] | None = None

    def __len__(self) -> int:
        return int(np.count_nonzero(self.there))

    @property
    def _remedy(self) -> str:
        return f"The catalogue has the codes too: remove {self.store.path.parent}, and the next search makes it anew."

    @cached_property
    def _remade(self) -> "StoredIndex":
        """The index of the store that takes the place of this one, which is damaged."""
        return self if self.anew is None else self.anew()

    def _asked(self, ask: "Callable[[StoredIndex], T]") -> T:
        """Return what the store says, or, where it is damaged, the one that is made anew in its place."""
        if self.anew is None or "_remade" not in vars(self):
            try:
                return ask(self)
            except DamagedError as error:
                if self.anew is None:
                    raise DamagedError(f"{str(error).partition(' Restore')[0]} {self._remedy}") from error
        return self._remade._asked(ask)

    @cached_property
    def _places(self) -> np.ndarray | None:
        """Where the catalogue's rows are in the store; None where both are the same."""
        return None if self.there.all() else np.flatnonzero(self.there)

    @cached_property
    def evenness(self) -> np.ndarray:
        """The scale that makes every part equally loud, 1 / its standard deviation, (n_components,); 0 where unused."""
        return self._asked(StoredIndex._evenness)

    def _evenness(self) -> np.ndarray:
        manifest = Manifest.read(self.store.path)
        if self._places is None and len(self.there) == manifest.n_rows:
            return manifest.evenness()
        total, squares = np.zeros(manifest.n_components), np.zeros(manifest.n_components)
        for segment in manifest.segments:
            for first, halves in blocks_of(self.store.path, manifest, segment):
                there = self.there[first : first + len(halves)]
                # about the mean of all, so that nothing cancels
                codes = halves[: len(there)][there].astype(np.float64) * segment.unit - manifest.mean
                total, squares = total + codes.sum(axis=0), squares + (codes**2).sum(axis=0)
        count = max(1, len(self))
        return evenness_of(np.sqrt((squares / count - (total / count) ** 2).clip(0)))

    def scale(self, measure: str = "cosine", weights: np.ndarray | None = None) -> np.ndarray:
        """Return by how much each part counts, (n_components,); errors as `CodeIndex.scale`."""
        return scale_of(measure, weights, self.store.n_components, lambda: self.evenness)

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
        """Return the most similar samples, or the least, as `CodeIndex.nearest` does.

        The stored codes say who may be among them, some more than are wanted, and the catalogue's rank those. So an
        answer differs from that in memory only where more than `MORE` samples are as like as the last, to 1 part in
        2,048.

        Raises
        ------
        ValueError
            A wrong question.
        DamagedError
            A code of the catalogue is not as it was written, or the store again is not after it was made anew.
        BusyError, OSError
            It cannot be made anew.
        """
        scale = self.scale(measure, weights)
        question = Question.asked(code, n, scale, measure, farthest)
        angle = "euclidean" if measure == "euclidean" else "cosine"  # which is what whitened is, of scaled codes
        given = None if (scale == 1).all() else scale
        asked: dict[str, Any] = {"measure": angle, "weights": given, "farthest": farthest}
        rows = self._asked(lambda index: index._nearest(code, n + MORE, among, asked))
        scores = question.scores(self.codes.some(rows))
        order = np.lexsort((rows, question.sign * scores))[:n]
        return Found(rows[order], scores[order])

    def _nearest(self, code: np.ndarray, n: int, among: np.ndarray | None, asked: dict[str, Any]) -> np.ndarray:
        """Return which of the catalogue's rows the store finds."""
        counts = self.there if among is None else among
        if among is not None and self._places is not None:
            counts = np.zeros(len(self.there), dtype=bool)
            counts[self._places] = among
        found = self.store.nearest(code, n, among=counts, **asked)
        return found.rows if self._places is None else np.searchsorted(self._places, found.rows)
