"""The Kullback-Leibler divergence of entries from their estimates, summed in double precision."""

import numpy as np
from numba import njit

from partwise.kernels.divergence import SUMS

TINY = np.finfo(np.float64).tiny


@njit(nogil=True, cache=True, fastmath=SUMS, error_model="numpy")
def _put_ratios(x, y, floor, ratios):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Set ratios to x / max(y, floor), nowhere 0; return the sum of x, and of x (1 - y / floor) below the floor."""
    total = lacking = 0.0
    for e in range(len(x)):
        entry, estimate = np.float64(x[e]), np.float64(y[e])
        ratios[e] = max(entry / max(estimate, floor), TINY)
        total += entry
        # below the floor the logarithm goes on as its tangent, so that the value falls as the pulls promise
        lacking += entry * max(0.0, 1.0 - estimate / floor)
    return total, lacking


@njit(nogil=True, cache=True, fastmath=SUMS)
def _weighted(x, logs):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return the sum of x times logs in float64."""
    total = 0.0
    for e in range(len(x)):
        total += np.float64(x[e]) * logs[e]
    return total


def sum_of_logs(x: np.ndarray, y: np.ndarray, floor: float) -> float:
    """Return the sum of ``x log(x / y) - x`` in float64, for vectors of entries and of estimates; 0 log 0 is 0.

    Below the floor the logarithm of y goes on as its tangent.
    """
    ratios = np.empty(len(x))
    total, lacking = _put_ratios(x, y, floor, ratios)
    return float(_weighted(x, np.log(ratios, out=ratios))) - total + lacking
