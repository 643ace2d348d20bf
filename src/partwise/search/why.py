"""Why two samples are alike, or not: their cosine as a sum over the parts, and what keeps it from 1."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Explanation:
    """Two codes as directions, compared part by part. `shared`, `more_here` and `more_there` together add up to 1.

    With ``a = w / |w|`` and ``b`` alike, ``cosine = sum_i a_i b_i``, and ``1 - cosine = sum_i (a_i - b_i)^2 / 2``.

    Attributes
    ----------
    here, there : ndarray of float64, shape (n_components,)
        a and b: the codes, each part by how much it counts, at length 1.
    shared : ndarray
        What each part gives to the cosine, ``a_i b_i``.
    more_here, more_there : ndarray
        What each part takes from it, where a has more of it, and where b has.
    """

    here: np.ndarray
    there: np.ndarray
    shared: np.ndarray
    more_here: np.ndarray
    more_there: np.ndarray

    @property
    def cosine(self) -> float:
        """The sum of what is shared."""
        return float(self.shared.sum())


def explained(a: np.ndarray, b: np.ndarray, scale: np.ndarray | None = None) -> Explanation:
    """Compare two codes part by part.

    Parameters
    ----------
    a, b : ndarray of shape (n_components,)
    scale : ndarray of shape (n_components,), optional
        By how much each part counts, as `CodeIndex.scale` gives it; 1 if not given.

    Raises
    ------
    ValueError
        Codes of different lengths, or a code without weight on any part that counts: it has no direction.
    """
    here, there = (_direction(code, scale) for code in (a, b))
    if here.shape != there.shape:
        raise ValueError(f"Two codes of one model are compared, got {len(here)} and {len(there)} weights.")
    apart = (here - there) ** 2 / 2
    return Explanation(here, there, here * there, np.where(here > there, apart, 0), np.where(there > here, apart, 0))


def _direction(code: np.ndarray, scale: np.ndarray | None) -> np.ndarray:
    values = np.asarray(code, dtype=np.float64) * (1 if scale is None else scale)
    length = np.linalg.norm(values)
    if length == 0:
        raise ValueError("A code of zeros has no direction, so there is nothing to compare. Switch on a part it has.")
    return values / length


def contributions(code: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Return what each part adds to a sample, (n_components, n_features); the sum is its reconstruction.

    Parameters
    ----------
    code : ndarray of shape (n_components,)
    parts : ndarray of shape (n_components, n_features)
    """
    return np.asarray(code)[:, None] * parts
