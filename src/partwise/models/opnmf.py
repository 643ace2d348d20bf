"""OPNMF: one non-negative factor, orthonormal or nearly so, whose projection of X is X again."""

from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import _fit_context
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from partwise.inits import INITS
from partwise.iterate import Snapshot
from partwise.kernels.blocks import narrow_sums
from partwise.kernels.threads import one_pool
from partwise.losses import Frobenius
from partwise.matrices import Matrix, as_matrix
from partwise.models.fitting import Fit
from partwise.models.following import Callback, Following, follower
from partwise.models.hooks import CallbackSupportMixin, Hooks
from partwise.models.projecting import as_projective_solver, project
from partwise.models.projective_model import ProjectiveModel
from partwise.models.scaling import Scaling
from partwise.models.starting import raw_start
from partwise.models.validation import check_factor, checked, warn_of_zeros
from partwise.problems import TwoFactors
from partwise.solvers import PROJECTIVE_SOLVERS, ProjectiveSolver
from partwise.solvers.codes import solve_codes


class OPNMF(CallbackSupportMixin, ProjectiveModel):
    """Orthonormal projective non-negative matrix factorization: X ~ W W'X with W >= 0.

    One factor alone is learned. Its columns can overlap only where they add up to nothing of length, so they are nearly
    orthonormal and come to share out the features (or the samples) between them: parts as NMF finds them, and a
    clustering at once. How nearly is said by `orthonormality_`.

    Parameters
    ----------
    n_components : int or None, default=None
        Number of parts, >= 1; None is n_features.
    solver : {'lbfgs', 'multiplicative'} or ProjectiveSolver, default='lbfgs'
        'lbfgs': projected quasi-Newton steps on ``1/2 ||X - W W'X||_F^2``; the objective never rises. 'multiplicative':
        the update of Yang & Oja as it was published, with W divided by its spectral norm after every step; it needs
        ten to sixty times as many. Both take two products with X a step; X X' is never formed. An instance brings its
        own settings.
    init : {'nndsvd', 'nndsvda', 'nndsvdar', 'random', 'custom'} or None, default=None
        The start. None: 'nndsvd' if n_components <= min(n_samples, n_features), else 'random'. 'custom': W is given to
        `fit` or `fit_transform`.
    orientation : {'features', 'samples'}, default='features'
        What the factor has rows for. 'features': X ~ X V V', the parts are V', the codes X V. 'samples': X ~ W W'X, the
        parts are W'X, the codes those that rebuild X best from them. The factor of one is that of the other for the
        transposed X.
    tol : float, default=1e-4
        For 'lbfgs': bound on the KKT residual, below which the fit has converged. For 'multiplicative', as published:
        bound on the relative change of W, ``||W_old - W||_F / ||W_old||_F``.
    max_iter : int, default=2000
        Limit of iterations.
    random_state : int, RandomState or None, default=None
        Of the start: of the random projection that finds the singular vectors, or of the random values.
    verbose : int, default=0
        Print a line for every iteration.
    callback : callable, default=None
        Called with a snapshot (``record``, ``state``, ``reason``) after every iteration; a true answer stops the fit,
        which keeps what it has. scikit-learn's own callbacks are set with ``set_callbacks`` (from scikit-learn 1.9 on).

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_features)
        The parts: V' for 'features', W'X for 'samples'; those with the largest ``||w_j|| ||W'X_j||`` first.
    projection_ : ndarray of shape (n_features or n_samples, n_components)
        The factor that was learned, V or W.
    n_components_ : int
    reconstruction_err_ : float
        ``||X - W W'X||_F``, of the projection.
    orthonormality_ : float
        ``||W'W - I||_F``: 0 for orthonormal columns.
    n_iter_ : int
        For 'multiplicative' counted as published, from 0.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features,)
        Only when X has column names that are all strings.
    history_ : tuple of Record
        ``iteration``, ``seconds`` of the solver, ``objective`` (``1/2 ||X - W W'X||_F^2``), KKT ``residual`` and
        relative ``change`` of W.
    kkt_residual_ : float
        Of exactly the W that was learned: the projected gradient of the objective relative to its negative part,
        ``2 X X'W``. No unit; 0 at a stationary point. Where 'multiplicative' comes to rest with columns that are not
        orthonormal, it is not 0.
    converged_ : bool
        Whether ``kkt_residual_ <= tol``.
    stopped_ : str
        Why the fit stopped, a sentence with the remedy.
    n_dead_components_ : int
        Components that are zero.

    References
    ----------
    Yang & Oja 2010, "Linear and nonlinear projective nonnegative matrix factorization"; Boutsidis & Gallopoulos 2008;
    Bertsekas 1982, "Projected Newton methods for optimization problems with simple constraints".

    Examples
    --------
    >>> import numpy as np
    >>> from partwise import OPNMF
    >>> X = np.array([[1, 1, 0, 0], [2, 2, 0, 0], [0, 0, 3, 1], [0, 0, 6, 2], [1, 1, 3, 1]])
    >>> model = OPNMF(n_components=2, random_state=0).fit(X)
    >>> (model.components_ > 0).astype(int)
    array([[0, 0, 1, 1],
           [1, 1, 0, 0]])
    """

    reconstruction_err_: float

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "solver": [StrOptions(set(PROJECTIVE_SOLVERS)), ProjectiveSolver],
        "init": [StrOptions({*INITS, "custom"}), None],
        "orientation": [StrOptions({"features", "samples"})],
        "tol": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "callback": [callable, None],
    }

    def __init__(
        self,
        n_components: int | None = None,
        *,
        solver: str | ProjectiveSolver = "lbfgs",
        init: str | None = None,
        orientation: str = "features",
        tol: float = 1e-4,
        max_iter: int = 2000,
        random_state: Any = None,
        verbose: int = 0,
        callback: Callback | None = None,
    ) -> None:
        self.n_components = n_components
        self.solver = solver
        self.init = init
        self.orientation = orientation
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state
        self.verbose = verbose
        self.callback = callback

    def fit(self, X: Any, y: Any = None, W: Any = None) -> Self:
        """Learn the factor.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Entries >= 0.
        y : ignored
        W : array-like of shape (n_features or n_samples, n_components), default=None
            The start, with ``init='custom'``: V or W, as `orientation` says; the dtype of X.

        Returns
        -------
        self : OPNMF
        """
        self.fit_transform(X, W=W)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X: Any, y: Any = None, W: Any = None) -> np.ndarray:
        """Learn the factor and return the codes of X.

        The bits of ``transform(X)``, in both orientations; the factor itself is ``projection_``.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Entries >= 0.
        y : ignored
        W : array-like of shape (n_features or n_samples, n_components), default=None
            The start, with ``init='custom'``: V or W, as `orientation` says; the dtype of X.

        Returns
        -------
        codes : ndarray of shape (n_samples, n_components)

        Raises
        ------
        ValueError, TypeError
            If X, a parameter or the start is not what it must be.
        """
        with one_pool():
            X, high = checked(self, X, reset=True)
            warn_of_zeros(high)
            scaling = Scaling.of(X, high)
            turned = self._turned(as_matrix(scaling.shrink(X)))
            hooks = Hooks(self, X, lambda shot: self._learned(shot, turned, scaling), (1, self.max_iter + 1))
            followed = Following(follower(self.callback, self.verbose), hooks, 1).of_start(0)
            start = self._start(turned, W)
            fitted = project(turned, start, as_projective_solver(self.solver), self.tol, self.max_iter, followed)
            error = float(np.sqrt(turned.squared_distance(fitted.W, fitted.H)))
            self._remember(fitted, error, scaling)
            hooks.end()
            return self._codes(X, high)

    def transform(self, X: Any) -> np.ndarray:
        """Return the codes of X for the learned parts; what other rows come with a row does not matter.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Entries >= 0.

        Returns
        -------
        codes : ndarray of shape (n_samples, n_components)
            For 'features' ``X V``, the projection that was learned. For 'samples' a new sample has no row in W, so
            codes are the exact non-negative least squares for the parts ``W'X``, as those of NMF. Those of X itself
            are near W where W is orthonormal, and rebuild X better than W where it is not.
        """
        check_is_fitted(self)
        with one_pool():
            X, high = checked(self, X, reset=False)
            return self._codes(X, high)

    def _turned(self, X: Matrix) -> Matrix:
        """Return X with a row for every row of the factor."""
        return X.T if self.orientation == "features" else X

    def _codes(self, X: Any, high: float) -> np.ndarray:
        """Return the codes of checked samples, whose largest entry is given."""
        if self.orientation == "features":
            return np.ascontiguousarray(as_matrix(X).dot(np.ascontiguousarray(self.components_, dtype=X.dtype)).T)
        own, theirs = Scaling.of(X, high), Scaling.of(self.components_)
        H = np.ascontiguousarray(self.components_, dtype=X.dtype) / X.dtype.type(theirs.unit)
        W = solve_codes(TwoFactors(as_matrix(own.shrink(X)), Frobenius()).left(H))
        return np.ascontiguousarray(W.T) * X.dtype.type(own.unit / theirs.unit)

    def _start(self, X: Matrix, W: Any) -> np.ndarray:
        """Return the start that the settings ask for, (n_components, n_rows); X is turned."""
        n_features = X.shape[0 if self.orientation == "features" else 1]
        n_components = n_features if self.n_components is None else int(self.n_components)
        if self.init != "custom":
            init = self.init or ("nndsvd" if n_components <= min(X.shape) else "random")
            return raw_start(X, n_components, init, check_random_state(self.random_state))[0]
        name = type(self).__name__
        if W is None:
            raise ValueError(f"{name} with init='custom' needs W, got none. Give it to fit or fit_transform.")
        wanted = "auto" if self.n_components is None else n_components
        return np.array(check_factor(W, (X.shape[0], wanted), f"{name} (input W)", X.dtype).T, order="C")

    def _components(self, W: np.ndarray, H: np.ndarray, scaling: Scaling) -> np.ndarray:
        return W if self.orientation == "features" else H * H.dtype.type(scaling.unit)

    def _learned(self, shot: Snapshot, X: Matrix, scaling: Scaling) -> dict[str, Any]:
        """Return the attributes of the model if the fit had stopped at a snapshot; X is turned."""
        W: np.ndarray = shot.state.W
        return {
            "components_": self._components(W, X.T.dot(W), scaling),
            "n_components_": len(W),
            "n_iter_": shot.record.iteration,
            "kkt_residual_": shot.record.residual,
        }

    def _remember(self, fitted: Fit, error: float, scaling: Scaling) -> None:
        self.components_ = self._components(fitted.W, fitted.H, scaling)
        self.projection_ = np.ascontiguousarray(fitted.W.T)
        self.n_components_ = len(fitted.W)
        self.reconstruction_err_ = error * scaling.unit
        self.orthonormality_ = float(np.linalg.norm(narrow_sums(fitted.W, fitted.W) - np.eye(len(fitted.W))))
        self._keep_outcome(fitted, scaling, 2.0)
