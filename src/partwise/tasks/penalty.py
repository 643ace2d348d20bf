"""How strong a penalty a model of known entries needs: that with which hidden ones come back best."""

import warnings

import numpy as np
from sklearn.base import clone

from partwise.losses import as_loss
from partwise.models import NMF

PENALTIES = (1e-3, 3e-3, 1e-2, 3e-2)  # alpha_W over the root mean square of X, tried in turn
TRIED = 0.1  # share of the known entries that a penalty is judged by
BRIEF = 60  # iterations of a trial
TRIALS = (20, 26, 1)  # a stream of its own, so that no draw is within another


def best_penalty(model: NMF, X: np.ndarray) -> float:
    """Return the alpha_W with which a tenth of the known entries of X, hidden from brief fits, comes back best.

    Without a penalty a row of few known entries follows their noise, and what is said of the others is worth nothing.
    Stronger ones are tried until the error rises.

    Parameters
    ----------
    model : NMF
        Its other settings; it is not modified.
    X : ndarray of shape (n_samples, n_features)
        NaN where an entry is missing.
    """
    known = ~np.isnan(X)
    if not known.any() or not np.isfinite(X[known]).all():
        return 0.0  # of that the model speaks
    # the unit of alpha: the loss goes with X^beta, and what it is held against, W^2, with X
    size = float(np.sqrt(np.mean(np.square(X[known], dtype=np.float64))))
    if size == 0:
        return 0.0
    rms = size ** (as_loss(model.beta_loss).beta - 1)
    hidden = known & (np.random.default_rng(TRIALS).random(X.shape) < TRIED)
    if not hidden.any() or not (known & ~hidden).any():
        return PENALTIES[0] * rms
    seen = np.where(hidden, np.nan, X)
    best, least = 0.0, np.inf
    for alpha in (share * rms for share in PENALTIES):
        trial = clone(model).set_params(alpha_W=alpha, max_iter=min(BRIEF, model.max_iter))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a brief fit: the one that counts speaks for itself
            error = relative_error(X, trial.fit(seen).fill(seen), hidden)
        if error >= least:
            break
        best, least = alpha, error
    return best


def relative_error(X: np.ndarray, filled: np.ndarray, hidden: np.ndarray) -> float:
    """Return the relative error of what was hidden."""
    truth = X[hidden].astype(np.float64)
    length = float(np.linalg.norm(truth))
    return float(np.linalg.norm(filled[hidden] - truth)) / length if length > 0 else 0.0
