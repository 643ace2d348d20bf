"""OPNMF against opnmf 0.0.2 on transposed pictures, from the same start to tol 1e-5, judged in one normalisation."""

import logging
import re
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.race import REST
from benchmarks.workloads import Absent, load
from partwise import OPNMF
from partwise.inits import INITS
from partwise.matrices import as_matrix

WORKLOADS = (("olivetti", 6), ("olivetti", 20), ("orl", 6), ("orl", 20))
TOL = 1e-5  # of the KKT residual for partwise, of the relative change of W for opnmf: what each calls converged
MOST = 50_000  # opnmf's own limit of iterations
PROBE = 25  # of its iterations, run once to warm up and once to tell what one takes


def opnmf(folders: tuple[Path, ...], threads: int, limit: float, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Fit every workload with both programs, one after the other.

    opnmf cannot be stopped from outside, so its limit of iterations is set to what about `limit` seconds hold; a fit
    that ended there is marked as cut, and its seconds are the least that it takes.
    """
    warnings.simplefilter("ignore")
    try:
        theirs = import_module("opnmf.opnmf")
    except ImportError:
        raise Absent("opnmf is not installed (pip install opnmf==0.0.2)") from None
    found = []
    with threadpool_limits(threads):
        for data, k in WORKLOADS:
            X = load(data, folders)
            W = np.ascontiguousarray(INITS["nndsvd"](as_matrix(X.T), k, np.random.RandomState(0))[0].T)
            ours = our_fit(X, W)
            other = their_fit(theirs, X, W, limit)
            one = {"data": data, "k": k, "partwise": ours, "opnmf": other, "times": other["seconds"] / ours["seconds"]}
            say(f"  {data}-{k}: {ours['seconds']:.2f} s, error {ours['error']:.4f}; opnmf {other['seconds']:.2f} s")
            found.append(one)
    return found


def our_fit(X: np.ndarray, W: np.ndarray) -> dict[str, Any]:
    """Time partwise's fit from a start, (n_features, n_components)."""
    model = OPNMF(W.shape[1], init="custom", tol=TOL, max_iter=MOST)
    # what is compiled at the first fit is outside the clock
    OPNMF(W.shape[1], init="custom", tol=0, max_iter=2).fit(X, W=W)
    seconds, _ = _timed(lambda: model.fit(X, W=W))
    return {"seconds": seconds, "iterations": model.n_iter_, **judged(X, model.projection_)}


def their_fit(theirs: Any, X: np.ndarray, W: np.ndarray, limit: float) -> dict[str, Any]:
    """Time opnmf's fit of the transposed X from a start, cut at about `limit` seconds."""

    def fit(most: int, tol: float) -> np.ndarray:
        return theirs.opnmf(X.T, W.shape[1], max_iter=most, tol=tol, init="custom", init_W=W.copy())[0]

    fit(PROBE, 0.0)
    few, _ = _timed(lambda: fit(PROBE, 0.0))
    more, _ = _timed(lambda: fit(3 * PROBE, 0.0))
    each = max(1e-6, (more - few) / (2 * PROBE))
    most = int(min(MOST, max(3 * PROBE, limit / each)))
    with _Log() as log:
        seconds, factor = _timed(lambda: fit(most, TOL))
    return {
        "seconds": seconds,
        "iterations": most if log.converged is None else log.converged,
        "seconds_an_iteration": each,
        "cut": log.converged is None and most < MOST,
        **judged(X, factor),
    }


def judged(X: np.ndarray, W: np.ndarray) -> dict[str, float]:
    """Return ``||X' - W W'X'||_F`` and ``||W'W - I||_F`` in float64, with W divided by its spectral norm."""
    Y, V = X.T.astype(np.float64), W.astype(np.float64)
    V = V / np.linalg.norm(V, 2)
    error = np.linalg.norm(Y - V @ (V.T @ Y))
    return {"error": float(error), "orthonormality": float(np.linalg.norm(V.T @ V - np.eye(V.shape[1])))}


class _Log(logging.Handler):
    """Reads from opnmf's own log in which iteration it converged."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.converged: int | None = None
        self._logger = logging.getLogger("opnmf")

    def emit(self, record: logging.LogRecord) -> None:
        """Look for the number."""
        told = re.search(r"Converged in (\d+)", record.getMessage())
        self.converged = int(told[1]) if told else self.converged

    def __enter__(self) -> "_Log":
        self._before = self._logger.level, self._logger.propagate
        self._logger.setLevel(logging.INFO)
        self._logger.propagate = False
        self._logger.addHandler(self)
        return self

    def __exit__(self, *told: object) -> None:
        self._logger.removeHandler(self)
        self._logger.level, self._logger.propagate = self._before


def _timed(fit: Callable[[], Any]) -> tuple[float, Any]:
    time.sleep(REST)
    began = time.perf_counter()
    answer = fit()
    return time.perf_counter() - began, answer
