"""The one pool of threads: row ranges of half-steps and of large products take turns in it.

Two pools (BLAS's and ours) that alternate wait for each other for milliseconds at every change. Inside `one_pool`
BLAS is held to one thread and every large loop is split over these threads instead: compiled loops on the team's board
(`crew`), others as tasks in a queue (`over_rows`).
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from queue import Empty, SimpleQueue
from threading import Lock, Thread

import numpy as np
from threadpoolctl import ThreadpoolController

from partwise.kernels.processors import processor
from partwise.kernels.team import AT, CALLED, board, serve

Task = Callable[[int, int], None]

_alone: ContextVar[bool] = ContextVar("alone", default=False)  # whether large loops keep to the thread that they are in

WORTH = 2e6  # multiplications that take as long as waking a thread for them
ALIGN = 64  # ranges start at multiples of this, so that chunks are the same for any number of threads


class _Pool:
    """Threads that wait for work, and the number that was allowed when the first user came in."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.users = 0
        self.count = 1
        self.restore: Callable[[], None] | None = None
        self.work: SimpleQueue[tuple[Task, int, int, SimpleQueue[BaseException | None]] | None] = SimpleQueue()
        self.helpers = 0
        self.jobs = 0  # long ones that run side by side, or elsewhere, and need no help
        self.board = board()

    def employ(self, size: int) -> int:
        """Have `size` threads waiting, or as many as can be had; they are daemons and end with the program."""
        with self.lock:
            while self.helpers < size:
                try:
                    Thread(target=_help, args=(self, self.helpers), name="partwise", daemon=True).start()
                except RuntimeError:  # the system has no more of them
                    break
                self.helpers += 1
            return min(size, self.helpers)

    def watched_by(self, index: int) -> bool:
        """Say whether this helper watches the board: while a fit lasts, and no more of them than are allowed."""
        return self.users > 0 and self.jobs == 0 and index < self.count - 1

    def call(self) -> None:
        """Have those who watch the board look at the queue."""
        with self.lock:
            self.board[CALLED] += 1

    def wake(self) -> None:
        """Have those who sleep watch the board."""
        self.board[AT] = processor()
        for _ in range(self.employ(self.count - 1)):
            self.work.put(None)


def _help(pool: _Pool, index: int) -> None:
    """Take ranges from the queue for ever, and blocks from the board while a fit lasts."""
    while True:
        called = int(pool.board[CALLED])
        try:
            job = pool.work.get_nowait()
        except Empty:
            if pool.watched_by(index):
                serve(pool.board, called, index)
                continue
            job = pool.work.get()
        if job is None:  # only to wake up
            continue
        task, start, stop, done = job
        try:
            task(start, stop)
        except BaseException as error:
            done.put(error)
        else:
            done.put(None)
        # the last task's arrays are not kept alive while waiting for the next
        del task, done, job


_pool = _Pool()
_NOBODY = board(closed=True)


def _forget() -> None:
    """Start afresh in a forked child: its parent's threads do not exist there, and BLAS gets its own back."""
    global _pool
    before, _pool = _pool, _Pool()
    if before.users > 0 and before.restore is not None:
        before.restore()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


@cache
def _controller() -> ThreadpoolController:
    """Find the loaded BLAS libraries; a scan of a millisecond or two, made once."""
    return ThreadpoolController().select(user_api="blas")


def allowed() -> int:
    """Return how many threads the caller may use: BLAS's own limit, which users, joblib and dask already set."""
    limits = [library["num_threads"] for library in _controller().info()]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    return max(1, min(max(limits, default=cores), cores))


@contextmanager
def one_pool(most: int | None = None) -> Iterator[int]:
    """Hold BLAS at one thread and lend its threads, or `most` of them, to `over_rows`.

    The first to come in says how many; the last to leave restores the limits.
    """
    pool = _pool
    with pool.lock:
        first = pool.users == 0
        pool.users += 1
        try:
            if first:
                pool.count = allowed() if most is None else min(most, allowed())
                pool.restore = _controller().limit(limits=1).restore_original_limits
        except BaseException:
            pool.users -= 1
            raise
    try:
        if first:
            pool.wake()
        yield pool.count
    finally:
        with pool.lock:
            pool.users -= 1
            last = pool.users == 0
            if last:
                pool.count = 1
                if pool.restore is not None:
                    pool.restore()
        if last:
            pool.call()  # they go to sleep


