"""From k parts to more of them: new parts start at what is left of X, and all settle together.

Cold starts miss the best fit at the right number of parts, and so need more of them to predict as well; a fit that
grows from the one before does not.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partwise.inits.svd import randomized_svd
from partwise.kernels.measure import sum_squares
from partwise.losses import KullbackLeibler, Loss, QuadraticLoss, as_loss
from partwise.matrices import Matrix, Residual
from partwise.models.fitting import fit
from partwise.penalties import Elastic
from partwise.problems import TwoFactors
from partwise.solvers import HALS, Alternating, MultiplicativeUpdate, Newton

LIMIT = 120  # steps for every number of parts: 30 and 400 found the same ones
LARGE, FEWER = 1_000_000, 50  # entries of X beyond which 50 will do: they are what a step costs
SLOW = 5  # times as many of multiplicative updates
SETTLED = 1e-3  # relative change of both factors in a step below which they have
SWEEPS = 2  # of HALS in a half-step
POLISHED, POLISHING = 1e-7, 1500  # KKT residual and iterations of a fit that may be exact
FLOOR = 1e-4  # of a typical entry, so that none of a new part is held at 0

View = Callable[[np.ndarray, np.ndarray], Matrix]  # X as a point sees it: with its own estimates in the holes


@dataclass(frozen=True)
class Point:
    """Factors W (k, n_rows) and H (k, n_columns)."""

    W: np.ndarray
    H: np.ndarray


class Stopped(Exception):
    """The caller wants no more."""


def improver(loss: Loss) -> Alternating:
    """Return what takes one factor a step, without looking ahead: holes change what lies there."""
    if isinstance(loss, QuadraticLoss):
        return HALS(extrapolate=False, warm=False, least_sweeps=SWEEPS, most_sweeps=SWEEPS)
    return Newton(extrapolate=False, warm=False) if isinstance(loss, KullbackLeibler) else MultiplicativeUpdate()


def begun(X: Matrix, n_components: int, rng: np.random.RandomState) -> Point:
    """Return a random part, at the scale of X, and as many more as are wanted from what it leaves."""
    scale = np.sqrt(X.mean)
    W, H = (np.abs(scale * rng.standard_normal((1, size))).astype(X.dtype) for size in X.shape)
    return grown(X, Point(W, H), n_components - 1, rng) if n_components > 1 else Point(W, H)


def grown(X: Matrix, at: Point, more: int, rng: np.random.RandomState) -> Point:
    """Return the point with more parts: of each leading singular pair of the residual its larger half.

    A half is that of positive or that of negative entries in both vectors, (u+, v+) or (u-, v-), scaled to
    ``s ||u+|| ||v+||``; entries of 0 are lifted a little.
    """
    U, s, V = randomized_svd(Residual(X, at.W, at.H), more, rng)
    floor = FLOOR * np.sqrt(X.mean / (len(at.W) + more))
    W, H = [], []
    for u, size, v in zip(U, s, V, strict=True):
        halves = [(np.maximum(sign * u, 0), np.maximum(sign * v, 0)) for sign in (1, -1)]
        lengths = [(np.linalg.norm(left), np.linalg.norm(right)) for left, right in halves]
        best = int(np.prod(lengths[1]) > np.prod(lengths[0]))
        (left, right), (of_left, of_right) = halves[best], lengths[best]
        energy = np.sqrt(size * of_left * of_right)
        W.append(floor + left * (energy / max(of_left, np.finfo(X.dtype).tiny)))
        H.append(floor + right * (energy / max(of_right, np.finfo(X.dtype).tiny)))
    return Point(
        np.ascontiguousarray(np.vstack([at.W, *W]), dtype=X.dtype),
        np.ascontiguousarray(np.vstack([at.H, *H]), dtype=X.dtype),
    )


def settled(view: View, at: Point, loss: Loss, stopped: Callable[[], bool]) -> Point:
    """Return where alternating steps lead from a point, each of which sees X with the estimates of the one before.

    Raises
    ------
    Stopped
        When `stopped` says so.
    """
    solver, free = improver(loss), Elastic()
    W, H = at.W, at.H
    # multiplicative updates go a small part of the way at a time
    slow = SLOW if isinstance(solver, MultiplicativeUpdate) else 1
    limit, least = slow * (LIMIT if len(W[0]) * len(H[0]) <= LARGE else FEWER), SETTLED / slow
    for step in range(limit):
        if stopped():
            raise Stopped
        X = view(W, H)
        W_new = solver.improve(loss.half(X, H, free), W, step)
        H_new = solver.improve(loss.half(X.T, W_new, free), H, step)
        done = _change(W, W_new) <= least and _change(H, H_new) <= least
        W, H = W_new, H_new
        if done:
            break
    return Point(W, H)


def polished(X: Matrix, at: Point, stopped: Callable[[], bool]) -> Point:
    """Return where a fit to the end of its tolerance leads: a point that explains nearly all is on a long way down.

    Raises
    ------
    Stopped
        When `stopped` says so.
    """
    problem = TwoFactors(X, as_loss("frobenius"))
    start = problem.start(at.W, at.H)
    found = fit(problem, HALS(warm=False), start, POLISHED, POLISHING, lambda shot: stopped())
    if stopped():
        raise Stopped
    return Point(found.W, found.H)


def _change(before: np.ndarray, after: np.ndarray) -> float:
    """Return the relative change; 0 where there is nothing left to change."""
    return float(np.sqrt(sum_squares(after - before) / max(sum_squares(after), np.finfo(np.float64).tiny)))
