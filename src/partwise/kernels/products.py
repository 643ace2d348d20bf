"""Products of a matrix with a factor of few components: read where it lies, in tiles that stay in the registers.

Every entry is summed in the same order however the rows are shared out, so the number of threads changes no bit.
"""

import numpy as np
from numba import njit

from partwise.kernels.lanes import blend, dots
from partwise.kernels.team import block_size, share
from partwise.kernels.threads import crew
from partwise.kernels.vectors import COLUMNS, ROWS, TILE, VECTORS, WIDTH

DEPTH = 2048  # entries summed before they are added to the rest: those of all components stay in the second-level cache
STRETCH = 4096  # of rows that lie side by side, which need no room for copies
HEIGHT = 32  # rows summed at once by `columns`: with their weights they stay in the first-level cache
PANEL = 16  # tiles beside each other in one reading of those rows
FEW = 2  # blocks of columns
BROAD = 1280  # columns of a block of a tall matrix
WORTH = 1 << 18  # multiplications of a block, at least: some microseconds


@njit(nogil=True, cache=True)
def _tiles(A, a_begin, B, b_begin, width, sums, out, start, stop):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add to out[:, start:stop] the products of A and B over `width` columns from a_begin and b_begin."""
    k, n_rows = A.shape[0], B.shape[0]
    for i in range(start, stop, COLUMNS):
        # the last tile of rows or components goes over some again and leaves them alone
        i0 = min(i, n_rows - COLUMNS)
        last = min(COLUMNS, stop - i0)
        for j in range(0, k, ROWS):
            j0 = min(j, k - ROWS)
            dots(A, j0 * A.shape[1] + a_begin, A.shape[1], B, i0 * B.shape[1] + b_begin, B.shape[1], width, sums)
            for a in range(j - j0, ROWS):
                for b in range(i - i0, last):
                    out[j0 + a, i0 + b] += sums[a * COLUMNS + b]


@njit(nogil=True, cache=True)
def _rows(A, B, A_end, B_end, out, size, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    """out[:, start:stop] = A @ B[start:stop].T, both with contiguous rows; the ends are padded to a vector."""
    start, stop = block * size, min((block + 1) * size, B.shape[0])
    lanes = WIDTH // A.itemsize
    sums = np.empty(ROWS * COLUMNS + lanes, A.dtype)
    whole = A.shape[1] // lanes * lanes
    out[:, start:stop] = 0
    for c in range(0, whole, STRETCH):
        _tiles(A, c, B, c, min(STRETCH, whole - c), sums, out, start, stop)
    if whole < A.shape[1]:
        _tiles(A_end, 0, B_end, 0, lanes, sums, out, start, stop)


@njit(nogil=True, cache=True)
def _all_rows(board, A, B, A_end, B_end, out, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    share(board, _rows, (A, B, A_end, B_end, out, size), -(-B.shape[0] // size))


@njit(nogil=True, cache=True)
def _columns(A, B, out, size, high, across, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    """out[d] = A[:, rows] @ B[rows, columns] for the d-th `high` rows; A is padded to a multiple of ROWS."""
    lanes = VECTORS * WIDTH // A.itemsize
    part, column = block // across, block % across
    start, stop = column * size, min((column + 1) * size, B.shape[1])
    top, bottom = part * high, min((part + 1) * high, B.shape[0])
    k, depth = A.shape
    panel = min(PANEL, -(-(stop - start) // lanes))
    rows = np.zeros((panel, HEIGHT, lanes), A.dtype)
    sums = np.zeros((panel, k, lanes), A.dtype)
    for c in range(start, stop, panel * lanes):
        width = min(panel * lanes, stop - c)
        tiles = -(-width // lanes)
        for p in range(top, bottom, HEIGHT):
            height = min(HEIGHT, bottom - p)
            for row in range(height):
                for t in range(tiles):
                    some = min(lanes, width - t * lanes)
                    given, copy = B[p + row, c + t * lanes : c + t * lanes + some], rows[t, row]
                    for r in range(some):
                        copy[r] = given[r]
            for t in range(tiles):
                tile = t * HEIGHT * lanes
                for j in range(0, k, ROWS):
                    at, weight = (t * k + j) * lanes, j * depth + p
                    blend(A, weight, depth, rows, tile, lanes, height, sums, at, lanes, sums, at, lanes)
        for t in range(tiles):
            some = min(lanes, width - t * lanes)
            for j in range(out.shape[1]):
                done, found = out[part, j, c + t * lanes : c + t * lanes + some], sums[t, j]
                for r in range(some):
                    done[r] = found[r]
        sums[:] = 0


@njit(nogil=True, cache=True)
def _all_columns(board, A, B, out, size, high):  # type: ignore[no-untyped-def]  # pragma: no cover
    across = -(-B.shape[1] // size)
    share(board, _columns, (A, B, out, size, high, across), across * out.shape[0])
    # sums of sums: one long row of additions would round the same way thousands of times
    for part in range(1, out.shape[0]):
        for j in range(out.shape[1]):
            total, more = out[0, j], out[part, j]
            for r in range(out.shape[2]):
                total[r] += more[r]


@njit(nogil=True, cache=True)
def outer(A, B, start, stop, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    """out = A[:, start:stop] @ B[:, start:stop].T in float64; half of the work if they are one."""
    lanes = WIDTH // A.itemsize
    n = A.shape[1]
    same = A is B
    out[:] = 0.0
    whole = start
    if len(A) >= ROWS and len(B) >= COLUMNS:
        whole = start + (stop - start) // lanes * lanes
        sums = np.empty(ROWS * COLUMNS + lanes, A.dtype)
        for c in range(start, whole, DEPTH):
            width = min(DEPTH, whole - c)
            for i in range(0, len(B), COLUMNS):
                i0 = min(i, len(B) - COLUMNS)
                for j in range(0, len(A), ROWS):
                    j0 = min(j, len(A) - ROWS)
                    if same and j0 + ROWS <= i0:
                        continue
                    dots(A, j0 * n + c, n, B, i0 * n + c, n, width, sums)
                    for a in range(j - j0, ROWS):
                        row, found = out[j0 + a, i0 : i0 + COLUMNS], sums[a * COLUMNS : (a + 1) * COLUMNS]
                        for b in range(i - i0, COLUMNS):
                            row[b] += found[b]
    for c in range(whole, stop):
        for j in range(len(A)):
            for i in range(len(B)):
                out[j, i] += np.float64(A[j, c]) * np.float64(B[i, c])
    if same:
        for j in range(len(A)):
            for i in range(j):
                out[i, j] = out[j, i]


def times_rows(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Return ``A @ B.T`` of shape (k, n_rows) for A (k, n) and B (n_rows, n), both in C order."""
    out = np.empty((len(A), len(B)), B.dtype)
    A, B = _at_least(A.astype(B.dtype, copy=False), ROWS), _at_least(B, COLUMNS)
    filled = out if out.shape == (len(A), len(B)) else np.empty((len(A), len(B)), A.dtype)
    ends = _ends(A), _ends(B)
    _all_rows(crew(), A, B, *ends, filled, _size(len(B), A.size))
    if filled is not out:
        out[:] = filled[: len(out), : out.shape[1]]
    return out


