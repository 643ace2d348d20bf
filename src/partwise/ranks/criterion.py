"""What one criterion says about the number of parts: its curves, the k that it picks, and how far to trust it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Curve:
    """Values over numbers of parts.

    Parameters
    ----------
    name : str
        What it is of, such as "X" or "columns permuted".
    ks : tuple of int
        Increasing.
    values : tuple of float
        One for each k; not a number where it is not known.
    spread : tuple of float or None
        One standard error of each.
    """

    name: str
    ks: tuple[int, ...]
    values: tuple[float, ...]
    spread: tuple[float, ...] | None = None

    def at(self, k: int) -> float:
        """Return the value at k; not a number where there is none."""
        return dict(zip(self.ks, self.values, strict=True)).get(k, math.nan)


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One criterion.

    Parameters
    ----------
    key : str
        Its name in `CRITERIA`, such as "held-out".
    title : str
        What it asks, in words ("Which k predicts hidden entries best?").
    axis : str
        What its values are.
    curves : tuple of Curve
        The first one is that of which it picks.
    pick : int or None
        The k that it recommends; None where it cannot tell.
    said : str
        A sentence: why this k, or why none.
    reliability : str
        How often it was right on planted problems, a sentence.
    votes : bool
        Whether the recommendation is made of it.
    log : bool
        Whether its values are read on a logarithmic scale.
    threshold : float or None
        A level that its values are held against.
    """

    key: str
    title: str
    axis: str
    curves: tuple[Curve, ...]
    pick: int | None
    said: str
    reliability: str
    votes: bool = False
    log: bool = False
    threshold: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as what JSON can hold; what is not a number is null."""
        return {
            "key": self.key,
            "title": self.title,
            "axis": self.axis,
            "pick": self.pick,
            "said": self.said,
            "reliability": self.reliability,
            "votes": self.votes,
            "log": self.log,
            "threshold": self.threshold,
            "curves": [
                {
                    "name": curve.name,
                    "k": list(curve.ks),
                    "values": numbers(curve.values),
                    "standard_error": None if curve.spread is None else numbers(curve.spread),
                }
                for curve in self.curves
            ],
        }


def numbers(values: Sequence[float]) -> list[float | None]:
    """Return values as JSON can say them: it has neither infinity nor what is not a number."""
    return [float(value) if math.isfinite(value) else None for value in values]
