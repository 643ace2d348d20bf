"""What must be said beside the answer: what is not there, and what may spoil it."""

import numpy as np

from partwise.ranks.answer import Findings
from partwise.ranks.found import Evidence
from partwise.ranks.lines import Question
from partwise.ranks.planning import FEWEST
from partwise.wording import counted

GROWS = 0.5  # power of the signal from which noise counts as growing with it


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
