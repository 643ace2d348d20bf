"""The parts at the numbers worth looking at, and how surely each comes back."""

import numpy as np

from partwise.matching import returning
from partwise.ranks.answer import Findings
from partwise.ranks.found import Evidence


def parts_of(evidence: Evidence, findings: Findings) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
    """Return the parts at the candidates, of length 1 and the strongest first, and how surely each comes back."""
    parts, stability = {}, {}
    for k in findings.candidates:
        (line,) = evidence.of("whole").values()
        arrays = line[k].arrays
        order = np.argsort(-arrays["energy"], kind="stable")
        lengths = np.linalg.norm(arrays["H"], axis=1, keepdims=True)
        parts[k] = (arrays["H"] / np.where(lengths > 0, lengths, 1))[order]
        others = [one for family in ("held-out", "restart") for one in evidence.of(family).values() if k in one]
        masked = [one[k].arrays["H"] for one in others if one[k].line.startswith("held-out")]
        stability[k] = returning(parts[k], masked or [one[k].arrays["H"] for one in others])
    return parts, stability
