"""What the report of a rank says: how many parts, whether the criteria agree, and how far each can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from partwise.report.content import PageContent, Table
from partwise.report.verdict import Verdict, duration
from partwise.wording import counted, listed

BARE = 24  # letters; a shorter beginning says a number and not how sure it is


@dataclass(frozen=True)
class Opinion:
    """What one criterion says.

    Parameters
    ----------
    name : str
    asks : str
        A question.
    pick : int or None
        The number of parts that it recommends; None where it cannot tell.
    said : str
        Why this one, or why none.
    reliability : str
        How often it was right where the answer was known.
    votes : bool
        Whether the recommendation is made of it.
    """

    name: str
    asks: str
    pick: int | None
    said: str
    reliability: str
    votes: bool


@dataclass(frozen=True, kw_only=True)
class RankContent(PageContent):
    """Everything that the report of a rank shows.

    Parameters
    ----------
    sentence : str
        The answer in plain words.
    recommended, robust : int or None
        The number of parts that is recommended, and the largest whose parts come back.
    firm : sequence of int
        The numbers of parts by which samples fall into the same groups at every restart.
    agree, complete : bool
        Whether those that vote say the same; whether all that was asked for is there.
    ks : sequence of int
        The numbers of parts that were tried, rising.
    opinions : sequence of Opinion
    least : float
        How surely the least sure of the recommended parts comes back; not a number where that is not known.
    n_restarts, n_folds, n_fits : int
    seconds : float
    warnings : sequence of str
        What may spoil the answer, and what was done about it.
    """

    sentence: str
    recommended: int | None
    robust: int | None
    firm: Sequence[int]
    agree: bool
    complete: bool
    ks: Sequence[int]
    opinions: Sequence[Opinion]
    least: float = float("nan")
    n_restarts: int = 1
    n_folds: int = 1
    n_fits: int = 0
    seconds: float = 0.0
    warnings: Sequence[str] = ()


def answer(content: RankContent) -> Verdict:
    """Say how many parts, and how sure that is."""
    headline, further = _divided(content.sentence)
    return Verdict(
        state="good" if content.agree and content.complete and content.recommended is not None else "warn",
        pill=_pill(content),
        headline=headline,
        explained=(
            ("What the number is made of", _made_of(content)),
            ("Which parts to trust", _trusted(content)),
            (f"Groups of {content.samples_are}", _groups(content)),
        ),
        further=further,
        warnings=tuple(content.warnings),
    )


def opinions(content: RankContent) -> Table:
    """Return the table of all criteria: what each asks, picks and says, and how often it was right."""
    rows = [
        (
            one.name,
            "–" if one.pick is None else f"{one.pick:,}",
            "votes" if one.votes else "–",
            one.asks,
            one.said,
            one.reliability,
        )
        for one in content.opinions
    ]
    words = (
        "Those that vote make the recommended number. Reliability was measured on planted problems, whose number of "
        "parts is known; real data have no such number, only one that serves."
    )
    head = ("criterion", "k", "vote", "asks", "says", "reliability")
    return Table("What each criterion says", words, head, rows, "said")


def numbers(content: RankContent) -> list[tuple[str, str, str]]:
    """Return (label, value, aside) for the row of numbers."""
    return [
        (content.samples_are, f"{content.n_samples:,}", ""),
        (content.features_are, f"{content.n_features:,}", ""),
        ("k tried", span(content.ks), ""),
        ("recommended", "–" if content.recommended is None else f"{content.recommended:,}", ""),
        ("robust", "–" if content.robust is None else f"{content.robust:,}", ""),
        ("restarts", f"{content.n_restarts:,}", ""),
        ("fits", f"{content.n_fits:,}", ""),
        ("time of all fits", duration(content.seconds), ""),
    ]


def span(ks: Sequence[int]) -> str:
    """Write which numbers were tried: "1 to 20", "5 to 60, step 5", "2, 3, 7"."""
    steps = {later - earlier for earlier, later in pairwise(ks)}
    if len(ks) < 3 or len(steps) > 1:
        return ", ".join(map(str, ks)) if len(ks) < 6 else f"{len(ks)} from {ks[0]} to {ks[-1]}"
    step = steps.pop()
    return f"{ks[0]} to {ks[-1]}" + (f", step {step}" if step > 1 else "")


def _divided(sentence: str) -> tuple[str, str]:
    """Return what is said first, a bare number with what follows it, and the rest."""
    first, *others = sentence.split(". ")
    while others and len(first) < BARE:
        first = f"{first}. {others.pop(0)}"
    return (f"{first}.", ". ".join(others)) if others else (first, "")


def _pill(content: RankContent) -> str:
    votes = [one for one in content.opinions if one.votes]
    picks = sorted({one.pick for one in votes if one.pick is not None})
    if not content.complete:
        return f"Stopped on request: {counted(content.n_fits, 'fits')} so far"
    if content.recommended is None:
        return "No clear number"
    if content.agree and len(votes) > 1:
        return f"{_word(len(votes))} criteria agree"
    if len(picks) > 1:
        return f"Criteria differ: {listed(picks)}"
    return f"{counted(len(votes), 'criteria') if len(votes) != 1 else 'One criterion alone'}"


def _made_of(content: RankContent) -> str:
    votes = [one for one in content.opinions if one.votes]
    if not votes:
        return "None of the criteria that were asked for votes, so there is no recommended number."
    said = ", ".join(f"{one.name} {'no pick' if one.pick is None else one.pick}" for one in votes)
    if content.recommended is None:
        return f"No number is recommended. Those that vote: {said}."
    picks = sorted(one.pick for one in votes if one.pick is not None)
    if len(picks) % 2 and content.recommended == picks[len(picks) // 2]:
        return f"The median of those that vote: {said}. The others are shown beside it and change nothing."
    return f"Those that vote: {said}. The number is not their median; the sentence above says why."


def _trusted(content: RankContent) -> str:
    least = f" The least sure of the recommended parts comes back with a cosine of {content.least:.2f}."
    known = least if content.least == content.least else ""
    asked = any(one.name == "mask-stability" for one in content.opinions)
    if content.robust is None:
        none = "At no number of parts do all come back when other entries are hidden, so none can be read by itself."
        return (none if asked else "Whether parts come back when other entries are hidden was not asked.") + known
    come = f"{counted(content.robust, 'parts')} come{'s' * (content.robust == 1)} back"
    return f"{come} when other entries are hidden; use so many to interpret.{known}"


def _groups(content: RankContent) -> str:
    if content.n_restarts < 2:
        return "A single start has no cophenetic correlation, so nothing is known about groups. Try --restarts 5."
    if not any(one.name == "cophenetic" for one in content.opinions):
        return "Whether restarts put them into the same groups was not asked."
    if not content.firm:
        return f"No number of parts puts the {content.samples_are} into the same groups at every restart."
    return (
        f"At k = {listed(content.firm)} the {content.samples_are} fall into the same groups, or nearly, at all of "
        f"{content.n_restarts} starts. That says how firm groups are, not how many parts there are."
    )


def _word(count: int) -> str:
    return {2: "Both", 3: "The three"}.get(count, f"All {count}")
