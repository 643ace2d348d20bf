"""What a report holds beside the criteria: the parts worth looking at, and what else must be said."""

import numpy as np

from partwise.matching import returning
from partwise.ranks.answer import Findings, found_out
from partwise.ranks.criterion import Criterion
from partwise.ranks.found import Evidence
from partwise.ranks.lines import Question
from partwise.ranks.planning import FEWEST
from partwise.wording import counted

GROWS = 0.5  # power of the signal from which noise counts as growing with it


def findings_of(evidence: Evidence, found: dict[str, Criterion], limit: int) -> Findings:
    """Apply the rule to what there is."""
    ks = evidence.common("whole")
    return found_out(evidence, found, limit) if ks else Findings((), {}, None)


def firm_groups(found: dict[str, Criterion]) -> tuple[int, ...]:
    """Return the numbers of parts that group the samples firmly."""
    one = found.get("cophenetic")
    return () if one is None or one.pick is None else tuple(k for k in one.curves[0].ks if k <= one.pick)


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


def cautions(
    evidence: Evidence, findings: Findings, question: Question, model: str, n_restarts: int, complete: bool
) -> list[str]:
    """Return what else must be said."""
    said = []
    if not complete:
        done = f"up to {counted(findings.ks[-1], 'parts')}" if findings.ks else "none of them"
        said.append(f"Stopped before all was fitted: this is of what is there, {done}.")
    if n_restarts == 1:
        said.append("One restart has nothing to be compared with: there is no cophenetic correlation of a single run.")
    if model == "nmf" and findings.ks and not evidence.of("held-out"):
        n, m = question.data.X.shape
        if n * m < FEWEST:
            said.append(f"X has {n * m:,} entries, too few to hide some, so there is no held-out error.")
    if len(findings.ks) > 1 and np.max(np.diff(findings.ks)) > 1:
        said.append(f"Not every number was tried: the answer is known to {int(np.max(np.diff(findings.ks)))} parts.")
    if findings.recommended is not None and question.loss.beta == 2 and findings.exact is None:
        (line,) = evidence.of("whole").values()
        power = line[findings.recommended].numbers["noise"]
        if power > GROWS:
            said.append(
                f"The noise grows with the signal (its variance as the power {power:.1f}; counts have 1): "
                "beta_loss='kullback-leibler' (--loss) weighs it as it is."
            )
    return said
