"""One entrant in one process: it reads X and the start, and then answers one line of JSON for each line it is asked.

python -m benchmarks.child FOLDER ENTRANT THREADS, asked with
``{"do": "survey", "goal": g, "limit": s}``, ``{"do": "run", "iterations": n, "goal": g}`` or ``{"do": "default"}``.
"""

import json
import os
import sys
import time
import warnings
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse

from benchmarks import rcppml
from benchmarks.entrants import Entrant, Task, registry
from benchmarks.judge import Judge, judge_of
from benchmarks.survey import rerun
from benchmarks.watch import Enough, Moment, Watch


def read(folder: Path, threads: int) -> Task:
    """Return the task that `workloads.prepare` wrote."""
    about = json.loads((folder / "about.json").read_text())
    sparse = folder / "X.npz"
    X = scipy.sparse.csr_matrix(scipy.sparse.load_npz(sparse)) if sparse.is_file() else np.load(folder / "X.npy")
    return Task(X, np.load(folder / "W.npy"), np.load(folder / "H.npy"), about["loss"], threads)


def warm_up(entrant: Entrant, task: Task) -> None:
    """Fit for a moment: what is compiled or loaded at the first fit is outside the clock.

    What is compiled may hang on the size of X, so those who can be stopped fit all of it; the others its first rows.
    """
    if entrant.watched:
        _fit(entrant, task, Watch(lambda W, H: 0.0, 0.0, 60.0, only=2))
    elif not isinstance(entrant, rcppml.RcppML):  # nothing is compiled there, and a session holds a copy of X
        rows = min(len(task.W), 100 + task.k)
        entrant.run(Task(task.X[:rows], task.W[:rows].copy(), task.H, task.loss, task.threads), 2)


def _fit(entrant: Entrant, task: Task, watch: Watch) -> float:
    """Fit under a watch; return the seconds of the whole call."""
    with suppress(Enough):
        entrant.fit(task, watch)
    return watch.seconds()


def _measure(entrant: Entrant, task: Task, judge: Judge, iterations: int) -> Moment:
    began = time.perf_counter()
    seconds, (W, H) = entrant.run(task, iterations)
    seconds = time.perf_counter() - began if seconds is None else seconds
    return Moment(iterations, seconds, judge(W, H))


def answer(entrant: Entrant, task: Task, judge: Judge, asked: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked."""
    if asked["do"] == "default":
        began = time.perf_counter()
        factors = entrant.default(task)
        seconds = time.perf_counter() - began
        return {"seconds": seconds, "error": judge(*factors)}
    if asked["do"] == "run":
        if not entrant.watched:
            moment = _measure(entrant, task, judge, asked["iterations"])
            return {"moment": asdict(moment), "call": moment.seconds}
        watch = Watch(judge, asked["goal"], float("inf"), only=asked["iterations"])
        call = _fit(entrant, task, watch)
        return {"moment": asdict(watch.moments[0]), "call": call}
    goal, limit = asked["goal"], asked["limit"]
    if entrant.watched:
        watch = Watch(judge, goal, limit)
        _fit(entrant, task, watch)
        moments = watch.moments
    else:
        moments = rerun(lambda n: _measure(entrant, task, judge, n), goal, limit, entrant.checkpoints)
    return {"moments": [asdict(one) for one in moments]}


def main() -> None:
    """Answer until the pipe is closed."""
    warnings.simplefilter("ignore")
    # what a program prints must not get between the answers
    out = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    entrant = registry()[sys.argv[2]]
    try:
        task = read(Path(sys.argv[1]), int(sys.argv[3]))
        judge = judge_of(task.X, task.loss)
        warm_up(entrant, task)
        reply: dict[str, Any] = {"ready": True}
    except Exception as error:
        reply = {"failed": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply), file=out, flush=True)
    for line in sys.stdin:
        try:
            reply = answer(entrant, task, judge, json.loads(line))
        except Exception as error:
            reply = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=out, flush=True)
    rcppml.close()


if __name__ == "__main__":
    main()
