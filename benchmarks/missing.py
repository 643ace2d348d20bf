"""Half of the entries hidden: error on them and time, beside masked multiplicative updates and softImpute.

``python -m benchmarks.missing`` takes CPU seconds on one thread, which other work on the machine moves little.
"""

import json
import time
import warnings
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from scipy import linalg
from threadpoolctl import threadpool_limits

from benchmarks.machine import machine, today
from benchmarks.workloads import SHARED, load
from partwise import NMF
from partwise.inits import INITS
from partwise.iterate import iterate
from partwise.kernels.threads import one_pool
from partwise.losses import WeightedFrobenius
from partwise.matrices import Weighted
from partwise.models.fitting import prepare
from partwise.problems import TwoFactors
from partwise.solvers import WeightedHALS
from partwise.stopping import IterationLimit, ResidualBelow
from partwise.tasks.penalty import best_penalty

CASES = (("digits", 10), ("digits", 20), ("olivetti", 20), ("olivetti", 49), ("olivetti", 120))
RESULTS = Path(__file__).with_name("missing.json")
REPEATS = {"digits": 5, "olivetti": 1}  # what takes a second or less is taken several times, in turns
LOOK = 20  # iterations of masked updates between two looks at them, which are not billed
SETTLED = 2e-4  # relative fall of their objective over as many iterations at which they have settled
MOST, LONGEST = 5000, 60.0  # iterations, and seconds, after which they are cut short
SHRINKAGES = np.geomspace(0.5, 0.0003, 20)  # of softImpute, over the largest singular value


def case(data: str, k: int, seed: int = 0) -> dict[str, Any]:
    """Run all of them on one matrix with one mask."""
    X = load(data, (SHARED,)).astype(np.float32)
    known = np.random.default_rng(seed).random(X.shape) < 0.5
    M = known.astype(np.float32)
    W, H = INITS["random"](Weighted.of(X, M).levelled(), k, np.random.RandomState(seed))

    def hidden(Y: np.ndarray) -> float:
        return float(np.linalg.norm((Y - X)[~known]) / np.linalg.norm(X[~known]))

    theirs, mine = [], []
    for _ in range(REPEATS[data]):
        theirs.append(_masked_updates(X, M, W, H, hidden))
        mine.append(_ours(X, M, W, H, hidden))
    settled = theirs[0][-1]
    # of each: when it first came to what masked updates settle at, and a thousandth above it
    goals = {"as settled": settled["objective"], "a thousandth above": 1.001 * settled["objective"]}
    reached = {
        name: {
            "masked updates": median(_seconds(path, goal) for path in theirs),
            "partwise": median(_seconds(path, goal) for path in mine),
        }
        for name, goal in goals.items()
    }
    found: dict[str, Any] = {
        "data": data,
        "k": k,
        "shape": list(X.shape),
        "masked updates": {**settled, "best hidden": min(one["hidden"] for one in theirs[0])},
        "partwise": {**mine[0][-1], "best hidden": min(one["hidden"] for one in mine[0])},
        "seconds to": reached,
        "times": {name: one["masked updates"] / one["partwise"] for name, one in reached.items()},
        "partwise, penalty chosen": _chosen(X, known, k, hidden),
    }
    ours = found["partwise, penalty chosen"]["hidden"]
    for name, most in (("softImpute, best of its path", min(X.shape)), ("the same, of at most k components", k)):
        found[name] = _soft_impute(X, M, hidden, most)
        found[f"hidden over {name}"] = ours / found[name]["hidden"]
    found["hidden over masked updates, settled"] = ours / settled["hidden"]
    found["hidden over masked updates, at their best"] = ours / found["masked updates"]["best hidden"]
    return found


def _seconds(path: list[dict[str, Any]], goal: float) -> float:
    return next((one["seconds"] for one in path if one["objective"] <= goal), float("nan"))


