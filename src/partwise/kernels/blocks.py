"""Sums over whole factors, in blocks of rows at fixed places: the number of threads changes no bit of them."""

from collections.abc import Callable

import numpy as np
from numba import njit

from partwise.kernels.threads import over_rows

BLOCK = 2048  # rows (columns of F) summed together


def summed(
    part: Callable[[int, int], np.ndarray], n_rows: int, shape: tuple[int, ...], dtype: type, block: int = BLOCK
) -> np.ndarray:
    """Return the sum of ``part(start, stop)`` over blocks, added up in their order whoever computed them."""
    starts = range(0, max(n_rows, 1), block)
    parts: np.ndarray = np.zeros((len(starts), *shape), dtype)

    def some(first: int, last: int) -> None:
        for i in range(first, last):
            parts[i] = part(i * block, min((i + 1) * block, n_rows))

    over_rows(some, len(starts), least=1)
    return parts.sum(axis=0, dtype=dtype) if len(parts) > 1 else parts[0]


def gram(F: np.ndarray) -> np.ndarray:
    """Return ``F @ F.T`` for F of shape (n_components, n_rows)."""
    k = len(F)
    return summed(lambda start, stop: F[:, start:stop] @ F[:, start:stop].T, F.shape[1], (k, k), F.dtype.type)


@njit(nogil=True, cache=True)
def inner_of(A, B, start, stop):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Sum A * B over columns start..stop in float64."""
    total = 0.0
    for j in range(A.shape[0]):
        a = 0.0
        b = 0.0
        for r in range(start, stop - 1, 2):
            a += np.float64(A[j, r]) * np.float64(B[j, r])
            b += np.float64(A[j, r + 1]) * np.float64(B[j, r + 1])
        if (stop - start) % 2:
            a += np.float64(A[j, stop - 1]) * np.float64(B[j, stop - 1])
        total += a + b
    return total


def inner(A: np.ndarray, B: np.ndarray) -> float:
    """Return the sum of ``A * B`` in float64."""
    return float(summed(lambda start, stop: np.asarray(inner_of(A, B, start, stop)), A.shape[1], (), np.float64))
