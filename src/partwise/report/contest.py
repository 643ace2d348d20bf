"""What the report of a comparison says: which solver was fastest, which most exact, and how they were compared."""

from collections.abc import Sequence
from dataclasses import dataclass

from partwise.report.content import PageContent, Table
from partwise.report.verdict import SPACE, Verdict, duration, per_cent
from partwise.wording import counted, decimals, power


@dataclass(frozen=True)
class Rival:
    """What one solver came to.

    Parameters
    ----------
    name : str
    method : str
        What it does, in a sentence.
    arrival : float or None
        Its seconds until it had come 99 % of the way from the start to the lowest error; None: it never had.
    error, residual : float
        At its end.
    seconds : float
    """

    name: str
    method: str
    arrival: float | None
    error: float
    residual: float
    seconds: float


@dataclass(frozen=True, kw_only=True)
class ComparisonContent(PageContent):
    """Everything that the report of a comparison shows.

    Parameters
    ----------
    n_components : int
    rivals : sequence of Rival
        The fastest first.
    exact : str
        Name of the most exact.
    n_alike : int
        How many ended as low, as far as anybody could tell, the most exact among them.
    error_is : str
        What the error is called.
    way : float
        From the error of the start to the lowest.
    limit : str
        How long each one ran, in words ("5 s").
    start : str
        Where all began.
    not_run : sequence of str
        Solvers that were left out because the comparison was stopped.
    stopped : bool
        Whether it was.
    table : Table
        All numbers.
    """

    n_components: int
    rivals: Sequence[Rival]
    exact: str
    n_alike: int
    error_is: str
    way: float
    limit: str
    start: str
    not_run: Sequence[str] = ()
    stopped: bool = False
    table: Table | None = None


def result(content: ComparisonContent) -> Verdict:
    """Say who was fastest and who was most exact."""
    fastest = content.rivals[0]
    exact = next(one for one in content.rivals if one.name == content.exact)
    settled = min(content.rivals, key=lambda one: one.residual)
    count = counted(len(content.rivals), "solvers")
    done = f"{duration(fastest.arrival or 0.0)} for 99{SPACE}% of the way"
    least = f"{content.error_is} {_error(content, exact)}"
    if fastest is exact:
        headline = f"{fastest.name} was the fastest and the most exact: {done}, in the end {least}."
    else:
        headline = f"{fastest.name} was the fastest: {done}. {exact.name} was the most exact: {least}."
    # one that the user cut short has not had its time
    late = [one.name for one in content.rivals if one.arrival is None and not content.stopped]
    never = f" Never there in its time: {', '.join(late)}." if late else ""
    second = next((one for one in content.rivals[1:] if one.arrival is not None), None)
    then = f" Next: {second.name}, {duration(second.arrival or 0.0)}." if second else ""
    others = content.n_alike - 1
    alike = f" As low: {counted(others, 'others')}, with a larger KKT residual." if others else ""
    left_out = f" Not run: {', '.join(content.not_run)}." if content.not_run else ""
    return Verdict(
        state="warn" if content.stopped else "good",
        pill=f"Stopped on request: {count} so far" if content.stopped else f"{count}, {content.limit} each",
        headline=headline,
        explained=(
            (
                "Fastest",
                f"{fastest.name} had first come 99{SPACE}% of the way from the start to the lowest error.{then}{never}",
            ),
            (
                "Most exact",
                f"Lowest {content.error_is}: {exact.name}, {_error(content, exact)}.{alike} "
                f"Smallest KKT residual: {settled.name}, {power(settled.residual)}; "
                "at 0 no small change could improve the answer.",
            ),
            (
                "How they were compared",
                f"All from the same start ({content.start}), {content.limit} each; a solver's own time counts, "
                f"measuring does not. One run on one machine: times vary from run to run.{left_out}",
            ),
        ),
    )


def numbers(content: ComparisonContent) -> list[tuple[str, str, str]]:
    """Return (label, value, aside) for the row of numbers."""
    exact = min(content.rivals, key=lambda one: one.error)
    return [
        (content.samples_are, f"{content.n_samples:,}", ""),
        (content.features_are, f"{content.n_features:,}", ""),
        ("parts", f"{content.n_components:,}", ""),
        ("solvers", f"{len(content.rivals):,}", ""),
        ("limit of each", content.limit, ""),
        ("start", content.start, ""),
        (f"lowest {content.error_is}", _error(content, exact), ""),
    ]


def _error(content: ComparisonContent, rival: Rival) -> str:
    return per_cent(rival.error, decimals(content.way / 1000))
