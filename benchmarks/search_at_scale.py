"""Search among ten million codes on disk: python -m benchmarks.search_at_scale [FOLDER] [--rows 10000000].

Writes rows x 50 codes as `StoredCodes` to a new folder in FOLDER and removes it afterwards. In a process of its own:
seconds of an exact search for the 20 most similar (median of 7, by each measure) and the peak resident memory; two of
the answers beside those of a search in double precision without any bound; then searches while another process adds:
each must see none of an add or all of it. Figures go to search_at_scale.json.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.machine import machine, peak_memory, today

K, WANTED, REPEATS = 50, 20, 7
AT_ONCE = 200_000
ADDED, ADDS = 2000, 40  # codes of an add that is watched, and how many


def codes(first: int, count: int) -> np.ndarray:
    """Return codes as parts have them: most weights 0."""
    rng = np.random.default_rng([17, first])
    return (rng.gamma(1.0, size=(count, K)) * (rng.random((count, K)) < 0.3)).astype(np.float32)


def brute(stored: Any, query: np.ndarray) -> np.ndarray:
    """Return the rows of the most similar by cosine, in double precision, without any bound."""
    scores = []
    for first in range(0, len(stored), AT_ONCE):
        some = codes(first, min(AT_ONCE, len(stored) - first)).astype(np.float16).astype(np.float64)
        lengths = np.linalg.norm(some, axis=1)
        scores.append(some @ query / np.where(lengths > 0, lengths, 1))
    return np.argsort(-np.concatenate(scores), kind="stable")[:WANTED]


def child(path: str) -> None:
    """Search and print what came of it as JSON."""
    from partwise.search import StoredCodes

    stored = StoredCodes(path)
    queries = codes(10**9, REPEATS).astype(np.float16).astype(np.float64)
    facts: dict[str, Any] = {"rows": len(stored), "seconds": {}}
    for measure in ("cosine", "whitened", "euclidean"):
        times = []
        for query in queries:
            began = time.perf_counter()
            stored.nearest(query, WANTED, measure=measure)
            times.append(time.perf_counter() - began)
        facts["seconds"][measure] = {"median": median(times), "first": times[0], "most": max(times)}
    facts["peak_mb"] = peak_memory() / 1e6
    print(json.dumps(facts))


def adding(path: str) -> None:
    """Add codes that are all the same, some times."""
    from partwise.search import StoredCodes

    stored = StoredCodes(path)
    for _ in range(ADDS):
        stored.add(np.full((ADDED, K), 7.0, np.float32))
        time.sleep(0.25)


def watched(path: Path) -> dict[str, Any]:
    """Search while another process adds; say how many of the new codes each search could see."""
    from partwise.search import StoredCodes

    stored = StoredCodes(path)
    before, seen = len(stored), set()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.search_at_scale", "--adding", str(path)])
    count = 0
    while process.poll() is None:
        found = stored.nearest(np.full(K, 7.0), ADDED * ADDS + 1)
        seen.add(int((found.scores > 1 - 1e-12).sum()))
        count += 1
    return {
        "searches": count,
        "seen": sorted(seen),
        "added_at_once": ADDED,
        "whole": len(stored) == before + ADDS * ADDED,
    }


def main() -> None:
    """Write, search, compare, add, remove."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--child")
    parser.add_argument("--adding")
    given = parser.parse_args()
    if given.child or given.adding:
        child(given.child) if given.child else adding(given.adding)
        return
    from partwise.search import StoredCodes

    with tempfile.TemporaryDirectory(dir=given.folder, prefix="partwise-benchmark-") as folder:
        path = Path(folder) / "codes"
        stored = StoredCodes.create(path, K)
        began = time.perf_counter()
        for first in range(0, given.rows, AT_ONCE):
            stored.add(codes(first, min(AT_ONCE, given.rows - first)))
        facts: dict[str, Any] = {"machine": machine(), "date": today(), "seconds_adding": time.perf_counter() - began}
        facts["bytes"] = sum(one.stat().st_size for one in path.iterdir())
        command = [sys.executable, "-m", "benchmarks.search_at_scale", "--child", str(path)]
        facts |= json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()[-1])
        print(json.dumps(facts), flush=True)
        queries = codes(10**9, 2).astype(np.float16).astype(np.float64)
        facts["same_as_brute_force"] = [
            bool(np.array_equal(stored.nearest(query, WANTED).rows, brute(stored, query))) for query in queries
        ]
        facts["during_adds"] = watched(path)
        print(json.dumps({name: facts[name] for name in ("same_as_brute_force", "during_adds")}))
    if given.rows == parser.get_default("rows"):
        Path(__file__).with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n")


if __name__ == "__main__":
    main()
