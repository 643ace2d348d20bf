"""NMF: scikit-learn's estimator, with a history, a certificate and an honest word about convergence."""

from numbers import Integral, Real
from os import PathLike
from typing import Any, Self

import numpy as np
from sklearn.base import _fit_context
from sklearn.utils._param_validation import Interval, StrOptions

from partwise.inits import INITS
from partwise.kernels.threads import one_pool
from partwise.losses import LOSSES
from partwise.models import on_device
from partwise.models.course import Course, check_course
from partwise.models.following import Callback
from partwise.models.hooks import CallbackSupportMixin
from partwise.models.missing import entries
from partwise.models.row_door import stays_outside
from partwise.models.row_model import RowModel
from partwise.models.scaling import Scaling
from partwise.models.validation import warn_of_zeros
from partwise.solvers import AUTO, SOLVERS, Solver


class NMF(CallbackSupportMixin, RowModel):
    """Non-negative matrix factorization: X ~ W H with W, H >= 0.

    A drop-in for ``sklearn.decomposition.NMF``: the same parameters, meanings and attributes. What is more: it says
    how far its answer is from a stationary point, and ``fit_transform(X)`` gives what ``fit(X).transform(X)`` gives.

    Parameters
    ----------
    n_components : int, 'auto' or None, default='auto'
        Number of parts, >= 1. 'auto' takes it from W or H when ``init='custom'``, else, as None does, n_features.
    init : {'random', 'nndsvd', 'nndsvda', 'nndsvdar', 'custom'}, default=None
        The start. None: 'nndsvda' if n_components <= min(n_samples, n_features), else 'random'. The fill of 'nndsvda'
        and 'nndsvdar' scales with the square root of X's mean, so the unit of X does not matter. 'custom': W and H are
        given to `fit_transform`.
    solver : str or Solver, default='cd'
        For the Frobenius loss: 'cd' and 'hals', hierarchical alternating least squares, the fastest; 'bpp', exact
        alternating least squares by block principal pivoting; 'pg' and 'nenmf', accelerated projected gradient, matrix
        products only; and for comparison and teaching 'hals-plain', HALS as published, 'als', least squares clipped at
        0, whose error may rise, 'lin', projected gradient with Armijo's rule, 'gd', projected gradient with a fixed
        step. For Kullback-Leibler: 'newton', Newton's method on each row. For every loss: 'mu', multiplicative update.
        'auto': 'cd', 'newton' or 'mu', the fastest for the loss. An instance brings its own settings.
    beta_loss : float or {'frobenius', 'kullback-leibler', 'itakura-saito'}, default='frobenius'
        The beta divergence to minimise. <= 0 needs X without zeros. Other than 'frobenius' needs ``solver='auto'``,
        'newton' or 'mu'.
    tol : float, default=1e-4
        For all but 'mu' and 'als': bound on the KKT residual, below which the fit has converged (scikit-learn: on the
        projected gradient relative to its first value). For 'mu', as in scikit-learn: least decrease of the root of the
        loss over ten iterations, relative to its start; for 'als' over one, and a rise ends the fit too.
    max_iter : int, default=200
        Limit of iterations.
    random_state : int, RandomState or None, default=None
        Of the start, and of the order of components with `shuffle`.
    alpha_W, alpha_H : float, default=0.0, 'same'
        Weights of the penalties of W and H, multiplied by n_features and n_samples; 'same' is alpha_W.
    l1_ratio : float, default=0.0
        Between 0 (only L2) and 1 (only L1).
    verbose : int, default=0
        Print a line for every measured iteration.
    shuffle : bool, default=False
        Visit the components in random order ('cd').
    callback : callable, default=None
        Called with a snapshot (``record``, ``state``, ``reason``, ``start``) after every measured iteration; a true
        answer stops the fit, which keeps what it has. scikit-learn's own callbacks are set with ``set_callbacks``
        (from scikit-learn 1.9 on).
    n_init : int, default=1
        Number of starts, of which the one with the lowest objective is kept. The first is that of `init`, the others
        are 'random', each with a seed drawn from `random_state`. They run side by side, one thread each, on as many
        threads as BLAS may use; the parts have the same bits for any number of them.
    missing : {'error', 'mask'}, default='error'
        What NaN in a dense X means: 'error' refuses it, 'mask' takes the entry as missing, and the fit depends on the
        others alone. Missing and weighted entries (`entry_weight` of `fit`) want 'cd', 'hals' or 'auto' for the
        Frobenius loss, 'mu' or 'auto' for the others. ``inverse_transform(transform(X))`` and `fill` say what would
        stand there. A light penalty (``alpha_W``) keeps rows of few known entries from following their noise.
    checkpoint : str or path-like, default=None
        File that keeps a long fit, the one before beside it (``.previous``); new, unless resumed. Needs ``n_init=1``.
    checkpoint_every : float, default=60
        Seconds between two checkpoints; 0: after every measured iteration. Not billed to the solver's seconds.
    resume : bool, default=False
        Go on from the checkpoint, or begin where there is none yet. A fit that was killed and resumed ends with the
        bits of one left alone, for the same X, settings and number of threads; tol, max_iter and callbacks may differ,
        and `memory`, which moves rounding.
    memory : int or str, default=None
        Bytes that the whole program may take, or a text such as '600MB', while it learns from X on disk: an array that
        is mapped into memory (`np.memmap`) and larger than a quarter of that, or of the machine's memory, and an array
        of a store (zarr, HDF5) of any size are read in blocks of rows, once an iteration, and W lies in a temporary
        file beside them. That is for the Frobenius loss and 'cd', 'hals' or 'auto'; the fit begins with the components
        of a sample of rows, and of a given start only H is taken. Other losses and solvers read X on disk too, as often
        as they multiply with it, and hold W in memory.
    device : str, default=None
        Where to work, as PyTorch calls it (extra ``gpu``): 'cuda', 'cuda:1', 'mps', 'cpu'. None: where X is. A tensor
        or another array of the array API standard (cupy) is worked on where it lies anyway. What is learned and
        returned is of the kind of X, and where X was. Frobenius loss, dense X; one solver, of products only.

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_features)
        H, the parts.
    n_components_ : int
    reconstruction_err_ : float
        ``||X - W H||_F``, or the square root of twice the beta divergence; of known entries, each with its weight.
    n_iter_ : int
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features,)
        Only when X has column names that are all strings.
    history_ : tuple of Record
        ``iteration``, ``seconds`` of the solver, ``objective`` (loss and penalties) and KKT ``residual``; the last
        line is taken after the codes were solved for the final components. On large data the first iteration of 'cd'
        holds its start on a low-rank stand-in of X, and so takes as long as many others.
    kkt_residual_ : float
        Of exactly ``components_`` and the W that was returned: the projected gradient relative to the pulls that
        balance each other in it. No unit; 0 at a stationary point.
    converged_ : bool
        Whether ``kkt_residual_ <= tol``.
    stopped_ : str
        Why the fit stopped, a sentence with the remedy.
    n_dead_components_ : int
        Components that are zero.
    objectives_of_starts_ : ndarray of shape (n_init,)
        Where each start ended.

    References
    ----------
    Cichocki & Phan 2009; Gillis & Glineur 2012; Kim & Park 2011; Guan, Tao, Luo & Yuan 2012; Hsieh & Dhillon 2011;
    Fevotte & Idier 2011; Berry et al. 2007; Bolte, Sabach & Teboulle 2014; Boutsidis & Gallopoulos 2008; Lin 2007.

    Examples
    --------
    >>> import numpy as np
    >>> from partwise import NMF
    >>> X = np.array([[1, 1], [2, 1], [3, 1.2], [4, 1], [5, 0.8], [6, 1]])
    >>> model = NMF(n_components=2, init="random", random_state=0)
    >>> W = model.fit_transform(X)
    >>> W.shape, model.components_.shape, model.converged_
    ((6, 2), (2, 2), True)
    """

    reconstruction_err_: float
    objectives_of_starts_: np.ndarray

    def __init__(
        self,
        n_components: int | str | None = "auto",
        *,
        init: str | None = None,
        solver: str | Solver = "cd",
        beta_loss: str | float = "frobenius",
        tol: float = 1e-4,
        max_iter: int = 200,
        random_state: Any = None,
        alpha_W: float = 0.0,
        alpha_H: float | str = "same",
        l1_ratio: float = 0.0,
        verbose: int = 0,
        shuffle: bool = False,
        callback: Callback | None = None,
        n_init: int = 1,
        missing: str = "error",
        checkpoint: str | PathLike[str] | None = None,
        checkpoint_every: float = 60.0,
        resume: bool = False,
        memory: int | str | None = None,
        device: str | None = None,
    ) -> None:
        self.n_components = n_components
        self.init = init
        self.solver = solver
        self.beta_loss = beta_loss
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state
        self.alpha_W = alpha_W
        self.alpha_H = alpha_H
        self.l1_ratio = l1_ratio
        self.verbose = verbose
        self.shuffle = shuffle
        self.callback = callback
        self.n_init = n_init
        self.missing = missing
        self.checkpoint = checkpoint
        self.checkpoint_every = checkpoint_every
        self.resume = resume
        self.memory = memory
        self.device = device

    @property
    def _parameter_constraints(self) -> dict[str, list[Any]]:
        # the registries are looked up at every call, so that a solver added to them can be used by its name
        return {
            "n_components": [Interval(Integral, 1, None, closed="left"), None, StrOptions({"auto"})],
            "init": [StrOptions({*INITS, "custom"}), None],
            "solver": [StrOptions({*SOLVERS, AUTO}), Solver],
            "beta_loss": [StrOptions(set(LOSSES)), Real],
            "tol": [Interval(Real, 0, None, closed="left")],
            "max_iter": [Interval(Integral, 1, None, closed="left")],
            "random_state": ["random_state"],
            "alpha_W": [Interval(Real, 0, None, closed="left")],
            "alpha_H": [Interval(Real, 0, None, closed="left"), StrOptions({"same"})],
            "l1_ratio": [Interval(Real, 0, 1, closed="both")],
            "verbose": ["verbose"],
            "shuffle": ["boolean"],
            "callback": [callable, None],
            "n_init": [Interval(Integral, 1, None, closed="left")],
            "missing": [StrOptions({"error", "mask"})],
            "checkpoint": [str, PathLike, None],
            "checkpoint_every": [Interval(Real, 0, None, closed="left")],
            "resume": ["boolean"],
            "memory": [Integral, str, None],
            "device": [str, None],
        }

    def fit(self, X: Any, y: Any = None, W: Any = None, H: Any = None, entry_weight: Any = None) -> Self:
        """Learn the parts of X.

        Parameters
        ----------
        X : array-like, sparse matrix or store of shape (n_samples, n_features)
            Entries >= 0. Of X on disk see `memory`.
        y : ignored
        W, H : array-like of shape (n_samples, n_components) and (n_components, n_features), default=None
            The start, with ``init='custom'``.
        entry_weight : array-like of shape (n_samples, n_features), (n_samples, 1) or (1, n_features), default=None
            Weights >= 0 of the entries in the loss, or a mask, true where an entry is known. What stands under a weight
            of 0 is never looked at. For weights of samples give ``sample_weight[:, None]``.

        Returns
        -------
        self : NMF
        """
        self.fit_transform(X, W=W, H=H, entry_weight=entry_weight)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_transform(
        self, X: Any, y: Any = None, W: Any = None, H: Any = None, entry_weight: Any = None
    ) -> np.ndarray:
        """Learn the parts of X and return its codes, exactly those that ``transform(X)`` returns afterwards.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Entries >= 0.
        y : ignored
        W, H : array-like of shape (n_samples, n_components) and (n_components, n_features), default=None
            The start, with ``init='custom'``; the dtype of X.
        entry_weight : array-like, default=None
            As in `fit`.

        Returns
        -------
        W : ndarray of shape (n_samples, n_components)

        Raises
        ------
        ValueError, TypeError
            If X, a parameter, the start or the checkpoint is not what it must be.
        OSError
            If no checkpoint can be written.
        """
        if on_device.concerns(self, X):
            return on_device.fit_transform(self, X, W, H, entry_weight)
        check_course(self)
        if stays_outside(X, self.memory) and self._by_rows(entry_weight):
            return self._learned_by_rows(X, W, H)
        with one_pool():
            given = entries(self, X, entry_weight, self.missing, reset=True)
            loss = self._loss(given)
            warn_of_zeros(given.high)
            given.warn_of_silence()
            scaling = Scaling.of(given.X, given.high)
            problem = self._problem(given, loss, scaling)
            course = Course(self, problem, scaling)
            fitted = course.run(given.X, W, H, given.weights)
            value = loss.value(problem.X, fitted.W, fitted.H)
        self._remember(fitted, loss, value, scaling)
        self.objectives_of_starts_ = scaling.objectives(course.objectives, loss.beta)
        course.end()
        return np.ascontiguousarray(fitted.W.T) * fitted.W.dtype.type(scaling.of_W)
