"""Fisher scoring for the Kullback-Leibler divergence: rows with like estimates share their second derivatives.

The expected second derivatives of a row are ``B diag(1 / y) B'`` at its estimate y (McCullagh & Nelder 1989, section
2.5). For a few rows together the least of their estimates is taken, over the row's mean, so that no row's own are
underrated: a model that curves too little leads past its minimum, and further every time. They hold for some steps and
are the gram matrix of a quadratic model that HALS sweeps minimise.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from partwise.kernels.divergence import SUMS, estimate_row
from partwise.kernels.lanes import descend_above
from partwise.kernels.newton import curvature
from partwise.kernels.team import BLOCKS, share
from partwise.kernels.threads import crew
from partwise.kernels.vectors import ROWS, WIDTH

MOST = 16  # rows of a group
ROOM = 8  # X takes so many times the room of all second derivatives, unless that asks for groups of more than MOST
LEAST = 1e-3  # smallest estimate over its row's mean: 1 / y of what is darker would drown the rest
ENTRIES = 128  # of a row for every component, at most, that second derivatives are summed over: a sample says enough
SETTLED = 1e-4  # a group is done when a sweep's squared change is this share of its first sweep's


@dataclass(frozen=True)
class Information:
    """Second derivatives of groups of rows.

    Parameters
    ----------
    order : ndarray of int of shape (n_rows,)
        The rows, group by group.
    edges : ndarray of int of shape (n_groups + 1,)
        Where groups begin and end in it.
    matrices : ndarray of shape (n_groups, n_components, n_components)
        Second derivatives of a row whose mean estimate is 1.
    scales : ndarray of shape (n_rows,)
        What they are divided by: the mean estimate of each row.
    """

    order: np.ndarray
    edges: np.ndarray
    matrices: np.ndarray
    scales: np.ndarray


def size_of_groups(k: int, n_entries: int) -> int:
    """Return how many rows of so many entries share second derivatives, at most."""
    return int(min(MOST, max(1, -(-ROOM * k * k // n_entries))))


def alike(F: np.ndarray, weights: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return an order of the columns of F in which like ones lie together, and the edges of groups of `size`.

    A k-d tree of what each component, times its weight, has of their sum: groups of columns are parted at the middle
    of their widest axis until they are small.
    """
    n = F.shape[1]
    order = np.arange(n)
    edges = np.array([0, n])
    if size == 1:
        return order, np.arange(n + 1)
    points = np.ascontiguousarray(F.T * weights)
    points /= np.maximum(points.sum(axis=1, keepdims=True), np.finfo(F.dtype).tiny)
    while (counts := -(-np.diff(edges) // size)).max(initial=0) > 1:
        segment = np.repeat(np.arange(len(counts)), np.diff(edges))
        now = points[order]
        lengths = np.diff(edges)[:, None]
        means = np.add.reduceat(now, edges[:-1]) / lengths
        spread = np.add.reduceat(now * now, edges[:-1]) / lengths - means * means
        keys = now[np.arange(n), spread.argmax(axis=1)[segment]]
        order = order[np.lexsort((keys, segment))]
        middles = edges[:-1] + size * (counts // 2)
        edges = np.unique(np.concatenate((edges, middles)))
    return order, edges


def inform(F: np.ndarray, held: np.ndarray, floor: float, groups: Information | None = None) -> Information:
    """Return the second derivatives at F, (n_components, n_rows).

    Parameters
    ----------
    held : ndarray of shape (n_components, n_entries)
        The other factor.
    floor : float
        Smallest mean estimate that is divided by.
    groups : Information, optional
        Whose groups of rows to take; by default like rows are looked for.
    """
    k, n = held.shape
    mean = held.mean(axis=1, dtype=np.float64).astype(held.dtype)
    order, edges = (groups.order, groups.edges) if groups is not None else alike(F, mean, size_of_groups(k, n))
    scales = np.maximum(mean @ F, held.dtype.type(floor))
    some = held
    if n > ENTRIES * k:
        some = held[:, np.random.RandomState(0).permutation(n)[: ENTRIES * k]]
    B = np.zeros((-(-k // 4) * 4, some.shape[1]), held.dtype)
    B[:k] = some
    matrices = np.empty((len(edges) - 1, k, k), held.dtype)
    _inform_all(
        crew(), F, B, order, edges, scales, held.dtype.type(LEAST), held.dtype.type(n / some.shape[1]), matrices
    )
    return Information(order, edges, matrices, scales)


@njit(nogil=True, cache=True, fastmath=SUMS, error_model="numpy")
def _inform(F, B, order, edges, scales, least, times, matrices, n_blocks, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Take one block of groups."""
    n_groups, k = matrices.shape[0], matrices.shape[1]
    w, everyone = np.zeros(B.shape[0], F.dtype), np.arange(B.shape[0])
    y, darkest = np.empty(B.shape[1], F.dtype), np.empty(B.shape[1], F.dtype)
    G = np.empty((B.shape[0], B.shape[0]), F.dtype)
    for group in range(n_groups * block // n_blocks, n_groups * (block + 1) // n_blocks):
        start, stop = edges[group], edges[group + 1]
        for place in range(start, stop):
            row = order[place]
            for j in range(k):
                w[j] = F[j, row] / scales[row]
            estimate_row(B, 0, w, y, least)
            for e in range(len(y)):
                darkest[e] = y[e] if place == start else min(darkest[e], y[e])
        for e in range(len(y)):
            darkest[e] = times / darkest[e]
        curvature(darkest, B, everyone, k, 0.0, G)
        for i in range(k):
            for j in range(k):
                matrices[group, i, j] = G[i, j]


@njit(nogil=True, cache=True)
def _inform_all(board, F, B, order, edges, scales, least, times, matrices):  # type: ignore[no-untyped-def]  # pragma: no cover
    n = min(len(matrices), BLOCKS)
    share(board, _inform, (F, B, order, edges, scales, least, times, matrices, n), n)


def score(F: np.ndarray, gradient: np.ndarray, information: Information, sweeps: int) -> np.ndarray:
    """Return the minimiser over F' >= 0 of the quadratic model around F, nearly: after some sweeps.

    Parameters
    ----------
    F, gradient : ndarray of shape (n_components, n_rows)
        Where the model is made, and the gradient there.
    information : Information
    sweeps : int
        Coordinate descent sweeps, at most.
    """
    out = np.empty_like(F)
    given = information
    _score_all(crew(), F, gradient, given.order, given.edges, given.matrices, given.scales, sweeps, out)
    return out


@njit(nogil=True, cache=True)
def _score(F, gradient, order, edges, matrices, scales, most, out, n_blocks, block):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Take one block of groups, a vector of their rows at a time."""
    n_groups, k = matrices.shape[0], matrices.shape[1]
    lanes = WIDTH // F.itemsize
    padded = -(-k // ROWS) * ROWS
    zero, one = F.dtype.type(0), F.dtype.type(1)
    pull, move = np.zeros((padded, lanes), F.dtype), np.zeros((padded, lanes), F.dtype)
    least = np.zeros((padded, lanes), F.dtype)
    fall, inverse = np.zeros((padded, padded), F.dtype), np.zeros(padded, F.dtype)
    change = np.zeros(lanes, F.dtype)
    for group in range(n_groups * block // n_blocks, n_groups * (block + 1) // n_blocks):
        for i in range(k):
            for j in range(k):
                fall[i, j] = -matrices[group, i, j]
            # a component without curvature has no pull either: it is left as it is
            inverse[i] = -one / fall[i, i] if fall[i, i] < 0 else zero
        for start in range(edges[group], edges[group + 1], lanes):
            rows = order[start : min(start + lanes, edges[group + 1])]
            pull[:] = zero
            least[:] = zero
            move[:] = zero
            for j in range(k):
                for r in range(len(rows)):
                    pull[j, r] = -gradient[j, rows[r]] * scales[rows[r]]
                    least[j, r] = -F[j, rows[r]]
            first = zero
            for sweep in range(most):
                change[:] = zero
                for j in range(0, padded, ROWS):
                    descend_above(fall, j, padded, pull, move, 0, lanes, inverse, change, least)
                moved = change.sum()
                if sweep == 0:
                    first = moved
                elif moved <= SETTLED * first:
                    break
            for j in range(k):
                for r in range(len(rows)):
                    out[j, rows[r]] = F[j, rows[r]] + move[j, r]


@njit(nogil=True, cache=True)
def _score_all(board, F, gradient, order, edges, matrices, scales, most, out):  # type: ignore[no-untyped-def]  # pragma: no cover
    n = min(len(matrices), BLOCKS)
    share(board, _score, (F, gradient, order, edges, matrices, scales, most, out, n), n)
