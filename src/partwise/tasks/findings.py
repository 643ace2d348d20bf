"""What a run tells of its kind of model in words: how orthonormal, how good each layer."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from partwise.wording import counted, shares, sureness


class Finding(NamedTuple):
    """One number: what it is of, its value, and what to hold it against."""

    label: str
    value: str
    aside: str


def findings(facts: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the findings of a run's facts; a model without numbers of its own has none."""
    if "orthonormality" in facts:
        yield Finding("distance from orthonormal", f"{facts['orthonormality']:.2f}", "0 would be orthonormal")
    yield from _of_many_runs(facts)
    errors = facts.get("layer_errors", [])
    for place, error in enumerate(errors, 1):
        before = f"{100 * facts['greedy_error']:.2f} % before the refinement" if place == len(errors) else ""
        yield Finding(f"error of layer {place}", f"{100 * error:.2f} %", before)


def _of_many_runs(facts: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what a consensus found: how many parts come back, and how alike the groups of samples are."""
    if "n_runs" not in facts:
        return
    runs, stability = counted(facts["n_runs"], "runs"), facts["stability"]
    if facts["n_runs"] < 2:
        yield Finding("stability of parts", "not known", "one run has nothing to be compared with")
        return
    told = shares([sureness(one) for one in stability])
    yield Finding("stability of parts", told, f"how surely they come back in {runs}")
    if facts["cophenetic"] is not None:
        yield Finding("cophenetic correlation", f"{facts['cophenetic']:.3f}", "1: all runs group the samples alike")
    yield Finding("dispersion", f"{facts['dispersion']:.3f}", "1: two samples are together always or never")


def goal_of(facts: Mapping[str, Any]) -> float:
    """Return the KKT residual that a fit was to come to; 0 where it had none, because `tol` bounds something else."""
    return float(facts["tol"]) if facts.get("tol_bounds_residual", True) else 0.0
