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


NEED_NMF = ("held-out", "mask-stability", "bi-cross-validation")  # nothing can be hidden from a projection


def usual_criteria(model: str, n_restarts: int) -> tuple[str, ...]:
    """Return those that are computed unless others are asked for."""
    hidden = NEED_NMF if model == "opnmf" else ()
    alone = tuple(key for key, family in FAMILIES.items() if family == "restart") if n_restarts < 2 else ()
    return tuple(key for key in CRITERIA if key not in (*ON_REQUEST, *hidden, *alone))


def check_criteria(criteria: Sequence[str], model: str, beta: float) -> tuple[str, ...]:
    """Return names of criteria in their order, or raise ValueError where there is none of that name for this model."""
    wanted = [criteria] if isinstance(criteria, str) else list(criteria)
    unknown = [key for key in wanted if key not in CRITERIA]
    if unknown or not wanted:
        got = f"got {unknown[0]!r:.40}" if unknown else "got none"
        raise ValueError(f"criteria (--criteria) wants some of {', '.join(CRITERIA)}; {got}.")
    for key in wanted:
        if model == "opnmf" and key in NEED_NMF:
            raise ValueError(f"{key} hides entries from the fit, and a projection (opnmf) needs all. Try permutation.")
        if beta != 2 and key == "bi-cross-validation":
            raise ValueError(f"{key} is of the squared distance, got beta_loss = {beta:g}. Try held-out.")
    return tuple(key for key in CRITERIA if key in wanted)
