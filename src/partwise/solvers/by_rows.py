"""HALS where W lives beside its rows: a step reads X once, and only sums of the size of H come back from the rows.

Every block computes ``X_i H'``, improves its own ``W_i`` and adds ``W_i'X_i`` and ``W_i'W_i`` to the sums that H is
improved from. Both look ahead (Ang & Gillis 2019, algorithm 3): for H the sums at the point ahead of W are blended from
the last two, which is exact because ``W'X`` is linear and ``W'W`` quadratic in W; H itself is small, and moved ahead.
"""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from partwise.kernels.blocks import inner
from partwise.kernels.measure import read_normal
from partwise.kernels.sweeps import sweep
from partwise.losses import Half, QuadraticLoss
from partwise.losses.loss import Reading
from partwise.matrices.row_blocks import RowBlocks, Sums
from partwise.penalties import Elastic
from partwise.problems import State, Tally, TwoFactors
from partwise.solvers.momentum import Reach
from partwise.solvers.row_works import Codes

SWEEPS = 4  # of every row's codes for one reading of it
SWEEPS_OF_H = 20  # at most: H has few rows beside X
ANCHOR = 10  # steps after which codes are solved from H alone: so far back a fit begins again that lost its codes


@dataclass(frozen=True)
class SummedHalf(Half):
    """The problem of H, of which the rows have told their sums.

    Parameters
    ----------
    gram : ndarray of shape (n_components, n_components)
        W'W, float64.
    cross : ndarray of shape (n_components, n_columns)
        W'X, float64.
    penalty : Elastic
    value : float
        The loss at (W, H).
    """

    gram: np.ndarray
    cross: np.ndarray
    penalty: Elastic
    value: float
    beta: float = 2.0

    def split_gradient(self, F: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (gram F + penalty, cross)."""
        plus = self.gram @ F
        return (plus + self.penalty.gradient(F) if self.penalty.active else plus), self.cross

    def read(self, F: np.ndarray) -> Reading:
        """Take the sums that the objective and the KKT residual are made of."""
        return Reading(read_normal(self.gram, self.cross, F, self.penalty.l1, self.penalty.l2))

    def loss(self, F: np.ndarray, reading: Reading) -> float:
        """Return the loss at the H that the rows were asked about."""
        return self.value


@dataclass(frozen=True)
class Course(Reach):
    """What a step remembers: where W and H were, and since when codes have been swept only.

    Parameters
    ----------
    H : ndarray of shape (n_components, n_columns)
        Where the last half-step of H ended, before it was moved ahead.
    now, before : Sums or None
        Of the present W, and of the one that it was swept from; None where the next step does not look over W.
    objective : float
    age : int
        Steps since codes were solved from H alone; 0: this state hangs on H alone.
    near : bool
        Whether X is so nearly W H that its distance is computed directly.
    """

    H: np.ndarray
    now: Sums | None
    before: Sums | None
    objective: float
    age: int = 0
    near: bool = False


@dataclass(frozen=True)
class HALSByRows:
    """One step over all blocks of rows.

    Parameters
    ----------
    sweeps : int
        HALS sweeps of W for each reading of X.
    extrapolate : bool
        Whether half-steps look ahead.
    """

    accepts: ClassVar = QuadraticLoss
    certified: ClassVar[bool] = True
    measure_every: ClassVar[int | None] = None

    sweeps: int = SWEEPS
    extrapolate: bool = True

    def begin(self, problem: TwoFactors, H: np.ndarray) -> State:
        """Return the state at components H, with the codes that belong to them."""
        H = H.astype(problem.X.dtype).astype(np.float64)
        nowhere: Any = None  # the first work makes it a state
        start = Course(H=H, now=None, before=None, objective=np.inf)
        return self._state(problem, H, start, State(nowhere, H, nowhere, nowhere, -1))

    def step(self, problem: TwoFactors, state: State) -> State:
        """Improve H at the point ahead of W, then the codes of every block; keep it unless the objective rose."""
        course: Course = state.memory
        gram, cross = _ahead(course, state.right)
        penalty = problem.penalty_H
        found = sweep(penalty.fold(gram), cross, state.H, SWEEPS_OF_H, l1=penalty.l1).F
        dtype = problem.X.dtype
        H = np.maximum(0.0, found + course.share * (found - course.H)).astype(dtype).astype(np.float64)
        after = self._state(problem, H, replace(course, H=found), state)
        if course.share > 0 and self._rose(problem, state, after):
            return replace(state, iteration=state.iteration + 1, memory=course.slower())
        return after

    def _rose(self, problem: TwoFactors, state: State, after: State) -> bool:
        """Say whether a step went uphill; where the objective cannot tell for rounding, the KKT residual does."""
        # an expanded square carries the rounding of ||X||^2, a distance that is computed directly its own
        size = state.memory.objective if state.memory.near else 0.5 * problem.X.squared_norm
        noise = np.finfo(problem.X.dtype).eps * size
        rise = after.memory.objective - state.memory.objective
        if abs(rise) <= noise:
            return problem.measure(after).residual > problem.measure(state).residual
        return not rise <= 0

    def solved(self, problem: TwoFactors, state: State) -> State:
        """Return the state with every code solved to its end for the same H.

        Raises
        ------
        ValueError
            If the rows are no longer finite.
        """
        anew = replace(state.memory, age=ANCHOR)
        found = self._state(problem, state.H, anew, replace(state, iteration=state.iteration - 1))
        if not np.isfinite(found.memory.objective):
            raise ValueError(
                "X is no longer what it was when the fit began: now it holds NaN or infinity. Leave it alone while it "
                "is learned from, and fit again."
            )
        return found

    def left_behind(self, state: State) -> State:
        """Return a state of age 0 without its codes: they hang on H alone, and `again` solves them."""
        nowhere: Any = None
        return replace(state, W=nowhere)

    def again(self, problem: TwoFactors, state: State) -> State:
        """Return a state of age 0 with its codes, which were left behind."""
        codes, _ = problem.X.go(Codes(state.H.astype(problem.X.dtype), problem.penalty_W, exact=True))
        return replace(state, W=codes)

    def _state(self, problem: TwoFactors, H: np.ndarray, course: Course, state: State) -> State:
        X: RowBlocks = problem.X
        exact = state.W is None or course.age + 1 >= ANCHOR
        work = Codes(H.astype(X.dtype), problem.penalty_W, self.sweeps, exact, course.near)
        # codes that are solved from nothing hang on none before: a worker that dies costs ANCHOR steps at most
        codes, sums = X.go(work, None if exact else state.W)
        constant = 0.5 * X.squared_norm
        value = constant - float(np.vdot(sums.cross, H)) + 0.5 * float(np.vdot(sums.gram, H @ H.T))
        # below a thousand roundings of the constant the digits of the expanded square are noise
        near = course.near or value <= 1e3 * np.finfo(X.dtype).eps * constant
        if near:
            if not course.near:
                codes, sums = X.go(replace(work, sweeps=0, exact=False, distance=True), codes)
            value = 0.5 * sums.distance
        objective = value + _penalties(problem, sums, H)
        memory = replace(
            course,
            now=sums,
            before=None if exact else course.now,
            objective=objective,
            age=0 if exact else course.age + 1,
            near=near,
            share=course.next_share if self.extrapolate and np.isfinite(course.objective) else 0.0,
            ceiling=course.next_ceiling,
        )
        right = SummedHalf(sums.gram, sums.cross, problem.penalty_H, value)
        return State(codes, H, Tally(Reading(sums.reading)), right, state.iteration + 1, memory)


def _ahead(course: Course, right: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return W'W and W'X at the point ahead of W, ``W + share (W - W_before)``."""
    now, before, share = course.now, course.before, course.share
    if now is None or before is None or share == 0:
        return right.gram, right.cross
    mixed = now.mixed + now.mixed.T
    gram = (1 + share) ** 2 * now.gram - share * (1 + share) * mixed + share**2 * before.gram
    return gram, now.cross + share * (now.cross - before.cross)


def _penalties(problem: TwoFactors, sums: Sums, H: np.ndarray) -> float:
    totals = Reading(sums.reading).totals
    return problem.penalty_W.value(totals.total, totals.squares) + problem.penalty_H.value(float(H.sum()), inner(H, H))
