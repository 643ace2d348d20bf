"""The way from a start to a good start: many steps on a low-rank stand-in of X, whose products cost almost nothing.

First on a sample of its rows and columns, then on all of them. The stand-in is the projection of X on a randomised
basis of its range (Halko, Martinsson & Tropp 2011); factorising it is an idea of Tepper & Sapiro (2016) and of Erichson
et al. (2018).
"""

from dataclasses import replace

import numpy as np

from partwise.inits.svd import range_basis
from partwise.matrices import LowRank
from partwise.problems import State, TwoFactors
from partwise.solvers.solver import Alternating

OVERSAMPLE = 10
POWER_ITERATIONS = 2
GAIN = 2.0  # how many times cheaper a product must become; below that the sketch is not earned back
SAMPLE = 0.1  # share of rows and of columns in the first stage
LEAST = 20  # of each, for every component: fewer do not hold the components in place
SAMPLE_STEPS = 60
STEPS = 20


def warmed(problem: TwoFactors, state: State, solver: Alternating) -> State:
    """Return a better state by way of a stand-in of X, or the state itself where that does not pay or help.

    Whether it pays is decided by counting operations, and the samples are drawn from a fixed seed, so the answer is the
    same on every machine.
    """
    X, k = problem.X, len(state.W)
    m, n = X.shape
    rank = k + OVERSAMPLE
    if m * X.row_cost + n * X.T.row_cost < GAIN * 2 * rank * (m + n):
        return state
    rng = np.random.RandomState(0)
    # the shorter side carries the orthonormal basis
    tall = X if m <= n else X.T
    Q = range_basis(tall, rank, POWER_ITERATIONS, rng)
    B = tall.T.dot(Q)
    narrow = problem.with_X(LowRank(Q, B) if m <= n else LowRank(B, Q))
    W, H = _from_sample(narrow, state, solver, rng)
    small = _stepped(narrow, narrow.start(W, H), solver, STEPS)
    found = problem.start(small.W, small.H)
    return found if problem.measure(found).objective < problem.measure(state).objective else state


def _from_sample(
    narrow: TwoFactors, state: State, solver: Alternating, rng: np.random.RandomState
) -> tuple[np.ndarray, np.ndarray]:
    """Return W and H after many steps on a sample of rows and columns, spread to all of them."""
    m, n = narrow.X.shape
    least = LEAST * len(state.W)
    rows, columns = (np.sort(rng.permutation(size)[: max(least, int(SAMPLE * size))]) for size in (m, n))
    if 2 * (len(rows) + len(columns)) > m + n:
        return state.W, state.H
    X: LowRank = narrow.X
    sample = replace(
        narrow,
        X=X.take(rows, columns),
        # a factor's penalty is weighed against the loss over the other side, of which a share is left
        penalty_W=narrow.penalty_W.times(len(columns) / n),
        penalty_H=narrow.penalty_H.times(len(rows) / m),
    )
    start = sample.start(_rows(state.W, rows), _rows(state.H, columns))
    found = _stepped(sample, start, solver, SAMPLE_STEPS)
    of_all_rows = replace(narrow, X=X.take(None, columns), penalty_W=sample.penalty_W)
    W = solver.improve(of_all_rows.left(found.H), state.W, 0)
    return W, solver.improve(narrow.right(W), state.H, 0)


def _stepped(problem: TwoFactors, state: State, solver: Alternating, steps: int) -> State:
    for _ in range(steps):
        state = solver.step(problem, state)
    return state


def _rows(F: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(F[:, rows])
