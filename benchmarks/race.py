"""The race: for each workload one process per entrant, first a survey of each, then repetitions in turns."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import scipy.sparse

from benchmarks import machine
from benchmarks.entrants import Entrant, missing, registry
from benchmarks.process import Process
from benchmarks.results import REFERENCE, US
from benchmarks.watch import Moment, first_at
from benchmarks.workloads import Workload, load, prepare

GOAL_AT = 200  # iterations of the reference
PATIENCE = 10.0  # times the reference's seconds that an entrant may take
LEAST = 10.0  # seconds it may take in any case
DEFAULTS = 3  # repetitions of fits at default settings, at most
REST = 0.3  # seconds before each turn: the threads of a BLAS go on turning for a while after their work
READY = 600.0  # seconds within which a process has read its data

Say = Callable[[str], None]


@dataclass(frozen=True)
class Settings:
    """How a race is run."""

    folders: tuple[Path, ...]
    threads: int = 2
    repeats: int = 5
    limit: float = 120.0  # seconds that an entrant may take at most, twice the reference's in any case
    only: tuple[str, ...] = ()  # names of entrants or programs; none is all

    def chosen(self, loss: str) -> list[Entrant]:
        """Return the entrants for a loss that were asked for."""
        fitting = [one for one in registry().values() if one.loss == loss]
        return [one for one in fitting if not self.only or {one.name, one.program} & set(self.only)]


def race(workload: Workload, settings: Settings, say: Say) -> dict[str, Any]:
    """Run one workload and return all that was measured."""
    X = load(workload.data, settings.folders)
    with tempfile.TemporaryDirectory(prefix="race-") as place:
        folder = Path(place)
        start = prepare(workload, X, folder)
        found = {
            **{name: value for name, value in asdict(workload).items() if name != "name"},
            "date": machine.today(),
            "shape": list(X.shape),
            "dtype": str(X.dtype),
            "stored": X.nnz / (X.shape[0] * X.shape[1]) if scipy.sparse.issparse(X) else 1.0,
            "start": start,
        }
        sparse = scipy.sparse.issparse(X)
        del X
        processes, out = _line_up(workload, settings, folder, sparse, say)
        try:
            found |= _goal(workload, settings, folder, processes)
            limit = time_allowed(found["reference_seconds"], settings.limit)
            say(f"  goal {found['goal']:.6f}, after {found['reference_seconds']:.2f} s; limit {limit:.0f} s")
            entrants = _survey(processes, found["goal"], limit, say)
            _repeat(processes, entrants, found["goal"], limit, settings.repeats)
            defaults = _defaults(workload, processes, limit, settings.repeats)
        finally:
            for process in processes.values():
                process.end()
    remarks = {one.name: one.remark for one in settings.chosen(workload.loss)}
    for name, entrant in entrants.items():
        entrant["remark"] = remarks[name]
    return {**found, "limit": limit, "entrants": {**entrants, **out}, "defaults": defaults}


def time_allowed(reference: float, most: float) -> float:
    """Return the seconds an entrant may take: many times the reference's, at most `most`, and never under twice."""
    return max(min(most, max(LEAST, PATIENCE * reference)), 2 * reference)


def _line_up(
    workload: Workload, settings: Settings, folder: Path, sparse: bool, say: Say
) -> tuple[dict[str, Process], dict[str, Any]]:
    """Start a process for every entrant that can take part; the others with why not."""
    processes, out = {}, {}
    for entrant in settings.chosen(workload.loss):
        why = missing(entrant) or ("takes no sparse X" if sparse and not entrant.sparse else None)
        if why is None:
            process = Process(folder, f"{entrant.name}|{entrant.loss}", settings.threads)
            why = process.ready(READY).get("failed")
            if why is None:
                processes[entrant.name] = process
                continue
            process.end()
        out[entrant.name] = {"failed": why}
        say(f"  {entrant.name}: {why}")
    return processes, out


def _goal(workload: Workload, settings: Settings, folder: Path, processes: dict[str, Process]) -> dict[str, float]:
    """Return the judged error of the reference after 200 iterations, and its seconds."""
    name = REFERENCE[workload.loss]
    process = processes.get(name) or Process(folder, f"{name}|{workload.loss}", settings.threads)
    if name not in processes:
        process.ready(READY)
    answer = process.ask(3600.0, do="run", iterations=GOAL_AT)
    if name not in processes:
        process.end()
    if "failed" in answer:
        raise RuntimeError(f"{name}, which sets the goal: {answer['failed']}")
    return {"goal": answer["moment"]["error"], "reference_seconds": answer["moment"]["seconds"]}


def _survey(processes: dict[str, Process], goal: float, limit: float, say: Say) -> dict[str, Any]:
    """Have every entrant show its way to the goal, once."""
    entrants = {}
    for name, process in processes.items():
        answer = process.ask(20 * limit + 60, do="survey", goal=goal, limit=limit)
        reached = first_at([Moment(**one) for one in answer.get("moments", ())], goal)
        entrants[name] = {**answer, "reached": asdict(reached) if reached else None, "runs": []}
        if "failed" in answer:
            say(f"  {name}: {answer['failed']}")
        elif reached:
            say(f"  {name}: {reached.seconds:.3f} s, {reached.iteration} iterations")
        else:
            say(f"  {name}: not reached, {min(one['error'] for one in answer['moments']):.6f}")
    return entrants


def _repeat(processes: dict[str, Process], entrants: dict[str, Any], goal: float, limit: float, repeats: int) -> None:
    """A B C A B C ...: each fits up to the iteration at which it was at the goal, and nobody looks before."""
    for _ in range(repeats):
        for name, entrant in entrants.items():
            if not entrant["reached"]:
                continue
            time.sleep(REST)
            answer = processes[name].ask(
                20 * limit + 60, do="run", iterations=entrant["reached"]["iteration"], goal=goal
            )
            if "failed" not in answer:
                entrant["runs"].append(answer)


def _defaults(workload: Workload, processes: dict[str, Process], limit: float, repeats: int) -> dict[str, Any]:
    """Fit in turns with nothing given but the number of components, where both programs are here."""
    names = (US, REFERENCE[workload.loss])
    if not all(name in processes for name in names):
        return {}
    answers: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(min(repeats, DEFAULTS)):
        for name in names:
            time.sleep(REST)
            answers[name].append(processes[name].ask(60 + 20 * limit, do="default"))
    found = {}
    for name, given in answers.items():
        failed = [one for one in given if "failed" in one]
        found[name] = failed[0] if failed else {**given[0], "seconds": [one["seconds"] for one in given]}
    return found if all(answers.values()) else {}
