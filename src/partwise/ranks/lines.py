"""The lines of fits that a report is made of: each goes from small numbers of parts to large ones."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partwise.losses import Loss
from partwise.ranks.data import Data
from partwise.ranks.found import Found

Stop = Callable[[], bool]


@dataclass(frozen=True)
class Question:
    """What all lines are about.

    Parameters
    ----------
    data : Data
    loss : Loss
    seed : int
    """

    data: Data
    loss: Loss
    seed: int

    def rng(self, *what: int) -> np.random.Generator:
        """Return random numbers that belong to one purpose, the same for every order of the fits."""
        return np.random.default_rng([self.seed, *what])

    def state(self, *what: int) -> np.random.RandomState:
        """Return the same in the older form, which inits ask for."""
        return np.random.RandomState(int(self.rng(*what).integers(2**31)))


class Line(ABC):
    """One line of fits.

    Parameters
    ----------
    key : str
        Its name in files, such as "held-out-2".
    name : str
        Its name for the user, such as "held-out, fold 2".
    """

    chained = True  # whether a fit begins where the one before ended
    weight = 1.0  # what a fit costs beside others, for the time left

    def __init__(self, key: str, name: str, question: Question) -> None:
        self.key = key
        self.name = name
        self.question = question

    @abstractmethod
    def fit(self, k: int, before: Found | None, stop: Stop) -> Found:
        """Return what a fit of k parts finds; `Stopped` is raised where `stop` says so.

        `before` is the line's fit of the number of parts before; None for the first, and where the line is no chain.
        """
