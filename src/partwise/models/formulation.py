"""From an estimator's settings to what is minimised: the loss, its penalties, and what the solver admits."""

from typing import Any

from partwise.losses import Loss, as_loss, weighted
from partwise.matrices import Matrix
from partwise.models.scaling import Scaling
from partwise.models.warning import warn
from partwise.penalties import Elastic
from partwise.problems import TwoFactors
from partwise.solvers import SOLVERS, Solver, chosen


def check_loss(X: Any, beta_loss: str | float, solver: str | Solver, init: str | None, weighs: bool = False) -> Loss:
    """Return the loss, or raise ValueError where the solver or the zeros of X do not admit it.

    `weighs` says whether entries have weights or are missing; X then holds the known ones, in any shape.
    """
    loss = weighted(as_loss(beta_loss)) if weighs else as_loss(beta_loss)
    found = chosen(solver, loss)
    kind = type(found) if isinstance(found, Solver) else SOLVERS[found]
    if weighs and not isinstance(loss, kind.accepts):
        names = "'cd', 'hals', 'mu'" if loss.beta == 2 else "'mu'"
        raise ValueError(
            f"Missing entries and weights of entries (beta_loss = {loss.beta:g}) want solver {names} or 'auto', "
            f"got {solver!r}. Try solver='auto', or fill the missing entries first."
        )
    try:
        kind.require(loss)
    except ValueError as error:
        raise ValueError(
            f"Invalid beta_loss parameter: solver {found!r} does not handle beta_loss = {beta_loss!r}: {error}"
        ) from None
    if loss.beta <= 0 and X.min() == 0:
        raise ValueError(
            "When beta_loss <= 0 and X contains zeros, the solver may diverge. "
            "Please add small values to X, or use a positive beta_loss."
        )
    if found == "mu" and init == "nndsvd":
        warn(
            "The multiplicative update ('mu') solver cannot update zeros present in the initialization, and so leads "
            "to poorer results when used jointly with init='nndsvd'. "
            "You may try init='nndsvda' or init='nndsvdar' instead.",
            UserWarning,
        )
    return loss


def formulate(X: Matrix, loss: Loss, scaling: Scaling, penalties: tuple[float, float | str, float]) -> TwoFactors:
    """Return the problem for X in its unit.

    Parameters
    ----------
    X : Matrix
        In the unit of `scaling`.
    loss : Loss
    scaling : Scaling
    penalties : tuple
        (alpha_W, alpha_H, l1_ratio) as scikit-learn means them: alpha_W is multiplied by n_features, alpha_H by
        n_samples.
    """
    alpha_W, alpha_H, l1_ratio = penalties
    n_samples, n_features = X.shape
    penalty_W = Elastic.scaled(alpha_W, l1_ratio, n_features)
    penalty_H = Elastic.scaled(alpha_W if alpha_H == "same" else float(alpha_H), l1_ratio, n_samples)
    return TwoFactors(
        X,
        loss,
        scaling.penalty(penalty_W, loss.beta, scaling.of_W),
        scaling.penalty(penalty_H, loss.beta, scaling.of_H),
    )
