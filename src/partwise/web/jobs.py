"""What the page starts and the server does for long: a job, one at a time, each in a thread, watched by events."""

import errno
import re
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock, Thread
from typing import Any, ClassVar, TypeVar

from partwise.runs import Run
from partwise.web.refusing import RefusedError
from partwise.web.watching import Watch

SAVING = 30.0  # seconds that a job has to save what it has when the server ends
KEPT = 50  # jobs that are remembered


@dataclass(kw_only=True)
class Job:
    """Something that was started here; each kind says what it does and what is told of it.

    Attributes
    ----------
    out : Path
        The folder in which it writes.
    watch : Watch
    id : str
        Given when it starts.
    state : {"running", "finished", "cancelled", "failed"}
    reason : str or None
        Why it ended.
    thread : Thread or None
    hurried : bool
        The server ends: what there is is saved, and not drawn.
    """

    noun: ClassVar[str]
    address: ClassVar[str]

    out: Path
    watch: Watch
    id: str = ""
    state: str = "running"
    reason: str | None = None
    thread: Thread | None = field(default=None, repr=False)
    hurried: bool = False

    @property
    def words(self) -> str:
        """What it is called where another one has to wait for it."""
        raise NotImplementedError

    def told(self) -> dict[str, Any]:
        """Return what the page shows of it."""
        raise NotImplementedError

    def work(self) -> bool:
        """Do it; return whether it was stopped on request."""
        raise NotImplementedError

    def run(self) -> None:
        """Do it; whatever happens becomes its end."""
        try:
            self.state = "cancelled" if self.work() else "finished"
        except (ValueError, OSError, MemoryError) as error:
            self.state, self.reason = "failed", " ".join(str(error).split()) or "There is not enough memory."
        except Exception as error:  # a thread has nobody to raise to
            traceback.print_exc()
            name = type(error).__name__
            self.state, self.reason = "failed", f"The {self.noun} made a mistake ({name}); the terminal shows it."
        if self.state == "failed":
            self.release()
        self.watch.end(self.told())

    def release(self) -> None:
        """Remove its folder where nothing was written."""
        with suppress(OSError):
            self.out.rmdir()


J = TypeVar("J", bound=Job)


class Jobs:
    """The jobs of this server, of all kinds; one runs at a time."""

    def __init__(self) -> None:
        self._lock = RLock()  # who prepares a job may look at the others
        self._jobs: dict[str, Job] = {}
        self._count = 0

    def all(self, kind: type[J]) -> list[J]:
        """Return every job of a kind, the last first."""
        with self._lock:
            return [job for job in reversed(self._jobs.values()) if isinstance(job, kind)]

    def one(self, kind: type[J], name: str) -> J:
        """Return a job; a refusal where there is none of this name."""
        with self._lock:
            job = self._jobs.get(name)
        if not isinstance(job, kind):
            hint = f"See {kind.address} for those there are."
            raise RefusedError(404, f"There is no {kind.noun} {name[:20]!r}.", hint)
        return job

    def start(self, prepare: Callable[[], J]) -> J:
        """Begin a job that `prepare` makes.

        Raises
        ------
        RefusedError
            Another one is running, or `prepare` finds no place for it.
        """
        with self._lock:
            busy = next((one for one in self._jobs.values() if one.state == "running"), None)
            if busy is not None:
                raise RefusedError(409, f"{busy.words} is running.", "Wait for it, or cancel it.")
            job = prepare()
            self._count += 1
            job.id = str(self._count)
            self._jobs[job.id] = job
            while len(self._jobs) > KEPT:
                del self._jobs[next(iter(self._jobs))]
        job.thread = Thread(target=job.run, name=f"partwise-job-{job.id}", daemon=True)
        job.thread.start()
        return job

    def close(self) -> None:
        """Ask what is running to stop and to save what it has."""
        for job in self.all(Job):
            job.watch.stop = job.hurried = True
            if job.thread is not None:
                job.thread.join(SAVING)
                if job.thread.is_alive():
                    job.release()


def stem_of(run: Path) -> Path:
    """Return the run without the number of parts in its name, by which what is made of the same pictures is named."""
    beside = run.resolve()
    return beside.with_name(re.sub(r"-k\d+(-\d+)?$", "", beside.name) or beside.name)


def claimed(run: Run, ending: str) -> Path:
    """Make an empty folder beside a run; no two jobs get the same.

    Raises
    ------
    RefusedError
        There is no place for it.
    """
    stem = stem_of(run.path)
    for count in range(1, 1000):
        out = stem.with_name(f"{stem.name}-{ending}" + (f"-{count}" if count > 1 else ""))
        try:
            out.mkdir()
        except FileExistsError:
            continue
        except OSError as error:
            words = "Permission denied" if error.errno == errno.EACCES else error.strerror
            raise RefusedError(409, f"There is no place beside this run: {words}.", "Make room.") from error
        return out
    raise RefusedError(409, "There are a thousand folders of this name beside this run.", "Remove some.")
