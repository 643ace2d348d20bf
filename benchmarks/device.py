"""A fit on a device beside its two products: python -m benchmarks.device [--device cuda] [--data FOLDER] [--share 1].

Cats (k = 50) and a planted problem of 200,000 x 8,192 (k = 100), float32. For each: seconds of an iteration, measuring
included, over those of its two products X H' and W'X with the same setting of TensorFloat-32, both waited for; whether
a step makes the host wait; how many operations a step starts, views among them; the objective beside that of the same
steps on the CPU, and where fits end beside the CPU's own solver; peak memory on the device. Without a GPU a small share
of the rows is measured by PyTorch on the CPU, and the figures say so. They go to device.json, where those of a GPU are
kept.
"""

import argparse
import json
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from benchmarks.machine import machine, peak_memory, today
from benchmarks.workloads import SHARED, Absent, load
from partwise import NMF
from partwise.devices import DeviceFrobenius, DeviceGradient, DeviceMatrix, OnDevice, Place
from partwise.devices.matrix import looked_at
from partwise.inits import INITS
from partwise.matrices import as_matrix

ROWS, COLUMNS, K = 200_000, 8192, 100
AT_ONCE = 10_000
SMALL = 0.01  # of the rows, where there is no GPU
FIRST, MEASURED = 2, 9  # rounds of as many iterations as lie between two measurements
TOL, ITERATIONS = 1e-5, 500
SAME = 60  # iterations that the device and the CPU take from the same start
FIGURES = Path(__file__).with_suffix(".json")


def planted(rows: int) -> np.ndarray:
    """Return W H and noise, a tenth of its size, float32."""
    rng = np.random.default_rng(5)
    H = (rng.gamma(1.0, size=(K, COLUMNS)) * (rng.random((K, COLUMNS)) < 0.2)).astype(np.float32)
    X = np.empty((rows, COLUMNS), np.float32)
    for start in range(0, rows, AT_ONCE):
        rng = np.random.default_rng([5, start])
        count = min(AT_ONCE, rows - start)
        W = (rng.gamma(1.0, size=(count, K)) * (rng.random((count, K)) < 0.2)).astype(np.float32)
        clean = W @ H
        X[start : start + count] = clean + rng.random(clean.shape, dtype=np.float32) * np.float32(0.2 * clean.mean())
    return X


def problems(folders: tuple[Path, ...], share: float) -> Iterator[tuple[str, int, np.ndarray]]:
    """Yield name, number of parts and X; what is not here is told and left out."""
    try:
        cats = load("cats", folders)
        yield "cats", 50, np.ascontiguousarray(cats[: max(100, round(share * len(cats)))])
    except Absent as missing:
        print(f"The cats are left out: {missing}.")
    yield "planted", K, planted(max(2 * K, round(share * ROWS)))


def waited(device: torch.device, work: Callable[[], Any]) -> float:
    """Return the seconds that a piece of work takes, the device's share of it too."""
    wait = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    wait()
    began = time.perf_counter()
    work()
    wait()
    return time.perf_counter() - began


class Counted(TorchDispatchMode):
    """How many operations PyTorch starts while it is entered; views start none on the device, but are counted too."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Count it, and do it."""
        self.count += 1
        return func(*args, **(kwargs or {}))


def speed(X: torch.Tensor, W: np.ndarray, H: np.ndarray, tf32: bool) -> dict[str, Any]:
    """Return seconds of an iteration and of two products, in turns, and what a step asks of the host."""
    place, solver = Place.of(X), DeviceGradient(tf32=tf32)
    every = solver.measure_every or 1
    with place.full_precision(tf32):
        problem = OnDevice(DeviceMatrix(X, place, looked_at(X, place)), DeviceFrobenius())
        point = problem.start(W, H)

        def a_round() -> None:
            nonlocal point
            for _ in range(every):
                point = solver.step(problem, point)
            problem.measure(point)

        def two_products() -> None:
            for _ in range(every):
                problem.X.dot(point.H)
                problem.X.T.dot(point.W)

        both = [(waited(X.device, a_round), waited(X.device, two_products)) for _ in range(FIRST + MEASURED)][FIRST:]
        iteration, products = (median(seconds) / every for seconds in zip(*both, strict=True))
        with Counted() as counted:
            solver.step(problem, point)
        facts = {"iteration": iteration, "products": products, "ratio": iteration / products}
        return facts | {"operations_a_step": counted.count, "host_waits": host_waits(solver, problem, point)}