def crew() -> np.ndarray:
    """Return the board on which a compiled loop may be shared: a closed one where it had better not be."""
    return _pool.board if _pool.count > 1 and not _alone.get() else _NOBODY


@contextmanager
def alone() -> Iterator[None]:
    """Keep every large loop of this block to the thread that it is in, however many are allowed."""
    token = _alone.set(True)
    try:
        yield
    finally:
        _alone.reset(token)


@contextmanager
def resting() -> Iterator[None]:
    """Have the pool's threads sleep instead of watch: who has the work of this block done elsewhere needs no help."""
    pool = _pool
    with pool.lock:
        pool.jobs += 1
    try:
        pool.call()
        yield
    finally:
        with pool.lock:
            pool.jobs -= 1
        pool.wake()


def side_by_side(jobs: Sequence[Callable[[], None]], give_up: Callable[[], None]) -> None:
    """Run jobs inside `one_pool`, each alone on a thread, as many at once as threads are allowed; wait for all.

    A job takes the same way whether others run beside it or not, so the number of threads changes no bit of it. These
    threads are not the pool's: a long job there would hold up whoever shares out rows.

    Parameters
    ----------
    jobs : sequence of callable
    give_up : callable
        Called before the first error, or an interruption of the waiting thread, is passed on: it asks the rest to end.
    """

    def run(job: Callable[[], None]) -> None:
        with alone():
            job()

    with resting(), ThreadPoolExecutor(min(_pool.count, len(jobs)), thread_name_prefix="partwise-job") as executor:
        try:
            for _ in executor.map(run, jobs):
                pass
        except BaseException:
            give_up()
            raise


def over_rows(task: Task, n_rows: int, least: int = ALIGN, cost: float = WORTH) -> None:
    """Call ``task(start, stop)`` for ranges that cover ``range(n_rows)``, one range a thread, and wait for all.

    Parameters
    ----------
    task : callable
        Must release the interpreter's lock to gain anything, and write only to its own rows.
    n_rows : int
        Number of rows to share out.
    least : int
        Rows of a range, at least.
    cost : float
        Multiplications that a row takes; by default enough of them for a thread.
    """
    count = 1 if _alone.get() else min(_pool.count, max(1, n_rows // least), max(1, int(n_rows * cost / WORTH)))
    if count == 1:
        task(0, n_rows)
        return
    align = min(ALIGN, least)
    blocks = -(-n_rows // align)
    edges = [min(n_rows, align * (blocks * i // count)) for i in range(count)] + [n_rows]
    if _pool.employ(count - 1) < count - 1:
        task(0, n_rows)
        return
    done: SimpleQueue[BaseException | None] = SimpleQueue()
    for i in range(1, count):
        _pool.work.put((task, edges[i], edges[i + 1], done))
    _pool.call()
    errors: list[BaseException] = []
    try:
        task(edges[0], edges[1])
    except BaseException as error:
        errors.append(error)
    # nobody may still be writing when the caller goes on, whatever happened
    waiting = count - 1
    while waiting:
        try:
            failed = done.get()
        except KeyboardInterrupt as interrupt:
            errors.append(interrupt)
            continue
        waiting -= 1
        if failed is not None:
            errors.append(failed)
    if errors:
        raise errors[0]


def over_blocks(task: Callable[[int], None], n_blocks: int, cost: float = WORTH) -> None:
    """Call ``task(block)`` for every block; a thread that is done with one takes the next.

    Parameters
    ----------
    task : callable
        As in `over_rows`.
    n_blocks : int
        Number of blocks.
    cost : float
        Multiplications that a block takes; by default enough of them for a thread.
    """
    left = iter(range(n_blocks))  # taking the next is one step of the interpreter, so no block is taken twice

    def some(start: int, stop: int) -> None:
        for block in left:
            task(block)

    over_rows(some, n_blocks, least=1, cost=cost)
