"""The way from a start to a good start: many steps on a low-rank stand-in of X, whose products cost almost nothing.

First on a sample of its rows and columns, then on all of them. The stand-in is the projection of X on a randomised
basis of its range (Halko, Martinsson & Tropp 2011); factorising it is an idea of Tepper & Sapiro (2016) and of Erichson
et al. (2018).
"""

from dataclasses import replace
from typing import Protocol

import numpy as np

from partwise.losses import Half
from partwise.matrices import LowRank
from partwise.matrices.range_basis import range_basis
from partwise.problems import State, TwoFactors
from partwise.solvers.momentum import FIRST

OVERSAMPLE = 10
POWER_ITERATIONS = 2
GAIN = 2.0  # how many times cheaper a product must become; below that the sketch is not earned back
WORTH = 2e7  # multiplications of a product with X; a smaller problem is solved in a blink from where it starts
LEAST = 20  # rows and columns of a sample for every component: fewer do not hold the components in place
STAGES = ((0.1, 60), (1.0, 20))  # (share of rows and of columns, steps)


class Beginner(Protocol):
    """A solver that can go on at the pace that another fit has come to."""

    def begin(self, problem: TwoFactors, state: State, resume: float) -> State:
        """Return the state with a memory."""

    def step(self, problem: TwoFactors, state: State) -> State:
        """Return the next state."""

    def improve(self, half: Half, F: np.ndarray, iteration: int) -> np.ndarray:
        """Return a better factor."""


def warmed(problem: TwoFactors, state: State, solver: Beginner) -> State | None:
    """Return a better state by way of a stand-in of X, or None where that does not pay or help.

    Whether it pays is decided by counting operations, and the samples are drawn from a fixed seed, so the answer is the
    same on every machine.
    """
    X, k = problem.X, len(state.W)
    m, n = X.shape
    rank = k + OVERSAMPLE
    cost = m * X.row_cost + n * X.T.row_cost
    if cost < GAIN * 2 * rank * (m + n) or cost * k < 2 * WORTH:
        return None
    rng = np.random.RandomState(0)
    # the shorter side carries the orthonormal basis
    tall = X if m <= n else X.T
    Q = range_basis(tall, rank, POWER_ITERATIONS, rng)
    B = tall.T.dot(Q)
    narrow = problem.with_X(LowRank(Q, B) if m <= n else LowRank(B, Q))
    W, H, pace = state.W, state.H, FIRST
    for share, steps in STAGES:
        sides = [max(LEAST * k, int(share * size)) for size in (m, n)]
        rows, columns = (np.sort(rng.permutation(size)[:some]) for size, some in zip((m, n), sides, strict=True))
        # a sample that is nearly everything saves nothing
        if share == 1 or 2 * (len(rows) + len(columns)) <= m + n:
            W, H, pace = _stage(narrow, (W, H, pace), solver, steps, (rows, columns))
    found = problem.start(W, H)
    better = problem.measure(found).objective < problem.measure(state).objective
    return solver.begin(problem, found, pace) if better else None


def _stage(
    narrow: TwoFactors,
    at: tuple[np.ndarray, np.ndarray, float],
    solver: Beginner,
    steps: int,
    sample: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return W, H and the pace after some steps on a sample of rows and columns, spread to all of them."""
    W, H, pace = at
    rows, columns = sample
    X: LowRank = narrow.X
    m, n = X.shape
    part = replace(
        narrow,
        X=X.take(rows, columns),
        # a factor's penalty is weighed against the loss over the other side, of which a share is left
        penalty_W=narrow.penalty_W.times(len(columns) / n),
        penalty_H=narrow.penalty_H.times(len(rows) / m),
    )
    state = part.start(np.ascontiguousarray(W[:, rows]), np.ascontiguousarray(H[:, columns]))
    state = solver.begin(part, state, pace)
    for _ in range(steps):
        state = solver.step(part, state)
    pace = state.memory.pace
    if len(rows) + len(columns) == m + n:
        return state.W, state.H, pace
    of_all_rows = replace(narrow, X=X.take(None, columns), penalty_W=part.penalty_W)
    W = solver.improve(of_all_rows.left(state.H), W, 0)
    return W, solver.improve(narrow.right(W), H, 0), pace
