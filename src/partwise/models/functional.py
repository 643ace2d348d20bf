"""non_negative_factorization: the estimator as one function, with scikit-learn's signature."""

from typing import Any

import numpy as np

from partwise.models.nmf import NMF


def non_negative_factorization(
    X: Any,
    W: Any = None,
    H: Any = None,
    n_components: int | str | None = "auto",
    *,
    init: str | None = None,
    update_H: bool = True,
    solver: str = "cd",
    beta_loss: str | float = "frobenius",
    tol: float = 1e-4,
    max_iter: int = 200,
    alpha_W: float = 0.0,
    alpha_H: float | str = "same",
    l1_ratio: float = 0.0,
    random_state: Any = None,
    verbose: int = 0,
    shuffle: bool = False,
) -> tuple[np.ndarray, np.ndarray, int]:
    """Factorize X ~ W H, or, with ``update_H=False``, solve W for a given H.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        Entries >= 0.
    W : array-like of shape (n_samples, n_components), default=None
        The start, with ``init='custom'``.
    H : array-like of shape (n_components, n_features), default=None
        The start, with ``init='custom'``; the fixed parts, with ``update_H=False``.
    update_H : bool, default=True
        Whether H is learned.
    n_components, init, solver, beta_loss, tol, max_iter, alpha_W, alpha_H, l1_ratio, random_state, verbose, shuffle
        As in `NMF`.

    Returns
    -------
    W : ndarray of shape (n_samples, n_components)
    H : ndarray of shape (n_components, n_features)
    n_iter : int
        0 where only W was solved: that is exact, not iterated.
    """
    model = NMF(
        n_components,
        init=init,
        solver=solver,
        beta_loss=beta_loss,
        tol=tol,
        max_iter=max_iter,
        random_state=random_state,
        alpha_W=alpha_W,
        alpha_H=alpha_H,
        l1_ratio=l1_ratio,
        verbose=verbose,
        shuffle=shuffle,
    )
    if update_H:
        W = model.fit_transform(X, W=W, H=H)
        return W, model.components_, model.n_iter_
    model.adopt_components(H, X)
    return model.transform(X), model.components_, 0
