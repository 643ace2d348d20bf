"""transform against scikit-learn's: the codes of 2,000 cats for the same 50 parts, and how far each is from optimal."""

import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import sklearn.decomposition as theirs
from threadpoolctl import threadpool_limits

from benchmarks.race import REST
from benchmarks.workloads import load
from partwise import NMF

ROWS, K = 2000, 50
WANTED = 1e-6  # KKT residual
TOLERANCES = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10)  # scikit-learn's tol, tried until its codes are as good
PATIENT = 20_000  # its max_iter meanwhile
LONG = 60.0  # seconds of one of its calls, after which no smaller tol is tried


def residual(X: np.ndarray, W: np.ndarray, H: np.ndarray) -> float:
    """Return ``||P|| / ||X H'||`` in float64, P the projected gradient of W with H held: 0 at the optimum."""
    X, W, H = (A.astype(np.float64) for A in (X, W, H))
    cross = X @ H.T
    gradient = W @ (H @ H.T) - cross
    projected = np.where(W > 0, gradient, np.minimum(gradient, 0))
    return float(np.linalg.norm(projected) / np.linalg.norm(cross))


def codes(folders: tuple[Path, ...], threads: int, repeats: int) -> dict[str, Any]:
    """Time both programs' transform in turns, and scikit-learn's again with a tol that makes its codes as good."""
    warnings.simplefilter("ignore")
    X = load("cats", folders)
    with threadpool_limits(threads):
        ours = NMF(K, max_iter=20, tol=0, random_state=0).fit(X)
        some, H = np.ascontiguousarray(X[:ROWS]), ours.components_
        model = _theirs(some, H)
        both = {"partwise": ours.transform, "scikit-learn default": model.transform}
        found: dict[str, Any] = {"rows": ROWS, "k": K, "dtype": str(X.dtype)}
        for name, transform in both.items():
            found[name] = {"seconds": [], "residual": residual(some, transform(some), H)}
        for _ in range(repeats):
            for name, transform in both.items():
                found[name]["seconds"].append(_timed(transform, some)[0])
        found["scikit-learn as good"] = _as_good(some, H)
    mine = median(found["partwise"]["seconds"])
    found["times"] = median(found["scikit-learn default"]["seconds"]) / mine
    found["times_as_good"] = found["scikit-learn as good"]["seconds"][0] / mine
    return found


def _theirs(X: np.ndarray, H: np.ndarray, **settings: Any) -> theirs.NMF:
    """Return scikit-learn's model as if it had learned these parts."""
    model = theirs.NMF(len(H), init="custom", max_iter=1)
    model.fit(X[:100], W=np.ones((min(100, len(X)), len(H)), X.dtype), H=H.copy())
    model.components_ = H.copy()
    return model.set_params(**{"init": None, "max_iter": 200, **settings})


def _as_good(X: np.ndarray, H: np.ndarray) -> dict[str, Any]:
    """Lower scikit-learn's tol until its residual is as low as wanted, or lower no more within reason."""
    for tol in TOLERANCES:
        seconds, W = _timed(_theirs(X, H, tol=tol, max_iter=PATIENT).transform, X)
        found = {"seconds": [seconds], "residual": residual(X, W, H), "tol": tol}
        if found["residual"] <= WANTED or seconds > LONG:
            break
    return {**found, "reached": found["residual"] <= WANTED}


def _timed(transform: Callable[[np.ndarray], np.ndarray], X: np.ndarray) -> tuple[float, np.ndarray]:
    time.sleep(REST)
    began = time.perf_counter()
    W = transform(X)
    return time.perf_counter() - began, W
