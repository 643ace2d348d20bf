"""One step of products only: accelerated projected gradient on each half, from a point ahead, and back if that was bad.

Guan, Tao, Luo & Yuan 2012, "NeNMF: an optimal gradient method for nonnegative matrix factorization", IEEE Trans. Signal
Process. 60(6), algorithm 1, for the half-steps; Ang & Gillis 2019, algorithm 3, for the points ahead
(`solvers/momentum.py`). Departures: every component has a step of its own, and nothing that decides is asked of the
device: a point that is worse is put back where it lies.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from partwise.devices.arrays import Place
from partwise.devices.halves import DeviceHalf
from partwise.devices.problem import OnDevice
from partwise.losses import QuadraticLoss
from partwise.problems import State
from partwise.solvers.momentum import FIRST, GROW, GROW_CEILING, LEAST, SHRINK
from partwise.solvers.solver import Solver

POWER_ITERATIONS = 8  # towards the leading eigenvector of a gram matrix; the bound holds after any number of them
POSITIVE = 1e-3  # of the largest entry, that no entry of that vector falls below


@dataclass(frozen=True)
class Trail:
    """The point before, and how far to look ahead from it: numbers that stay on the device.

    Parameters
    ----------
    W, H, cross : array
        The point before the present one, and ``X H'`` there.
    gram : array of shape (n_components, n_components)
        ``H H'`` at the point ahead.
    objective, share, ceiling, resume : array of shape ()
        As in `partwise.solvers.momentum`.
    """

    W: Any
    H: Any
    cross: Any
    gram: Any
    objective: Any
    share: Any
    ceiling: Any
    resume: Any


@dataclass(frozen=True)
class DeviceGradient(Solver):
    """``F <- max(0, Y - step (gram Y - cross))`` some times for W and for H, with Y ahead of F.

    Parameters
    ----------
    least_steps, most_steps : int
        Limits of steps per product with X.
    share : float
        Between them, the steps may take this share of the operations of their product with X.
    tf32 : bool
        Whether products may be taken in TensorFloat-32 where the device has it: faster, and with 3 digits.
    """

    accepts: ClassVar = QuadraticLoss
    measure_every: ClassVar[int] = 5  # the host waits for the device only there
    compiled: ClassVar[bool] = False

    least_steps: int = 3
    most_steps: int = 8
    share: float = 0.1
    tf32: bool = False

    def step(self, problem: Any, state: State) -> State:
        """Improve W at the point ahead of H, then H at the point ahead of W; stay where the objective rose."""
        if state.memory is None:
            state = begun(problem, state)
        xp, dtype = problem.X.place.xp, state.W.dtype
        trail: Trail = state.memory
        left: Any = state.left
        right: Any = state.right
        share = xp.astype(trail.share, dtype)
        lively = xp.astype(trail.share > 0, dtype)

        cross = left.cross + share * (left.cross - trail.cross)
        W = self._improved(ahead_of(left, trail.gram, cross), state.W + share * (state.W - trail.W), lively)
        at_W: Any = problem.right(W)
        beyond = W + share * (W - state.W)
        cross = at_W.cross + share * (at_W.cross - right.cross)
        H = self._improved(ahead_of(at_W, beyond @ beyond.T, cross), state.H + share * (state.H - trail.H), lively)

        objective = at_W.expanded(H) + problem.price(W, H)
        # a comparison with NaN is false: what is not finite is taken back, too
        worse = (trail.share > 0) & ~(objective <= trail.objective + noise_of(problem.X))

        def kept(before: Any, after: Any) -> Any:
            return xp.where(worse, before, after)

        longer = xp.where(trail.share > 0, xp.minimum(trail.ceiling, GROW * trail.share), trail.resume)
        least = xp.full_like(trail.share, LEAST)
        W, H_after = kept(state.W, W), kept(state.H, H)
        further = H_after + xp.astype(kept(xp.zeros_like(longer), longer), dtype) * (H_after - state.H)
        after = Trail(
            W=kept(trail.W, state.W),
            H=kept(trail.H, state.H),
            cross=kept(trail.cross, left.cross),
            gram=further @ further.T,
            objective=kept(trail.objective, objective),
            share=kept(xp.zeros_like(longer), longer),
            ceiling=kept(
                xp.maximum(least, trail.share), xp.minimum(xp.ones_like(trail.share), GROW_CEILING * trail.ceiling)
            ),
            resume=kept(xp.maximum(least, trail.share / SHRINK), trail.resume),
        )
        at_W = DeviceHalf(at_W.X, W, kept(right.gram, at_W.gram), kept(right.cross, at_W.cross), at_W.penalty)
        at_H, taken = problem.left(H_after), state.iteration + 1
        # the loop measures next, and waits anyway: so seconds that it has counted are the device's, not the host's
        if taken == 1 or taken % self.measure_every == 0:
            problem.X.place.wait()
        return State(W, H_after, at_H, at_W, taken, after)

    def _improved(self, half: DeviceHalf, F: Any, lively: Any) -> Any:
        """Take the affordable number of steps from F, cut at 0."""
        affordable = 1 + int(self.share * half.X.row_cost / F.shape[0])
        return descended(half, F, max(self.least_steps, min(self.most_steps, affordable)), lively)


def begun(problem: OnDevice, state: State) -> State:
    """Return the state with the memory of a solver that has not moved yet."""
    place = problem.X.place
    left: Any = state.left

    def number(value: float) -> Any:
        return place.xp.asarray(value, dtype=place.wide, device=place.device)

    objective = left.expanded(state.W) + problem.price(state.W, state.H)
    trail = Trail(state.W, state.H, left.cross, left.gram, objective, number(0.0), number(1.0), number(FIRST))
    return State(state.W, state.H, left, state.right, state.iteration, trail)


def ahead_of(half: DeviceHalf, gram: Any, cross: Any) -> DeviceHalf:
    """Return the half at a point ahead, where its gram matrix and its cross products are these."""
    return DeviceHalf(half.X, half.fixed, gram, cross, half.penalty)


def noise_of(X: Any) -> float:
    """Return what a value may be wrong by: products of single precision summed in double err in all directions."""
    summed_wider = X.dtype == np.float32 and X.place.wide == X.place.xp.float64
    return (0.1 if summed_wider else 8.0) * float(np.finfo(X.dtype).eps) * 0.5 * float(X.squared_norm)


def descended(half: DeviceHalf, F: Any, steps: int, lively: Any) -> Any:
    """Return F after some steps of Nesterov's optimal gradient, plain ones where `lively` is 0 and not 1."""
    cut = half.X.place.positive
    multiply, add = affine(half)
    now = cut(multiply @ cut(F) + add)
    # the second step starts at the first one's end in any case (Nesterov's t_1 = 1)
    ahead, pace = now, (1 + 5**0.5) / 2
    for _ in range(steps - 1):
        after = cut(multiply @ ahead + add)
        faster = (1 + (1 + 4 * pace * pace) ** 0.5) / 2
        ahead = after + ((pace - 1) / faster) * lively * (after - now)
        now, pace = after, faster
    return now


