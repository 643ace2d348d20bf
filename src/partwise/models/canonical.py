"""One form for all the ways to write the same answer: parts of length 1, those with most energy first."""

from typing import TypeVar

import numpy as np
from sklearn.utils.validation import check_is_fitted

from partwise.models.parts_model import PartsModel

ROWS = 65536  # of codes in a file that are put in order at a time

M = TypeVar("M", bound=PartsModel)


def normalized(model: M, W: np.ndarray) -> tuple[M, np.ndarray]:
    """Return the same answer with parts of length 1, the most energetic first.

    The product W H does not change. Where the model's answer hangs on the lengths of its parts (a penalty weighs the
    factors as they are), they are only sorted.

    Parameters
    ----------
    model : PartsModel
        Fitted; not modified.
    W : ndarray of shape (n_samples, n_components)
        The codes that belong to its ``components_``; in a mapped file they are changed in place.

    Returns
    -------
    model : PartsModel
        A copy with its own ``components_``.
    W : ndarray of shape (n_samples, n_components)
    """
    check_is_fitted(model)
    lengths = np.linalg.norm(model.components_, axis=1)
    order = np.argsort(-lengths * np.linalg.norm(W, axis=0), kind="stable")
    scale = np.where((lengths > 0) & model.scale_is_free, lengths, 1).astype(W.dtype)[order]
    return model.in_order(order, scale), _taken(W, order, scale)


def _taken(W: np.ndarray, order: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return the columns in another order, each times a scale; those of a mapped file are changed where they lie."""
    if not isinstance(W, np.memmap):
        return W[:, order] * scale
    for first in range(0, len(W), ROWS):
        W[first : first + ROWS] = W[first : first + ROWS, order] * scale
    return W
