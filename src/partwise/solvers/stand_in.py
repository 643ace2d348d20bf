"""The way from a start to a good start: many steps on a low-rank stand-in of X, whose products cost almost nothing.

Tepper & Sapiro 2016, "Compressed nonnegative matrix factorization is fast and accurate"; Erichson et al. 2018. The
stand-in is the projection of X on a randomised basis of its range (Halko, Martinsson & Tropp 2011).
"""

import numpy as np

from partwise.inits.svd import range_basis
from partwise.matrices import LowRank
from partwise.problems import State, TwoFactors
from partwise.solvers.solver import Solver

OVERSAMPLE = 10
POWER_ITERATIONS = 1
GAIN = 2.0  # how many times cheaper a product must become; below that the sketch is not earned back


def warmed(problem: TwoFactors, state: State, solver: Solver, steps: int) -> State:
    """Return the state after some steps on a stand-in of X, or the state itself where that does not pay or help.

    Whether it pays is decided by counting operations, so the answer is the same on every machine.
    """
    X, k = problem.X, len(state.W)
    rank = k + OVERSAMPLE
    m, n = X.shape
    direct = m * X.row_cost + n * X.T.row_cost
    if direct < GAIN * 2 * rank * (m + n):
        return state
    # the shorter side carries the orthonormal basis
    tall = X if m <= n else X.T
    Q = range_basis(tall, rank, POWER_ITERATIONS, np.random.RandomState(0))
    B = tall.T.dot(Q)
    narrow = problem.with_X(LowRank(Q, B) if m <= n else LowRank(B, Q))
    small = narrow.start(state.W, state.H)
    for _ in range(steps):
        small = solver.step(narrow, small)
    found = problem.start(small.W, small.H)
    return found if problem.measure(found).objective < problem.measure(state).objective else state
