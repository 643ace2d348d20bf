"""The verdict in words: how good the answer is, how finished, and what each number means."""

import math
import re
from dataclasses import dataclass

from partwise.report.content import ReportContent
from partwise.wording import counted, power

SPACE = "\u202f"
SMALLEST = 0.001  # per cent; what is less is said to be less
_POWER = re.compile(r"\b\d(?:\.\d+)?e[+-]?\d+\b|(?<=\btol )\d[\d.]*\d\b")
_LIMIT = re.compile(r"\bmax_iter\b(?! \(--max-iter\))(?=[^=\w]|$)")


@dataclass(frozen=True)
class Verdict:
    """The first words of a report."""

    state: str  # "good" or "warn"; the style of the pill
    pill: str
    headline: str
    explained: tuple[tuple[str, str], ...]  # (heading, sentences)
    further: str = ""  # what the headline has no room for
    warnings: tuple[str, ...] = ()  # what may spoil it


def verdict(content: ReportContent) -> Verdict:
    """Say how good the answer is and how finished; nothing is called good that was not measured."""
    count = counted(content.n_components, "parts")
    they = f"{count} rebuild{'s' * (content.n_components == 1)} these {content.samples_are}"
    known = math.isfinite(content.relative_error)
    result = f"{they} with a relative error of {per_cent(content.relative_error)}." if known else f"{they}."
    opening = "As good as it gets from this start." if content.converged else "A good answer, not yet the best one."
    if not known or content.relative_error > 0.5:
        opening = "The fit is finished." if content.converged else "The fit is not finished."
    pill = "Converged" if content.converged else "Not converged"
    return Verdict(
        state="good" if content.converged else "warn",
        pill=f"{pill}: stopped after {counted(content.n_iter, 'iterations')}",
        headline=f"{opening} {result}",
        explained=(
            ("How good", _how_good(content)),
            ("How finished", _how_finished(content)),
            ("Why it stopped", reason(content.reason)),
        ),
    )


def _how_good(content: ReportContent) -> str:
    if not math.isfinite(content.relative_error):
        return "The error was not measured."
    dead = content.n_dead_components
    unused = f" {dead:,} of the parts {'is' if dead == 1 else 'are'} dead: not used by any of them." if dead else ""
    return (
        f"Relative error {per_cent(content.relative_error, 2)}: the length of what is left over, measured against the "
        f"length of the {content.samples_are} themselves. 0{SPACE}% would be a perfect copy.{unused}"
    )


def _how_finished(content: ReportContent) -> str:
    residual, tol = content.kkt_residual, content.tol
    if not math.isfinite(residual):
        return "The KKT residual was not measured, so nothing is known about how far from optimal this answer is."
    goal = ""
    if tol > 0:
        goal = f", goal {power(tol)}: {'reached' if residual <= tol else f'{times(residual / tol)} too large'}"
    return (
        f"KKT residual {power(residual)}{goal}. In words: the pull still left on the weights is "
        f"{per_cent(residual, 2)} of the pulls that hold each other in balance. "
        "At 0, no small change could improve the answer."
    )


def reason(sentence: str) -> str:
    """Write a fit's own sentence as the rest of the page writes: powers, one iteration, the limit by both its names."""
    sentence = _POWER.sub(lambda match: power(float(match[0])), sentence)
    sentence = re.sub(r"\b1 iterations\b", "1 iteration", sentence)
    return _LIMIT.sub("max_iter (--max-iter)", sentence)


def per_cent(share: float, digits: int = 1) -> str:
    """Write 0.1956 as "19.6 %", with more digits where a small share would read as zero, down to 0.001 %."""
    if not math.isfinite(share):
        return "not measured"
    if 0 < 100 * share < 10.0**-digits:
        return f"{100 * share:.1g}{SPACE}%" if 100 * share >= SMALLEST else f"less than {SMALLEST}{SPACE}%"
    return f"{100 * share:.{digits}f}{SPACE}%"


def times(ratio: float) -> str:
    """Write how many times too large something is."""
    return f"{ratio:.1f} times" if ratio < 10 else f"{ratio:,.0f} times"


def duration(seconds: float) -> str:
    """Write seconds as "2.2 s", "3 min 5 s" or "2 h 4 min"."""
    if not math.isfinite(seconds):
        return "–"
    if seconds < 60:
        return f"{seconds:.2g}{SPACE}s" if seconds < 10 else f"{seconds:.0f}{SPACE}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}{SPACE}min {rest}{SPACE}s"
    return f"{minutes // 60}{SPACE}h {minutes % 60}{SPACE}min"
