"""Sums over factors, accumulated in float64 in one pass: what the objective and the KKT residual are made of."""

from collections.abc import Callable

import numpy as np
from numba import njit

from partwise.kernels.blocks import summed
from partwise.kernels.threads import over_rows


@njit(nogil=True, cache=True)
def _read_block(plus, minus, F, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    """For each component: |projected gradient|^2, |minus|^2, |F|^2, <minus, F>, <plus, F>, sum F."""
    for j in range(F.shape[0]):
        projected = 0.0
        balance = 0.0
        size = 0.0
        inner_minus = 0.0
        inner_plus = 0.0
        total = 0.0
        for r in range(F.shape[1]):
            f = np.float64(F[j, r])
            up = np.float64(plus[j, r])
            down = np.float64(minus[j, r])
            gradient = up - down
            if f <= 0.0 and gradient > 0.0:
                gradient = 0.0
            projected += gradient * gradient
            balance += down * down
            size += f * f
            inner_minus += down * f
            inner_plus += up * f
            total += f
        out[j, 0] = projected
        out[j, 1] = balance
        out[j, 2] = size
        out[j, 3] = inner_minus
        out[j, 4] = inner_plus
        out[j, 5] = total


@njit(nogil=True, cache=True)
def _sum_squares(flat, start, stop):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Sum squares in float64, four accumulators wide."""
    a = 0.0
    b = 0.0
    c = 0.0
    d = 0.0
    whole = start + (stop - start) // 4 * 4
    for i in range(start, whole, 4):
        a += np.float64(flat[i]) ** 2
        b += np.float64(flat[i + 1]) ** 2
        c += np.float64(flat[i + 2]) ** 2
        d += np.float64(flat[i + 3]) ** 2
    for i in range(whole, stop):
        a += np.float64(flat[i]) ** 2
    return a + b + c + d


def read(split: Callable[[slice], tuple[np.ndarray, np.ndarray]], F: np.ndarray) -> np.ndarray:
    """Return the six sums of every component, shape (n_components, 6), float64.

    The columns are |projected gradient|^2, |minus|^2, |F|^2, <minus, F>, <plus, F> and sum F, where the gradient is
    plus - minus, taken where F > 0, and its negative part where F = 0 (Lin 2007).

    Parameters
    ----------
    split : callable
        Returns (plus, minus) for a slice of rows, each (n_components, rows of the slice).
    F : ndarray of shape (n_components, n_rows)
    """

    def part(start: int, stop: int) -> np.ndarray:
        out = np.empty((len(F), 6))
        plus, minus = split(slice(start, stop))
        _read_block(plus, minus, F[:, start:stop], out)
        return out

    return summed(part, F.shape[1], (len(F), 6), np.float64)


def sum_squares(values: np.ndarray) -> float:
    """Return the sum of squares of all entries, in float64, without a copy of a contiguous array."""
    flat = values.reshape(-1, order="A") if values.flags.forc else np.ascontiguousarray(values).reshape(-1)
    block = 1 << 18
    starts = range(0, flat.size, block)
    sums = np.zeros(len(starts))

    def some(first: int, last: int) -> None:
        for i in range(first, last):
            sums[i] = _sum_squares(flat, i * block, min((i + 1) * block, flat.size))

    over_rows(some, len(starts), least=1)
    return float(sums.sum())
