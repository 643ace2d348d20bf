"""Workers of a dask cluster for one task: started here or found by their scheduler, and let go of however it ends."""

import asyncio
import logging
import os
import re
import signal
import socket
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Any

from partwise.wording import counted

if TYPE_CHECKING:
    from distributed import Client

WANTED = "local:N for N workers on this machine, or the address of a scheduler, such as tcp://10.0.0.5:8786"
ANSWERS = 5.0  # seconds in which a scheduler answers, if there is one
REPLIES = 2.0  # more seconds in which it says what it is
MOST = 4  # workers for each core of this machine
# for systems that mask no signals (see `_deaf`)
DEAF = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
# H goes along with every step, and that is how it is meant to be
QUIET = {"distributed.admin.large-graph-warning-threshold": "1TB"}


@dataclass(frozen=True)
class Place:
    """Where workers are.

    Parameters
    ----------
    address : str
        Of their scheduler; empty where they are to be started here.
    count : int
        How many of them.
    """

    address: str = ""
    count: int = 0

    @classmethod
    def of(cls, text: str) -> "Place":
        """Return what the option --dask says.

        Raises
        ------
        ValueError
            If it is no place.
        """
        found = re.fullmatch(r"local:(\d+)", text)
        count, cores = int(found.group(1)) if found else 0, os.cpu_count() or 1
        if count > MOST * cores:
            raise ValueError(
                f"--dask local:N wants at most {MOST} workers a core, and this machine has "
                f"{counted(cores, 'cores')}, got {text!r}. Try --dask local:{cores}."
            )
        if count or re.fullmatch(r"(tcp|tls)://[^/\s]+:\d+/?", text):
            return cls("" if count else text.rstrip("/"), count)
        raise ValueError(f"--dask wants {WANTED}, got {text!r}. Try --dask local:{cores}.")


@contextmanager
def workers_at(place: Place, packages: tuple[str, ...] = ()) -> Iterator["Client"]:
    """Lend workers; those that were started here are ended, and the others forget what they were given.

    Parameters
    ----------
    place : Place
    packages : tuple of str
        That workers need beside this one.

    Raises
    ------
    ConnectionError
        If nothing answers, or no worker is there.
    ValueError
        If workers have not what they need.
    """
    import dask

    with ExitStack() as held:
        held.enter_context(dask.config.set(QUIET))
        held.enter_context(_silent())
        address = held.enter_context(_started(place.count)) if place.count else place.address
        client = held.enter_context(_connected(address))
        _wait(client, address)
        _check(client, packages)
        yield client


@contextmanager
def _started(count: int) -> Iterator[str]:
    """Start a scheduler and workers that only this machine can reach; yield the address."""
    from distributed import LocalCluster

    start = partial(
        LocalCluster,
        n_workers=count,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        silence_logs=logging.CRITICAL,
        preload=[DEAF],
    )
    # one that is interrupted while it starts cannot be closed, so it starts in a thread, which no Ctrl-C reaches
    resource_tracker.ensure_running()  # which would unmask signals where it is started
    with ThreadPoolExecutor(1, thread_name_prefix="partwise-start", initializer=_deaf) as thread:
        starting = thread.submit(start)
        try:
            cluster = starting.result()
        except (OSError, RuntimeError) as error:
            raise ConnectionError(f"No workers can be started on this machine ({_said(error)}).") from error
        except KeyboardInterrupt:
            with suppress(Exception):  # its workers may have heard it too
                starting.result().close()
            raise
    with cluster:
        yield str(cluster.scheduler_address)


def _deaf() -> None:
    """Mask Ctrl-C in this thread and in all processes that come of it.

    A terminal sends it to workers too, and the step that is under way is to be finished with them.
    """
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


@contextmanager
def _silent() -> Iterator[None]:
    """Keep what dask would log from the screen: what the user must know is told by an error of ours."""
    from distributed.utils import silence_logging_cmgr

    others = [logging.getLogger(name) for name in ("asyncio", "tornado")]
    levels = [one.level for one in others]
    with silence_logging_cmgr(logging.CRITICAL):
        for one in others:
            one.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            for one, level in zip(others, levels, strict=True):
                one.setLevel(level)


@contextmanager
def _connected(address: str) -> Iterator["Client"]:
    from distributed import Client
    from distributed.versions import VersionMismatchWarning

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VersionMismatchWarning)  # `_check` says what matters
            asyncio.run(asyncio.wait_for(_answer(address), ANSWERS + REPLIES))
            client = Client(address, timeout=ANSWERS)
    except (OSError, ValueError, TypeError, ImportError, RuntimeError) as error:
        raise ConnectionError(
            f"No scheduler of dask answers at {address} within {ANSWERS:g} s ({_said(error, address)}). "
            f"--dask wants {WANTED}. Start one with: dask scheduler"
        ) from error
    with client:
        yield client


async def _answer(address: str) -> None:
    """Shake hands with a scheduler: a client would wait for ever for a program that takes the call and says nothing."""
    from distributed import Security
    from distributed.comm.core import connect

    security: Any = Security()
    comm = await connect(address, timeout=ANSWERS, **security.get_connection_args("client"))
    await comm.close()


def _wait(client: "Client", address: str) -> None:
    """Wait for a worker, for as long as a fit does."""
    from partwise.matrices.cluster import patience

    limit = patience()
    try:
        client.wait_for_workers(1, timeout=limit)
    except TimeoutError:
        raise ConnectionError(
            f"The scheduler at {address} has no worker, and none has come for {limit:g} s. Start some with: "
            f"dask worker {address}"
        ) from None


def _check(client: "Client", packages: tuple[str, ...]) -> None:
    """Raise ValueError where a worker has not the packages that it needs, or another version of Python or partwise."""
    about: Any = client.get_versions(packages=["partwise", *packages])
    here = about["client"]["packages"]
    for address, machine in about["workers"].items():
        there = machine["packages"]
        for name in ("partwise", *packages):
            if there[name] is None:
                raise ValueError(f"The worker {address} has no {name}, and needs it. Install it there.")
        for name, ours, other in (
            ("Python", _short(here["python"]), _short(there["python"])),
            ("partwise", here["partwise"], there["partwise"]),
        ):
            if ours != other:
                raise ValueError(
                    f"The worker {address} has {name} {other}, and this program {ours}. Make them the same."
                )


def _short(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _unheard(address: str) -> str:
    """Return why nothing there took a call: nobody knows the name, or nobody is there."""
    host = re.sub(r"^\w+://|:\d+$", "", address)
    try:
        socket.getaddrinfo(host.strip("[]"), None)
    except socket.gaierror as error:
        return f"the name {host} is not known: {error.strerror}"
    return "nothing there takes the call"


def _said(error: BaseException, address: str = "") -> str:
    """Return the cause of an error on one line; of one that came of a call, the address that was called."""
    if type(error) is TimeoutError:
        return "what is there does not speak dask's language"
    if address and type(error.__cause__) is TimeoutError:  # so does a name that nobody knows
        return _unheard(address)
    text = " ".join(str(error.__cause__ or error).split()).rstrip(".")
    return re.sub(r".*\[Errno -?\d+\] ", "", text) or type(error).__name__
