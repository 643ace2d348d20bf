"""From settings to a start: how many components, and the first W and H."""

from typing import Any

import numpy as np

from partwise.inits import INITS
from partwise.matrices import Matrix
from partwise.models.scaling import Scaling
from partwise.models.validation import check_factor

SEEDS = 2**31 - 1


def count_components(n_components: int | str | None, X: Matrix, H: Any = None) -> int:
    """Return the number of components: as given, that of a given H, or n_features (scikit-learn's 'auto' and None)."""
    if n_components == "auto" and H is not None:
        return int(np.shape(H)[0])
    return X.shape[1] if n_components in ("auto", None) else int(n_components)


def default_init(n_components: int, X: Matrix) -> str:
    """Return the init that None stands for: singular vectors where there are enough of them."""
    return "nndsvda" if n_components <= min(X.shape) else "random"


def drawn_start(
    X: Matrix, n_components: int, init: str | None, rng: np.random.RandomState
) -> tuple[np.ndarray, np.ndarray]:
    """Return W (k, n_rows) and H (k, n_columns) from a registered init; None is nndsvda where it exists, else random.

    Raises
    ------
    ValueError
        If an init made of singular vectors is asked for more of them than there are.
    """
    known, X = X, X.levelled()
    W, H = raw_start(X, n_components, init or default_init(n_components, X), rng)
    # the estimate starts with the sum of X: filled zeros of nndsvda alone would add several times as much
    estimate = float(W.sum(axis=1, dtype=np.float64) @ H.sum(axis=1, dtype=np.float64))
    root = X.dtype.type(np.sqrt(X.mean * X.shape[0] * X.shape[1] / estimate)) if estimate > 0 else X.dtype.type(1)
    return known.spoken_of(W * root), known.T.spoken_of(H * root)


def raw_start(X: Matrix, n_components: int, init: str, rng: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """Return W (k, n_rows) and H (k, n_columns) as a registered init makes them.

    Raises
    ------
    ValueError
        If an init made of singular vectors is asked for more of them than there are.
    """
    most = min(X.shape)
    if init != "random" and n_components > most:
        raise ValueError(
            f"init = '{init}' can only be used when n_components <= min(n_samples, n_features) "
            f"({n_components} > {most}). Use init='random'."
        )
    return INITS[init](X, n_components, rng)


def given_start(
    X: Matrix, n_components: int | str, W: Any, H: Any, whom: str, scaling: Scaling
) -> tuple[np.ndarray, np.ndarray]:
    """Return copies of the caller's W (n_samples, k) and H (k, n_features), checked and in their units."""
    if W is None or H is None:
        missing = " and ".join(name for name, F in (("W", W), ("H", H)) if F is None)
        raise ValueError(f"{whom} with init='custom' needs W and H, got no {missing}. Give them to fit_transform.")
    H = check_factor(H, (n_components, X.shape[1]), f"{whom} (input H)", X.dtype)
    W = check_factor(W, (X.shape[0], len(H)), f"{whom} (input W)", X.dtype)
    dtype = X.dtype.type
    W, H = np.array(W.T, order="C") / dtype(scaling.of_W), np.array(H, order="C") / dtype(scaling.of_H)
    return X.spoken_of(W), X.T.spoken_of(H)
