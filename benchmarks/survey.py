"""Find the first iteration at the goal, of an entrant that cannot be watched: by fits with growing `max_iter`."""

from collections.abc import Callable, Sequence

from benchmarks.watch import Moment, reaches

FIRST = 5  # iterations of the first fit
CLOSE = 1.1  # the iteration count is found to this ratio


def rerun(
    measure: Callable[[int], Moment], goal: float, limit: float, checkpoints: Sequence[int] | None = None
) -> list[Moment]:
    """Return the moments of independent fits from the start, each with its own `max_iter`.

    Parameters
    ----------
    measure : callable
        Takes a number of iterations and fits from the start.
    goal : float
    limit : float
        Seconds a fit may take; one that is expected to take longer is cut down to it, and is then the last.
    checkpoints : sequence of int, optional
        Iteration counts, where they are known beforehand. Without them the count is doubled until the goal is reached
        and then halved in between, so that nobody is billed for a coarse grid.
    """
    if checkpoints is not None:
        return [measure(n) for n in checkpoints]
    moments: list[Moment] = []
    below, n = 0, FIRST
    while True:
        moments.append(measure(n))
        if reaches(moments[-1].error, goal):
            break
        affordable = int(n * limit / moments[-1].seconds)
        if affordable < CLOSE * n:
            return moments
        below, n = n, min(2 * n, affordable)
    above = n
    while above > below + 1 and above > CLOSE * max(below, 1):
        n = (above + below) // 2
        moments.append(measure(n))
        if reaches(moments[-1].error, goal):
            above = n
        else:
            below = n
    return sorted(moments, key=lambda one: one.iteration)