def affine(half: DeviceHalf) -> tuple[Any, Any]:
    """Return A and B with which a gradient step is ``A F + B``; each component's is as long as its length allows."""
    gram, cross = half.folded()
    place = half.X.place
    rate = rates(gram, place)
    identity = place.xp.eye(gram.shape[0], dtype=gram.dtype, device=place.device)
    return identity - rate * gram, rate * cross


def rates(gram: Any, place: Place) -> Any:
    """Return the steps of the components, (n_components, 1): 1 over the bound, for components brought to length 1.

    For any positive v no eigenvalue of a non-negative symmetric matrix exceeds ``max (G v)_i / v_i`` (Collatz 1942);
    near the leading eigenvector that is the eigenvalue. Nothing has to be asked of the device for it.
    """
    xp, eps = place.xp, float(place.xp.finfo(gram.dtype).eps)
    squares = xp.linalg.diagonal(gram)
    longest = xp.max(squares)
    # what is divided by a length of nearly 0 would be blown up out of rounding; where all are 0 so is the gradient
    squares = xp.where(longest > 0, xp.maximum(squares, eps * eps * longest), xp.ones_like(squares))
    length = xp.sqrt(squares)
    unit = xp.abs(gram) / length[:, None] / length[None, :]
    v = xp.ones_like(length)
    for _ in range(POWER_ITERATIONS):
        v = unit @ v
        v = v / xp.max(v)
        v = xp.maximum(xp.where(xp.isnan(v), xp.ones_like(v), v), xp.full_like(v, POSITIVE))
    bound = xp.max((unit @ v) / v) * (1 + gram.shape[0] * eps)
    bound = xp.where(bound > 0, bound, xp.ones_like(bound))
    return (1 / (bound * squares))[:, None]
