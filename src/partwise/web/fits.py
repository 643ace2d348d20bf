"""Fits that are started from the page: each in a thread, beside the run that is shown, watched by events."""

import errno
import re
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from partwise.runs import Run
from partwise.tasks.fit import Settings, fit
from partwise.tasks.look import look
from partwise.tasks.read import Reading
from partwise.web.overview import relative, rounded
from partwise.web.refusing import RefusedError
from partwise.web.served import Served
from partwise.web.watching import Watch

SAVING = 30.0  # seconds that a fit has to save what it has when the server ends
KEPT = 50  # fits that are remembered


@dataclass
class Job:
    """A fit that was started here.

    Attributes
    ----------
    id : str
    k : int
    tol : float
        The KKT residual that it is to come to.
    out : Path
        The folder of its run.
    watch : Watch
    state : {"running", "finished", "cancelled", "failed"}
    reason : str or None
        Why it ended.
    thread : Thread or None
    """

    id: str
    k: int
    tol: float
    out: Path
    watch: Watch
    state: str = "running"
    reason: str | None = None
    thread: Thread | None = field(default=None, repr=False)
    hurried: bool = False  # the server ends: what there is is saved, and not drawn

    def told(self) -> dict[str, Any]:
        """Return what the page shows of it."""
        last = self.watch.last
        return {
            "id": self.id,
            "k": self.k,
            "state": self.state,
            "out": self.out.name,
            "iteration": last["iteration"],
            "max_iter": self.watch.max_iter,
            "tol": self.tol,
            "seconds": last["seconds"],
            "error": last["error"],
            "residual": last["residual"],
            "reason": self.reason,
            "left": last["left"] if self.state == "running" else None,
            "stage": last["stage"],
        }


class Fits:
    """The fits of this server, the last first.

    Parameters
    ----------
    served : Served
    """

    def __init__(self, served: Served) -> None:
        self._served = served
        self._lock = Lock()
        self._jobs: dict[str, Job] = {}
        self._count = 0

    def all(self) -> list[Job]:
        """Return every fit."""
        with self._lock:
            return list(self._jobs.values())[::-1]

    def one(self, name: str) -> Job:
        """Return a fit; a refusal where there is none of this name."""
        with self._lock:
            job = self._jobs.get(name)
        if job is None:
            raise RefusedError(404, f"There is no fit {name[:20]!r}.", "See /api/fits for those there are.")
        return job

    def start(self, run: Run, n_components: int, model: dict[str, Any], max_iter: int) -> Job:
        """Begin a fit of what a run was made of, read as it was read.

        Raises
        ------
        RefusedError
            Another one is running, or there is no place for its run.
        """
        with self._lock:
            busy = next((one for one in self._jobs.values() if one.state == "running"), None)
            if busy is not None:
                raise RefusedError(409, f"A fit of {busy.k} parts is running.", "Wait for it, or cancel it.")
            self._count += 1
            out = _claimed(run.path, n_components)
            watch = Watch(tuple(run.shape or ()), run.facts.get("objective_scale"), max_iter)
            job = Job(str(self._count), n_components, float(model["tol"]), out, watch)
            self._jobs[job.id] = job
            while len(self._jobs) > KEPT:
                del self._jobs[next(iter(self._jobs))]
        settings = Settings(n_components, model, Reading.from_settings(run.settings))
        job.thread = Thread(target=_work, args=(job, run, settings), name=f"partwise-fit-{job.id}", daemon=True)
        job.thread.start()
        return job

    def close(self) -> None:
        """Ask what is running to stop and to save what it has."""
        for job in self.all():
            job.watch.stop = job.hurried = True
            if job.thread is not None:
                job.thread.join(SAVING)
                if job.thread.is_alive():
                    _released(job.out)


def _work(job: Job, run: Run, settings: Settings) -> None:
    """Fit, save, draw; whatever happens becomes the end of the job."""
    try:
        fitted = fit(run.facts["source"], job.out, settings, progress=job.watch)
        facts = fitted.run.facts
        job.watch.last |= {
            "iteration": facts["n_iter"],
            "error": relative(0.5 * facts["relative_error"] ** 2, 0.5),
            "residual": rounded(facts["kkt_residual"]),
        }
        job.reason = facts["reason"]
        if not job.hurried:
            look(fitted.run, fitted.data, progress=job.watch)
        job.state = "cancelled" if fitted.stopped else "finished"
    except (ValueError, OSError, MemoryError) as error:
        job.state, job.reason = "failed", " ".join(str(error).split()) or "There is not enough memory."
    except Exception as error:  # a thread has nobody to raise to
        traceback.print_exc()
        job.state, job.reason = "failed", f"The fit made a mistake ({type(error).__name__}); the terminal shows it."
    if job.state == "failed":
        _released(job.out)
    job.watch.end(job.told())


def _claimed(run: Path, n_components: int) -> Path:
    """Make an empty folder for a run beside another; no two fits get the same."""
    beside = run.resolve()
    stem = re.sub(r"-k\d+(-\d+)?$", "", beside.name) or beside.name
    for count in range(1, 1000):
        out = beside.with_name(f"{stem}-k{n_components}" + (f"-{count}" if count > 1 else ""))
        try:
            out.mkdir()
        except FileExistsError:
            continue
        except OSError as error:
            words = "Permission denied" if error.errno == errno.EACCES else error.strerror
            raise RefusedError(409, f"There is no place for a run beside this one: {words}.", "Make room.") from error
        return out
    raise RefusedError(409, "There are a thousand runs of this size beside this one.", "Remove some.", "k")


def _released(out: Path) -> None:
    with suppress(OSError):
        out.rmdir()  # only if nothing was written
