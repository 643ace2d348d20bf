"""What a race has found: joining it with what was found before, keeping it, and the figures that are drawn from it."""

import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.watch import SLACK, reaches

Results = dict[str, Any]

US = "partwise"
REFERENCE = {"frobenius": "scikit-learn cd", "kullback-leibler": "scikit-learn mu"}


def join(old: Results, new: Results) -> Results:
    """Return the new results with those of the old that were not taken again.

    Nothing is kept of another machine, other versions or another number of threads, nor within a workload where the
    start or the goal is another.
    """
    if old.get("about") != new["about"]:
        return new
    joined = {**old, **new, "workloads": {**old.get("workloads", {})}}
    for name, found in new["workloads"].items():
        before = joined["workloads"].get(name)
        if (
            before
            and before["start"] == found["start"]
            and abs(before["goal"] - found["goal"]) <= SLACK * found["goal"]
        ):
            for part in ("entrants", "defaults"):
                found = {**found, part: {**before.get(part, {}), **found.get(part, {})}}
        joined["workloads"][name] = found
    joined["skipped"] = {**old.get("skipped", {}), **new.get("skipped", {})}
    joined["skipped"] = {name: why for name, why in joined["skipped"].items() if name not in joined["workloads"]}
    return joined


def write(path: Path, results: Results) -> None:
    """Write JSON, whole or not at all."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    os.replace(temporary, path)


def read(path: Path) -> Results:
    """Read what `write` wrote; nothing where nothing was."""
    return json.loads(path.read_text()) if path.is_file() else {}


def seconds(entrant: dict[str, Any], goal: float) -> float | None:
    """Return the median seconds to the goal over the repetitions that reached it, or what the survey saw; else None."""
    runs = [run["moment"]["seconds"] for run in entrant.get("runs", ()) if reaches(run["moment"]["error"], goal)]
    if runs:
        return median(runs)
    return entrant["reached"]["seconds"] if entrant.get("reached") else None


def call_seconds(entrant: dict[str, Any]) -> float | None:
    """Return the median seconds of the whole call, stopped at the goal: for partwise with its final exact codes."""
    calls = [run["call"] for run in entrant.get("runs", ())]
    return median(calls) if calls else None


def best_error(entrant: dict[str, Any]) -> tuple[float, float] | None:
    """Return the least error that was reached and the seconds it took."""
    moments = entrant.get("moments", ())
    best = min(moments, key=lambda one: one["error"], default=None)
    return (best["error"], best["seconds"]) if best else None


def ratios(results: Results, loss: str) -> Iterator[dict[str, Any]]:
    """Yield for every workload with this loss: our seconds, the reference's, the best other's, and their ratios."""
    for name, found in results["workloads"].items():
        if found["loss"] != loss:
            continue
        goal, entrants = found["goal"], found["entrants"]
        taken = {one: seconds(entrant, goal) for one, entrant in entrants.items()}
        ours = taken.get(US)
        theirs = taken.get(REFERENCE[loss]) or found["reference_seconds"]
        others = {one: s for one, s in taken.items() if s is not None and one not in (US, REFERENCE[loss])}
        best = min(others, key=others.__getitem__, default=None)
        tried = [one for one in entrants if "moments" in entrants[one] and one not in (US, REFERENCE[loss])]
        yield {
            "workload": name,
            "goal": goal,
            "ours": ours,
            "call": call_seconds(entrants.get(US, {})),
            "reference": theirs,
            "times": theirs / ours if ours else None,
            "others": len(tried),
            "best": best,
            "best_seconds": others.get(best),
            "times_best": others[best] / ours if best and ours else None,
        }


def summary(results: Results) -> dict[str, Any]:
    """Return geometric mean and minimum over the Frobenius workloads, and the ratio of each other workload."""
    rows = list(ratios(results, "frobenius"))
    against = [row["times"] for row in rows if row["times"]]
    others = [row["times_best"] for row in rows if row["times_best"]]
    return {
        "frobenius": {
            "workloads": len(against),
            "geometric_mean": geometric_mean(against),
            "minimum": min(against, default=None),
            "best_other_geometric_mean": geometric_mean(others),
            "best_other_minimum": min(others, default=None),
            "no_other_reached": sum(row["others"] > 0 and row["best"] is None for row in rows),
        },
        "kullback-leibler": {row["workload"]: row["times"] for row in ratios(results, "kullback-leibler")},
    }


def geometric_mean(values: list[float]) -> float | None:
    """Return the geometric mean, None of nothing."""
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None
