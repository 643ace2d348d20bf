"""Nearest and farthest codes, exactly: single precision finds who may be among them, double precision ranks those."""

from functools import cached_property

import numpy as np

from partwise.search.measures import Found, Question, evenness_of, scale_of

EPS = float(np.finfo(np.float32).eps)
CHUNK = 1 << 16  # codes that are squared at a time
SMALL = 1 << 21  # weights in all, of codes that are multiplied by one thread
SANE = 30  # codes whose largest is within 2 to this power, up or down, are multiplied as they are


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
    def _loud(self) -> tuple[np.ndarray, float]:
        """The codes in a unit in which their products are in the range of float32, and that unit, a power of two."""
        top = float(np.abs(self.codes).max(initial=0.0))
        exponent = int(np.frexp(top)[1]) if top > 0 else 0
        if abs(exponent) <= SANE:
            return self.codes, 1.0
        unit = float(np.ldexp(1.0, exponent))
        return (self.codes / unit).astype(np.float32), unit

    @cached_property
    def lengths(self) -> np.ndarray:
        """The lengths of the codes, float64, shape (n_samples,)."""
        blocks = [self.codes[first : first + CHUNK].astype(np.float64) for first in range(0, len(self), CHUNK)]
        return np.sqrt(np.concatenate([(block**2).sum(axis=1) for block in blocks])) if blocks else np.zeros(0)

    @cached_property
    def _squares(self) -> np.ndarray:
        """The codes squared, float64, kept from the first search in which parts are weighted."""
        return self.codes.astype(np.float64) ** 2

    @cached_property
    def _signed(self) -> bool:
        """Whether some weight is below 0, as those of a semi-NMF may be."""
        return bool(self.codes.size) and float(self.codes.min()) < 0

    @cached_property
    def evenness(self) -> np.ndarray:
        """The scale that makes every part equally loud, 1 / its standard deviation, (n_components,); 0 where unused."""
        return evenness_of(self.codes.std(axis=0, dtype=np.float64))

    def scale(self, measure: str = "cosine", weights: np.ndarray | None = None) -> np.ndarray:
        """Return by how much each part counts, (n_components,).

        Raises
        ------
        ValueError
            An unknown measure, or weights that are too few or too many, negative, not finite or all zero.
        """
        return scale_of(measure, weights, self.codes.shape[1], lambda: self.evenness)

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
        question = Question.asked(code, n, self.scale(measure, weights), measure, farthest)
        near = self._near_distances if question.distant else self._near_cosines
        rough, doubt = near(question.query, question.scale, bool((question.scale == 1).all()))
        return self._first(rough, doubt, n, among, question)

    def _first(self, rough: np.ndarray, doubt: float, n: int, among: np.ndarray | None, question: Question) -> Found:
        """Return the rows whose exact ``sign * score`` is least, given scores that are at most `doubt` away."""
        keys = rough if question.sign > 0 else -rough
        may = np.arange(len(keys)) if among is None else np.flatnonzero(among)
        n = min(n, len(may))
        if n == 0:
            return Found(np.zeros(0, dtype=np.int64), np.zeros(0))
        if among is not None:
            keys = np.where(among, keys, keys.dtype.type(np.inf))
        if n < len(may):
            may = np.flatnonzero(keys <= float(np.partition(keys, n - 1)[n - 1]) + 2 * doubt)
        scores = question.scores(self.codes[may])
        order = np.argsort(question.sign * scores, kind="stable")[:n]
        return Found(may[order], scores[order])

    def _near_cosines(self, query: np.ndarray, scale: np.ndarray, plain: bool) -> tuple[np.ndarray, float]:
        length = np.linalg.norm(query)
        direction = query / length if length > 0 else query
        doubt = EPS * (len(query) + 8)
        if plain:
            return _products(self.unit, direction), doubt
        lengths = self._lengths(scale)
        safe = np.where(lengths > 0, lengths, 1)
        near = self._dots(direction * scale) / safe
        # a row whose weighted code is tiny beside the whole is off by more
        signed = self._signed or bool((direction < 0).any())
        whole = self._dots(np.abs(direction * scale), size=True) / safe if signed else near
        return near, doubt * max(1.0, float(whole.max(initial=0.0)))

    def _near_distances(self, query: np.ndarray, scale: np.ndarray, plain: bool) -> tuple[np.ndarray, float]:
        """Return squared distances: their order is that of the distances."""
        squares = (self.lengths if plain else self._lengths(scale)) ** 2
        own = float(query @ query)
        rough = squares - 2 * self._dots(query * scale) + own
        return rough, EPS * (len(query) + 8) * 4 * (float(squares.max(initial=0.0)) + own)

    def _dots(self, vector: np.ndarray, *, size: bool = False) -> np.ndarray:
        """Return the products of all codes, or of their absolute values, with a vector, to the precision of float32."""
        codes, unit = self._loud
        top = float(np.abs(vector).max(initial=0.0)) or 1.0
        return _products(np.abs(codes) if size else codes, vector / top).astype(np.float64) * (top * unit)

    def _lengths(self, scale: np.ndarray) -> np.ndarray:
        """Return the lengths of the scaled codes, float64."""
        return np.sqrt(_products(self._squares, scale.astype(np.float64) ** 2))


def _products(codes: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Return the products of codes with a vector, in the precision of the codes."""
    vector = vector.astype(codes.dtype)
    # while others compute, the threads of a BLAS wait some milliseconds for each other: too long for a small product
    return codes @ vector if codes.size > SMALL else np.einsum("ij,j->i", codes, vector)
