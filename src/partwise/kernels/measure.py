"""Sums over factors, accumulated in float64 in one pass: what the objective and the KKT residual are made of."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from partwise.kernels.blocks import added, padded, size_of_blocks, summed
from partwise.kernels.lanes import blend
from partwise.kernels.passes import bounds, weigh
from partwise.kernels.team import share
from partwise.kernels.threads import crew
from partwise.kernels.vectors import ROWS, VECTORS, WIDTH

TILES = 4  # of the register kernel, read together
BLOCK = 1 << 18  # entries given to a thread at once; they stay in the second-level cache
PIECE = 4096  # squares summed before they are added to the rest


@njit(nogil=True, cache=True)
def _fold(sums, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Put the six sums of every component into out, given those of every lane."""
    lanes = len(sums) // out.size
    for j in range(out.shape[0]):
        for i in range(6):
            begin = (6 * j + i) * lanes
            out[j, i] = sums[begin : begin + lanes].sum()


@njit(nogil=True, cache=True)
def _read_block(plus, minus, F, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    """For each component: |projected gradient|^2, |minus|^2, |F|^2, <minus, F>, <plus, F>, sum F."""
    k, n = F.shape
    lanes = WIDTH // F.itemsize
    wide = -(-n // lanes) * lanes
    row = np.zeros((3, max(lanes, wide)), F.dtype)
    sums = np.zeros(6 * k * lanes)
    none = F.dtype.type(0)
    for j in range(k):
        f, up, down = row[0], row[1], row[2]
        for r in range(n):
            f[r] = F[j, r]
            up[r] = plus[j, r]
            down[r] = minus[j, r]
        width = row.shape[1]
        weigh(row, 0, row, width, row, 2 * width, width, none, none, sums, 6 * j * lanes)
    _fold(sums, out)


@njit(nogil=True, cache=True)
def _read_normal(gram, cross, F, penalty, found, size, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Put into found[block] what `_read_block` finds where plus is ``gram F + l1 + l2 F``.

    gram is padded to a multiple of ROWS.
    """
    start, stop = block * size, min((block + 1) * size, F.shape[1])
    tile = VECTORS * WIDTH // F.itemsize
    k, high = F.shape[0], gram.shape[0]
    room = (np.zeros((high, TILES * tile), F.dtype), np.zeros(tile, F.dtype))
    lanes = WIDTH // F.itemsize
    sums = np.zeros(6 * k * lanes)
    whole = start + (stop - start) // tile * tile
    for begin in range(start, whole, TILES * tile):
        _read_tiles(gram, cross, F, begin, min(TILES, (whole - begin) // tile), penalty, room, sums)
    if whole < stop:
        f, minus = np.zeros((k, tile), F.dtype), np.zeros((k, tile), F.dtype)
        for j in range(k):
            for r in range(stop - whole):
                f[j, r] = F[j, whole + r]
                minus[j, r] = cross[j, whole + r]
        _read_tiles(gram, minus, f, 0, 1, penalty, room, sums)
    _fold(sums, found[block])


@njit(nogil=True, cache=True)
def _read_tiles(gram, cross, F, begin, count, penalty, room, sums):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add what so many tiles of rows, from `begin` on, say."""
    plus, none = room
    l1, l2 = penalty
    k, n_rows = F.shape
    high, wide = plus.shape
    tile, lanes = len(none), WIDTH // F.itemsize
    for t in range(0, count * tile, tile):
        for j in range(0, high, ROWS):
            at = j * wide + t
            blend(gram, j * high, high, F, begin + t, n_rows, k, none, 0, 0, plus, at, wide)
    for j in range(k):
        at = j * n_rows + begin
        weigh(F, at, plus, j * wide, cross, at, count * tile, l1, l2, sums, 6 * j * lanes)


@njit(nogil=True, cache=True)
def _read_all(board, gram, cross, F, penalty, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    n = -(-F.shape[1] // size)
    found = np.empty((n, F.shape[0], 6))
    share(board, _read_normal, (padded(gram), cross, F, penalty, found, size), n)
    return added(found)


@njit(nogil=True, cache=True, fastmath={"contract", "reassoc", "nsz"})
def _squares(flat, found, size, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Sum squares in float64, in pieces, so that the rounding does not grow with their number; count what is not 0."""
    start, stop = block * size, min((block + 1) * size, len(flat))
    none, one = flat.dtype.type(0), flat.dtype.type(1)
    total = 0.0
    count = 0.0
    for begin in range(start, stop, PIECE):
        piece = flat[begin : min(begin + PIECE, stop)]
        part = 0.0
        there = none
        # two loops, each of which is vectorised; the second reads from the cache
        for r in range(len(piece)):
            part += np.float64(piece[r]) * np.float64(piece[r])
        for r in range(len(piece)):
            there += one if piece[r] != none else none
        total += part
        count += there
    found[block, 0, 0] = total
    found[block, 0, 1] = count


@njit(nogil=True, cache=True)
def _all_squares(board, flat, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    n = -(-len(flat) // size)
    found = np.empty((n, 1, 2))
    share(board, _squares, (flat, found, size), n)
    return added(found)


@njit(nogil=True, cache=True)
def _residual_rows(gram, cross, F, out, size, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Fill in `relative_residuals` for a block of rows; gram is padded to a multiple of ROWS."""
    start, stop = block * size, min((block + 1) * size, F.shape[1])
    chunk = VECTORS * WIDTH // F.itemsize
    k, high = F.shape[0], gram.shape[0]
    f = np.zeros((high, chunk))
    gradient = np.zeros((high, chunk))
    pull = np.zeros(chunk)
    length = np.zeros(chunk)
    for begin in range(start, stop, chunk):
        n = min(chunk, stop - begin)
        pull[:] = 0.0
        length[:] = 0.0
        for j in range(k):
            given, copy, against, minus = F[j, begin : begin + n], f[j], gradient[j], cross[j, begin : begin + n]
            for r in range(n):
                copy[r] = given[r]
                against[r] = -minus[r]
                length[r] += minus[r] * minus[r]
        for j in range(0, high, ROWS):
            at = j * chunk
            blend(gram, j * high, high, f, 0, chunk, high, gradient, at, chunk, gradient, at, chunk)
        for j in range(k):
            value, now = gradient[j], f[j]
            for r in range(n):
                free = value[r] if now[r] > 0.0 else min(value[r], 0.0)
                pull[r] += free * free
        for r in range(n):
            out[begin + r] = np.sqrt(pull[r] / length[r]) if length[r] > 0.0 else 0.0


@njit(nogil=True, cache=True)
def _all_residuals(board, gram, cross, F, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    out = np.empty(F.shape[1])
    share(board, _residual_rows, (padded(gram), cross, F, out, size), -(-F.shape[1] // size))
    return out


@njit(nogil=True, cache=True)
def kkt_residual(left, right, balanced):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return ``(||P_W|| + ||P_H||) / (||M_W|| + ||M_H||)`` of what `read` has found for W and for H.

    `balanced` takes each component at ``||w_j|| = ||h_j||``.
    """
    sums = np.zeros(4)
    for j in range(len(left)):
        scale = 1.0
        if balanced and left[j, 2] > 0.0 and right[j, 2] > 0.0:
            # roots first: a superfluous component may be so short that the ratio of squares overflows
            scale = np.sqrt(right[j, 2]) / np.sqrt(left[j, 2])
        for i in range(2):
            sums[i] += left[j, i] / scale
            sums[2 + i] += right[j, i] * scale
    pull = np.sqrt(sums[0]) + np.sqrt(sums[2])
    hold = np.sqrt(sums[1]) + np.sqrt(sums[3])
    return pull / hold if hold > 0.0 else 0.0


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

    return summed(part, F.shape[1], 6 * len(F))


def read_normal(gram: np.ndarray, cross: np.ndarray, F: np.ndarray, l1: float, l2: float) -> np.ndarray:
    """Return what `read` returns where plus is ``gram F + l1 + l2 F`` and minus is `cross`, in one pass."""
    F, cross = np.ascontiguousarray(F), np.ascontiguousarray(cross, F.dtype)
    weights = F.dtype.type(l1), F.dtype.type(l2)
    gram = np.ascontiguousarray(gram, F.dtype)
    k, n_rows = F.shape
    return np.asarray(_read_all(crew(), gram, cross, F, weights, size_of_blocks(n_rows, k * k + 6 * k)))


def relative_residuals(gram: np.ndarray, cross: np.ndarray, F: np.ndarray) -> np.ndarray:
    """Return, for every row, the length of its projected gradient relative to that of its cross products.

    Parameters
    ----------
    gram : ndarray of shape (n_components, n_components)
    cross, F : ndarray of shape (n_components, n_rows)
        Taken in float64.
    """
    k, n_rows = F.shape
    gram, cross, F = (np.ascontiguousarray(one, np.float64) for one in (gram, cross, F))
    return np.asarray(_all_residuals(crew(), gram, cross, F, size_of_blocks(n_rows, k * k)))


def squares(values: np.ndarray) -> tuple[float, int]:
    """Return the sum of squares of all entries, in float64, and how many are not 0, in one pass."""
    ((total, count),) = _all_squares(crew(), _flat(values), BLOCK)
    return float(total), int(count)


def sum_squares(values: np.ndarray) -> float:
    """Return the sum of squares of all entries, in float64."""
    return squares(values)[0]


@njit(nogil=True, cache=True)
def _extremes(flat, found, size, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Put the least and the largest entry of a block into found[block]; both are NaN where there is a NaN."""
    start, stop = block * size, min((block + 1) * size, len(flat))
    lanes = WIDTH // flat.itemsize
    all_three = np.zeros(3 * lanes, flat.dtype)
    whole = (stop - start) // lanes * lanes
    low, high = flat[start], flat[start]
    if whole > 0:
        bounds(flat, start, whole, all_three)
        low, high = all_three[:lanes].min(), all_three[lanes : 2 * lanes].max()
    strange = all_three[2 * lanes :].sum()
    for value in flat[start + whole : stop]:
        low, high = min(low, value), max(high, value)
        strange += value * flat.dtype.type(0)
    # infinity times 0 is not a number either
    if strange != 0 and _holds_nan(flat[start:stop]):
        low = high = flat.dtype.type(np.nan)
    found[0, block], found[1, block] = low, high


@njit(nogil=True, cache=True)
def _holds_nan(values):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Say whether there is a NaN."""
    return np.isnan(values).any()


@njit(nogil=True, cache=True)
def _all_extremes(board, flat, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    n = -(-len(flat) // size)
    found = np.empty((2, n), flat.dtype)
    share(board, _extremes, (flat, found, size), n)
    return found


def extremes(values: np.ndarray) -> tuple[Any, Any]:
    """Return the least and the largest entry, in one pass; NaN where there is one. There must be an entry."""
    found = _all_extremes(crew(), _flat(values), BLOCK // 4)
    return found[0].min(), found[1].max()


def _flat(values: np.ndarray) -> np.ndarray:
    """Return all entries in a row, without a copy of a contiguous array."""
    return values.reshape(-1, order="A") if values.flags.forc else np.ascontiguousarray(values).reshape(-1)