def host_waits(solver: DeviceGradient, problem: OnDevice, point: Any) -> str | None:
    """Return what PyTorch says of the first time that a step makes the host wait for a GPU; None where none does."""
    if problem.X.place.device.type != "cuda":
        return "not known without a GPU"
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(3):
            point = solver.step(problem, point)
    except RuntimeError as error:
        return str(error).splitlines()[0]
    finally:
        torch.cuda.set_sync_debug_mode("default")
    return None


def objectives(X: np.ndarray, k: int, device: str) -> dict[str, Any]:
    """Return objectives on the device over those of the CPU: after the same steps, and where both solvers end."""

    def fitted(**settings: Any) -> Any:
        return NMF(k, random_state=0, **settings).fit(X)

    ends = {"max_iter": ITERATIONS, "tol": TOL}
    ours, theirs = fitted(**ends), fitted(device=device, **ends)
    apart = None
    if torch.device(device).type != "cpu":
        here, there = (fitted(device=one, max_iter=SAME, tol=0.0) for one in ("cpu", device))
        apart = (there.reconstruction_err_ / here.reconstruction_err_) ** 2 - 1
    return {
        "same_steps_relative": apart,
        "ends_relative": (theirs.reconstruction_err_ / ours.reconstruction_err_) ** 2 - 1,
        "iterations": {"cpu": ours.n_iter_, "device": theirs.n_iter_},
        "residuals": {"cpu": ours.kkt_residual_, "device": theirs.kkt_residual_},
    }


def measured(name: str, k: int, X: np.ndarray, device: str) -> dict[str, Any]:
    """Return the figures of one problem."""
    found = torch.device(device)
    on_gpu = found.type == "cuda"
    W, H = INITS["random"](as_matrix(X), k, np.random.RandomState(0))
    there = torch.asarray(X, device=found)
    facts: dict[str, Any] = {"data": name, "shape": list(X.shape), "k": k, "x_mb": X.nbytes / 1e6}
    facts["tf32 off"] = speed(there, W, H, tf32=False)
    if on_gpu:
        facts["tf32 on"] = speed(there, W, H, tf32=True)
    del there
    if on_gpu:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(found)
    facts["objective"] = objectives(X, k, device)
    peak = torch.cuda.max_memory_allocated(found) if on_gpu else peak_memory()
    facts["peak_device_mb" if on_gpu else "peak_process_mb"] = peak / 1e6
    return facts


def main() -> None:
    """Measure both problems and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", help="as PyTorch calls it; the first GPU where there is one")
    parser.add_argument("--data", type=Path, default=SHARED, help="the folder with cats64.tar")
    parser.add_argument("--share", type=float, help=f"of the rows; 1, without a GPU {SMALL}")
    given = parser.parse_args()
    device = given.device or ("cuda" if torch.cuda.is_available() else "cpu")
    on_gpu = torch.device(device).type == "cuda"
    if given.device is None and not on_gpu:
        print("No GPU is at hand: these are figures of PyTorch on the CPU, for a small share of the rows.")
    share = given.share or (1.0 if on_gpu else SMALL)
    warnings.simplefilter("ignore")
    about = torch.cuda.get_device_name(device) if on_gpu else "no GPU: PyTorch on the CPU, for a share of the rows"
    facts: dict[str, Any] = {"device": about, "share": share, "torch": torch.__version__}
    facts |= {"machine": machine(), "threads": torch.get_num_threads(), "date": today(), "problems": []}
    for name, k, X in problems((given.data,), share):
        facts["problems"].append(measured(name, k, X, device))
        print(json.dumps(facts["problems"][-1]), flush=True)
    if not on_gpu and FIGURES.is_file() and not json.loads(FIGURES.read_text())["device"].startswith("no GPU"):
        print(f"{FIGURES.name} holds figures of a GPU and stays as it is.")
        return
    FIGURES.write_text(json.dumps(facts, indent=2) + "\n")


if __name__ == "__main__":
    main()
