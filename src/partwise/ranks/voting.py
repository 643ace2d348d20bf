"""The criteria that vote: what predicts, what is more than noise, where the error bends."""

from collections.abc import Iterable

import numpy as np

from partwise.ranks.criterion import Criterion, Curve
from partwise.ranks.found import Evidence

LEAST = 1e-12  # of the first error: below it is rounding, and has no bend
FLAT = 0.005  # a rise of the held-out error from its lowest point to the next k that is less is none


def held_out(evidence: Evidence) -> Criterion | None:
    """Pick the smallest k whose held-out error is not surely above the lowest: the paired one-standard-error rule.

    ``k = min {k : mean_f d_f <= sd(d_f) / sqrt(F)}``, ``d_f = E_f(k) - E_f(a)``, where a has the lowest mean error.
    """
    ks = evidence.common("held-out")
    if not ks:
        return None
    errors, judged = evidence.errors("held-out", ks), judged_errors(evidence, ks)
    n_folds, means = len(errors), errors.mean(axis=0)
    best = int(judged.mean(axis=0).argmin())
    spread = errors.std(axis=0, ddof=1) / np.sqrt(n_folds) if n_folds > 1 else np.full(len(ks), np.nan)
    above = judged - judged[:, [best]]
    sure = above.std(axis=0, ddof=1) / np.sqrt(n_folds) if n_folds > 1 else np.zeros(len(ks))
    pick = ks[int(np.argmax(above.mean(axis=0) <= sure))]
    fitted = np.mean([[line[k].numbers["fitted"] for k in ks] for line in evidence.of("held-out").values()], axis=0)
    lowest = ks[best]
    said = f"Lowest at {lowest}; {pick} is the fewest that predict as well, within one standard error."
    if pick == lowest:
        said = f"Lowest at {lowest}, surely lower than with fewer parts." if best else f"Lowest at {lowest}, the first."
    return Criterion(
        key="held-out",
        title="Which number predicts hidden entries best?",
        axis="mean error of an entry",
        curves=(
            Curve("held-out entries", ks, tuple(means), tuple(spread) if n_folds > 1 else None),
            Curve("fitted entries", ks, tuple(fitted)),
        ),
        pick=pick,
        said=said,
        reliability="Right in 98 of 100 planted problems; one too many where clipped noise adds a background.",
        votes=True,
        log=True,
    )


def judged_errors(evidence: Evidence, ks: Iterable[int]) -> np.ndarray:
    """Return held-out errors, (n_folds, n_ks), none below what an exact fit leaves: that is rounding."""
    return np.maximum(evidence.errors("held-out", ks), evidence.floor("held-out"))


def lowest_held_out(evidence: Evidence) -> int | None:
    """Return the k with the lowest held-out error; None where nothing was held out."""
    ks = evidence.common("held-out")
    return ks[int(judged_errors(evidence, ks).mean(axis=0).argmin())] if ks else None


def permutation(evidence: Evidence) -> Criterion | None:
    """Pick the first k after which one more part gains no more in root error than on X with permuted columns."""
    ks = evidence.common("whole")
    ks = tuple(k for k in ks if k in evidence.common("permuted"))
    if len(ks) < 2:
        return None
    roots = [np.sqrt(evidence.errors(family, ks)[0]) for family in ("whole", "permuted")]
    steps = np.diff(ks)
    unit = max(roots[0][0], np.finfo(np.float64).tiny)
    gains, by_chance = (-np.diff(root) / steps / unit for root in roots)
    crossed = np.flatnonzero(gains <= by_chance)
    pick = ks[int(crossed[0])] if len(crossed) else ks[-1]
    said = f"After {pick} one more part gains no more than on shuffled columns."
    if not len(crossed):
        said = f"Every part up to {pick}, the last, gains more than on shuffled columns."
    return Criterion(
        key="permutation",
        title="Does one more part find more than in shuffled columns?",
        axis="gain in root error, share of the first",
        curves=(
            Curve("X", ks[:-1], tuple(gains)),
            Curve("columns permuted", ks[:-1], tuple(by_chance)),
        ),
        pick=pick,
        said=said,
        reliability="Right in 95 of 100 planted problems; too few where parts differ much in strength.",
        votes=True,
        log=True,
    )


def bend(evidence: Evidence) -> Criterion | None:
    """Pick where the logarithm of the error bends most, ``log e(k-1) - 2 log e(k) + log e(k+1)``."""
    ks = evidence.common("whole")
    if len(ks) < 3:
        return None
    errors = evidence.errors("whole", ks)[0]
    least = max(float(evidence.floor("whole")[0, 0]), LEAST * errors[0])
    if not errors[0] > least:
        return None
    logs = np.log(np.maximum(errors, least))
    slopes = np.diff(logs) / np.diff(ks)
    pick = ks[1 + int(np.argmax(np.diff(slopes)))]
    return Criterion(
        key="bend",
        title="Where does the error stop falling fast?",
        axis="error, share of the first (log)",
        curves=(Curve("X", ks, tuple(errors / errors[0])),),
        pick=pick,
        said=f"The logarithm of the error bends most at {pick}.",
        reliability="Right in 85 of 100 planted problems; too few where parts differ much in strength.",
        votes=True,
        log=True,
    )


def flat_from(evidence: Evidence) -> tuple[int, int] | None:
    """Return the range of k over which the held-out error does not rise by 0.5 % from its lowest; None where it rises.

    What rises by less from the lowest to the next k cannot be counted in that much noise.
    """
    ks = evidence.common("held-out")
    means = judged_errors(evidence, ks).mean(axis=0) if ks else np.zeros(0)
    best = int(means.argmin()) if len(means) else 0
    if best + 1 >= len(means) or means[best] <= 0 or means[best + 1] > (1 + FLAT) * means[best]:
        return None
    near = np.flatnonzero(means <= (1 + FLAT) * means[best])
    return ks[int(near[0])], ks[int(near[-1])]
