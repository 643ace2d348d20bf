"""Second derivatives that like rows share: where they pay, how long they hold, and when every row has its own again."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from partwise.kernels.scoring import Information
from partwise.losses import Half, KullbackLeiblerHalf
from partwise.problems import State, TwoFactors
from partwise.solvers.sample import WORTH

FRESH = 5  # steps for which they hold
REGROUP = 20  # steps after which like rows are looked for again
FILLED = 0.95  # share of entries that are not 0 below which estimates say too little: where X is 0 the true ones are 0
ROOM = 32  # components squared over entries of a row, above which they would take more memory than twice X


@dataclass(frozen=True)
class Shared:
    """Second derivatives of both factors' rows.

    Parameters
    ----------
    on : bool
        Whether rows share them; if not, every row has its own.
    left, right : Information, optional
        Of the rows of W and of H'; None before they are taken.
    """

    on: bool
    left: Information | None = None
    right: Information | None = None

    @classmethod
    def where_it_pays(cls, problem: TwoFactors, k: int) -> Self:
        """Return how to begin, decided by counting entries."""
        m, n = problem.X.shape
        penalised = problem.penalty_W.active or problem.penalty_H.active
        worth = m * n * k >= WORTH and k * k <= ROOM * min(m, n)
        return cls(bool(worth and not penalised and problem.X.stored >= FILLED * m * n))

    def at_left(self, state: State, plain: bool) -> Self:
        """Return them for the next half-step of W: taken anew at the given state where they are old, and for a plain
        step.
        """
        return replace(self, left=_fresh(self.left, state.left, state.W, state.iteration, plain)) if self.on else self

    def at_right(self, half: Half, state: State, plain: bool) -> Self:
        """Return them for the next half-step of H; `half` is its problem at the new W."""
        return replace(self, right=_fresh(self.right, half, state.H, state.iteration, plain)) if self.on else self


def _fresh(known: Information | None, half: Half, F: np.ndarray, iteration: int, plain: bool) -> Information:
    assert isinstance(half, KullbackLeiblerHalf)  # who has a Shared has made sure of it
    if known is not None and iteration % FRESH and not plain:
        return known
    return half.inform(F, known if iteration % REGROUP else None)
