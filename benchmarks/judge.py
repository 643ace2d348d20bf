"""The one judge: how far W H is from X, in float64, with formulas of its own that no entrant computes for itself.

Frobenius: ``||X - W H|| / ||X||``. Kullback-Leibler: ``sum(x log(x / y) - x + y) / sum(x)`` with y = W H.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse

BLOCK = 16 << 20  # entries of W H that are formed at once
FLOOR = 1e-12  # of W H under the logarithm, so that one exact zero does not make the whole divergence infinite

Judge = Callable[[np.ndarray, np.ndarray], float]


def judge_of(X: Any, loss: str) -> Judge:
    """Return the judge of factors of X; what depends on X alone is computed once.

    Parameters
    ----------
    X : ndarray or scipy sparse, shape (m, n)
    loss : {"frobenius", "kullback-leibler"}

    Returns
    -------
    callable
        Takes W (m, k) and H (k, n) of any floating type and returns a number without unit, 0 where W H = X.
    """
    sparse = scipy.sparse.issparse(X)
    if sparse:
        X = scipy.sparse.csr_array(X)
    if loss == "frobenius":
        parts, unit = (_squares_sparse if sparse else _squares), np.sqrt(_total(X, squared=True))
        return lambda W, H: float(np.sqrt(_over_blocks(parts, X, W, H)) / unit)
    if loss == "kullback-leibler":
        parts, unit = (_divergence_sparse if sparse else _divergence), _total(X, squared=False)
        return lambda W, H: float(_over_blocks(parts, X, W, H) / unit)
    raise ValueError(f"The judge knows frobenius and kullback-leibler, got {loss!r}.")


def _over_blocks(part: Callable[..., float], X: Any, W: np.ndarray, H: np.ndarray) -> float:
    """Sum a part of the objective over blocks of rows; only a block is ever widened to float64."""
    H = np.ascontiguousarray(H, dtype=np.float64)
    # a block of a sparse X holds its stored entries, W H is only formed there
    width = max(1, X.nnz // X.shape[0] * H.shape[0]) if scipy.sparse.issparse(X) else X.shape[1]
    height = max(1, BLOCK // width)
    total = 0.0
    for start in range(0, X.shape[0], height):
        rows = slice(start, start + height)
        total += part(X[rows], np.asarray(W[rows], dtype=np.float64), H)
    return total


def _total(X: Any, squared: bool) -> float:
    values = X.data if scipy.sparse.issparse(X) else X
    total = 0.0
    for row in np.array_split(values, max(1, values.size // BLOCK)):
        wide = np.asarray(row, dtype=np.float64)
        total += float(np.sum(wide * wide if squared else wide))
    return total


def _squares(X: np.ndarray, W: np.ndarray, H: np.ndarray) -> float:
    left = W @ H
    left -= X
    return float(np.vdot(left, left))


def _squares_sparse(X: Any, W: np.ndarray, H: np.ndarray) -> float:
    x, y = X.data.astype(np.float64), _stored(X, W, H)
    everywhere = float(np.sum((W.T @ W) * (H @ H.T)))
    return float(np.sum((x - y) ** 2)) + everywhere - float(np.sum(y * y))


def _divergence(X: np.ndarray, W: np.ndarray, H: np.ndarray) -> float:
    y = W @ H
    x = X.astype(np.float64)
    there = x > 0
    logarithms = np.log(x[there] / np.maximum(y[there], FLOOR))
    return float(np.sum(x[there] * logarithms) - np.sum(x) + np.sum(y))


def _divergence_sparse(X: Any, W: np.ndarray, H: np.ndarray) -> float:
    x = X.data.astype(np.float64)
    there = x > 0
    y = _stored(X, W, H)[there]
    x = x[there]
    everywhere = float(W.sum(axis=0) @ H.sum(axis=1))
    return float(np.sum(x * np.log(x / np.maximum(y, FLOOR))) - np.sum(x)) + everywhere


def _stored(X: Any, W: np.ndarray, H: np.ndarray) -> np.ndarray:
    """Return W H at the stored entries of compressed rows."""
    rows = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))
    return np.einsum("ij,ij->i", W[rows], np.ascontiguousarray(H.T)[X.indices])
