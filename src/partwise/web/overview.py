"""What the page is told of the run as a whole: its facts, its history, and what each part does."""

import math
from typing import Any

import numpy as np

from partwise.runs import FIGURES, MODEL, REPORT, RUN
from partwise.tasks.findings import findings, goal_of
from partwise.web.files import files_of
from partwise.web.refusing import Answer
from partwise.web.served import Shown
from partwise.web.sheets import Tile
from partwise.wording import sureness

USED = 0.01  # share of a picture's light above which a part counts as used
TOP = 12  # strongest pictures of a part
BINS = 48


def run_answer(shown: Shown) -> Answer:
    """Return the facts as an answer, made once."""
    return shown.kept("run", lambda: Answer(overview(shown)))


def overview(shown: Shown) -> dict[str, Any]:
    """Return the facts of a run and of its parts, fit for JSON."""
    run, entries = shown.run, shown.finder.entries
    scale = run.facts.get("objective_scale")
    return {
        "name": run.path.resolve().name,
        "generation": shown.version,
        "n": len(entries),
        "k": shown.k,
        "shape": list(shown.shape),
        "signed": bool((run.parts < 0).any()),
        "kind_of_model": run.facts.get("model", "nmf"),
        "tile": Tile.of(shown.shape).told(len(entries)),
        "labels": sorted(set(entries.labels) - {""}) if entries.labels is not None else None,
        "facts": told(run.facts),
        "findings": [list(one) for one in findings(run.facts)],
        "goal": goal_of(run.facts) or None,
        "history": [
            [one.iteration, rounded(one.seconds), relative(one.objective, scale), rounded(one.residual)]
            for one in run.history
        ],
        "history_is": "relative error" if scale else "objective",
        "made_with": run.made_with,
        "notes": list(run.notes),
        "parts": [part_told(shown, place) for place in range(shown.k)],
        "files": [
            {"name": name, "title": title, "bytes": size}
            for name, title, size in files_of(run.path, (REPORT, RUN, MODEL), FIGURES)
        ],
    }


def part_told(shown: Shown, place: int) -> dict[str, Any]:
    """Return what is known of one part, by its place from 0."""
    entries = shown.finder.entries
    weights, shares = entries.codes[:, place], shown.shares[:, place]
    stability = shown.run.facts.get("stability", [None] * shown.k)[place]
    return {
        "number": place + 1,
        "name": shown.finder.part_names.get(place + 1),
        "light": rounded(_light_of_all(shown)[place]),
        "used": int((shares > USED).sum()),
        "sparsity": rounded(shown.sparsity[place]),
        "max": rounded(weights.max(initial=0)),
        "p99": rounded(shown.p99[place]),
        "std": rounded(weights.std(dtype=np.float64)) if len(weights) else 0.0,
        "mean": rounded(weights.mean(dtype=np.float64)) if len(weights) else 0.0,
        "top": [int(entries.numbers[row]) for row in strongest(shown, place)],
        "stability": None if stability is None else rounded(stability),
        "sureness": None if stability is None else sureness(stability),
    }


def part_in_full(shown: Shown, place: int) -> dict[str, Any]:
    """Return what is known of one part, with the weights of its strongest pictures and how often each size occurs."""
    entries = shown.finder.entries
    weights = entries.codes[:, place]
    used = weights[weights != 0]
    low, high = (min(0.0, float(used.min())), float(used.max())) if len(used) else (0.0, 1.0)
    counts, _ = np.histogram(used, bins=BINS, range=(low, high if high > low else low + 1))
    top = strongest(shown, place, 2 * TOP)
    return {
        **part_told(shown, place),
        "strongest": [{"number": int(entries.numbers[row]), "weight": rounded(weights[row])} for row in top],
        "weights": {
            "counts": counts.tolist(),
            "low": rounded(low),
            "max": rounded(high),
            "zero": int(len(weights) - len(used)),
        },
    }


def strongest(shown: Shown, place: int, count: int = TOP) -> list[int]:
    """Return the rows with the largest weights of a part, exact duplicates once."""
    entries = shown.finder.entries
    weights = np.where(entries.first_of_its_content == np.arange(len(entries)), entries.codes[:, place], 0)
    least = np.partition(weights, -count)[-count] if len(weights) > count else 0
    among = np.flatnonzero((weights >= least) & (weights > 0))
    return [int(row) for row in among[np.argsort(-weights[among], kind="stable")[:count]]]


def rounded(value: float, digits: int = 6) -> float | None:
    """Return a number with so many digits, None for one that JSON cannot say."""
    value = float(value)
    return float(f"{value:.{digits}g}") if math.isfinite(value) else None


def relative(objective: float, scale: float | None) -> float | None:
    """Return the relative error that an objective means, where it is half a squared distance; else the objective."""
    return rounded(math.sqrt(max(objective, 0.0) / scale) if scale else objective)


def told(value: Any) -> Any:
    """Return facts without what JSON cannot say."""
    if isinstance(value, dict):
        return {str(key): told(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [told(one) for one in value]
    return (value if math.isfinite(value) else None) if isinstance(value, float) else value


def _light_of_all(shown: Shown) -> np.ndarray:
    def make() -> np.ndarray:
        light = np.abs(shown.finder.entries.codes).sum(axis=0, dtype=np.float64) * shown.light
        return light / (light.sum() or 1)

    return shown.kept("light", make)
