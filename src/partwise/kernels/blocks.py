"""Products and passes over whole factors, in blocks of rows at fixed places: the number of threads changes no bit of a sum."""

from collections.abc import Callable

import numpy as np
from numba import njit

from partwise.kernels.threads import over_rows

BLOCK = 2048  # rows (columns of F) summed together


def summed(part: Callable[[int, int], np.ndarray], n_rows: int, shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """Return the sum of ``part(start, stop)`` over blocks, added up in their order whoever computed them."""
    starts = range(0, max(n_rows, 1), BLOCK)
    parts = np.zeros((len(starts), *shape), dtype)

    def some(first: int, last: int) -> None:
        for i in range(first, last):
            parts[i] = part(i * BLOCK, min((i + 1) * BLOCK, n_rows))

    over_rows(some, len(starts), least=1)
    return parts.sum(axis=0, dtype=dtype) if len(parts) > 1 else parts[0]


def gram(F: np.ndarray) -> np.ndarray:
    """Return ``F @ F.T`` for F of shape (n_components, n_rows)."""
    k = len(F)
    return summed(lambda start, stop: F[:, start:stop] @ F[:, start:stop].T, F.shape[1], (k, k), F.dtype.type)


@njit(nogil=True, cache=True)
def _blend(now, before, beta, clip, out, start, stop):  # type: ignore[no-untyped-def]  # pragma: no cover
    zero = now.dtype.type(0)
    for j in range(now.shape[0]):
        for r in range(start, stop):
            value = now[j, r] + beta * (now[j, r] - before[j, r])
            out[j, r] = max(zero, value) if clip else value


def beyond(now: np.ndarray, before: np.ndarray, beta: float, *, clip: bool = False) -> np.ndarray:
    """Return ``now + beta (now - before)``, not below 0 if `clip`."""
    if beta == 0:
        return now
    out = np.empty_like(now)
    share = now.dtype.type(beta)
    over_rows(lambda start, stop: _blend(now, before, share, clip, out, start, stop), now.shape[1])
    return out


@njit(nogil=True, cache=True)
def _inner(A, B, start, stop):  # type: ignore[no-untyped-def]  # pragma: no cover
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
    return float(summed(lambda start, stop: np.asarray(_inner(A, B, start, stop)), A.shape[1], (), np.float64))
