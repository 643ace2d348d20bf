"""The first steps on a sample of the longer side of X: a tenth of the pixels says nearly all about the codes."""

from dataclasses import replace
from typing import Protocol

import numpy as np

from partwise.losses import Half
from partwise.problems import State, TwoFactors

SHARE = 0.1  # of the columns of the longer side
LEAST = 20  # entries of a row that are left for every component: fewer do not hold its code in place
WORTH = 2e7  # entries times components; a smaller problem is solved in a blink from where it starts
STEPS = 6  # on the sample: they cost as much as one on the whole
SPREAD = 1  # half-steps that bring the rest of the longer side along


class Stepper(Protocol):
    """A solver of halves."""

    def step(self, problem: TwoFactors, state: State) -> State:
        """Return the next state."""

    def improve(self, half: Half, F: np.ndarray, iteration: int) -> np.ndarray:
        """Return a better factor."""


def from_sample(problem: TwoFactors, state: State, solver: Stepper, objective: float) -> tuple[State, float] | None:
    """Return a better state by way of a sample of the longer side of X, and its objective.

    None where that does not pay or help; `objective` is that of the given state.

    Whether it pays is decided by counting entries, and the sample is drawn from a fixed seed, so the answer is the same
    on every machine.
    """
    m, n = problem.X.shape
    stored, k = problem.X.stored, len(state.W)
    if SHARE * stored / min(m, n) < LEAST * k or stored * k < WORTH:
        return None
    if n >= m:
        W, H = _through_columns(problem, (state.W, state.H), solver)
    else:
        turned = TwoFactors(problem.X.T, problem.loss, problem.penalty_H, problem.penalty_W)
        H, W = _through_columns(turned, (state.H, state.W), solver)
    found = problem.loss.value(problem.X, W, H) + problem.penalties(W, H)
    return (problem.start(W, H), found) if found < objective else None


def _through_columns(
    problem: TwoFactors, at: tuple[np.ndarray, np.ndarray], solver: Stepper
) -> tuple[np.ndarray, np.ndarray]:
    """Return W and H after some steps on a share of the columns, spread to all of them."""
    W, H = at
    n = problem.X.shape[1]
    columns = np.sort(np.random.RandomState(0).permutation(n)[: int(SHARE * n)])
    # the penalty of W is weighed against the loss over the columns, of which a share is left
    penalty = problem.penalty_W.times(len(columns) / n)
    part = replace(problem, X=problem.X.T.take(columns).T, penalty_W=penalty)
    state = part.start(W, np.ascontiguousarray(H[:, columns]))
    for _ in range(STEPS):
        state = solver.step(part, state)
    H = H.copy()
    H[:, columns] = state.H
    right = problem.right(state.W)
    for i in range(SPREAD):
        H = solver.improve(right, H, i)
    return state.W, H
