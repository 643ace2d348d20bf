"""A fit from a file larger than memory: python -m benchmarks.on_disk [FOLDER] [--rows 2000000].

Writes rows x 1,024 float32 with 30 planted parts to a new file in FOLDER and removes it afterwards. Fits it with
memory="600MB" at a quarter of the rows, at half and at all, each in a process of its own: peak resident memory, seconds
an iteration, and the cosines of its parts with the planted ones. Beside them, in the same run, one sequential reading
of the file and the two products of an iteration by NumPy's BLAS, block by block. On the first 100,000 rows the parts
are held against those of a fit in memory. Figures go to on_disk.json.
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
from scipy.optimize import linear_sum_assignment

from benchmarks.machine import machine, peak_memory, today

K, COLUMNS, MEMORY = 30, 1024, "600MB"
ROWS_AT_ONCE = 8192
SLICE = 100_000
SHARES = (0.25, 0.5, 1.0)


def planted(seed: int = 7) -> np.ndarray:
    """Return parts of length 1, each on a sixth of the columns."""
    rng = np.random.default_rng(seed)
    H = rng.gamma(1.0, size=(K, COLUMNS)) * (rng.random((K, COLUMNS)) < 1 / 6)
    return (H / np.linalg.norm(H, axis=1, keepdims=True)).astype(np.float32)


def write(path: Path, rows: int) -> None:
    """Write X = W H and noise, a tenth of its size."""
    H = planted()
    out = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(rows, COLUMNS))
    for start in range(0, rows, ROWS_AT_ONCE):
        rng = np.random.default_rng([11, start])
        count = min(ROWS_AT_ONCE, rows - start)
        W = (rng.gamma(1.0, size=(count, K)) * (rng.random((count, K)) < 0.25)).astype(np.float32)
        clean = W @ H
        noise = rng.random((count, COLUMNS), dtype=np.float32) * np.float32(0.2 * clean.mean())
        out[start : start + count] = clean + noise
    out.flush()


def child(path: str, rows: int) -> None:
    """Fit some rows of the file and print what came of it as JSON."""
    from partwise import NMF

    X = np.load(path, mmap_mode="r")[:rows]
    times: list[float] = []
    model = NMF(
        K, memory=MEMORY, tol=1e-5, max_iter=60, random_state=0, callback=lambda shot: times.append(shot.record.seconds)
    )
    began = time.perf_counter()
    model.fit(X)
    seconds = time.perf_counter() - began
    H = model.components_ / np.linalg.norm(model.components_, axis=1, keepdims=True)
    cosines = H @ planted().T
    pairs = linear_sum_assignment(-cosines)
    print(
        json.dumps(
            {
                "rows": rows,
                "peak_mb": peak_memory() / 1e6,
                "seconds": seconds,
                "iterations": model.n_iter_,
                "seconds_an_iteration": median(np.diff(times).tolist()),
                "slowest_iteration": float(np.diff(times).max()),
                "least_cosine": float(cosines[pairs].min()),
                "residual": model.kkt_residual_,
                "stopped": model.stopped_,
            }
        )
    )


def reading(path: Path) -> float:
    """Return the seconds of one sequential reading of the file."""
    buffer = bytearray(32 << 20)
    began = time.perf_counter()
    with path.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass
    return time.perf_counter() - began


def products(path: Path) -> float:
    """Return the seconds of X H' and W'X for all blocks, read beforehand and not counted."""
    X = np.load(path, mmap_mode="r")
    H, W = planted(), np.random.default_rng(0).random((ROWS_AT_ONCE, K), dtype=np.float32)
    total = 0.0
    for start in range(0, len(X), ROWS_AT_ONCE):
        rows = np.array(X[start : start + ROWS_AT_ONCE])
        began = time.perf_counter()
        rows @ H.T
        W[: len(rows)].T @ rows
        total += time.perf_counter() - began
    return total


def same_parts(path: Path) -> dict[str, float]:
    """Return how far the parts of a slice on disk are from those in memory, both in double precision."""
    from partwise import NMF

    slice_of = path.with_name("slice.npy")
    np.save(slice_of, np.load(path, mmap_mode="r")[:SLICE].astype(np.float64))
    found: list[np.ndarray] = []
    settings = {"tol": 1e-9, "max_iter": 500, "random_state": 0}
    for data, more in ((np.load(slice_of, mmap_mode="r"), {"memory": MEMORY}), (np.load(slice_of), {})):
        model: Any = NMF(K, **settings, **more).fit(data)
        found.append(model.components_ / np.linalg.norm(model.components_, axis=1, keepdims=True))
    slice_of.unlink()
    order = linear_sum_assignment(-(found[0] @ found[1].T))[1]
    return {
        "largest": float(np.abs(found[0] - found[1][order]).max() / found[1].max()),
        "frobenius": float(np.linalg.norm(found[0] - found[1][order]) / np.linalg.norm(found[1])),
    }


def main() -> None:
    """Write, fit, compare, remove."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--child", nargs=2)
    given = parser.parse_args()
    if given.child:
        child(given.child[0], int(given.child[1]))
        return
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="partwise-benchmark-") as folder:
        path = Path(folder) / "planted.npy"
        write(path, given.rows)
        facts: dict[str, Any] = {"machine": machine(), "date": today(), "bytes": path.stat().st_size, "fits": []}
        facts["seconds_reading"], facts["seconds_two_products"] = reading(path), products(path)
        print(json.dumps(facts), flush=True)
        for share in SHARES:
            command = [sys.executable, "-m", "benchmarks.on_disk", "--child", str(path), str(int(share * given.rows))]
            fitted = json.loads(
                subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()[-1]
            )
            floor = share * max(facts["seconds_reading"], facts["seconds_two_products"])
            fitted["over_floor"] = fitted["seconds_an_iteration"] / floor
            facts["fits"].append(fitted)
            print(json.dumps(fitted), flush=True)
        facts["reading_again"], facts["products_again"] = reading(path), products(path)
        facts["same_parts"] = same_parts(path)
        print(json.dumps({name: facts[name] for name in ("reading_again", "products_again", "same_parts")}))
    if given.rows == parser.get_default("rows"):
        Path(__file__).with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n")


if __name__ == "__main__":
    main()
