"""A fit on the workers of a local cluster: python -m benchmarks.workers [--kills 20].

The relative error beside that of a fit in memory, for 1 and 2 workers of one thread each (float64). Seconds of one
iteration on 40,000 x 4,096 with k = 50, persisted beforehand, for 1 and 2 workers: in two chunks, one for each, and in
eight. Then fits of which a worker is killed at a random moment: each must end with the same parts. Figures go to
workers.json.
"""

import argparse
import json
import os
import signal
import threading
import time
import warnings
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.machine import machine, today

ROWS, COLUMNS, K = 40_000, 4096, 50
CHUNKS = (20_000, 5000)  # rows
TURNS = 3  # of 1 and 2 workers
ITERATIONS = 12


def planted(rows: int, columns: int, k: int) -> np.ndarray:
    """Return W H and noise, float64."""
    rng = np.random.default_rng(3)
    W = rng.gamma(1.0, size=(rows, k)) * (rng.random((rows, k)) < 0.3)
    H = rng.gamma(1.0, size=(k, columns)) * (rng.random((k, columns)) < 0.3)
    return W @ H + 0.1 * rng.random((rows, columns))


@contextmanager
def cluster(n_workers: int) -> Any:
    """Give a client of so many processes with one thread each, on this machine alone."""
    from distributed import Client, LocalCluster

    settings = {"threads_per_worker": 1, "processes": True, "host": "127.0.0.1", "dashboard_address": None}
    with LocalCluster(n_workers=n_workers, memory_limit=0, **settings) as made, Client(made) as client:
        client.wait_for_workers(n_workers)
        yield client


def chunk(block_info: Any = None) -> np.ndarray:
    """Return rows of the large problem; made where they are kept."""
    (start, stop), _ = block_info[None]["array-location"]
    rng = np.random.default_rng([5, start])
    H = np.random.default_rng(5).gamma(1.0, size=(K, COLUMNS))
    return rng.gamma(1.0, size=(stop - start, K)) @ H + rng.random((stop - start, COLUMNS))


def seconds_an_iteration(n_workers: int, rows: int) -> float:
    """Return the median over the iterations after the first, X in chunks of so many rows."""
    import dask.array as da
    from distributed import wait

    from partwise import NMF

    with cluster(n_workers):
        X = da.map_blocks(chunk, chunks=((rows,) * (ROWS // rows), COLUMNS), dtype=float).persist()
        wait(X)
        times: list[float] = []
        model = NMF(
            K, tol=0.0, max_iter=ITERATIONS, random_state=0, callback=lambda shot: times.append(shot.record.seconds)
        )
        model.fit(X)
        # every tenth solves codes anew
        return median(np.diff(times).tolist())


def scaling(rows: int) -> dict[str, Any]:
    """Return seconds an iteration of 1 and of 2 workers, in turns, and the median of their ratios."""
    turns = [[seconds_an_iteration(n, rows) for n in (1, 2)] for _ in range(TURNS)]
    one, two = map(list, zip(*turns, strict=True))
    return {"1 worker": one, "2 workers": two, "two_over_one": median(b / a for a, b in turns)}


def errors(X: np.ndarray) -> dict[str, float]:
    """Return relative errors in memory and on workers."""
    import dask.array as da

    from partwise import NMF

    settings: dict[str, Any] = {"tol": 1e-9, "max_iter": 500, "random_state": 0}
    size = float(np.linalg.norm(X))
    found = {"memory": NMF(10, **settings).fit(X).reconstruction_err_ / size}
    parts = []
    for n_workers in (1, 2):
        with cluster(n_workers):
            model = NMF(10, **settings).fit(da.from_array(X, chunks=(500, -1)))
        found[f"{n_workers} workers"] = model.reconstruction_err_ / size
        parts.append(model.components_)
    found["same bits for 1 and 2 workers"] = float(np.array_equal(*parts))
    return found


def kills(X: np.ndarray, count: int) -> dict[str, Any]:
    """Fit while a worker is killed at a random moment; say how many ended with the parts of a fit left alone.

    Every fit has a cluster of its own: the nanny of a killed worker sometimes gives up on it.
    """
    import dask.array as da

    rng = np.random.default_rng(1)

    def fitted() -> tuple[np.ndarray, float]:
        began = time.perf_counter()
        model = NMF(10, tol=0.0, max_iter=40, random_state=0).fit(da.from_array(X, chunks=(500, -1)))
        return model.components_, time.perf_counter() - began

    from partwise import NMF

    with cluster(2):
        fitted()  # compiles
        expected, usual = fitted()
    same, other, seconds = 0, [], []
    for _ in range(count):
        with cluster(2) as client:
            victim, after = int(rng.choice(list(client.run(os.getpid).values()))), float(rng.uniform(0.1, 0.9) * usual)
            timer = threading.Timer(after, os.kill, (victim, signal.SIGKILL))
            timer.start()
            found, taken = fitted()
            timer.join()
        seconds.append(taken)
        if np.array_equal(found, expected):
            same += 1
        else:
            other.append(float(np.abs(found - expected).max() / expected.max()))
        print(f"killed {victim} after {after:.1f} s: {taken:.1f} s", flush=True)
    return {"kills": count, "same bits": same, "differ by": other, "seconds": seconds, "seconds left alone": usual}


def main() -> None:
    """Measure all three."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    X = planted(4000, 300, 10)
    facts: dict[str, Any] = {"machine": machine(), "date": today(), "relative_errors": errors(X)}
    print(json.dumps(facts), flush=True)
    facts["seconds_an_iteration"] = {f"{ROWS // rows} chunks": scaling(rows) for rows in CHUNKS}
    print(json.dumps(facts), flush=True)
    facts["worker_killed"] = kills(X, given.kills)
    print(json.dumps(facts["worker_killed"]))
    Path(__file__).with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n")


if __name__ == "__main__":
    main()
