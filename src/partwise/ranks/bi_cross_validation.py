"""Bi-cross-validation by blocks (Owen & Perry 2009): rows and columns left out together, and told from the rest."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from partwise.losses import as_loss
from partwise.matrices import as_matrix
from partwise.models.fitting import fit
from partwise.models.starting import drawn_start
from partwise.problems import TwoFactors
from partwise.solvers import as_solver, chosen
from partwise.solvers.codes import solve_codes

FOLDS = 4
TOL, MOST = 1e-3, 200  # the fit of a block: KKT residual and iterations


def block_error(X: Any, k: int, fold: int, seed: int, blocks: Literal["quarters", "halves"] = "quarters") -> float:
    """Return the mean squared error of a block of X that is told from the rest of X.

    ``X = [[A, B], [C, D]]``: D ~ W H is learned, A is the block. With H held, B gives the codes of A's rows; with W
    held, C gives the parts in A's columns; A is their product. Nothing has seen A.

    Parameters
    ----------
    X : ndarray or sparse matrix of shape (n_samples, n_features)
        Floating point, entries >= 0, its largest not near the ends of the floating-point range.
    k : int
        Number of parts, >= 1.
    fold : int
        Which block, 0 to `FOLDS` - 1.
    seed : int
        Of the order in which rows and columns are dealt out, the same for every k and fold; the start of a fit is drawn
        from it, k and the fold.
    blocks : {"quarters", "halves"}
        A quarter of the rows by a quarter of the columns, another one of each in every fold; or half by half, all four.

    Returns
    -------
    float
        Not a number where the block or the rest has no entries.
    """
    rows, columns = _left_out(X.shape, fold, seed, blocks)
    inner_rows, inner_columns = (
        np.setdiff1d(np.arange(size), out) for size, out in zip(X.shape, (rows, columns), strict=True)
    )
    if not all(map(len, (rows, columns, inner_rows, inner_columns))):
        return float("nan")
    loss = as_loss("frobenius")
    D = TwoFactors(as_matrix(X[inner_rows][:, inner_columns]), loss)
    rng = np.random.RandomState([seed % 2**32, k, fold])
    start = D.start(*drawn_start(D.X, k, "random", rng))
    learned = fit(D, as_solver(chosen("auto", loss)), start, TOL, MOST)
    above = solve_codes(TwoFactors(as_matrix(X[rows][:, inner_columns]), loss).left(learned.H))
    beside = solve_codes(TwoFactors(as_matrix(X[inner_rows][:, columns].T), loss).left(learned.W))
    A = as_matrix(X[rows][:, columns])
    return 2.0 * loss.value(A, above, beside) / (len(rows) * len(columns))


def within_one_error(ks: Sequence[int], errors: ArrayLike) -> int | None:
    """Return the smallest k whose mean error is within one standard error of the least; None where there is none.

    Parameters
    ----------
    ks : sequence of int
        Increasing.
    errors : array-like of shape (n_folds, n_ks)
        A k with an error that is not a number is passed over.
    """
    errors = np.asarray(errors, dtype=np.float64)
    known = np.isfinite(errors).all(axis=0)
    if not known.any() or not len(errors):
        return None
    means = np.where(known, errors.mean(axis=0), np.inf)
    best = int(np.argmin(means))
    error = errors[:, best].std(ddof=1) / np.sqrt(len(errors)) if len(errors) > 1 else 0.0
    return int(ks[int(np.argmax(means <= means[best] + error))])


def _left_out(shape: tuple[int, int], fold: int, seed: int, blocks: str) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return which rows and columns the block is made of, in order."""
    rng = np.random.RandomState(seed % 2**32)
    row_order, column_order = (rng.permutation(size) for size in shape)
    if blocks == "halves":
        row_part, column_part, count = fold // 2, fold % 2, 2
    else:
        row_part, column_part, count = fold, fold, FOLDS
    dealt = (np.array_split(row_order, count)[row_part], np.array_split(column_order, count)[column_part])
    return np.sort(dealt[0]), np.sort(dealt[1])
