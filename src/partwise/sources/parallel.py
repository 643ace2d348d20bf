"""The same work for many files in threads, with progress told from the calling thread."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

from .dataset import SourceError

Result = TypeVar("Result")
Progress = Callable[[int, int], None]

PAUSE = 0.05  # seconds between two reports, so that a screen is not drawn more often than it is seen
CHUNK = 16  # files given to a thread at once, at most; more would make the progress jump


def thread_count(n_jobs: int | None) -> int:
    """Return how many threads to use: the cores at hand (at most 8) for None, all of them for -1.

    Raises
    ------
    SourceError
        `n_jobs` is neither positive, nor -1, nor None.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if n_jobs is None:
        return min(cores, 8)
    if n_jobs == -1:
        return cores
    if n_jobs < 1:
        raise SourceError(f"n_jobs must be None, -1 or at least 1, got {n_jobs}.")
    return n_jobs


def in_threads(work: Callable[[int], Result], count: int, threads: int, report: Callable[[int], None]) -> list[Result]:
    """Call ``work(0) ... work(count - 1)`` and return the results in that order.

    Parameters
    ----------
    work : callable
        Takes a number, returns a result; whatever it raises ends the whole.
    count : int
        How often to call it.
    threads : int
        How many threads share the work.
    report : callable
        Called in this thread with the number of calls that are done.
    """

    size = max(1, min(CHUNK, math.ceil(count / threads)))  # few files are shared out too

    def work_chunk(first: int) -> list[Result]:
        return [work(number) for number in range(first, min(first + size, count))]

    if threads == 1:
        return list(_in_turn(work, count, report))
    results: dict[int, list[Result]] = {}
    done = 0
    pool = ThreadPoolExecutor(threads, thread_name_prefix="partwise-read")
    try:
        pending = {pool.submit(work_chunk, first): first for first in range(0, count, size)}
        for future in as_completed(pending):
            results[pending[future]] = future.result()
            done += len(future.result())
            report(done)
    finally:
        pool.shutdown(cancel_futures=True)
    return [result for first in sorted(results) for result in results[first]]


def _in_turn(work: Callable[[int], Result], count: int, report: Callable[[int], None]) -> Iterator[Result]:
    for number in range(count):
        yield work(number)
        report(number + 1)


class Reporter:
    """Tells progress over several rounds as one count, at most every `PAUSE` seconds."""

    def __init__(self, progress: Progress | None, total: int, rounds: int) -> None:
        self.progress = progress
        self.total = total
        self.rounds = rounds
        self._told = -1
        self._when = float("-inf")

    def round(self, number: int, count: int) -> Callable[[int], None]:
        """Return the report function of one round, which has `count` calls."""

        def report(done: int) -> None:
            self._tell(int(self.total * (number + done / max(count, 1)) / self.rounds))

        return report

    def finish(self) -> None:
        """Tell that all is done."""
        self._when = float("-inf")
        self._tell(self.total)

    def _tell(self, done: int) -> None:
        now = time.monotonic()
        if self.progress is not None and done > self._told and now - self._when >= PAUSE:
            self._told, self._when = done, now
            self.progress(done, self.total)
