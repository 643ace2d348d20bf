"""Projective NMF by projected quasi-Newton steps: one pair of products with X each, and never uphill.

The direction is that of L-BFGS (Liu & Nocedal 1989) on the entries that are free to move (two-metric projection,
Bertsekas 1982; Kim, Sra & Dhillon 2010), from a first metric that divides every component by its energy. Its projected
end is where the products are taken; between here and there W, W'X and X X'W are linear and the objective is a quartic
of one variable, whose coefficients small matrices hold: the best place of the way is known without another product.
"""

from dataclasses import dataclass, replace

import numpy as np

from partwise.kernels.blocks import inner, narrow_sums
from partwise.kernels.pairs import add_free, sums_of_pair
from partwise.problems.projective import Projection, Projective
from partwise.solvers.projective import ProjectiveSolver, relative_change

ENOUGH = 0.01  # of the decrease that the slope promises: then the whole way is gone, which brings entries to zero
CURVED = 1e-10  # cosine between step and change of the gradient below which a pair says nothing of the curvature


@dataclass(frozen=True)
class Pair:
    """A step and how it changed the gradient."""

    step: np.ndarray
    change: np.ndarray


@dataclass(frozen=True)
class Trail:
    """Where the last steps came from: their pairs, and the point before the present one with its gradient."""

    pairs: tuple[Pair, ...]
    W: np.ndarray
    gradient: np.ndarray

    def pairs_to(self, state: Projection) -> tuple[Pair, ...]:
        """Return the pairs with that of the step to the present point."""
        return (*self.pairs, Pair(state.W - self.W, state.gradient - self.gradient))


@dataclass(frozen=True)
class ProjectedLBFGS(ProjectiveSolver):
    """Minimise the objective itself, ``1/2 ||X - W W'X||^2`` over W >= 0.

    Parameters
    ----------
    memory : int
        Pairs of steps and changes of the gradient that are kept, >= 1.
    """

    memory: int = 5

    def start(self, problem: Projective, W: np.ndarray) -> Projection:
        """Return the state at the multiple of W with the lowest objective, which its own products tell."""
        state = problem.start(W)
        crossed = float(np.vdot(state.gram_W, state.gram_H))
        if crossed == 0:
            return state
        length = W.dtype.type(np.sqrt(np.trace(state.gram_H) / crossed))
        return Projection(length * W, length * state.H, length * state.pull)

    def step(self, problem: Projective, state: Projection) -> Projection:
        """Go to the projected end of the quasi-Newton direction, or to the best place before it."""
        pairs = state.memory.pairs_to(state)[-self.memory :] if state.memory is not None else ()
        free = (state.W > 0) | (state.gradient < 0)
        end = np.maximum(state.W - direction(state, free, pairs), 0)
        if inner(end - state.W, state.gradient) >= 0 and pairs:
            pairs = ()
            end = np.maximum(state.W - direction(state, free, pairs), 0)
        if inner(end - state.W, state.gradient) >= 0:
            return replace(state, iteration=state.iteration + 1, change=0.0)
        ahead = problem.start(end)
        moved = between(state, ahead, best_share(state, ahead))
        change = relative_change(state.W, moved.W)
        trail = Trail(pairs, state.W, state.gradient)
        return replace(moved, iteration=state.iteration + 1, change=change, memory=trail)


def direction(state: Projection, free: np.ndarray, pairs: tuple[Pair, ...]) -> np.ndarray:
    """Return what to take from W: the gradient of its free entries, in the metric that the pairs tell."""
    energies = np.diag(state.gram_H)[:, None]
    metric = np.where(energies > 0, energies, 1).astype(state.W.dtype)
    counts = free.astype(state.W.dtype)
    found = state.gradient * counts
    told = []
    for pair in reversed(pairs):
        curvature, steps, changes, along = sums_of_pair(pair.step, pair.change, found, counts)
        if curvature > CURVED * np.sqrt(steps * changes):
            add_free(found, -along / curvature, pair.change, counts)
            told.append((pair, curvature, along))
    found /= metric
    if told:
        newest, curvature, _ = told[0]
        change = newest.change * counts
        found *= found.dtype.type(curvature / inner(change, change / metric))
    for pair, curvature, along in reversed(told):
        add_free(found, (along - inner(pair.change, found)) / curvature, pair.step, counts)
    return found


def best_share(state: Projection, ahead: Projection) -> float:
    """Return how much of the way to go, in (0, 1]: all of it where that lowers the objective well, else the best."""
    way, sums = ahead.W - state.W, ahead.H - state.H
    W, W1, W2 = state.gram_W, _twice(narrow_sums(state.W, way)), narrow_sums(way, way)
    H, H1, H2 = state.gram_H, _twice(narrow_sums(state.H, sums)), narrow_sums(sums, sums)
    quartic = np.polynomial.Polynomial(
        [
            0.0,
            inner(way, state.gradient),
            0.5 * (np.vdot(W, H2) + np.vdot(W1, H1) + np.vdot(W2, H)) - np.trace(H2),
            0.5 * (np.vdot(W1, H2) + np.vdot(W2, H1)),
            0.5 * np.vdot(W2, H2),
        ]
    )
    if quartic(1.0) <= ENOUGH * quartic.coef[1]:
        return 1.0
    turns = np.asarray(quartic.deriv().roots(), np.complex128)
    shares = [float(turn.real) for turn in turns if abs(turn.imag) < 1e-9 and 0 < turn.real < 1]
    return min([*shares, 1.0], key=quartic)


def between(state: Projection, ahead: Projection, share: float) -> Projection:
    """Return the point between two, with its products: they are linear in W."""
    if share == 1:
        return ahead
    part = state.W.dtype.type(share)
    return Projection(
        state.W + part * (ahead.W - state.W),
        state.H + part * (ahead.H - state.H),
        state.pull + part * (ahead.pull - state.pull),
    )


def _twice(square: np.ndarray) -> np.ndarray:
    return square + square.T
