"""Components of like length in W and H: what one has run away by is given to the other, in powers of two."""

from dataclasses import replace

import numpy as np

from partwise.losses import QuadraticHalf
from partwise.problems import State, TwoFactors


def factors_to_balance(problem: TwoFactors, state: State, doublings: int) -> np.ndarray | None:
    """Return what to multiply each component of W by, and divide H by, shape (n_components, 1); None for nothing.

    Only components whose lengths are at least so many doublings apart are touched. They are moved by powers of two,
    so W H stays as it is to the last bit. Penalised factors have their scale from the penalty.
    """
    if problem.penalty_W.active or problem.penalty_H.active:
        return None
    w, h = (problem.lengths(F) for F in (state.W, state.H))
    both = (w > 0) & (h > 0)
    apart = np.zeros(len(w))
    apart[both] = np.log2(h[both]) - np.log2(w[both])
    if np.abs(apart).max(initial=0) < doublings:
        return None
    return np.where(np.abs(apart) < doublings, 1.0, 2.0 ** np.round(apart / 2))[:, None]


def rescaled(state: State, factor: np.ndarray) -> State:
    """Return the state of a quadratic loss at (factor W, H / factor): its halves are scaled, no product is spent."""
    factor = factor.astype(state.W.dtype)
    left, right = state.left, state.right
    assert isinstance(left, QuadraticHalf)
    assert isinstance(right, QuadraticHalf)
    W, H = state.W * factor, state.H / factor
    left = replace(left, fixed=H, gram=left.gram / factor / factor.T, cross=left.cross / factor)
    right = replace(right, fixed=W, gram=right.gram * factor * factor.T, cross=right.cross * factor)
    return State(W, H, left, right, state.iteration, state.memory)


def lengths(gram: np.ndarray, least: float) -> np.ndarray:
    """Return the lengths of the components, none below this share of the longest; 1 where all are 0.

    What is divided by a length of nearly 0 would be blown up out of rounding.
    """
    length = np.sqrt(np.diagonal(gram))
    longest = length.max(initial=0.0)
    return np.maximum(length, least * longest) if longest > 0 else np.ones_like(length)
