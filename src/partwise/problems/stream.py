"""A problem whose samples come in batches: which batch is next, what it asks alone, and sums that stand for many."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from partwise.losses import Half, Loss
from partwise.losses.loss import Reading
from partwise.matrices import Matrix
from partwise.problems.two_factors import Measure, State, TwoFactors


@dataclass(frozen=True)
class Batch:
    """Some samples, and where they stand.

    Parameters
    ----------
    X : Matrix
    place : int or None
        The same whenever the same samples come again; None: they will not.
    share : float
        Of an epoch, as far as its length is known: in the first epoch, of what has been seen so far.
    epoch : int
        Which one, from 1.
    """

    X: Matrix
    place: int | None
    share: float = 1.0
    epoch: int = 1


class EndOfBatches(Exception):
    """Raised by a step that finds no batch left."""


@dataclass(frozen=True)
class Tally(Half):
    """What is left of a half when only its sums were kept: all that measuring asks."""

    reading: Reading
    value: float = 0.0

    @classmethod
    def nothing(cls, k: int) -> "Tally":
        """Return the sums of no samples."""
        return cls(Reading(np.zeros((k, 6))))

    def plus(self, reading: Reading, value: float = 0.0) -> "Tally":
        """Return the sums with those of more samples."""
        return Tally(Reading(self.reading.sums + reading.sums), self.value + value)

    def read(self, F: np.ndarray) -> Reading:
        """Return the sums, whatever F."""
        return self.reading

    def loss(self, F: np.ndarray, reading: Reading) -> float:
        """Return the loss, whatever F."""
        return self.value

    def split_gradient(self, F: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Refuse: the gradient was not kept."""
        raise NotImplementedError("A Tally holds sums only. Take the half of a TwoFactors.")


class Stream:
    """The mean loss of samples that come batch by batch.

    Parameters
    ----------
    batches : iterator of Batch
        Read once; whoever made it knows how often it begins again.
    pose : callable
        Returns the problem of a batch alone, with its share of the penalties.
    loss : Loss
    """

    def __init__(self, batches: Iterator[Batch], pose: Callable[[Matrix], TwoFactors], loss: Loss) -> None:
        self._batches = batches
        self.pose = pose
        self.loss = loss
        # a mini-batch brings its own cost, so every step is measured
        self.loss.measure_every = 1

    def take(self) -> Batch:
        """Return the next batch.

        Raises
        ------
        EndOfBatches
            If there is none.
        """
        try:
            return next(self._batches)
        except StopIteration:
            raise EndOfBatches from None

    def measure(self, state: State) -> Measure:
        """Return what the step has found in passing: the smoothed cost of a sample, and the residual."""
        found: Measure = state.memory.measure
        return found
