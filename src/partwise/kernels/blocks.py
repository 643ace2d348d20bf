"""Sums over whole factors, in blocks of rows at fixed places: the number of threads changes no bit of them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from partwise.kernels.products import outer
from partwise.kernels.team import block_size, share
from partwise.kernels.threads import crew, over_blocks
from partwise.kernels.vectors import ROWS, WIDTH

BLOCK = 2048  # rows (columns of F) summed together, at most
LEAST = 192  # and at least, about: sums over fewer are mostly the end of sums
ENOUGH = 960  # where there are more than a few blocks
WORTH = 1 << 17  # multiplications of a block of them, at least


def summed(part: Callable[[int, int], np.ndarray], n_rows: int, cost: float, block: int = BLOCK) -> np.ndarray:
    """Return the sum of ``part(start, stop)`` over blocks, float64, added up in their order whoever computed them.

    Parameters
    ----------
    part : callable
        Returns an array of the same shape for every range of rows.
    n_rows : int
        Number of rows.
    cost : float
        Multiplications that a row takes.
    block : int
        Rows of a block.
    """
    count = -(-max(n_rows, 1) // block)
    if count == 1:
        return part(0, n_rows)
    parts: list[Any] = [None] * count

    def one(i: int) -> None:
        parts[i] = part(i * block, min((i + 1) * block, n_rows))

    over_blocks(one, count, cost * block)
    return np.asarray(np.sum(parts, axis=0, dtype=np.float64))


def gram(F: np.ndarray) -> np.ndarray:
    """Return ``F @ F.T`` for F of shape (n_components, n_rows)."""
    return narrow(F, F)


def narrow(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Return ``A @ B.T``, small in both directions, for A and B with a long second axis; summed in blocks."""
    return narrow_sums(A, B).astype(A.dtype)


def narrow_sums(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Return what `narrow` does in float64, as it was summed."""
    same = A is B
    A = np.ascontiguousarray(A)
    B = A if same else np.ascontiguousarray(B, A.dtype)
    return np.asarray(_all_outer(crew(), A, B, size_of_blocks(A.shape[1], len(A) * len(B))))


def inner(A: np.ndarray, B: np.ndarray) -> float:
    """Return the sum of ``A * B`` in float64."""
    return float(_all_inner(crew(), A, B, size_of_blocks(A.shape[1], len(A))))


def size_of_blocks(n_rows: int, cost: float) -> int:
    """Return how many rows, of so many multiplications each, are summed together."""
    # a multiple of the lanes, so that no block but the last has a rest
    return min(BLOCK, block_size(n_rows, max(LEAST, WORTH / max(1.0, cost)), WIDTH // 4, ENOUGH))


@njit(nogil=True, cache=True)
def _outer_block(A, B, sums, size, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    outer(A, B, block * size, min((block + 1) * size, A.shape[1]), sums[block])


@njit(nogil=True, cache=True)
def _all_outer(board, A, B, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    n = -(-A.shape[1] // size)
    sums = np.empty((n, A.shape[0], B.shape[0]))
    share(board, _outer_block, (A, B, sums, size), n)
    return added(sums)


@njit(nogil=True, cache=True, fastmath={"contract", "reassoc", "nsz"})
def _inner_block(A, B, sums, size, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    total = 0.0
    start, stop = block * size, min((block + 1) * size, A.shape[1])
    for j in range(A.shape[0]):
        a, b = A[j, start:stop], B[j, start:stop]
        for r in range(stop - start):
            total += np.float64(a[r]) * np.float64(b[r])
    sums[block, 0, 0] = total


@njit(nogil=True, cache=True)
def _all_inner(board, A, B, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    n = -(-A.shape[1] // size)
    sums = np.empty((n, 1, 1))
    share(board, _inner_block, (A, B, sums, size), n)
    return added(sums)[0, 0]


@njit(nogil=True, cache=True)
def padded(gram):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return a square matrix with zeros added up to a multiple of ROWS."""
    k = gram.shape[0]
    size = -(-k // ROWS) * ROWS
    wide = np.zeros((size, size), gram.dtype)
    # loops here and below: compiling an assignment of arrays takes seconds
    for i in range(k):
        for j in range(k):
            wide[i, j] = gram[i, j]
    return wide


@njit(nogil=True, cache=True)
def added(sums):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add up what the blocks have found, tables of the same shape, in their order."""
    n, rows, columns = sums.shape
    total = np.zeros((rows, columns))
    for block in range(n):
        for i in range(rows):
            for j in range(columns):
                total[i, j] += sums[block, i, j]
    return total
