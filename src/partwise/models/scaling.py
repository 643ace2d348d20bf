"""The unit of X: values far from 1 are brought near it by a power of four, so that no product overflows or vanishes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse

from partwise.kernels.measure import extremes
from partwise.models.warning import warn
from partwise.penalties import Elastic
from partwise.stopping import Record

# squares of the pulls of a divergence (the power 2 beta - 1 of X), and sums of many of them, stay well inside the
# range of a float64 between these; in single precision they are summed in float64 too, and the pulls are the limit
SAFE = {np.dtype(np.float32): (1e-10, 1e10), np.dtype(np.float64): (1e-30, 1e30)}
NEGLIGIBLE = 1e-16  # of the maximum: below the rounding error of any sum that the maximum is in


@dataclass(frozen=True)
class Scaling:
    """X is fitted as X / unit, each factor as F / sqrt(unit); unit is a power of four, so no digit changes."""

    unit: float = 1.0
    learned: float | None = None  # the unit in which H was learned, where that is not this one

    @classmethod
    def of(cls, X: Any, high: float | None = None) -> "Scaling":
        """Choose 1 for ordinary data, and the power of four next to the maximum for data near the ends of the range.

        `high` is that maximum, the largest magnitude, where it is known.
        """
        stored = X.data if scipy.sparse.issparse(X) else X
        if high is None:
            high = _largest(stored)
        low, top = SAFE[stored.dtype]
        return cls() if high == 0 or low <= high <= top else cls(4.0 ** round(math.log(high, 4)))

    @property
    def of_H(self) -> float:
        """The unit of H: the root of that of X, or of that which X had when H was learned."""
        return math.sqrt(self.unit if self.learned is None else self.learned)

    @property
    def of_W(self) -> float:
        """The unit of W."""
        return self.unit / self.of_H

    def with_parts_of(self, other: "Scaling") -> "Scaling":
        """Return the scaling of new data for parts that were learned in another."""
        return Scaling(self.unit, other.unit)

    def shrink(self, X: Any) -> Any:
        """Return X in the unit: X itself where the unit is 1, else a copy without entries that no sum would notice."""
        if self.unit == 1:
            return X
        given = X.data if scipy.sparse.issparse(X) else X
        high, size = _largest(given), np.abs(given)
        faint = (size > 0) & (size < NEGLIGIBLE * high)
        X = (X / self.unit).astype(X.dtype)
        if faint.any():
            stored = X.data if scipy.sparse.issparse(X) else X
            warn(
                f"X spans {size[faint].min():.0e}..{high:.0e}; "
                f"entries below {NEGLIGIBLE:.0e} of the maximum are treated as 0.",
                UserWarning,
            )
            stored[faint] = 0
        return X

    def history(self, records: tuple[Record, ...], beta: float) -> tuple[Record, ...]:
        """Return records with their objectives in the unit of X; where that cannot be represented, infinite."""
        if self.unit == 1:
            return records
        values = self.objectives([record.objective for record in records], beta).tolist()
        return tuple(replace(one, objective=value) for one, value in zip(records, values, strict=True))

    def objectives(self, values: Sequence[float], beta: float) -> np.ndarray:
        """Return objectives in the unit of X; where that cannot be represented, infinite."""
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            return np.array(values, np.float64) * np.float64(self.unit) ** beta

    def penalty(self, penalty: Elastic, beta: float, unit: float) -> Elastic:
        """Return the penalty that weighs as much beside the loss of X / unit as the given one beside that of X.

        `unit` is that of the penalised factor, `of_W` or `of_H`.
        """
        loss = (self.unit, -beta)
        return Elastic(_times(penalty.l1, (unit, 1), loss), _times(penalty.l2, (unit, 2), loss))


def _largest(values: np.ndarray) -> float:
    """Return the largest magnitude; of no values 0."""
    low, high = extremes(values) if values.size else (0.0, 0.0)
    return float(max(high, -low))


def _times(weight: float, *powers: tuple[float, float]) -> float:
    """Return weight times powers, at most what a float holds: no weight at all stays none in any unit."""
    if weight == 0:
        return 0.0
    shift = sum(power * math.log2(base) for base, power in powers)
    return weight * 2.0**shift if abs(shift) < 1000 else 2.0 ** min(1000.0, math.log2(weight) + shift)
