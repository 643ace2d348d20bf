"""What is asked of dask: to keep things where they are computed, to bring one small result, to end without workers."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

from partwise.kernels.threads import resting

LOOK = 0.5  # seconds between two looks at whether any worker is left
PATIENCE = 30.0  # seconds without a worker after which a fit ends, unless dask's own setting says another number


class WorkersGoneError(ConnectionError):
    """A cluster has no worker, or has lost what it cannot compute again."""


def computed(wanted: Any, kept: Sequence[Any] = ()) -> tuple[Any, tuple[Any, ...]]:
    """Return the value of a delayed object, and other collections that are computed beside it and stay where they are.

    Parameters
    ----------
    wanted : Delayed
        Its value comes to the caller.
    kept : sequence of dask collections
        On a cluster they may still be on their way when this returns.

    Raises
    ------
    WorkersGoneError
        If there is no worker for as long as `patience` says, or what the rows hang on is lost.
    """
    from dask.base import persist

    wanted, *rest = persist(wanted, *kept)
    futures = _futures(wanted)
    if not futures:
        return wanted.compute(), tuple(rest)
    (future,) = futures
    try:
        with resting():
            return _waited(future), tuple(rest)
    except BaseException:
        # whoever is interrupted leaves no work behind
        future.client.cancel([future, *(one for each in rest for one in _futures(each))])
        raise


def patience() -> float:
    """Return how long a cluster may be without workers: dask's `distributed.scheduler.no-workers-timeout`, or 30 s."""
    import dask
    from dask.utils import parse_timedelta

    own = dask.config.get("distributed.scheduler.no-workers-timeout", None)
    return PATIENCE if own is None else float(parse_timedelta(own))


def _futures(collection: Any) -> list[Any]:
    """Return the futures behind a collection; none where it was computed without a cluster."""
    try:
        from distributed import futures_of
    except ImportError:
        return []
    found: list[Any] = futures_of(collection)
    return found


def _waited(future: Any) -> Any:
    """Return the value of a future."""
    from concurrent.futures import CancelledError

    from distributed import wait
    from distributed.scheduler import KilledWorker, NoValidWorkerError, NoWorkerError

    limit = patience()
    alone_since: float | None = None
    while True:
        try:
            with suppress(TimeoutError):
                wait(future, timeout=LOOK)
            if future.status == "error":
                return future.result()  # raises what the work did, be it a TimeoutError of its own
            if future.done():
                with suppress(TimeoutError):
                    return future.result(timeout=max(limit, PATIENCE))
        except (NoValidWorkerError, NoWorkerError) as error:
            raise WorkersGoneError(_nobody(limit)) from error
        except KilledWorker as error:
            raise WorkersGoneError(
                f"One worker after the other died of the same rows ({error.last_worker.address} was the last). They "
                "may be too many for its memory: try smaller chunks (X.rechunk) or workers with more memory."
            ) from error
        except CancelledError as error:
            raise WorkersGoneError(
                "The cluster was closed, or rows are lost that it cannot compute again because they were sent to it "
                "(client.scatter). Make X of something that workers can read, such as a zarr store, and fit again."
            ) from error
        if _any_worker(future.client):
            alone_since = None
        elif alone_since is None:
            alone_since = monotonic()
        elif monotonic() - alone_since >= limit:
            raise WorkersGoneError(_nobody(limit))


def _any_worker(client: Any) -> bool:
    try:
        return bool(client.nthreads())
    except OSError:  # the scheduler does not answer; its client tries for a while to find it again
        return False


def _nobody(limit: float) -> str:
    return (
        f"The cluster has had no worker for {limit:g} s. Start some, wait for them (client.wait_for_workers(1)) and "
        "fit again; a checkpoint goes on where it was. How long to wait is dask's "
        "distributed.scheduler.no-workers-timeout."
    )


def in_groups(parts: Sequence[Any], join: Callable[..., Any], size: int = 4) -> Any:
    """Return parts joined `size` at a time, neighbours first: the order hangs on their number alone.

    Parameters
    ----------
    parts : sequence
    join : callable
        Takes one to `size` parts, and returns one.
    size : int
        Each level of joining waits for the slowest of the last and for the network; each part waits for its group.
    """
    left = [join(*parts[at : at + size]) for at in range(0, len(parts), size)]
    return left[0] if len(left) == 1 else in_groups(left, join, size)
