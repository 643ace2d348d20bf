"""The criteria that do not vote: whether parts come back, whether groups of samples do, and the classical ones."""

import numpy as np

from partwise.matching import pair_cosines
from partwise.ranks.bi_cross_validation import within_one_error
from partwise.ranks.classical import CLEAR, enough_explained, kneedle, last_clear, silhouettes
from partwise.ranks.clusters import FIRM_GROUPS, firm
from partwise.ranks.criterion import Criterion, Curve
from partwise.ranks.found import Evidence
from partwise.ranks.voting import lowest_held_out
from partwise.wording import listed

CLAIM = 20  # restarts
RETURNS = 0.8  # least matched cosine, mean over pairs of fits, from which parts count as the same


def mask_stability(evidence: Evidence) -> Criterion | None:
    """Pick the last k, no larger than where held-out error is lowest, at which parts come back under other masks."""
    return _stability(
        evidence,
        "held-out",
        lowest_held_out(evidence),
        key="mask-stability",
        title="Do the parts come back when other entries are hidden?",
        reliability="Right in 98 of 100 planted problems: it looks no further than held-out error falls.",
    )


def restart_stability(evidence: Evidence) -> Criterion | None:
    """Pick the last k at which every part comes back from other random starts."""
    return _stability(
        evidence,
        "restart",
        None,
        key="restart-stability",
        title="Do the parts come back from other starts?",
        reliability="Right in 81 of 100 planted problems: it measures trust in the parts, not their number.",
    )


def cophenetic_correlation(evidence: Evidence) -> Criterion | None:
    """Pick the last k in a row from 2 up whose groups of samples are firm."""
    ks, values, _ = evidence.groups
    if not ks:
        return None
    found = firm(ks, values)
    said = f"{FIRM_GROUPS} or more for {listed(found)} parts." if found else "No groups of samples are firm."
    n_runs = len(evidence.of("restart"))
    if n_runs < CLAIM:
        said += f" Of {n_runs} restarts; a claim wants {CLAIM}."
    if ks[0] > 2:
        found, said = (), f"Firm groups are counted from 2 parts up, and {ks[0]} are the fewest here."
    return Criterion(
        key="cophenetic",
        title="Do samples fall into the same groups at every start?",
        axis="cophenetic correlation",
        curves=(Curve("restarts", ks, values),),
        pick=found[-1] if found else None,
        said=said,
        reliability="Right in 5 of 100: it does not estimate the number, it says which ones group samples firmly.",
        threshold=FIRM_GROUPS,
    )


def firm_groups(criteria: dict[str, Criterion]) -> tuple[int, ...]:
    """Return the numbers of parts that group the samples firmly."""
    one = criteria.get("cophenetic")
    return () if one is None or one.pick is None else tuple(k for k in one.curves[0].ks if k <= one.pick)


def dispersion_of_groups(evidence: Evidence) -> Criterion | None:
    """Pick the k whose consensus matrix is nearest to zeros and ones."""
    ks, _, values = evidence.groups
    if not ks:
        return None
    best = int(np.argmax(values))
    return Criterion(
        key="dispersion",
        title="Are two samples always or never together?",
        axis="dispersion",
        curves=(Curve("restarts", ks, values),),
        pick=ks[best],
        said=f"Highest at {ks[best]} ({values[best]:.2f}).",
        reliability="Right in 37 of 100 planted problems.",
    )


def silhouette(evidence: Evidence) -> Criterion | None:
    """Pick the last k at which even the least distinct part is told from the others over restarts (NMFk)."""
    ks = tuple(k for k in evidence.common("restart") if k > 1)
    lines = evidence.of("restart").values()
    if not ks or len(lines) < 2:
        return None
    all_of = [silhouettes([line[k].arrays["H"] for line in lines]) for k in ks]
    least = tuple(float(np.min(values)) for values in all_of)
    pick = last_clear(ks, least)
    said = f"At {pick} the least distinct part still has {dict(zip(ks, least, strict=True)).get(pick or 0, 0):.2f}."
    return Criterion(
        key="silhouette",
        title="Are matched parts nearer to each other than to other parts?",
        axis="silhouette",
        curves=(
            Curve("least distinct part", ks, least),
            Curve("mean of all parts", ks, tuple(float(np.mean(values)) for values in all_of)),
        ),
        pick=pick,
        said=said if pick else f"At no number have all parts {CLEAR} or more.",
        reliability="Right in 73 of 100 planted problems.",
        threshold=CLEAR,
    )


