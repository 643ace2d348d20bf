"""What a model that learns from batches does behind its face: start, drain the loop, remember, warn."""

from dataclasses import replace
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from partwise.kernels.threads import one_pool
from partwise.losses import as_loss
from partwise.matrices import Matrix
from partwise.models.batch_fitting import BatchFit, Limits, Pose, fit_batches
from partwise.models.batches import SAMPLE, Batches
from partwise.models.fitting import prepare
from partwise.models.following import Callback, follower
from partwise.models.formulation import check_loss
from partwise.models.penalized_model import PenalizedModel
from partwise.models.scaling import Scaling
from partwise.models.starting import count_components, drawn_start
from partwise.models.validation import check_factor
from partwise.models.warning import warn
from partwise.solvers.online import Memory, Online, online
from partwise.stopping import Reason


class BatchModel(PenalizedModel):
    """The inner side of `MiniBatchNMF`; its face has the parameters."""

    init: str | None
    batch_size: int
    tol: float
    max_no_improvement: int | None
    max_iter: int
    l1_ratio: float
    forget_factor: float
    fresh_restarts: bool
    fresh_restarts_max_iter: int
    random_state: Any
    verbose: int
    callback: Callback | None

    reconstruction_err_: float
    n_steps_: int

    def _fit(self, batches: Batches, H: Any) -> BatchFit:
        scaling = batches.scaling
        with one_pool():
            wanted = self.n_components if isinstance(self.n_components, Integral) else self.n_features_in_
            start = self._start(batches.sample(max(SAMPLE, self.batch_size, 20 * int(wanted))), H, scaling)
            prepare(self._solver().plain, as_loss(self.beta_loss), start.dtype)
            fitted = fit_batches(
                batches,
                self._pose(scaling),
                self._solver(),
                start,
                Limits(self.tol, self.max_iter, self.max_no_improvement),
                follower(self.callback, self.verbose),
            )
        self._remember(fitted, scaling)
        return fitted

    def _admit(self, X: Any) -> None:
        check_loss(X, self.beta_loss, "mu", None)

    def _pose(self, scaling: Scaling) -> Pose:
        return Pose(as_loss(self.beta_loss), scaling, (self.alpha_W, self.alpha_H, self.l1_ratio))

    def _solver(self) -> Online:
        kind = online(as_loss(self.beta_loss))
        return kind(self.forget_factor, self.fresh_restarts, self.fresh_restarts_max_iter)

    def _start(self, X: Matrix, H: Any, scaling: Scaling) -> np.ndarray:
        name = type(self).__name__
        if self.init == "custom":
            if H is None:
                raise ValueError(f"{name} with init='custom' needs H, got None. Give it to fit or partial_fit.")
            known = "auto" if self.n_components == "auto" else count_components(self.n_components, X)
            H = check_factor(H, (known, X.shape[1]), f"{name} (input H)", X.dtype)
            return np.array(H, order="C") / X.dtype.type(scaling.of_H)
        if H is not None:
            warn("When init!='custom', provided H is ignored. Set init='custom' to start from it.", RuntimeWarning)
        rng = check_random_state(self.random_state)
        return drawn_start(X, count_components(self.n_components, X), self.init, rng)[1]

    def _keep_components(self, H: np.ndarray, scaling: Scaling) -> None:
        super()._keep_components(H, scaling)
        self._memory = Memory()

    def _remember(self, fitted: BatchFit, scaling: Scaling) -> None:
        memory, overview = fitted.state.memory, fitted.overview
        self._keep_components(fitted.state.H, scaling)
        # the codes that were held belong to batches that nobody will show again
        self._memory = replace(memory, visits={})
        beta = as_loss(self.beta_loss).beta
        with np.errstate(over="ignore", under="ignore"):
            unit = np.float64(scaling.unit) ** (beta / 2)
            self.reconstruction_err_ = float(np.sqrt(2 * max(overview.loss, 0.0)) * unit)
        self.n_iter_, self.n_steps_ = memory.epoch, fitted.state.iteration
        self.history_ = scaling.history(fitted.history, beta)
        self.kkt_residual_ = overview.measure.residual
        self.converged_ = bool(self.kkt_residual_ <= self.tol)
        self.stopped_ = fitted.reason.sentence(self.n_iter_, self.kkt_residual_, self.tol)
        self.n_dead_components_ = fitted.n_dead
        if fitted.reason in (Reason.ITERATION_LIMIT, Reason.EPOCH_LIMIT) and self.tol > 0:
            warn(
                f"Maximum number of iterations {self.n_iter_} reached. Increase it to improve convergence.",
                ConvergenceWarning,
            )
