"""What the criteria come to: one number, how sure it is, and a sentence that says both."""

from dataclasses import dataclass, replace

import numpy as np

from partwise.ranks.beside import RETURNS
from partwise.ranks.chains import EXACT
from partwise.ranks.criterion import Criterion
from partwise.ranks.found import Evidence
from partwise.ranks.voting import flat_from, judged_errors, lowest_held_out

BY_CHANCE = 10  # times the relative error, that of shuffled columns: else every X of this shape is fitted so
STEP = 2.0  # times the relative error of an exact fit, that of the fit with fewer parts
EVEN = 0.4  # evenness from which a part may be a background
EVENER = 2.0  # times that of the other parts


@dataclass(frozen=True)
class Findings:
    """What the sentence is made of.

    Parameters
    ----------
    ks : tuple of int
        All that were fitted.
    picks : dict of str to int
        Of the criteria that vote and could tell.
    recommended : int or None
    robust : int or None
        The last k, no larger than what predicts, at which every part comes back under other masks.
    lowest : int or None
        Where the held-out error is lowest.
    flat : tuple of int or None
        The range over which it changes by less than 0.5 %, where it does not rise after its lowest point.
    exact : float or None
        The relative error of the recommended fit, where it explains all there is.
    returns : float or None
        The least matched cosine under other masks at the recommended k.
    raised : bool
        Whether parts that are weak but come back were counted beyond the median.
    background : int or None
        The k whose last part is a background.
    limit : int or None
        The largest number of parts that X can have.
    """

    ks: tuple[int, ...]
    picks: dict[str, int]
    recommended: int | None
    robust: int | None = None
    lowest: int | None = None
    flat: tuple[int, int] | None = None
    exact: float | None = None
    returns: float | None = None
    raised: bool = False
    background: int | None = None
    limit: int | None = None

    @property
    def agree(self) -> bool:
        """Whether all criteria that vote say the same, and there are at least two."""
        return len(self.picks) > 1 and len(set(self.picks.values())) == 1

    @property
    def at_end(self) -> bool:
        """Whether the answer is the last number that was tried."""
        return self.exact is None and len(self.ks) > 1 and self.recommended == self.ks[-1]

    @property
    def candidates(self) -> tuple[int, ...]:
        """Up to three numbers of parts worth looking at."""
        if self.recommended is None:
            return self.ks[:3]
        at = self.ks.index(self.recommended)
        wanted = [self.recommended, self.picks.get("held-out"), self.robust]
        wanted += [*self.ks[at + 1 : at + 2], *self.ks[max(0, at - 1) : at], *self.ks[at + 2 : at + 3]]
        different = list(dict.fromkeys(k for k in wanted if k is not None and (k > 1 or len(self.ks) < 4)))
        return tuple(sorted(different[:3])) or (self.recommended,)


def found_out(evidence: Evidence, criteria: dict[str, Criterion], limit: int) -> Findings:
    """Apply the rule.

    The recommendation is the median of held-out error, permutation test and bend. The last two count too few where
    parts differ much in strength, and both at once; so where they disagree, and more parts than the median predict and
    come back under other masks, those are counted. A part that lies evenly under everything, as noise does that was
    clipped at 0, is called a background and not counted. A fit that explains all there is ends the question: the
    smallest k whose relative error is below 0.002, unless fewer parts predict hidden entries better.

    Parameters
    ----------
    evidence : Evidence
    criteria : dict of str to Criterion
    limit : int
        The smaller side of X: with so many parts every fit is exact, and says nothing.
    """
    ks = evidence.common("whole")
    if not ks:
        return Findings((), {}, None)
    picks = {key: one.pick for key, one in criteria.items() if one.votes and one.pick is not None}
    returning = criteria.get("mask-stability")
    lowest = lowest_held_out(evidence)
    robust = None if returning is None or lowest is None else _last_returning(returning, lowest)
    (line,) = evidence.of("whole").values()
    exact = next((k for k in ks if k < limit and line[k].numbers["relative"] < EXACT), None)
    if exact is not None and not _predicts(evidence, exact, {k: line[k].numbers["relative"] for k in ks}):
        exact = None
    for shuffled in evidence.of("permuted").values():
        if exact in shuffled and shuffled[exact].numbers["relative"] < BY_CHANCE * EXACT and exact > 1:
            exact = None
    told = Findings(ks, picks, None, robust, lowest, flat_from(evidence), limit=limit)
    if exact is not None:
        return replace(
            told,
            recommended=exact,
            robust=None if robust is None else min(robust, exact),
            exact=line[exact].numbers["relative"],
            returns=_at(returning, exact),
        )
    if not picks or len(ks) < 2:
        return told
    ordered = sorted(picks.values())
    median = ordered[len(ordered) // 2] if len(ordered) != 2 else picks.get("permutation", ordered[0])
    recommended, background = median, None
    if len(set(ordered)) > 1 and robust is not None and robust > median and robust in ks:
        recommended = robust
    if recommended > ks[0] and _backgrounds(line[recommended].arrays["evenness"]):
        background, recommended = recommended, ks[ks.index(recommended) - 1]
    predicts = picks.get("held-out", recommended)
    return replace(
        told,
        recommended=recommended,
        robust=None if robust is None else min(robust, max(predicts, recommended)),
        returns=_at(returning, recommended),
        raised=recommended > median,
        background=background,
    )


def _predicts(evidence: Evidence, exact: int, left: dict[int, float]) -> bool:
    """Say whether a fit that leaves nothing has found what there is, and not just as many numbers as X has.

    Near the smaller side of X noise is rebuilt too, little by little: then hidden entries are predicted worse than with
    fewer parts, or, where none were hidden, the relative error, `left`, has no last step.
    """
    held = evidence.common("held-out")
    before = [k for k in left if k < exact]
    if exact not in held:
        return not before or left[exact] * STEP <= left[before[-1]]
    errors = dict(zip(held, judged_errors(evidence, held).mean(axis=0), strict=True))
    return all(errors[exact] <= errors[k] for k in held if k < exact)


def _last_returning(returning: Criterion, reach: int) -> int | None:
    """Return the last k up to `reach` at which every part comes back under other masks; one part alone always does."""
    curve = returning.curves[0]
    back = [k for k, value in zip(curve.ks, curve.values, strict=True) if k <= reach and (value >= RETURNS or k == 1)]
    return max(back, default=None)


def _at(criterion: Criterion | None, k: int) -> float | None:
    value = criterion.curves[0].at(k) if criterion is not None else float("nan")
    return value if np.isfinite(value) else None


def _backgrounds(evenness: np.ndarray) -> int:
    """Count parts that lie under all samples and features more evenly than the other parts, (n_components, 2)."""
    if len(evenness) < 3:  # of two parts nobody can say which one is the odd one out
        return 0
    count = 0
    for j in range(len(evenness)):
        others = np.median(np.delete(evenness, j, axis=0), axis=0)
        # clipping lifts zeros wherever they are: such a part is even over features, and of no sample in particular
        count += bool(evenness[j, 1] > EVEN and evenness[j, 1] > EVENER * others[1])
    return count
