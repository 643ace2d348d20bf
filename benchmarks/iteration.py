"""How long one iteration takes beside its two products with X, which no alternating solver can do without."""

import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.workloads import load
from partwise.inits import INITS
from partwise.kernels.threads import one_pool
from partwise.losses import as_loss
from partwise.matrices import as_matrix
from partwise.problems import TwoFactors
from partwise.solvers import as_solver

WORKLOADS = (("orl", 50), ("cats", 50))
FIRST = 2  # iterations before the measured ones: the start on a stand-in belongs to the first
MEASURED = 15


def iteration(data: str, k: int, folders: tuple[Path, ...], threads: int) -> dict[str, Any]:
    """Time steps of the default solver, measuring objective and residual included, in turns with both products.

    The products are partwise's own on the same pool of threads, ``F @ X.T`` and ``F @ X``, with the factors of that
    very step.
    """
    X = as_matrix(load(data, folders))
    problem, solver = TwoFactors(X, as_loss(2.0)), as_solver("cd", shuffle=False, seed=0)
    steps, products = [], []
    with threadpool_limits(threads), one_pool():
        state = problem.start(*INITS["nndsvda"](X, k, np.random.RandomState(0)))
        for i in range(FIRST + MEASURED):
            began = time.perf_counter()
            state = solver.step(problem, state)
            problem.measure(state)
            between = time.perf_counter()
            X.dot(state.H)
            X.T.dot(state.W)
            ended = time.perf_counter()
            if i >= FIRST:
                steps.append(between - began)
                products.append(ended - between)
    step, product = median(steps), median(products)
    return {"data": data, "k": k, "iteration": step, "products": product, "ratio": step / product}
