"""Codes of samples for held components: each row's own problem, solved to its end, whatever other rows come with it."""

from dataclasses import replace
from functools import singledispatch

import numpy as np

from partwise.kernels.nnls import nnls
from partwise.kernels.rows import Pace
from partwise.losses import BetaHalf, Half, KullbackLeiblerHalf, QuadraticHalf, WeightedHalf
from partwise.solvers.multiplicative import MultiplicativeUpdate

ROUND = 10  # multiplicative updates between two looks at which rows have settled
SETTLED = 1e-5  # relative change of a row over a round at which it has
MOST = 200  # rounds
NEARLY_ALL = Pace(updates=3, steps=50, sweeps=30, tolerance=1e-8)  # rows come to their end so
THE_REST = Pace(updates=0, steps=1000, sweeps=30, tolerance=1e-8, exact=True)


@singledispatch
def solve_codes(half: Half) -> np.ndarray:
    """Return the best F >= 0 for the held factor, shape (n_components, n_rows).

    For a quadratic loss it is exact (an active-set method), also where entries have weights. For the Kullback-Leibler
    divergence each row's convex problem is solved by Newton's method in float64, until its projected gradient, over the
    pull down on each component, is 1e-8 of its pulls up or no step is left that lowers the divergence.
    For other losses multiplicative updates run until every row has settled by itself. The same X and the same held
    factor give the same bits.
    """
    raise NotImplementedError(f"No way to solve a {type(half).__name__}. Register one with solve_codes.register.")


@solve_codes.register
def _(half: QuadraticHalf) -> np.ndarray:
    wide = half.fixed.astype(np.float64, copy=False)
    cross = half.cross - half.cross.dtype.type(half.penalty.l1) if half.penalty.l1 > 0 else half.cross
    return nnls(half.penalty.fold(wide @ wide.T), cross)


@solve_codes.register
def _(half: WeightedHalf) -> np.ndarray:
    return half.X.solved(half.fixed, half.penalty.l1, half.penalty.l2)


@solve_codes.register
def _(half: KullbackLeiblerHalf) -> np.ndarray:
    wide = replace(half, fixed=half.fixed.astype(np.float64, copy=False))
    codes, settled = wide.newton(_level(wide), NEARLY_ALL)
    rest = np.flatnonzero(~settled)
    if len(rest):
        # parts that depend on each other keep the sweeps of a step busy for ever
        codes[:, rest], _ = wide.of_rows(rest).newton(codes[:, rest], THE_REST)
    return codes.astype(half.fixed.dtype, copy=False)


@solve_codes.register
def _(half: BetaHalf) -> np.ndarray:
    update = MultiplicativeUpdate()
    codes = _level(half)
    active = np.arange(half.X.shape[0])
    for _ in range(MOST):
        before = codes[:, active]
        after = before
        rest = half.of_rows(active)
        for i in range(ROUND):
            after = update.improve(rest, after, i)
        codes[:, active] = after
        change = np.linalg.norm(after - before, axis=0)
        active = active[change > SETTLED * np.linalg.norm(after, axis=0)]
        if not len(active):
            break
    return codes


def _level(half: BetaHalf) -> np.ndarray:
    """Return codes with which every row's estimate has the row's sum, as much of it from each component that holds
    something: the unit of a component does not matter.
    """
    masses = half.fixed.sum(axis=1, dtype=np.float64)
    alive = masses > 0
    shares = np.divide(1.0, masses * max(1, alive.sum()), out=np.zeros_like(masses), where=alive)
    return np.outer(shares, half.X.row_sums()).astype(half.fixed.dtype)
