"""Non-negative double singular value decomposition: the positive parts of the leading singular pairs.

Boutsidis & Gallopoulos 2008, "SVD based initialization: a head start for nonnegative matrix factorization".
"""

import numpy as np

from partwise.inits.svd import randomized_svd
from partwise.matrices import Matrix

FILL = 0.3  # of a typical entry of a factor: of 0.01 .. 1 the best start for both solvers on pictures, digits and text


def nndsvd(X: Matrix, n_components: int, rng: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """Return the start with its zeros; best where sparse factors are wanted, and of no use to multiplicative updates.

    Returns
    -------
    W : ndarray of shape (n_components, n_rows)
    H : ndarray of shape (n_components, n_columns)
    """
    U, s, V = randomized_svd(X, n_components, rng)
    W = np.zeros((n_components, X.shape[0]), X.dtype)
    H = np.zeros((n_components, X.shape[1]), X.dtype)
    W[0], H[0] = np.sqrt(s[0]) * np.abs(U[0]), np.sqrt(s[0]) * np.abs(V[0])
    for j in range(1, n_components):
        # of the pair and its negative, keep the half that carries more
        pairs = [(np.maximum(sign * U[j], 0), np.maximum(sign * V[j], 0)) for sign in (1, -1)]
        lengths = [(np.linalg.norm(u), np.linalg.norm(v)) for u, v in pairs]
        best = int(lengths[1][0] * lengths[1][1] > lengths[0][0] * lengths[0][1])
        (u, v), (length_u, length_v) = pairs[best], lengths[best]
        if length_u > 0 and length_v > 0:
            size = np.sqrt(s[j] * length_u * length_v)
            W[j], H[j] = size * u / length_u, size * v / length_v
    # rounding noise beside the largest entry is no start of anything
    for F in (W, H):
        F[1e-6 * F.max(initial=0) > F] = 0
    return W, H


def nndsvda(X: Matrix, n_components: int, rng: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """Return the start with its zeros filled by 0.3 ``sqrt(mean(X) / n_components)``.

    The fill scales as the factors do, with the square root of X, so the unit of X does not matter (Boutsidis &
    Gallopoulos fill with the mean of X itself).
    """
    W, H = nndsvd(X, n_components, rng)
    fill = X.dtype.type(FILL * np.sqrt(X.mean / n_components))
    return np.where(W == 0, fill, W), np.where(H == 0, fill, H)


def nndsvdar(X: Matrix, n_components: int, rng: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """Return the start with its zeros filled by small random values, a hundredth of a typical entry."""
    W, H = nndsvd(X, n_components, rng)
    fill = np.sqrt(X.mean / n_components) / 100
    for F in (W, H):
        empty = F == 0
        F[empty] = np.abs(fill * rng.standard_normal(int(empty.sum())))
    return W, H
