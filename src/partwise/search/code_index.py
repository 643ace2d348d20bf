"""Nearest and farthest codes, exactly: single precision finds who may be among them, double precision ranks those."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

EPS = float(np.finfo(np.float32).eps)
CHUNK = 1 << 16  # codes that are squared at a time


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes
    ----------
    rows : ndarray of int64
        In order, the wanted first.
    scores : ndarray of float64
        Cosines, or distances where the measure is Euclidean.
    """

    rows: np.ndarray
    scores: np.ndarray


class CodeIndex:
    """Codes in memory, to be ranked by likeness to a code.

    Every search goes over all of them, so parts can be weighted or switched off in it: that is what an approximate
    index cannot do. Cosines are of codes as directions, so a picture twice as bright is as like; a code of zeros has
    cosine 0 with all.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, n_components)
        W; kept as float32.
    """

    def __init__(self, codes: np.ndarray) -> None:
        self.codes = np.ascontiguousarray(codes, dtype=np.float32)

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def unit(self) -> np.ndarray:
        """The codes at length 1, float32; those of zeros stay zeros."""
        safe = np.where(self.lengths > 0, self.lengths, 1)
        return (self.codes / safe[:, None]).astype(np.float32)

    @cached_property
    def lengths(self) -> np.ndarray:
        """The lengths of the codes, float64, shape (n_samples,)."""
        return self._lengths(np.ones(self.codes.shape[1]))

    @cached_property
    def evenness(self) -> np.ndarray:
        """The scale that makes every part equally loud, 1 / its standard deviation, (n_components,); 0 where unused."""
        deviation = self.codes.std(axis=0, dtype=np.float64)
        return np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 0)

    def scale(self, measure: str = "cosine", weights: np.ndarray | None = None) -> np.ndarray:
        """Return by how much each part counts, (n_components,).

        Raises
        ------
        ValueError
            An unknown measure, or weights that are too few or too many, negative or not finite.
        """
        if measure not in MEASURES:
            raise ValueError(f"A search has no measure {measure!r}. Give one of: {', '.join(MEASURES)}.")
        count = self.codes.shape[1]
        scale = self.evenness if measure == "whitened" else np.ones(count)
        if weights is None:
            return scale
        given = np.asarray(weights, dtype=np.float64)
        if given.shape != (count,):
            raise ValueError(f"Expected {count} weights, one a part, got {given.size}.")
        if not (np.isfinite(given).all() and (given >= 0).all()):
            wrong = int(np.flatnonzero(~(np.isfinite(given) & (given >= 0)))[0])
            raise ValueError(f"Weights must be finite and not negative, got {given[wrong]} for part {wrong + 1}.")
        return scale * given

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
        """Return the most similar samples, or the least.

        Parameters
        ----------
        code : ndarray of shape (n_components,)
        n : int
            How many; all where there are fewer.
        measure : {"cosine", "whitened", "euclidean"}
            The angle between the codes; the same with every part equally loud (each over its standard deviation); or
            their distance, which sees how bright a picture is.
        weights : ndarray of shape (n_components,), optional
            How much each part counts, >= 0; 0 switches it off. 1 if not given.
        farthest : bool
            The least similar instead, the least first.
        among : ndarray of bool, shape (n_samples,), optional
            Which samples may be found; all if not given.

        Returns
        -------
        Found
            Ranked in double precision; samples of equal score in order of their rows.
        """
        if n < 1:
            raise ValueError(f"A search wants at least one result, got n={n}.")
        scale = self.scale(measure, weights)
        code = np.asarray(code, dtype=np.float64)
        if code.shape != (self.codes.shape[1],):
            raise ValueError(f"Expected a code of {self.codes.shape[1]} weights, one a part, got {code.size}.")
        query = code * scale
        plain = bool((scale == 1).all())
        rough, doubt = (self._near_distances if measure == "euclidean" else self._near_cosines)(query, scale, plain)
        exact = self._distances if measure == "euclidean" else self._cosines
        sign = 1 if farthest != (measure == "euclidean") else -1  # the wanted have the least `sign * score`
        return self._first(rough, doubt, n, among, lambda rows: exact(rows, query, scale), sign)

    def _first(
        self,
        rough: np.ndarray,
        doubt: float,
        n: int,
        among: np.ndarray | None,
        exact: Callable[[np.ndarray], np.ndarray],
        sign: int,
    ) -> Found:
        """Return the rows whose exact ``sign * score`` is least, given float32 scores that are at most `doubt` away."""
        keys = rough if sign > 0 else -rough
        if among is not None:
            keys = np.where(among, keys, np.float32(np.inf))
        available = len(keys) if among is None else int(np.count_nonzero(among))
        n = min(n, available)
        if n == 0:
            return Found(np.zeros(0, dtype=np.int64), np.zeros(0))
        limit = np.partition(keys, n - 1)[n - 1] if n < len(keys) else np.float32(np.finfo(np.float32).max)
        rows = np.flatnonzero(keys <= float(limit) + 2 * doubt)
        scores = exact(rows)
        order = np.argsort(sign * scores, kind="stable")[:n]
        return Found(rows[order], scores[order])

    def _near_cosines(self, query: np.ndarray, scale: np.ndarray, plain: bool) -> tuple[np.ndarray, float]:
        length = np.linalg.norm(query)
        direction = query / length if length > 0 else query
        doubt = EPS * (len(query) + 8)
        if plain:
            return self.unit @ direction.astype(np.float32), doubt
        lengths = self._lengths(scale)
        dots = self.codes @ (direction * scale).astype(np.float32)
        # a row whose weighted code is tiny beside the whole is off by more
        whole = np.abs(self.codes) @ np.abs(direction * scale).astype(np.float32)
        safe = np.where(lengths > 0, lengths, 1)
        return (dots / safe).astype(np.float32), doubt * max(1.0, float((whole / safe).max(initial=0.0)))

    def _near_distances(self, query: np.ndarray, scale: np.ndarray, plain: bool) -> tuple[np.ndarray, float]:
        """Return squared distances: their order is that of the distances."""
        squares = (self.lengths if plain else self._lengths(scale)) ** 2
        own = float(query @ query)
        rough = squares - 2 * (self.codes @ (query * scale).astype(np.float32)).astype(np.float64) + own
        return rough.astype(np.float32), EPS * (len(query) + 8) * 4 * (float(squares.max(initial=0.0)) + own)

    def _cosines(self, rows: np.ndarray, query: np.ndarray, scale: np.ndarray) -> np.ndarray:
        codes = self.codes[rows] * scale
        lengths = np.sqrt(np.einsum("ij,ij->i", codes, codes)) * np.sqrt(np.einsum("j,j->", query, query))
        dots = np.einsum("ij,j->i", codes, query)
        return np.divide(dots, lengths, out=np.zeros(len(rows)), where=lengths > 0).clip(-1, 1)

    def _distances(self, rows: np.ndarray, query: np.ndarray, scale: np.ndarray) -> np.ndarray:
        return np.linalg.norm(self.codes[rows] * scale - query, axis=1)

    def _lengths(self, scale: np.ndarray) -> np.ndarray:
        """Return the lengths of the scaled codes, float64, computed by blocks."""
        squares = scale.astype(np.float64) ** 2
        blocks = [self.codes[first : first + CHUNK].astype(np.float64) for first in range(0, len(self), CHUNK)]
        return np.sqrt(np.concatenate([(block**2) @ squares for block in blocks])) if blocks else np.zeros(0)


MEASURES = {
    "cosine": "the angle between the codes",
    "whitened": "the same, with every part equally loud",
    "euclidean": "the distance between the codes, which sees brightness too",
}
