"""What a run tells of its kind of model in words: how orthonormal, how good each layer."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Finding(NamedTuple):
    """One number: what it is of, its value, and what to hold it against."""

    label: str
    value: str
    aside: str


def findings(facts: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the findings of a run's facts; a model without numbers of its own has none."""
    if "orthonormality" in facts:
        yield Finding("distance from orthonormal", f"{facts['orthonormality']:.2f}", "0 would be orthonormal")
    errors = facts.get("layer_errors", [])
    for place, error in enumerate(errors, 1):
        before = f"{100 * facts['greedy_error']:.2f} % before the refinement" if place == len(errors) else ""
        yield Finding(f"error of layer {place}", f"{100 * error:.2f} %", before)


def goal_of(facts: Mapping[str, Any]) -> float:
    """Return the KKT residual that a fit was to come to; 0 where it had none, because `tol` bounds something else."""
    return float(facts["tol"]) if facts.get("tol_bounds_residual", True) else 0.0
