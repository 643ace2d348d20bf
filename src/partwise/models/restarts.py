"""Several starts of one fit, side by side, and the best of them."""

import math
from collections.abc import Callable
from threading import Lock

from partwise.kernels.threads import side_by_side
from partwise.models.fitting import Fit


class BestOf:
    """Keeps the fit with the lowest objective, the first of equals, and everybody's objective."""

    def __init__(self, n_starts: int) -> None:
        self.best: Fit | None = None
        self.objectives = [math.inf] * n_starts
        self._index = n_starts
        self._lock = Lock()

    def add(self, index: int, fitted: Fit) -> None:
        """Compare a fit with the best so far; which comes first does not matter."""
        objective = fitted.history[-1].objective
        with self._lock:
            self.objectives[index] = objective
            if self.best is None or (objective, index) < (self.objectives[self._index], self._index):
                self.best, self._index = fitted, index


def best_of(n_starts: int, run: Callable[[int], Fit], stop: Callable[[], None]) -> tuple[Fit, list[float]]:
    """Return the best of ``run(0)`` .. ``run(n_starts - 1)`` and the objectives of all.

    One start alone has all threads. Of several, each has one, and they run side by side: the work is shared out as
    evenly, nobody waits for anybody, and the answer has the same bits for any number of threads.

    Parameters
    ----------
    n_starts : int
    run : callable
    stop : callable
        Asks all starts that run to end, where one has failed.
    """
    if n_starts == 1:
        fitted = run(0)
        return fitted, [fitted.history[-1].objective]
    race = BestOf(n_starts)
    side_by_side([lambda index=index: race.add(index, run(index)) for index in range(n_starts)], stop)  # type: ignore[misc]
    assert race.best is not None
    return race.best, race.objectives
