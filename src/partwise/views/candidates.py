"""The parts at a few numbers of them, as they are to be shown beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from partwise.wording import listed


@dataclass(frozen=True)
class Candidates:
    """The parts at a few numbers of them.

    Parameters
    ----------
    parts : mapping of int to ndarray of shape (k, n_features)
        By their number; in the order in which they are shown.
    stability : mapping of int to ndarray of shape (k,)
        How surely each of them comes back, 0 to 1; a number of parts may be left out.
    recommended : int or None
        The number that is recommended.
    """

    parts: Mapping[int, np.ndarray]
    stability: Mapping[int, np.ndarray] = field(default_factory=dict)
    recommended: int | None = None

    @property
    def title(self) -> str:
        """Which numbers are shown."""
        return f"The parts at k = {listed(sorted(self.parts))}"

    @property
    def caption(self) -> str:
        """How they stand, and what is written beside them."""
        words = ["By energy, most first."]
        if len(self.parts) > 1:
            words.append("After the first number: those most like the parts before, in their order, then what is new.")
        if self.stability:
            words.append("The number: how surely a part comes back, the mean cosine with its match in the other fits.")
        return " ".join(words)
