"""DeepNMF: parts of parts of parts, trained layer by layer and then as a whole."""

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import _fit_context
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from partwise.inits import INITS
from partwise.kernels.threads import one_pool
from partwise.matrices import as_matrix
from partwise.models.deep_fitting import DeepFit, Limits, deepen, prepare, refine
from partwise.models.deep_kinds import KINDS, Kind
from partwise.models.deep_layers import check_layers, warn_of_deep_outcome, warn_of_width
from partwise.models.following import Asked, Callback, follower
from partwise.models.layered_model import LayeredModel
from partwise.models.scaling import Scaling
from partwise.models.validation import checked, warn_of_zeros


class DeepNMF(LayeredModel):
    """Deep non-negative matrix factorization: X ~ W H_L .. H_2 H_1, parts that are sums of finer parts.

    Layers are trained one after the other (X ~ W_1 H_1, then W_1 ~ W_2 H_2, ..), then all of them together. The error
    of the deepest layer is never above what it was before that.

    Parameters
    ----------
    layers : sequence of int, default=(100, 49, 10)
        Number of parts of each layer, >= 1, the finest first, each smaller than the one before. More than n_samples or
        n_features are allowed, as in `NMF`, and warned of.
    kind : {'multilayer', 'semi', 'kl'}, default='multilayer'
        'multilayer': all factors >= 0, the squared distance of X and the whole product. 'semi', deep semi-NMF: codes
        >= 0, layers and X of any sign, the same distance. 'kl', deep Kullback-Leibler, for counts and text: all factors
        >= 0, the sum over layers of the divergence of its data, which are the codes of the layer before, relative to
        what it was after that layer's own training.
    init : {'random', 'nndsvd', 'nndsvda', 'nndsvdar'}, default=None
        The start of each layer, as in `NMF`. For 'semi' all but 'random' are one half of each singular vector.
    tol : float, default=1e-4
        Bound on the KKT residual, of each layer alone and of all. The refinement also ends when the root of its
        objective falls by less than this over ten iterations, relative to its start.
    max_iter : int, default=200
        Limit of iterations of the refinement.
    greedy_max_iter : int, default=100
        Limit of iterations of each layer alone.
    random_state : int, RandomState or None, default=None
        Of the starts.
    verbose : int, default=0
        Print a line for every measured iteration, of each layer alone and of the refinement.
    callback : callable, default=None
        Called with a snapshot (``record``, ``state``, ``reason``, ``layer``) after every measured iteration: of each
        layer alone, where ``layer`` counts from 1 and all else is of that layer; then, with ``layer`` None, of the
        layers as they were trained and of the refinement. A true answer ends the fit, and the best so far is kept:
        layers that were not trained yet get one iteration each, and nothing is refined.

    Attributes
    ----------
    components_ : ndarray of shape (layers[-1], n_features)
        The parts of the deepest layer, multiplied through: ``layer_components_[-1]``.
    layer_components_ : tuple of ndarray of shape (layers[l], n_features)
        The parts of every layer, the finest first. Each has length 1, for 'kl' sum 1: codes carry the unit of X.
    layer_factors_ : tuple of ndarray
        H_1 of shape (layers[0], n_features), H_l of shape (layers[l], layers[l - 1]): how much of each finer part is in
        a part. ``layer_components_[l] = layer_factors_[l] @ layer_components_[l - 1]``.
    layer_errors_ : ndarray of shape (n_layers,)
        Relative error of X from the parts of each layer: ``||X - W H|| / ||X||`` with the best codes; for 'kl' the
        divergence relative to that from the best single part, with the codes of that layer in the chain, of the deepest
        with the best.
    greedy_error_ : float
        ``layer_errors_[-1]`` before the refinement, which is never above it.
    n_components_ : int
        ``layers[-1]``.
    reconstruction_err_ : float
        ``||X - W components_||_F``, for 'kl' the root of twice the divergence; W from `transform`.
    n_iter_ : int
        Of the refinement.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features,)
        Only when X has column names that are all strings.
    history_ : tuple of Record
        Of the refinement: ``iteration``, ``seconds``, ``objective`` and KKT ``residual``; the first is the chain as its
        layers were trained, after the seconds that this took. The objective of 'kl' has no unit, and is the number of
        layers there.
    kkt_residual_ : float
        The largest of all factors. For 'multilayer' and 'semi': the norm of the (projected) gradient relative to that
        of X's part in it. For 'kl', of the chain with its own codes: the sum of entries times what pulls at them (where
        they should be larger, of what they may become), relative to what pulls down. No unit; 0 at a stationary point.
    converged_ : bool
        Whether ``kkt_residual_ <= tol``.
    stopped_ : str
        Why the refinement stopped, a sentence with the remedy.
    n_dead_components_ : int
        Parts of the deepest layer that are zero, or in no sample.

    Notes
    -----
    The distance of X and the product asks of finer layers only what the deepest sees of them, so their updates move
    them no further than that: of all least squares of 'semi' the nearest to the present layer is taken (the papers take
    the smallest, which has the rank of the deepest). ``fit_transform(X)`` returns the bits of ``transform(X)``: codes
    for the deepest parts solved to their end, which for 'kl' fit X itself and not the codes of the layer before.

    References
    ----------
    Cichocki & Zdunek 2006, "Multilayer nonnegative matrix factorisation"; Ding, Li & Jordan 2010; Trigeorgis,
    Bousmalis, Zafeiriou & Schuller 2017, arXiv 1509.03248; Leplat, Hien, Onwunta & Gillis 2023, arXiv 2309.08249.

    Examples
    --------
    >>> import numpy as np
    >>> from partwise import DeepNMF
    >>> X = np.random.default_rng(0).random((60, 30))
    >>> model = DeepNMF(layers=(9, 5, 2), random_state=0)
    >>> W = model.fit_transform(X)
    >>> W.shape, [H.shape for H in model.layer_factors_], [H.shape for H in model.layer_components_]
    ((60, 2), [(9, 30), (5, 9), (2, 5)], [(9, 30), (5, 30), (2, 30)])
    >>> bool(model.layer_errors_[-1] <= model.greedy_error_)
    True
    """

    reconstruction_err_: float

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "layers": ["array-like"],
        "kind": [StrOptions(set(KINDS))],
        "init": [StrOptions(set(INITS)), None],
        "tol": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "greedy_max_iter": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "callback": [callable, None],
    }

    def __init__(
        self,
        layers: Sequence[int] = (100, 49, 10),
        *,
        kind: str = "multilayer",
        init: str | None = None,
        tol: float = 1e-4,
        max_iter: int = 200,
        greedy_max_iter: int = 100,
        random_state: Any = None,
        verbose: int = 0,
        callback: Callback | None = None,
    ) -> None:
        self.layers = layers
        self.kind = kind
        self.init = init
        self.tol = tol
        self.max_iter = max_iter
        self.greedy_max_iter = greedy_max_iter
        self.random_state = random_state
        self.verbose = verbose
        self.callback = callback

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the layers of X.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Entries >= 0, for ``kind='semi'`` of any sign.
        y : ignored

        Returns
        -------
        self : DeepNMF
        """
        self.fit_transform(X)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        """Learn the layers of X and return its codes, exactly those that ``transform(X)`` returns afterwards.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Entries >= 0, for ``kind='semi'`` of any sign.
        y : ignored

        Returns
        -------
        W : ndarray of shape (n_samples, layers[-1])

        Raises
        ------
        ValueError, TypeError
            If X or a parameter is not what it must be.
        """
        sizes, kind = check_layers(self.layers, type(self).__name__), KINDS[self.kind]()
        X, high = checked(self, X, reset=True, signed=kind.signed)
        warn_of_zeros(high)
        warn_of_width(sizes, X.shape)
        scaling = Scaling.of(X, high)
        limits = Limits(self.tol, self.greedy_max_iter, self.max_iter)
        with one_pool():
            matrix = as_matrix(kind.given(scaling.shrink(X)))
            prepare(self.kind, matrix.dtype)
            rng = check_random_state(self.random_state)
            asked = Asked(follower(self.callback, self.verbose))
            chain = deepen(kind, matrix, sizes, self.init, limits, rng, asked)
            fitted = refine(kind, matrix, chain, limits, asked)
            self._keep([H.astype(X.dtype, copy=False) for H in fitted.state.layers])
            W = kind.codes(matrix, self.components_)
            self.layer_errors_ = np.array([*kind.finer_errors(matrix, fitted.state), fitted.error])
            value = kind.loss().value(matrix, W, self.components_)
        self._remember(fitted, W, value, kind, scaling)
        return self._as_rows(W, scaling, X)

    def transform(self, X: Any) -> np.ndarray:
        """Return the codes of X for the parts of the deepest layer.

        Each row is solved on its own: exactly, by non-negative least squares, also for parts with entries below 0; for
        'kl' by Newton's method to a KKT residual of 1e-6 or less.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Entries >= 0, for ``kind='semi'`` of any sign.

        Returns
        -------
        W : ndarray of shape (n_samples, layers[-1])
        """
        check_is_fitted(self)
        kind = KINDS[self.kind]()
        X, high = checked(self, X, reset=False, signed=kind.signed)
        scaling = Scaling.of(X, high)
        with one_pool():
            W = kind.codes(as_matrix(kind.given(scaling.shrink(X))), self.components_)
        return self._as_rows(W, scaling, X)

    def _as_rows(self, W: np.ndarray, scaling: Scaling, X: Any) -> np.ndarray:
        """Return codes held by component as rows, in the unit and the precision of X."""
        return np.ascontiguousarray(W.T, dtype=X.dtype) * X.dtype.type(scaling.unit)

    def _remember(self, fitted: DeepFit, W: np.ndarray, value: float, kind: Kind, scaling: Scaling) -> None:
        self.greedy_error_ = fitted.greedy_error
        # the root is taken before the unit is put back: its square may not be representable
        root = np.float64(scaling.unit) ** (kind.loss().beta / 2)
        self.reconstruction_err_ = float(np.sqrt(2 * max(value, 0.0)) * root)
        self.history_ = scaling.history(fitted.history, kind.beta)
        self.n_iter_ = self.history_[-1].iteration
        self.kkt_residual_ = fitted.residual
        self.converged_ = fitted.residual <= self.tol
        self.stopped_ = fitted.reason.sentence(self.n_iter_, fitted.residual, self.tol)
        self.n_dead_components_ = int(np.sum(~W.any(axis=1) | ~self.components_.any(axis=1)))
        warn_of_deep_outcome(fitted, self.n_dead_components_, self.tol)
