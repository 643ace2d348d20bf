"""Float16 codes measured against a query: widened in registers, bit by bit, and summed in double precision."""

import numpy as np
from numba import njit

# a half's bits, moved to where a double has its own, lack this much: the difference of the two exponents' zeros
LIFT = 2.0**1008


def cosines_of(halves: np.ndarray, direction: np.ndarray, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the cosines of float16 codes with a query, and what they would be if no term cancelled another, float64.

    Parameters
    ----------
    halves : ndarray of float16, shape (n_rows, n_components), C order
    direction : ndarray of float64, shape (n_components,)
        The query at length 1, times the scale of each component.
    squares : ndarray of float64, shape (n_components,)
        The squared scale of each component; codes of length 0 have cosine 0.
    """
    found = np.empty((2, len(halves)))
    _cosines(halves.view(np.uint16), direction, squares, found)
    return found[0], found[1]


def distances_of(halves: np.ndarray, scale: np.ndarray, query: np.ndarray) -> np.ndarray:
    """Return the distances of scaled float16 codes from a query, float64; its shapes are those of `cosines_of`."""
    found = np.empty(len(halves))
    _distances(halves.view(np.uint16), scale, query, found)
    return found


# never fast-math, which those that call inherit: a product with LIFT must not be taken before its factor is made small
@njit(nogil=True, cache=True, fastmath=False)
def _value(half):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return what the bits of a finite half stand for; no processor needs an instruction for halves."""
    bits = np.uint64(half)
    sign, size = (bits & np.uint64(0x8000)) << np.uint64(48), (bits & np.uint64(0x7FFF)) << np.uint64(42)
    return np.uint64(sign | size).view(np.float64) * LIFT


@njit(nogil=True, cache=True, fastmath=False)
def _difference(half, scale, wanted):  # type: ignore[no-untyped-def]  # pragma: no cover
    return _value(half) * scale - wanted


@njit(nogil=True, cache=True, fastmath={"contract", "reassoc", "nsz"})
def _cosines(halves, direction, squares, found):  # type: ignore[no-untyped-def]  # pragma: no cover
    for i in range(halves.shape[0]):
        dot = whole = square = 0.0
        for j in range(halves.shape[1]):
            c = _value(halves[i, j])
            product = c * direction[j]
            dot += product
            whole += abs(product)
            square += c * c * squares[j]
        length = np.sqrt(square) if square > 0 else 1.0
        found[0, i], found[1, i] = dot / length, whole / length


@njit(nogil=True, cache=True, fastmath={"reassoc", "nsz"})
def _distances(halves, scale, query, found):  # type: ignore[no-untyped-def]  # pragma: no cover
    for i in range(halves.shape[0]):
        square = 0.0
        for j in range(halves.shape[1]):
            apart = _difference(halves[i, j], scale[j], query[j])
            square += apart * apart
        found[i] = np.sqrt(square)
