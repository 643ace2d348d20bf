"""Second derivatives that like rows share: where they pay, how long they hold, and when every row has its own again."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from partwise.kernels.scoring import Information
from partwise.losses import Half, KullbackLeiblerHalf
from partwise.problems import State, TwoFactors

FRESH = 5  # steps for which they hold
REGROUP = 20  # steps after which like rows are looked for again
WAIT = 1  # steps without them after a plain one raised the objective; twice as many each time until one lowers it
FILLED = 0.95  # share of entries that are not 0 below which estimates say too little: where X is 0 the true ones are 0
WORTH = 2e7  # entries times components; a smaller problem takes longer over calls
NEVER = 1 << 62  # steps to wait where sharing does not pay


@dataclass(frozen=True)
class Shared:
    """Second derivatives of both factors' rows.

    Parameters
    ----------
    left, right : Information, optional
        Of the rows of W and of H'; None before they are taken, and while every row has its own.
    careful : bool
        Whether rows that go too far are looked for and have their own; it takes half as long again.
    wait : int
        Steps for which every row has its own.
    patience : int
        How many they are the next time.
    """

    left: Information | None = None
    right: Information | None = None
    careful: bool = False
    wait: int = 0
    patience: int = WAIT

    @classmethod
    def where_it_pays(cls, problem: TwoFactors, k: int) -> Self:
        """Return how to begin, decided by counting entries."""
        size = problem.X.shape[0] * problem.X.shape[1]
        pays = size * k >= WORTH and problem.X.stored >= FILLED * size
        return cls(wait=0 if pays else NEVER)

    def at_left(self, state: State, plain: bool) -> Self:
        """Return them for the next half-step of W: taken anew at the given state where they are old, and for a plain
        step.
        """
        if self.wait > 0:
            return replace(self, wait=self.wait - 1)
        return replace(self, left=_fresh(self.left, state.left, state.W, state.iteration, plain))

    def at_right(self, half: Half, state: State, plain: bool) -> Self:
        """Return them for the next half-step of H; `half` is its problem at the new W."""
        if self.left is None:
            return self
        return replace(self, right=_fresh(self.right, half, state.H, state.iteration, plain))

    def failed(self) -> Self:
        """Be more careful after a plain step has raised the objective, and if that is of no help, share nothing for a
        while.
        """
        if not self.careful:
            return replace(self, careful=True)
        return replace(self, left=None, right=None, wait=self.patience, patience=2 * self.patience)

    def proved(self) -> Self:
        """Trust them as at first: a plain step has lowered the objective."""
        return replace(self, patience=WAIT) if self.left is not None else self


def _fresh(known: Information | None, half: Half, F: np.ndarray, iteration: int, plain: bool) -> Information:
    assert isinstance(half, KullbackLeiblerHalf)  # who has a Shared has made sure of it
    if known is not None and iteration % FRESH and not plain:
        return known
    return half.inform(F, known if iteration % REGROUP else None)
