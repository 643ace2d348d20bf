"""The way from a start to a good start: many steps on a stand-in of X, of low rank or at least in single precision.

First on a sample of its rows and columns, then on all of them. The stand-in is the projection of X on a randomised
basis of its range (Halko, Martinsson & Tropp 2011), begun on a sample too; factorising it is an idea of Tepper & Sapiro
(2016) and of Erichson et al. (2018).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from partwise.kernels.blocks import inner
from partwise.losses import Half
from partwise.matrices import LowRank, Matrix, Operator
from partwise.matrices.range_basis import orthonormal, orthonormal_long, range_basis, sharpened
from partwise.problems import State, TwoFactors
from partwise.solvers.momentum import FIRST

OVERSAMPLE = 10
POWER_ITERATIONS = 2  # on the sample that the basis comes from
SAMPLE = 0.1  # of the longer side, for the basis: one power iteration with all of X mends what it misses
HOLDS = 0.5  # of the squares of the sample that its basis must hold: flat spectra (text) have no stand-in
GAIN = 2.0  # how many times cheaper a product must become; below that the sketch is not earned back
WORTH = 2e7  # multiplications of a product with X; a smaller problem is solved in a blink from where it starts
LEAST = 15  # rows and columns of a sample for every component: fewer do not hold the components in place
MENDED = 0.3  # of the work of all stages, that a power iteration with all of X may cost
SINGLE = (1e-10, 1e10)  # norms of X for which single precision has room enough
WHOLE = ((1.0, 34, 0.0),)  # of X in single precision, where there is no stand-in of low rank
STAGES = ((0.05, 35, 4e-4), (0.2, 25, 4e-4), (1.0, 12, 4e-4))  # (share of rows and of columns, steps, flat)
LOOK = 4  # a stage has done its part when so many steps lower the objective by less than its share `flat`
SPREAD = 6  # half-steps by which a factor of a sample becomes one of all


class Beginner(Protocol):
    """A solver that can go on at the pace that another fit has come to."""

    def patient(self) -> "Beginner":
        """Return the solver with the sweeps that pay where products cost next to nothing."""

    def begin(self, problem: TwoFactors, state: State, resume: float) -> State:
        """Return the state with a memory."""

    def step(self, problem: TwoFactors, state: State) -> State:
        """Return the next state."""

    def improve(self, half: Half, F: np.ndarray, iteration: int) -> np.ndarray:
        """Return a better factor."""


def warmed(problem: TwoFactors, state: State, solver: Beginner) -> State | None:
    """Return a better state by way of a stand-in of X, one step on; or None where that does not pay or help.

    The stages on the stand-in are all of the step but half a step with X itself, of the longer side.

    Whether it pays is decided by counting operations, and the samples are drawn from a fixed seed, so the answer is the
    same on every machine.
    """
    X, k = problem.X, len(state.W)
    m, n = X.shape
    rank = k + OVERSAMPLE
    products = m * X.row_cost + n * X.T.row_cost
    if products < GAIN * 2 * rank * (m + n) or products * k < 2 * WORTH:
        return None
    rng = np.random.RandomState(0)
    single = SINGLE[0] < np.sqrt(X.squared_norm) < SINGLE[1]
    low_rank = _low_rank(X, rank, products, rng)
    if low_rank is not None:
        stages: Sequence[tuple[float, int, float]] = STAGES
        solver = solver.patient()
        stand_in: Operator = low_rank.lighter() if single else low_rank
    else:
        lighter = X.lighter() if single else None
        if lighter is None:
            return None
        stages, stand_in = WHOLE, lighter
    narrow = problem.with_X(stand_in)
    W, H, pace = state.W.astype(stand_in.dtype), state.H.astype(stand_in.dtype), FIRST
    for share, steps, flat in stages:
        sample = [_drawn(size, max(LEAST * k, int(share * size)), rng) for size in (m, n)]
        # a sample that is nearly everything saves nothing
        if share == 1 or 2 * sum(map(len, sample)) <= m + n:
            W, H, pace = _stage(narrow, (W, H, pace), solver, (steps, flat), sample)
    W, H = W.astype(X.dtype, copy=False), H.astype(X.dtype, copy=False)
    if m > n:
        left = problem.left(H)
        W = solver.improve(left, W, 0)
        right = problem.right(W)
    else:
        right = problem.right(W)
        H = solver.improve(right, H, 0)
        left = problem.left(H)
    found = solver.begin(problem, State(W, H, left, right, state.iteration + 1), pace)
    return found if found.memory.objective < solver.begin(problem, state, pace).memory.objective else None


def _low_rank(X: Matrix, rank: int, products: float, rng: np.random.RandomState) -> LowRank | None:
    """Return the projection of X on a basis of its longer side, which begins with a sample of that side.

    None where such a basis leaves out too much of X to stand in for it. `products` are the multiplications that both
    products with X take for each component.
    """
    short, long = sorted(X.shape)
    wide = X if X.shape[0] == short else X.T
    some = _drawn(long, max(LEAST * rank, int(SAMPLE * long)), rng)
    sample = wide.T.take(some)
    Q = range_basis(sample.T, rank, 0, rng)
    held = sample.dot(Q)
    if inner(held, held) < HOLDS * sample.squared_norm:
        return None
    Q = sharpened(sample.T, Q, POWER_ITERATIONS)
    if products * rank <= MENDED * _work(X, rank - OVERSAMPLE):
        Q = orthonormal(wide.dot(wide.T.dot(Q)))
    B = wide.T.dot(Q)
    if len(some) < long:
        # the range of the longer side that this basis leads to holds more of X than the basis does
        B = orthonormal_long(B)
        Q = wide.dot(B)
    return LowRank(Q, B) if wide is X else LowRank(B, Q)


def _work(X: Matrix, k: int) -> float:
    """Return about how many multiplications all stages take: sweeps, gram matrices and products of every row."""
    m, n = X.shape
    rows = sum(steps * (max(LEAST * k, share * m) + max(LEAST * k, share * n)) for share, steps, _ in STAGES)
    return rows * k * (4 * k + 2 * (k + OVERSAMPLE))


def _drawn(size: int, count: int, rng: np.random.RandomState) -> np.ndarray:
    """Return some places of a side in their order, or all."""
    return np.sort(rng.permutation(size)[:count])


def _stage(
    narrow: TwoFactors,
    at: tuple[np.ndarray, np.ndarray, float],
    solver: Beginner,
    length: tuple[int, float],
    sample: Sequence[np.ndarray],
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return W, H and the pace after some steps on a sample of rows and columns, spread to all of them.

    `length` is how many steps are taken at most, and what share of the objective LOOK of them must take off it.
    """
    W, H, pace = at
    steps, flat = length
    rows, columns = sample
    X = narrow.X
    m, n = X.shape
    whole = len(rows) + len(columns) == m + n
    part = replace(
        narrow,
        X=X if whole else X.take(rows, columns),
        # a factor's penalty is weighed against the loss over the other side, of which a share is left
        penalty_W=narrow.penalty_W.times(len(columns) / n),
        penalty_H=narrow.penalty_H.times(len(rows) / m),
    )
    state = part.start(np.ascontiguousarray(W[:, rows]), np.ascontiguousarray(H[:, columns]))
    state = solver.begin(part, state, pace)
    past = [state.memory.objective]
    for _ in range(steps):
        state = solver.step(part, state)
        past.append(state.memory.objective)
        if len(past) > LOOK and past[-1 - LOOK] - past[-1] < flat * past[-1]:
            break
    pace = state.memory.pace
    if whole:
        return state.W, state.H, pace
    of_all_rows = replace(narrow, X=X.take(None, columns), penalty_W=part.penalty_W)
    W = _spread(of_all_rows.left(state.H), state.W, W, rows, solver)
    H = _spread(narrow.right(W), state.H, H, columns, solver)
    return W, H, pace


def _spread(half: Half, found: np.ndarray, F: np.ndarray, places: np.ndarray, solver: Beginner) -> np.ndarray:
    """Return a factor of all rows, given what a sample of them has come to."""
    F = F.copy()
    F[:, places] = found
    if len(places) < F.shape[1]:
        for _ in range(SPREAD):
            F = solver.improve(half, F, 0)
    return F