def explained_variance(evidence: Evidence) -> Criterion | None:
    """Pick the first k after which one more part explains less than one per cent of the squares."""
    ks = evidence.common("whole")
    if len(ks) < 2:
        return None
    (line,) = evidence.of("whole").values()
    values = tuple(1 - line[k].numbers["relative"] ** 2 for k in ks)
    pick = enough_explained(ks, values)
    return Criterion(
        key="explained-variance",
        title="How much is explained?",
        axis="share of the sum of squares",
        curves=(Curve("X", ks, values),),
        pick=pick,
        said=f"After {pick} one more part explains less than 1 %." if pick else "Every part explains 1 % or more.",
        reliability="Right in 48 of 100 planted problems: a convention, whose 1 % knows nothing of the noise.",
    )


def knee(evidence: Evidence) -> Criterion | None:
    """Pick the knee of the root error."""
    ks = evidence.common("whole")
    if len(ks) < 3:
        return None
    roots = np.sqrt(evidence.errors("whole", ks)[0])
    pick = kneedle(ks, roots.tolist())
    return Criterion(
        key="kneedle",
        title="Where has the error its knee?",
        axis="root error, share of the first",
        curves=(Curve("X", ks, tuple(roots / max(roots[0], np.finfo(np.float64).tiny))),),
        pick=pick,
        said=f"The knee of the root error is at {pick}." if pick else "The root error has no knee.",
        reliability="Right in 80 of 100 planted problems; too few where parts differ in strength.",
    )


def bi_cross_validation(evidence: Evidence) -> Criterion | None:
    """Pick the smallest k whose error on blocks left out is within one standard error of the least."""
    ks = evidence.common("block")
    if not ks:
        return None
    errors = evidence.errors("block", ks)
    pick = within_one_error(ks, errors)
    means = errors.mean(axis=0)
    spread = errors.std(axis=0, ddof=1) / np.sqrt(len(errors)) if len(errors) > 1 else np.full(len(ks), np.nan)
    return Criterion(
        key="bi-cross-validation",
        title="Which number predicts blocks of rows and columns?",
        axis="mean squared error",
        curves=(Curve("blocks left out", ks, tuple(means), tuple(spread)),),
        pick=pick,
        said=f"{pick} is the fewest within one standard error of the least." if pick else "No block could be told.",
        reliability="Right in 80 of 100 planted problems.",
        log=True,
    )


def _stability(
    evidence: Evidence, family: str, reach: int | None, *, key: str, title: str, reliability: str
) -> Criterion | None:
    """Pick the last k at which every part comes back, of those up to `reach`."""
    ks, lines = evidence.common(family), evidence.of(family).values()
    if not ks or len(lines) < 2:
        return None
    cosines = [pair_cosines([line[k].arrays["H"] for line in lines]) for k in ks]
    least = tuple(float(one.min(axis=1).mean()) for one in cosines)
    within = [k for k in ks if reach is None or k <= reach]
    pick = last_clear(within, least[: len(within)], RETURNS)
    at = dict(zip(ks, least, strict=True))
    said = "At no number do all parts come back."
    if pick is not None:
        cosine = f"({at[pick]:.2f})"
        said = f"{pick} is the last at which every part comes back {cosine}."
        if pick == reach:
            said = f"Every part comes back {cosine} at {pick}, where held-out error is lowest."
        elif reach is not None:
            said = f"Up to {reach}, where held-out error is lowest, {said}"
    return Criterion(
        key=key,
        title=title,
        axis="matched cosine",
        curves=(
            Curve("least matched cosine", ks, least),
            Curve("mean matched cosine", ks, tuple(float(one.mean()) for one in cosines)),
        ),
        pick=pick,
        said=said,
        reliability=reliability,
        threshold=RETURNS,
    )
