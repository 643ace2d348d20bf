"""What likeness is: the measures of a search, what may be asked, and the scores of codes in double precision."""

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral

import numpy as np

MEASURES = {
    "cosine": "the angle between the codes",
    "whitened": "the same, with every part equally loud",
    "euclidean": "the distance between the codes, which sees brightness too",
}


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


@dataclass(frozen=True)
class Question:
    """What codes are ranked by, as it was found fit to be asked.

    Parameters
    ----------
    query : ndarray of shape (n_components,)
        The code, scaled.
    scale : ndarray of shape (n_components,)
        By how much each part counts.
    measure : str
    farthest : bool
        The least similar are wanted.
    """

    query: np.ndarray
    scale: np.ndarray
    measure: str
    farthest: bool

    @classmethod
    def asked(cls, code: np.ndarray, n: int, scale: np.ndarray, measure: str, farthest: bool) -> "Question":
        """Return the question; ValueError for fewer results than one, or a code of a wrong size or not finite."""
        if not isinstance(n, Integral):
            raise ValueError(f"A search wants a whole number of results, got n={n}.")
        if n < 1:
            raise ValueError(f"A search wants at least one result, got n={n}.")
        code = np.asarray(code, dtype=np.float64)
        if code.shape != scale.shape:
            raise ValueError(f"Expected a code of {len(scale)} weights, one a part, got {code.size}.")
        if not np.isfinite(code).all():
            raise ValueError("A code must be finite, got one with NaN or infinity.")
        if measure != "euclidean":
            # an angle has no unit, and squares of weights far from 1 have no room
            scale, code = _near_one(scale), _near_one(code)
        return cls(code * scale, scale, measure, farthest)

    @property
    def distant(self) -> bool:
        """Whether scores are distances."""
        return self.measure == "euclidean"

    @property
    def sign(self) -> int:
        """The wanted have the least ``sign * score``."""
        return 1 if self.farthest != self.distant else -1

    def scores(self, codes: np.ndarray) -> np.ndarray:
        """Return the scores of codes, float64."""
        if self.distant:
            return np.linalg.norm(codes * self.scale - self.query, axis=1)
        # normalised together, so that equal codes stay equal to the last bit
        units = directions(np.concatenate([self.query[None], codes * self.scale]))
        return cosines(units[:1], units[1:])


def _near_one(values: np.ndarray) -> np.ndarray:
    """Return values over a power of two that brings the largest to 1 or just above; no digit changes."""
    top = float(np.abs(values).max(initial=0.0))
    return np.ldexp(values, 1 - np.frexp(top)[1]) if top > 0 else values


def scale_of(measure: str, weights: np.ndarray | None, count: int, evenness: Callable[[], np.ndarray]) -> np.ndarray:
    """Return by how much each of `count` parts counts, (n_components,).

    Raises
    ------
    ValueError
        An unknown measure, or weights that are too few or too many, negative, not finite or all zero.
    """
    if measure not in MEASURES:
        raise ValueError(f"A search has no measure {measure!r}. Give one of: {', '.join(MEASURES)}.")
    scale = evenness() if measure == "whitened" else np.ones(count)
    if weights is None:
        return scale
    given = np.asarray(weights, dtype=np.float64)
    if given.shape != (count,):
        raise ValueError(f"Expected {count} weights, one a part, got {given.size}.")
    if not (np.isfinite(given).all() and (given >= 0).all()):
        wrong = int(np.flatnonzero(~(np.isfinite(given) & (given >= 0)))[0])
        raise ValueError(f"Weights must be finite and not negative, got {given[wrong]} for part {wrong + 1}.")
    if not given.any():
        raise ValueError("Every part is switched off, so there is nothing to compare. Leave one of them on.")
    return scale * given


def evenness_of(deviation: np.ndarray) -> np.ndarray:
    """Return the scale that makes every part equally loud, 1 / its standard deviation; 0 where that is 0."""
    return np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation > 0)


def directions(codes: np.ndarray) -> np.ndarray:
    """Return codes at length 1, float64; those of zeros stay zeros."""
    codes = codes.astype(np.float64, copy=False)
    lengths = np.sqrt(np.einsum("ij,ij->i", codes, codes))
    return codes / np.where(lengths > 0, lengths, 1)[:, None]


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the cosines of pairs of directions, row by row; exactly 1 where they are the same, exactly 0 where apart.

    Near 1 a sum of products has lost what ``1 - |a - b|^2 / 2`` still tells.
    """
    dots = np.einsum("ij,ij->i", *np.broadcast_arrays(a, b))
    apart = a - b
    return np.where(dots > 0.5, 1 - np.einsum("ij,ij->i", apart, apart) / 2, dots).clip(-1, 1)