def times_columns(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Return ``A @ B`` of shape (k, n_columns) for A (k, n) and B (n, n_columns), both in C order."""
    # the kernels take the type of all from one, and rows where they would lie in C order
    padded, B = _at_least(A.astype(B.dtype, copy=False), -(-len(A) // ROWS) * ROWS), np.ascontiguousarray(B)
    high = DEPTH
    if len(B) > DEPTH:
        size = BROAD  # of a tall B whole stretches of rows are read
    else:
        size = _size(B.shape[1], A.size)
        if B.shape[1] <= FEW * size:
            # too few columns to share out: stretches of rows are
            high = max(HEIGHT, min(DEPTH, _size(len(B), padded.shape[0] * B.shape[1])))
    n_parts = -(-len(B) // high)
    if n_parts == 0:
        return np.zeros((len(A), B.shape[1]), B.dtype)
    out = np.empty((n_parts, len(A), B.shape[1]), B.dtype)
    _all_columns(crew(), padded, B, out, size, high)
    return out[0]


def _size(n_rows: int, cost: float) -> int:
    """Return the rows of a block, each of so many multiplications."""
    return block_size(n_rows, WORTH / max(1.0, cost), TILE)


def _at_least(A: np.ndarray, n_rows: int) -> np.ndarray:
    """Return A with rows of zeros added where it has fewer than asked."""
    if len(A) >= n_rows:
        return np.ascontiguousarray(A)
    padded = np.zeros((n_rows, A.shape[1]), A.dtype)
    padded[: len(A)] = A
    return padded


def _ends(A: np.ndarray) -> np.ndarray:
    """Return the columns that do not fill a vector, filled up with zeros; nothing where all do."""
    lanes = WIDTH // A.itemsize
    rest = A.shape[1] % lanes
    padded = np.zeros((len(A) if rest else 0, lanes), A.dtype)
    padded[:, :rest] = A[: len(padded), A.shape[1] - rest :]
    return padded
