"""MiniBatchNMF: the parts of more samples than fit into memory, or of samples that are still coming."""

from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from sklearn.base import _fit_context
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from partwise.inits import INITS
from partwise.kernels.threads import one_pool
from partwise.losses import LOSSES
from partwise.matrices import as_matrix
from partwise.models.batch_model import BatchModel
from partwise.models.batches import open_batches
from partwise.models.following import Callback
from partwise.models.scaling import Scaling
from partwise.models.validation import check_X
from partwise.problems import Batch, Stream
from partwise.solvers.codes import solve_codes


class MiniBatchNMF(BatchModel):
    """Non-negative matrix factorization by mini-batches: X ~ W H with W, H >= 0.

    A drop-in for ``sklearn.decomposition.MiniBatchNMF``: the same parameters, meanings and attributes. Samples may be
    an array, a ``np.memmap`` (batches are read when their turn comes), a list of batches, or an iterator or iterable
    of batches (arrays, frames or sparse matrices of shape (n_samples, n_features)).

    Parameters
    ----------
    n_components : int, 'auto' or None, default='auto'
        Number of parts, >= 1. 'auto' takes it from H when ``init='custom'``, else, as None does, n_features.
    init : {'random', 'nndsvd', 'nndsvda', 'nndsvdar', 'custom'}, default=None
        The start of H, as in `NMF`, made from rows all over an array or a file (1,024, batch_size or 20 for each part,
        whichever is most), and from the first batch of a list or a stream. Codes start from nothing when a batch first
        comes. 'custom': H is given to `fit` or `partial_fit`.
    batch_size : int, default=1024
        Rows that an array or a file is cut into; lists and streams have their own.
    beta_loss : float or {'frobenius', 'kullback-leibler', 'itakura-saito'}, default='frobenius'
        The beta divergence to minimise. <= 0 needs X without zeros.
    tol : float, default=1e-4
        Bound on the KKT residual of all samples, below which the fit has converged (scikit-learn bounds the relative
        change of H in a step). While batches pass, that of the last batch and of what is gathered is looked at.
    max_no_improvement : int or None, default=10
        Mini-batches without a fall of the smoothed cost after which the fit stops; None: never.
    max_iter : int, default=200
        Limit of passes over all samples. An iterator is passed once.
    alpha_W, alpha_H : float, default=0.0, 'same'
        Weights of the penalties of W and H, multiplied by n_features and n_samples; 'same' is alpha_W.
    l1_ratio : float, default=0.0
        Between 0 (only L2) and 1 (only L1).
    forget_factor : float, default=0.7
        What a sample seen an epoch ago weighs beside one seen now, 0 to 1; in `partial_fit`, what the past weighs
        beside the batch. Below 1, later batches count for more; with 1 every step is a half-step on all samples of an
        array, a file or a list, and the KKT residual can become as small as wanted.
    fresh_restarts : bool, default=False
        Whether codes start from nothing whenever a batch comes. If not, those of an array, a file or a list are held,
        (n_samples, n_components) in all.
    fresh_restarts_max_iter : int, default=30
        Limit of sweeps or updates for codes that start from nothing.
    transform_max_iter : int or None, default=None
        Kept for scikit-learn's sake: codes are solved to their end, however many iterations that takes.
    random_state : int, RandomState or None, default=None
        Of the start.
    verbose : int, default=0
        Print a line for every mini-batch.
    callback : callable, default=None
        Called with a snapshot (``record``, ``state``, ``reason``) after every mini-batch; a true answer stops the fit,
        which keeps what it has.

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_features)
        H, the parts.
    n_components_ : int
    reconstruction_err_ : float
        ``||X - W H||_F``, or the square root of twice the beta divergence; NaN after a stream.
    n_iter_ : int
        Passes over all samples, the last perhaps not to its end.
    n_steps_ : int
        Mini-batches.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features,)
        Only when X has column names that are all strings.
    history_ : tuple of Record
        ``iteration`` (mini-batches), ``seconds`` of the solver, ``objective`` (loss and penalties of a sample, smoothed
        over about an epoch) and ``residual`` (of the last batch and of what is gathered). The last line, not after a
        stream, is of all samples.
    kkt_residual_ : float
        Of ``components_`` and the codes of all samples, as in `NMF`; NaN after a stream.
    converged_ : bool
        Whether ``kkt_residual_ <= tol``.
    stopped_ : str
        Why the fit stopped, a sentence with the remedy.
    n_dead_components_ : int
        Components that are zero.

    References
    ----------
    Mairal, Bach, Ponce & Sapiro 2010; Lefevre, Bach & Fevotte 2011; Cichocki & Phan 2009.

    Examples
    --------
    >>> import numpy as np
    >>> from partwise import MiniBatchNMF
    >>> X = np.random.default_rng(0).random((100, 8))
    >>> model = MiniBatchNMF(n_components=2, batch_size=20, random_state=0)
    >>> model.fit_transform(X).shape, model.components_.shape
    ((100, 2), (2, 8))
    """

    def __init__(
        self,
        n_components: int | str | None = "auto",
        *,
        init: str | None = None,
        batch_size: int = 1024,
        beta_loss: str | float = "frobenius",
        tol: float = 1e-4,
        max_no_improvement: int | None = 10,
        max_iter: int = 200,
        alpha_W: float = 0.0,
        alpha_H: float | str = "same",
        l1_ratio: float = 0.0,
        forget_factor: float = 0.7,
        fresh_restarts: bool = False,
        fresh_restarts_max_iter: int = 30,
        transform_max_iter: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
        callback: Callback | None = None,
    ) -> None:
        self.n_components = n_components
        self.init = init
        self.batch_size = batch_size
        self.beta_loss = beta_loss
        self.tol = tol
        self.max_no_improvement = max_no_improvement
        self.max_iter = max_iter
        self.alpha_W = alpha_W
        self.alpha_H = alpha_H
        self.l1_ratio = l1_ratio
        self.forget_factor = forget_factor
        self.fresh_restarts = fresh_restarts
        self.fresh_restarts_max_iter = fresh_restarts_max_iter
        self.transform_max_iter = transform_max_iter
        self.random_state = random_state
        self.verbose = verbose
        self.callback = callback

    @property
    def _parameter_constraints(self) -> dict[str, list[Any]]:
        at_least_1 = Interval(Integral, 1, None, closed="left")
        at_least_0 = Interval(Real, 0, None, closed="left")
        share = Interval(Real, 0, 1, closed="both")
        return {
            "n_components": [at_least_1, None, StrOptions({"auto"})],
            "init": [StrOptions({*INITS, "custom"}), None],
            "batch_size": [at_least_1],
            "beta_loss": [StrOptions(set(LOSSES)), Real],
            "tol": [at_least_0],
            "max_no_improvement": [at_least_1, None],
            "max_iter": [at_least_1],
            "alpha_W": [at_least_0],
            "alpha_H": [at_least_0, StrOptions({"same"})],
            "l1_ratio": [share],
            "forget_factor": [share],
            "fresh_restarts": ["boolean"],
            "fresh_restarts_max_iter": [at_least_1],
            "transform_max_iter": [at_least_1, None],
            "random_state": ["random_state"],
            "verbose": ["verbose"],
            "callback": [callable, None],
        }

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None, W: Any = None, H: Any = None) -> Self:
        """Learn the parts of X.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features), or a list or iterable of them
            Entries >= 0.
        y : ignored
        W : ignored
            Codes start from nothing when a batch first comes.
        H : array-like of shape (n_components, n_features), default=None
            The start, with ``init='custom'``; the dtype of X.

        Returns
        -------
        self : MiniBatchNMF

        Raises
        ------
        ValueError, TypeError
            If X, a batch, a parameter or the start is not what it must be; of a batch its place is named.
        """
        self._fit(open_batches(self, X, self.batch_size, self._admit, reset=True), H)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X: Any, y: Any = None, W: Any = None, H: Any = None) -> np.ndarray:
        """Learn the parts of X and return its codes, exactly those that ``transform(X)`` returns afterwards.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features), or a list of them
            Entries >= 0. A stream cannot be seen twice: `fit`, then `transform` its batches.
        y, W, H
            As in `fit`.

        Returns
        -------
        W : ndarray of shape (n_samples, n_components)
        """
        batches = open_batches(self, X, self.batch_size, self._admit, reset=True)
        if not batches.kept:
            raise ValueError(
                f"{type(self).__name__}.fit_transform needs its samples twice, got a {type(X).__name__}. "
                "Try fit, then transform batch by batch."
            )
        return _stacked(self._fit(batches, H).overview.codes, batches.scaling)

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any = None, W: Any = None, H: Any = None) -> Self:
        """Take one more mini-batch; nothing of it is held but its sums.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Entries >= 0.
        y, W : ignored
        H : array-like of shape (n_components, n_features), default=None
            The start, at the first call with ``init='custom'``.

        Returns
        -------
        self : MiniBatchNMF
        """
        first = not hasattr(self, "components_")
        X = check_X(self, X, reset=first)
        self._admit(X)
        scaling = Scaling.of(X) if first else self._scaling
        with one_pool():
            matrix = as_matrix(scaling.shrink(X))
            if first:
                self._keep_components(self._start(matrix, H, scaling), scaling)
            start = np.ascontiguousarray(self.components_, dtype=X.dtype) / X.dtype.type(scaling.of_H)
            pose = self._pose(scaling)
            stream = Stream(iter([Batch(matrix, None)]), pose, pose.loss)
            state = self._solver().step(stream, self._solver().begin(start, self._memory))
        self._keep_components(state.H, scaling)
        self._memory = state.memory
        self.n_steps_ = 1 if first else getattr(self, "n_steps_", 0) + 1
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the codes of X for the learned parts.

        For the Frobenius loss each row is solved exactly (non-negative least squares), on its own.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features), or a list or iterable of them
            Entries >= 0. Taken by batches, so a file is never in memory as a whole.

        Returns
        -------
        W : ndarray of shape (n_samples, n_components)
        """
        check_is_fitted(self)
        batches = open_batches(self, X, self.batch_size, self._admit, reset=False)
        scaling = batches.scaling.with_parts_of(self._scaling)
        pose, codes = self._pose(scaling), []
        with one_pool():
            for matrix in batches.epoch():
                H = np.ascontiguousarray(self.components_, dtype=matrix.dtype)
                codes.append(solve_codes(pose(matrix).left(H / H.dtype.type(scaling.of_H))))
        return _stacked(codes, scaling)


def _stacked(codes: Any, scaling: Scaling) -> np.ndarray:
    """Return codes that are held by batch and component as rows, in the unit of X."""
    return np.concatenate([W.T for W in codes]) * codes[0].dtype.type(scaling.of_W)
