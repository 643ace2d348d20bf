"""The sentence of a rank report: never a number alone."""

from partwise.ranks.answer import Findings
from partwise.ranks.beside import RETURNS
from partwise.ranks.clusters import FIRM_GROUPS
from partwise.ranks.criterion import Criterion
from partwise.wording import counted, listed

CERTAIN = 0.9995  # cophenetic correlation that is printed as 1.00
NAMES = {"held-out": "held-out error", "permutation": "the permutation test", "bend": "the bend of the error curve"}


def sentence(findings: Findings, criteria: dict[str, Criterion], asked: int) -> str:
    """Say the answer; `asked` is the largest number of parts that was asked for."""
    words = _answer(findings, asked)
    if findings.recommended is None and not any(one.votes for one in criteria.values()) and len(findings.ks) > 1:
        words = f"No number is recommended: of {_all(list(NAMES))} none was asked for."
    groups = criteria.get("cophenetic")
    return f"{words} {_groups(groups)}" if groups is not None and _groups(groups) else words


def _answer(f: Findings, asked: int) -> str:
    k = f.recommended
    if k is None:
        if not f.ks:
            return "No number can be recommended: nothing was fitted yet."
        tried = "one number of parts has none" if len(f.ks) == 1 else f"{len(f.ks)} numbers of parts have too few"
        return f"No number can be recommended: {tried} to be compared with. Try a wider range."
    parts = counted(k, "parts")
    if f.exact is not None:
        error = "exactly" if f.exact < 1e-6 else f"to a relative error of {f.exact:.1g}"
        if k == 1:
            return f"{parts}: an exact fit. It rebuilds X {error}."
        before = f.ks[f.ks.index(k) - 1]
        fewer = f"{before} {'does' if before == 1 else 'do'} not" if k > f.ks[0] else "no smaller number was tried"
        return f"{parts}: an exact fit. They rebuild X {error}, and {fewer}."
    if f.at_end:
        further = "try a larger range" if k == asked else "go on"
        words = f"At least {parts}: {_who(f, k)} up to the last number tried. To look further, {further}."
        if f.limit is not None and k >= f.limit:
            words = f"{parts}, as many as X can have: {_who(f, k)} up to the last."
        if f.robust is not None and 1 < f.robust < k:
            words += f" Up to {f.robust} the parts come back under other masks: use {f.robust} to interpret."
        return words
    if k == f.ks[0] and k > 1:
        return f"At most {parts}: the answer is the smallest number tried. Begin with fewer."
    if f.picks.get("held-out") == 1 and not f.agree:
        return (
            f"No clear number: no number of parts predicts hidden entries better than one part does. {_votes(f)}; "
            f"their median is {k}. There may be nothing to find but noise"
            + (", or too few entries in a row to predict one from the others." if k > 1 else ".")
        )
    if f.background is not None:
        return (
            f"{parts} and a background: of {f.background} parts one lies evenly under everything, such as clipped "
            f"noise leaves. {_votes(f)}."
        )
    if f.agree and "held-out" not in f.picks:
        return (
            f"{parts}, as far as {_all(list(f.picks))} agree{_trust(f)}. No entries were hidden, and without them "
            "little tells parts from noise."
        )
    if f.agree:
        words = f"{parts}. {_upper(_all(list(f.picks)))} agree{_trust(f)}."
        if f.flat is not None and f.flat[0] < f.flat[1]:
            words += f" From {f.flat[0]} to {f.flat[1]} held-out error changes by less than 0.5 %, so it is not sure."
        return words
    if f.flat is not None and f.flat[0] < f.flat[1] and not f.raised:
        low, high = f.flat
        return (
            f"No clear number: between {low} and {high} the held-out error changes by less than 0.5 %. "
            f"{_votes(f)}; their median is {k}. Parts this weak cannot be counted in this much noise."
        )
    if f.raised:
        return (
            f"{parts}: they predict hidden entries and come back under other masks{_cosine(f)}. {_votes(f)}; "
            "permutation and bend see too few where parts differ in strength."
        )
    predicts = f.picks.get("held-out")
    if f.robust is not None and predicts is not None and f.robust < min(k, predicts):
        return (
            f"{f.robust} robust parts, up to {predicts} that predict: held-out error falls to {predicts}, but from "
            f"{f.ks[f.ks.index(f.robust) + 1]} on the parts change with the entries hidden. Use {f.robust} to "
            f"interpret, {predicts} to compress. {_votes(f)}; their median is {k}."
        )
    others = sorted(set(f.picks.values()) - {k})
    perhaps = f", perhaps {others[0]}" if len(others) == 1 else ""
    return f"{parts}{perhaps}: {_votes(f, small=True)}{_trust(f)}."


def _who(f: Findings, k: int) -> str:
    """Return who says k, as the subject of a sentence."""
    say = [key for key, pick in f.picks.items() if pick == k]
    if say == ["held-out"]:
        return "the held-out error falls"
    if "held-out" in say:
        return "the held-out error falls, and further parts find more than chance,"
    return "further parts find more than chance"


def _votes(f: Findings, small: bool = False) -> str:
    """Return what each criterion says; those that say the same together."""
    groups: dict[int, list[str]] = {}
    for key, pick in f.picks.items():
        groups.setdefault(pick, []).append(key)
    said = [f"{_all(keys)} {'says' if len(keys) == 1 else 'say'} {pick}" for pick, keys in groups.items()]
    words = ", ".join(said)
    return words if small else _upper(words)


def _all(keys: list[str]) -> str:
    """Return the names of criteria, listed."""
    return listed(NAMES[key] for key in keys)


def _upper(words: str) -> str:
    return words[0].upper() + words[1:]


def _trust(f: Findings) -> str:
    if f.returns is None:
        return ""
    if f.returns >= RETURNS:
        return f"; the parts come back under other masks{_cosine(f)}"
    return f"; but the parts change with the entries hidden{_cosine(f)}: trust their number more than each of them"


def _cosine(f: Findings) -> str:
    return "" if f.returns is None else f" ({f.returns:.2f})"


def _groups(criterion: Criterion) -> str:
    """Say which numbers of parts group the samples firmly, acceptably and not, up to the first that does not."""
    firm: list[tuple[int, float]] = []
    acceptable: list[tuple[int, float]] = []
    failed = None
    curve = criterion.curves[0]
    if not curve.ks or curve.ks[0] != 2:
        return ""
    for k, value in zip(curve.ks, curve.values, strict=True):
        if not value >= FIRM_GROUPS:
            failed = (k, value)
            break
        (firm if value >= CERTAIN and not acceptable else acceptable).append((k, value))
    said = []
    if firm:
        said.append(f"{listed([k for k, _ in firm])} groups of samples are firm (cophenetic 1.00)")
    if acceptable:
        values = ", ".join(f"{value:.3f}" for _, value in acceptable)
        ks = listed([k for k, _ in acceptable])
        none = f"{ks} groups of samples are acceptably firm (cophenetic {values})"
        said.append(f"{ks} acceptably so ({values})" if firm else none)
    if failed and failed[1] == failed[1]:
        k, short = failed[0], f"{failed[1]:.2f}" if failed[1] < 0.985 else f"{failed[1]:.3f}"
        none = f"No groups of samples are firm (cophenetic {short} at 2)"
        said.append(f"{k} are not ({short})" if said else none)
    words = ", ".join(said)
    return f"{words}." if words else ""
