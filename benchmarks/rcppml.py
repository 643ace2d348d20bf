"""RcppML, a package for R: its fits run and are timed in an R process of its own, which is asked over a pipe."""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import numpy as np
import scipy.sparse

from benchmarks.entrants import Entrant, Task
from benchmarks.watch import Factors

SCRIPT = Path(__file__).with_name("rcppml.R")


@cache
def _version() -> str:
    found = shutil.which("Rscript")
    if found is None:
        raise PackageNotFoundError("Rscript")
    asked = subprocess.run(
        [found, "-e", 'cat(as.character(packageVersion("RcppML")))'], capture_output=True, text=True, check=False
    )
    if asked.returncode:
        raise PackageNotFoundError("RcppML")
    return asked.stdout.strip()


class _Session:
    """An R process that holds X."""

    def __init__(self, task: Task) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rcppml-"))
        rows, columns = task.X.shape
        # R keeps columns together, so it reads X transposed as X' has them: samples are its columns
        if scipy.sparse.issparse(task.X):
            task.X.indptr.astype("<i4").tofile(self.folder / "p")
            task.X.indices.astype("<i4").tofile(self.folder / "i")
            task.X.data.astype("<f8").tofile(self.folder / "x")
            kind = "sparse"
        else:
            task.X.astype("<f8").tofile(self.folder / "x")
            kind = "dense"
        shape = [columns, rows, task.X.nnz if kind == "sparse" else rows * columns]
        args = [kind, *map(str, shape), str(task.k), str(task.threads)]
        self.process = subprocess.Popen(
            ["Rscript", str(SCRIPT), str(self.folder), *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def fit(self, iterations: int) -> float:
        """Return R's own seconds; the factors lie in the folder afterwards."""
        self.process.stdin.write(f"{iterations}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("the R process ended")
        return float(answer)


@dataclass(frozen=True)
class RcppML(Entrant):
    """RcppML's alternating least squares by coordinate descent."""

    program, package, sparse, watched = "RcppML", "RcppML", True, False
    remark = "float64, own random start"

    def installed(self) -> str:
        return _version()

    def run(self, task: Task, iterations: int) -> tuple[float | None, Factors]:
        session = _session(self, id(task), task)
        seconds = session.fit(iterations)
        W = np.fromfile(session.folder / "W").reshape(task.X.shape[0], task.k)
        H = np.fromfile(session.folder / "H").reshape(task.X.shape[1], task.k).T
        return seconds, (W, H)


_sessions: dict[int, _Session] = {}


def _session(entrant: RcppML, key: int, task: Task) -> _Session:
    if key not in _sessions:
        _sessions[key] = _Session(task)
    return _sessions[key]


def close() -> None:
    """End the R processes and remove what was written for them."""
    for session in _sessions.values():
        session.process.stdin.close()
        session.process.wait(timeout=10)
        shutil.rmtree(session.folder, ignore_errors=True)
    _sessions.clear()