def _masked_updates(X: np.ndarray, M: np.ndarray, W: np.ndarray, H: np.ndarray, hidden: Any) -> list[dict[str, Any]]:
    """Multiplicative updates with a mask (Lee & Seung 2001; Zhang et al. 2006), until they have settled."""
    W, H, known = W.T.copy(), H.copy(), M * X
    tiny = np.float32(1e-9)
    seconds, path = 0.0, []
    for iteration in range(1, MOST + 1):
        began = time.process_time()
        E = W @ H
        E *= M
        W *= (known @ H.T) / (E @ H.T + tiny)
        np.matmul(W, H, out=E)
        E *= M
        H *= (W.T @ known) / (W.T @ E + tiny)
        seconds += time.process_time() - began
        if iteration % LOOK == 0:
            Y = W @ H
            objective = 0.5 * float(np.sum((M * (X - Y)).astype(np.float64) ** 2))
            path.append({"iteration": iteration, "seconds": seconds, "objective": objective, "hidden": hidden(Y)})
            settled = len(path) > 1 and path[-2]["objective"] - objective < SETTLED * objective
            if settled or seconds > LONGEST:
                break
    return path


def _ours(X: np.ndarray, M: np.ndarray, W: np.ndarray, H: np.ndarray, hidden: Any) -> list[dict[str, Any]]:
    """The same objective from the same start, without a penalty."""
    with one_pool():
        began = time.process_time()
        problem = TwoFactors(Weighted.of(X, M), WeightedFrobenius())
        wrapping = time.process_time() - began
        prepare(WeightedHALS, problem.loss, X.dtype)
        start, path = problem.start(W, H), []
        rules = [ResidualBelow(1e-5), IterationLimit(300)]
        for shot in iterate(problem, WeightedHALS(), start, rules, clock=time.process_time):
            seconds, objective = wrapping + shot.record.seconds, shot.record.objective
            error = hidden(shot.state.W.T @ shot.state.H)
            line = {"iteration": shot.record.iteration, "seconds": seconds, "objective": objective, "hidden": error}
            path.append(line)
    return path


def _chosen(X: np.ndarray, known: np.ndarray, k: int, hidden: Any) -> dict[str, Any]:
    """What `partwise fill` does: the penalty is chosen on a tenth of the known entries."""
    seen = np.where(known, X, np.float32(np.nan))
    model = NMF(k, missing="mask", random_state=0, max_iter=300)
    began = time.process_time()
    alpha = best_penalty(model, seen)
    chosen = time.process_time()
    filled = model.set_params(alpha_W=alpha).fit(seen).fill(seen)
    ended = time.process_time()
    return {
        "hidden": hidden(filled),
        "alpha over rms": alpha / float(np.sqrt(np.nanmean(seen**2))),
        "seconds to choose": chosen - began,
        "seconds": ended - began,
        "iterations": model.n_iter_,
    }


def _soft_impute(X: np.ndarray, M: np.ndarray, hidden: Any, most: int) -> dict[str, Any]:
    """softImpute (Mazumder, Hastie & Tibshirani 2010) down a path, the best of it by the hidden entries themselves."""
    known, Z = M * X, np.zeros_like(X)
    largest = float(np.linalg.norm(known, 2))
    best: dict[str, Any] = {"hidden": np.inf}
    began = time.process_time()
    for shrinkage in SHRINKAGES * largest:
        for _ in range(100):
            U, s, V = linalg.svd(known + (1 - M) * Z, full_matrices=False, overwrite_a=True, check_finite=False)
            s = np.maximum(s - np.float32(shrinkage), 0)
            rank = min(most, int(np.count_nonzero(s)))
            after = (U[:, :rank] * s[:rank]) @ V[:rank]
            change = float(np.linalg.norm(after - Z) / max(1e-9, float(np.linalg.norm(Z))))
            Z = after
            if change < 1e-3:
                break
        if hidden(Z) >= best["hidden"]:
            break
        best = {"hidden": hidden(Z), "shrinkage": shrinkage / largest, "rank": rank}
    return {**best, "seconds": time.process_time() - began}


def main() -> None:
    """Run every case and keep what was found."""
    warnings.simplefilter("ignore")
    with threadpool_limits(1):
        found = []
        for data, k in CASES:
            found.append(case(data, k))
            print(json.dumps(found[-1], indent=1), flush=True)
    about = {"machine": machine(), "date": today(), "threads": 1}
    RESULTS.write_text(json.dumps({**about, "results": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
