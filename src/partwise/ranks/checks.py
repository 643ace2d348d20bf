"""What is asked for, looked at before anything is fitted."""

from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any

from partwise.losses import Loss


def checked_ks(ks: Iterable[int]) -> tuple[int, ...]:
    """Return different numbers of parts, increasing; TypeError or ValueError where they are none."""
    try:
        given = list(ks)
    except TypeError:
        raise TypeError(
            f"ks wants several numbers of parts, got {ks!r:.40}. Try range(1, 21), or NMF(n_components={ks!r:.10}) "
            "for one of them."
        ) from None
    wrong = [k for k in given if not isinstance(k, Integral) or isinstance(k, bool) or k < 1]
    if wrong or not given:
        got = f"got {wrong[0]!r:.40}" if wrong else "got none"
        raise ValueError(f"ks wants whole numbers of parts from 1 up, {got}. Try range(1, 21).")
    return tuple(sorted({int(k) for k in given}))


def check_model(model: str, loss: Loss, beta_loss: str | float) -> None:
    """Raise ValueError where a model does not minimise a loss."""
    if model == "opnmf" and loss.beta != 2:
        raise ValueError(
            f"OPNMF minimises the squared distance, got beta_loss={beta_loss!r}. Leave it out, or use 'nmf'."
        )


def check_size(X: Any, ks: Sequence[int], high: float, loss: Loss) -> None:
    """Raise ValueError where X cannot have so many parts, or none at all; `high` is its largest entry."""
    n, m = X.shape
    limit = min(n, m)
    if ks[-1] > limit:
        raise ValueError(
            f"{ks[-1]} parts were asked for, but X has {n:,} samples and {m:,} features: {limit} parts rebuild any X "
            f"exactly, and more say nothing. Choose at most {limit}."
        )
    if high == 0:
        raise ValueError("X is all zeros: it has no parts to count. Give data with entries above 0.")
    if loss.beta <= 0 and X.min() == 0:
        raise ValueError(
            "When beta_loss <= 0 and X contains zeros, the solver may diverge. "
            "Please add small values to X, or use a positive beta_loss."
        )
