"""What a quasi-Newton direction asks of a kept pair, over the free entries: sums and blends in one pass each."""

import numpy as np
from numba import njit

from partwise.kernels.blocks import added, size_of_blocks
from partwise.kernels.team import share
from partwise.kernels.threads import crew


def sums_of_pair(step: np.ndarray, change: np.ndarray, found: np.ndarray, free: np.ndarray) -> tuple[float, ...]:
    """Return <step, change>, <step, step>, <change, change> and <step, found> over the free entries, in float64.

    Parameters
    ----------
    step, change, found : ndarray of shape (n_components, n_rows), C order
    free : ndarray of the same shape and dtype
        1 where an entry counts, else 0.
    """
    size = size_of_blocks(step.shape[1], 4 * len(step))
    found_sums: list[float] = _all_sums(crew(), step, change, found, free, size)[0].tolist()
    return tuple(found_sums)


def add_free(found: np.ndarray, weight: float, other: np.ndarray, free: np.ndarray) -> None:
    """Add ``weight * other`` to the free entries of found, in place."""
    _add_all(crew(), found, found.dtype.type(weight), other, free, size_of_blocks(found.shape[1], len(found)))


@njit(nogil=True, cache=True, fastmath={"contract", "reassoc", "nsz"})
def _sums_block(step, change, found, free, sums, size, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    start, stop = block * size, min((block + 1) * size, step.shape[1])
    both = steps = changes = told = 0.0
    for j in range(step.shape[0]):
        s, y, f, counts = step[j, start:stop], change[j, start:stop], found[j, start:stop], free[j, start:stop]
        for r in range(stop - start):
            s_r, y_r = np.float64(s[r] * counts[r]), np.float64(y[r] * counts[r])
            both += s_r * y_r
            steps += s_r * s_r
            changes += y_r * y_r
            told += s_r * np.float64(f[r])
    sums[block, 0, 0], sums[block, 0, 1], sums[block, 0, 2], sums[block, 0, 3] = both, steps, changes, told


@njit(nogil=True, cache=True)
def _all_sums(board, step, change, found, free, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    n = -(-step.shape[1] // size)
    sums = np.empty((n, 1, 4))
    share(board, _sums_block, (step, change, found, free, sums, size), n)
    return added(sums)


@njit(nogil=True, cache=True)
def _add_block(found, weight, other, free, size, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    start, stop = block * size, min((block + 1) * size, found.shape[1])
    for j in range(found.shape[0]):
        f, o, counts = found[j, start:stop], other[j, start:stop], free[j, start:stop]
        for r in range(stop - start):
            f[r] += weight * (o[r] * counts[r])


@njit(nogil=True, cache=True)
def _add_all(board, found, weight, other, free, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    share(board, _add_block, (found, weight, other, free, size), -(-found.shape[1] // size))
