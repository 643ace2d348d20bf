"""Time to scikit-learn's objective, from the same start, on the same data and threads: python -m benchmarks.race"""

import json
import platform
import time
import warnings
from pathlib import Path

import numpy as np
import sklearn
import sklearn.decomposition as theirs
from threadpoolctl import threadpool_limits

from partwise import NMF, __version__, open_source
from partwise.inits import nndsvda
from partwise.matrices import as_matrix

WORKLOADS = (("orl", 20), ("orl", 50), ("digits", 10))
THREADS = 2
PAIRS = 3


def distance(X: np.ndarray, W: np.ndarray, H: np.ndarray) -> float:
    """The one judge: relative error in float64."""
    left = X.astype(np.float64) - W.astype(np.float64) @ H.astype(np.float64)
    return float(np.linalg.norm(left) / np.linalg.norm(X.astype(np.float64)))


def their_run(X: np.ndarray, W: np.ndarray, H: np.ndarray, k: int) -> tuple[float, float]:
    """Seconds and error of 200 iterations of scikit-learn's coordinate descent."""
    model = theirs.NMF(k, init="custom", tol=0, max_iter=200)
    began = time.perf_counter()
    codes = model.fit_transform(X, W=W.copy(), H=H.copy())
    return time.perf_counter() - began, distance(X, codes, model.components_)


def our_run(X: np.ndarray, W: np.ndarray, H: np.ndarray, k: int, goal: float) -> tuple[float, float]:
    """Wall seconds, measuring included, until our error is at most the goal, and the error then."""
    half = 0.5 * float(np.sum(X.astype(np.float64) ** 2)) * goal**2
    model = NMF(k, init="custom", tol=0, max_iter=5000, callback=lambda shot: shot.record.objective <= half)
    began = time.perf_counter()
    codes = model.fit_transform(X, W=W, H=H)
    return time.perf_counter() - began, distance(X, codes, model.components_)


def main() -> None:
    """Print a line for each workload and write results.json beside this file."""
    warnings.simplefilter("ignore")
    results = []
    for name, k in WORKLOADS:
        X = open_source(name).X
        with threadpool_limits(THREADS):
            W, H = nndsvda(as_matrix(X), k, np.random.RandomState(0))
            W = np.ascontiguousarray(W.T)
            our_run(X[:100], W[:100], H, k, 1.0)  # compile outside the clock
            pairs = []
            for _ in range(PAIRS):
                them, goal = their_run(X, W, H, k)
                us, error = our_run(X, W, H, k, goal)
                pairs.append((them, us, them / us, goal, error))
        them, us, ratio, goal, error = np.median(np.array(pairs), axis=0)
        print(f"{name:8} k={k:<3} scikit-learn {them:6.2f} s to {goal:.5f}", end="; ")
        print(f"partwise {us:5.2f} s to {error:.5f}, x{ratio:.1f}")
        results.append({"data": name, "k": k, "pairs": pairs})
    about = {
        "machine": platform.processor() or platform.machine(),
        "threads": THREADS,
        "python": platform.python_version(),
    }
    versions = {"partwise": __version__, "scikit-learn": sklearn.__version__, "numpy": np.__version__}
    path = Path(__file__).with_name("results.json")
    path.write_text(json.dumps({"about": about, "versions": versions, "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
