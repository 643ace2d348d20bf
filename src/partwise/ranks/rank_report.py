"""What is known about the number of parts: all criteria side by side, and what they come to in words."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from partwise.ranks.criterion import Criterion


@dataclass(frozen=True, repr=False, kw_only=True)
class RankReport:
    """The answer to "how many parts?". Printed, it is the sentence and a table.

    Attributes
    ----------
    sentence : str
        The answer in plain words; never a number alone.
    recommended : int or None
        The median of held-out error, permutation test and bend, or more where weak parts predict and come back under
        other masks, without a background, or the smallest exact fit; None where no number can be given.
    robust : int or None
        The largest number of parts that come back when other entries are hidden.
    firm : tuple of int
        The numbers of parts by which samples fall into the same groups at every restart.
    agree : bool
        Whether the three criteria say the same.
    candidates : tuple of int
        Up to three numbers of parts worth looking at, increasing.
    criteria : tuple of Criterion
        Those that vote first.
    ks : tuple of int
        The numbers of parts that were fitted, increasing.
    warnings : tuple of str
        What may spoil the answer, and what was done about it.
    parts : dict of int to ndarray of shape (k, n_features)
        The parts at the candidates, of length 1, the most energetic first.
    part_stability : dict of int to ndarray of shape (k,)
        How surely each of them comes back: the mean cosine with its match in the other fits, 0 to 1.
    shape : tuple of int
        Of X.
    model : str
        "nmf" or "opnmf".
    loss : str
    n_restarts, n_folds, seed : int
    n_fits : int
        Fits that the report is made of.
    seconds : float
        Of the whole, those of earlier sittings included.
    complete : bool
        Whether all that was asked for is there; not where it was stopped.
    """

    sentence: str
    recommended: int | None
    robust: int | None
    firm: tuple[int, ...]
    agree: bool
    candidates: tuple[int, ...]
    criteria: tuple[Criterion, ...]
    ks: tuple[int, ...]
    warnings: tuple[str, ...] = ()
    parts: dict[int, np.ndarray] = field(default_factory=dict)
    part_stability: dict[int, np.ndarray] = field(default_factory=dict)
    shape: tuple[int, int]
    model: str = "nmf"
    loss: str = "frobenius"
    n_restarts: int = 5
    n_folds: int = 4
    seed: int = 0
    n_fits: int = 0
    seconds: float = 0.0
    complete: bool = True

    def __getitem__(self, key: str) -> Criterion:
        found = next((one for one in self.criteria if one.key == key), None)
        if found is None:
            raise KeyError(f"No criterion {key!r}, only {', '.join(one.key for one in self.criteria)}.")
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return all but the parts as what JSON can hold."""
        return {
            "sentence": self.sentence,
            "recommended": self.recommended,
            "robust": self.robust,
            "firm": list(self.firm),
            "agree": self.agree,
            "candidates": list(self.candidates),
            "ks": list(self.ks),
            "shape": list(self.shape),
            "model": self.model,
            "loss": self.loss,
            "n_restarts": self.n_restarts,
            "n_folds": self.n_folds,
            "seed": self.seed,
            "n_fits": self.n_fits,
            "seconds": self.seconds,
            "complete": self.complete,
            "warnings": list(self.warnings),
            "part_stability": {str(k): [float(one) for one in values] for k, values in self.part_stability.items()},
            "criteria": [one.to_dict() for one in self.criteria],
        }

    def __repr__(self) -> str:
        return "\n".join([self.sentence, *self.warnings, "", *table(self)])


def table(report: RankReport) -> list[str]:
    """Return the lines of a table: a row for each criterion, what it picks and why."""
    rows = [("criterion", "k", "why")]
    rows += [(one.key, "-" if one.pick is None else str(one.pick), one.said) for one in report.criteria]
    first, second = (max(len(row[i]) for row in rows) for i in (0, 1))
    return [f"{row[0].ljust(first)}  {row[1].rjust(second)}  {row[2]}".rstrip() for row in rows]
