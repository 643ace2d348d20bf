"""The criteria by name. Adding one is a function and a line here."""

from collections.abc import Callable, Sequence

from partwise.ranks import beside, voting
from partwise.ranks.criterion import Criterion
from partwise.ranks.found import Evidence

CRITERIA: dict[str, Callable[[Evidence], Criterion | None]] = {
    "held-out": voting.held_out,
    "permutation": voting.permutation,
    "bend": voting.bend,
    "mask-stability": beside.mask_stability,
    "restart-stability": beside.restart_stability,
    "cophenetic": beside.cophenetic_correlation,
    "dispersion": beside.dispersion_of_groups,
    "silhouette": beside.silhouette,
    "explained-variance": beside.explained_variance,
    "kneedle": beside.knee,
    "bi-cross-validation": beside.bi_cross_validation,
}
# the fits that each one looks at
FAMILIES = {
    "held-out": "held-out",
    "permutation": "permuted",
    "bend": "whole",
    "mask-stability": "held-out",
    "restart-stability": "restart",
    "cophenetic": "restart",
    "dispersion": "restart",
    "silhouette": "restart",
    "explained-variance": "whole",
    "kneedle": "whole",
    "bi-cross-validation": "block",
}
ON_REQUEST = ("explained-variance", "kneedle", "bi-cross-validation")


def usual_criteria(model: str, n_restarts: int) -> tuple[str, ...]:
    """Return those that are computed unless others are asked for."""
    hidden = ("held-out", "mask-stability") if model == "opnmf" else ()
    alone = tuple(key for key, family in FAMILIES.items() if family == "restart") if n_restarts < 2 else ()
    return tuple(key for key in CRITERIA if key not in (*ON_REQUEST, *hidden, *alone))


def check_criteria(criteria: Sequence[str]) -> tuple[str, ...]:
    """Return names of criteria in their order, or raise ValueError where there is none of that name."""
    wanted = [criteria] if isinstance(criteria, str) else list(criteria)
    unknown = [key for key in wanted if key not in CRITERIA]
    if unknown or not wanted:
        got = f"got {unknown[0]!r:.40}" if unknown else "got none"
        raise ValueError(f"criteria wants some of {', '.join(CRITERIA)}; {got}.")
    return tuple(key for key in CRITERIA if key in wanted)
