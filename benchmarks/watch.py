"""The stopwatch: it stands still while an iterate is copied and judged, and knows when an entrant may stop."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from benchmarks.judge import Judge

SLACK = 1e-6  # of the goal: the same fit may differ by rounding between two processes; the same for every entrant
FINE = 20  # first iterations, all of which are judged
STEP = 1.05  # later ones are judged at this ratio, so that the judge does not take longer than the entrant
BEYOND = 2.0  # a survey goes on to this many times the seconds to the goal, for the picture

Factors = tuple[np.ndarray, np.ndarray]


class Enough(Exception):
    """Raised in an entrant that has no way of its own to be stopped."""


@dataclass(frozen=True)
class Moment:
    """Where an entrant was after so many iterations and seconds of its own."""

    iteration: int
    seconds: float
    error: float


def reaches(error: float, goal: float) -> bool:
    """Say whether an error is at or below the goal, up to the slack."""
    return error <= goal * (1 + SLACK)


def first_at(moments: list[Moment], goal: float) -> Moment | None:
    """Return the first measured moment at or below the goal; nothing is interpolated."""
    return next((one for one in sorted(moments, key=lambda one: one.seconds) if reaches(one.error, goal)), None)


@dataclass
class Watch:
    """Follows a fit from inside.

    Parameters
    ----------
    judge : callable
    goal : float
        Error to reach.
    limit : float
        Seconds after which the entrant is stopped.
    only : int, optional
        The one iteration that is looked at, and where the fit ends; without it iterates are judged on the way.
    """

    judge: Judge
    goal: float
    limit: float
    only: int | None = None
    moments: list[Moment] = field(default_factory=list)
    clock: Callable[[], float] = time.perf_counter

    def start(self) -> None:
        """Start the clock."""
        self.paused = 0.0
        self.began = self.clock()

    def seconds(self) -> float:
        """Return the entrant's own seconds so far."""
        return self.clock() - self.began - self.paused

    def __call__(self, iteration: int, factors: Callable[[], Factors]) -> bool:
        """Look at an iterate; `factors` gives its W and H. A true answer says that the entrant may stop."""
        if self.only is not None and iteration < self.only:
            return False
        seconds = self.seconds()
        paused = self.clock()
        if self._due(iteration):
            W, H = (np.array(F) for F in factors())
            self.moments.append(Moment(iteration, seconds, self.judge(W, H)))
        reached = first_at(self.moments, self.goal)
        enough = reached is not None and seconds >= BEYOND * reached.seconds
        self.paused += self.clock() - paused
        return self.only is not None or enough or seconds >= self.limit

    def _due(self, iteration: int) -> bool:
        last = self.moments[-1].iteration if self.moments else -1
        return self.only is not None or iteration <= FINE or iteration >= STEP * last
