"""Sums over whole factors, in blocks of rows at fixed places: the number of threads changes no bit of them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from partwise.kernels.products import outer
from partwise.kernels.threads import over_blocks

BLOCK = 2048  # rows (columns of F) summed together


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
    same = A is B
    A = np.ascontiguousarray(A)
    B = A if same else np.ascontiguousarray(B, A.dtype)

    def part(start: int, stop: int) -> np.ndarray:
        sums = np.empty((len(A), len(B)))
        outer(A, B, start, stop, sums)
        return sums

    return summed(part, A.shape[1], len(A) * len(B)).astype(A.dtype)


@njit(nogil=True, cache=True, fastmath={"contract", "reassoc", "nsz"})
def inner_of(A, B, start, stop):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Sum A * B over columns start..stop in float64."""
    total = 0.0
    for j in range(A.shape[0]):
        a, b = A[j, start:stop], B[j, start:stop]
        for r in range(stop - start):
            total += np.float64(a[r]) * np.float64(b[r])
    return total


def inner(A: np.ndarray, B: np.ndarray) -> float:
    """Return the sum of ``A * B`` in float64."""
    return float(summed(lambda start, stop: np.asarray(inner_of(A, B, start, stop)), A.shape[1], len(A)))
