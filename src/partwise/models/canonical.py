"""One form for all the ways to write the same answer: parts of length 1, those with most energy first."""

from copy import copy

import numpy as np
from sklearn.utils.validation import check_is_fitted

from partwise.models.nmf import NMF


def normalized(model: NMF, W: np.ndarray) -> tuple[NMF, np.ndarray]:
    """Return the same answer with parts of length 1, the most energetic first.

    The product W H does not change. A penalty weighs the factors as they are, so a penalised model is only sorted.

    Parameters
    ----------
    model : NMF
        Fitted; not modified.
    W : ndarray of shape (n_samples, n_components)
        The codes that belong to its ``components_``.

    Returns
    -------
    model : NMF
        A copy with its own ``components_``.
    W : ndarray of shape (n_samples, n_components)
    """
    check_is_fitted(model)
    lengths = np.linalg.norm(model.components_, axis=1)
    order = np.argsort(-lengths * np.linalg.norm(W, axis=0), kind="stable")
    free = model.alpha_W == 0 and model.alpha_H in (0, "same")
    scale = np.where((lengths > 0) & free, lengths, 1).astype(W.dtype)[order]
    twin = copy(model)
    twin.components_ = model.components_[order] / scale[:, None]
    return twin, W[:, order] * scale
