"""A random start, at the scale of X."""

import numpy as np

from partwise.matrices import Matrix


def random(X: Matrix, n_components: int, rng: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """Return half-normal factors scaled by ``sqrt(mean(X) / n_components)``, as scikit-learn draws them.

    Returns
    -------
    W : ndarray of shape (n_components, n_rows)
    H : ndarray of shape (n_components, n_columns)
    """
    scale = np.sqrt(X.mean / n_components)
    H = np.abs(scale * rng.standard_normal((n_components, X.shape[1])))
    W = np.abs(scale * rng.standard_normal((X.shape[0], n_components)))
    return np.ascontiguousarray(W.T, dtype=X.dtype), H.astype(X.dtype)
