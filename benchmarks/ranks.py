"""How often each criterion finds the planted number of parts: python -m benchmarks.ranks [--problems N] [--seed N].

Rates go to ranks.json beside this file. RANKS is what was measured on problems of the same description before any of
this was written (same grid of 1 to 20, own random numbers).
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.planted import Planted, planted, spoilt
from partwise import choose_n_components, rank_report
from partwise.ranks import CRITERIA

KS = range(1, 21)
BEFORE = {
    "recommended": 100,
    "held-out": 100,
    "permutation": 100,
    "bend": 95,
    "mask-stability": 74,
    "restart-stability": 78,
    "cophenetic": 37,
    "dispersion": 47,
    "silhouette": 80,
    "kneedle": 80,
    "bi-cross-validation": 92,
}


def off(X: np.ndarray, k: int, seed: int, every: bool) -> dict[str, float]:
    """Return how far the recommendation and each criterion are from k."""
    report = rank_report(
        X, KS, n_restarts=5 if every else 0, criteria=tuple(CRITERIA) if every else None, random_state=seed
    )
    picks = {one.key: one.pick for one in report.criteria} | {"recommended": report.recommended}
    return {key: float("inf") if pick is None else pick - k for key, pick in picks.items()}


def rates(found: Sequence[dict[str, float]]) -> dict[str, dict[str, float]]:
    """Return for each criterion in how many per cent it was right, and within one."""
    keys = found[0].keys()
    return {
        key: {
            "right": 100 * float(np.mean([one.get(key, np.inf) == 0 for one in found])),
            "within one": 100 * float(np.mean([abs(one.get(key, np.inf)) <= 1 for one in found])),
        }
        for key in keys
    }


def seconds_of(problem: Planted, seed: int) -> float:
    """Return how long `choose_n_components` takes on one thread."""
    with threadpool_limits(1):
        began = time.perf_counter()
        choose_n_components(problem.X, KS, random_state=seed)
        return time.perf_counter() - began


def run(sets: dict[str, list[tuple[Planted, np.ndarray]]], seed: int, every: bool) -> dict[str, object]:
    """Go through sets of problems and say what was seen."""
    told: dict[str, object] = {}
    for name, problems in sets.items():
        found, seconds = [], []
        for problem, X in problems:
            found.append(off(X, problem.k, seed, every and name == "usual"))
            if name == "usual":
                seconds.append(seconds_of(problem, seed))
            missed = found[-1]["recommended"]
            if missed:
                print(
                    f"  {name}: {missed:+.0f} at k = {problem.k}, {problem.kind}, s = {problem.strength:.1f}",
                    flush=True,
                )
        told[name] = {"problems": len(problems), "rates": rates(found)}
        if seconds:
            told[name] |= {"seconds": {"median": median(seconds), "most": max(seconds)}}  # type: ignore[operator]
        print(f"{name}, {len(problems)} problems", flush=True)
        for key, rate in rates(found).items():
            before = f"  (RANKS {BEFORE[key]})" if name == "usual" and key in BEFORE else ""
            print(
                f"  {key:<20} {rate['right']:5.1f} % right, {rate['within one']:5.1f} % within one{before}", flush=True
            )
        if seconds:
            print(f"  one thread: median {median(seconds):.2f} s, most {max(seconds):.2f} s a problem", flush=True)
    return told


def main() -> None:
    """Draw, run, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problems", type=int, default=100)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--votes-only", action="store_true", help="without the criteria that need restarts or blocks")
    asked = parser.parse_args()
    few = max(1, asked.problems // 10)
    usual = [planted(i, asked.seed) for i in range(asked.problems)]
    sets = {"usual": [(one, one.X) for one in usual]}
    for noise in ("poisson", "multiplicative"):
        sets[noise] = [(one, one.X) for one in (planted(i, asked.seed, noise) for i in range(few))]
    sets["clipped"] = [
        (one, one.X) for one in (planted(i, asked.seed, "clipped") for i in range(2 * few)) if "sparse" in one.kind
    ]
    for how in ("rows", "outliers"):
        sets[how] = [(one, spoilt(one, how, i)) for i, one in enumerate(usual[: 2 * few])]
    told = run(sets, asked.seed, not asked.votes_only)
    path = Path(__file__).with_name("ranks.json")
    path.write_text(json.dumps({"seed": asked.seed, "grid": [KS[0], KS[-1]], "sets": told}, indent=1) + "\n")


if __name__ == "__main__":
    main()
