"""A rank report of the ORL faces beside the same fits by scikit-learn: python -m benchmarks.rank_race.

k = 5, 10, .., 60; five restarts, four folds, all entries and shuffled columns: eleven lines of twelve fits.
scikit-learn cannot hide entries, so it fits all of X at each of these places, from random starts at its own defaults;
the sixty restarts alone, theirs and ours, are said too, with the errors at which they end. Both have as many threads
as they take. Figures go to rank_race.json.
"""

import json
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.decomposition import NMF

from benchmarks.machine import machine, today
from partwise import open_source, rank_report
from partwise.ranks import RankReport, RankStep

KS = range(5, 61, 5)
RESTARTS, OTHERS = 5, 6  # lines: of random starts, and folds, all entries, shuffled columns
WARM = range(2, 5)  # of the first report, in which everything is compiled


def theirs(X: np.ndarray) -> dict[int, list[tuple[float, float]]]:
    """Return seconds and error of one fit after the other for each k."""
    found: dict[int, list[tuple[float, float]]] = {k: [] for k in KS}
    for k in KS:
        for seed in range(RESTARTS):
            began = time.perf_counter()
            model = NMF(k, init="random", random_state=seed).fit(X)
            found[k].append((time.perf_counter() - began, float(model.reconstruction_err_)))
    return found


def timed(X: np.ndarray, criteria: list[str] | None) -> tuple[float, RankReport, dict[int, list[float]]]:
    """Return the seconds of a report, the report, and the errors of its restarts for each k."""
    errors: dict[int, list[float]] = {k: [] for k in KS}

    def follow(step: RankStep) -> None:
        if step.line.startswith("restart"):
            errors[step.k].append(step.value)

    began = time.perf_counter()
    report = rank_report(X, KS, n_restarts=RESTARTS, criteria=criteria, random_state=0, callback=follow)
    return time.perf_counter() - began, report, errors


def main() -> None:
    """Run both and say how many times as fast."""
    X = open_source("orl").X
    rank_report(X[:60], WARM, n_restarts=2, random_state=0)
    ours, report, _ = timed(X, None)
    print(f"partwise: {report.n_fits} fits in {ours:.1f} s\n{report}", flush=True)
    alone, _, errors = timed(X, ["restart-stability"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = theirs(X)
    restarts = sum(seconds for fits in found.values() for seconds, _ in fits)
    # the other lines are counted at the mean of the restarts of the same k
    all_fits = sum(np.mean([seconds for seconds, _ in fits]) * (RESTARTS + OTHERS) for fits in found.values())
    higher = [np.mean([error for _, error in found[k]]) / np.mean(errors[k]) - 1 for k in KS]
    print(f"scikit-learn: all {report.n_fits} fits in {all_fits:.1f} s, {all_fits / ours:.1f} times the report")
    print(
        f"restarts alone: partwise {alone:.1f} s, and all entries with them; scikit-learn {restarts:.1f} s, "
        f"{restarts / alone:.1f} times, to errors {100 * min(higher):.2f} to {100 * max(higher):.2f} % higher"
    )
    told = {
        "machine": machine(),
        "date": today(),
        "seconds": ours,
        "fits": report.n_fits,
        "sentence": report.sentence,
        "seconds of the restarts": alone,
        "errors": errors,
        "scikit-learn": {
            "seconds of the restarts": restarts,
            "seconds of as many fits": all_fits,
            "errors": {k: [error for _, error in fits] for k, fits in found.items()},
        },
    }
    Path(__file__).with_name("rank_race.json").write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
