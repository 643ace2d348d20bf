"""Who takes part: one small class for each program, which says what it can take and how it is fitted and timed."""

from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, ClassVar

import numpy as np

from benchmarks.watch import Enough, Factors, Watch

FOREVER = 1_000_000  # iterations, where a watch ends the fit
FROBENIUS, DIVERGENCE = "frobenius", "kullback-leibler"


@dataclass(frozen=True)
class Task:
    """What every entrant of a workload is given."""

    X: Any
    W: np.ndarray
    H: np.ndarray
    loss: str
    threads: int

    @property
    def k(self) -> int:
        """Number of components."""
        return len(self.H)


@dataclass(frozen=True)
class Entrant(ABC):
    """A program with one of its solvers."""

    solver: str
    loss: str = FROBENIUS

    program: ClassVar[str]
    package: ClassVar[str]
    sparse: ClassVar[bool] = False  # whether it takes sparse X
    watched: ClassVar[bool] = True  # whether its iterates can be seen from inside a fit
    remark: ClassVar[str] = ""  # where it does not get what the others get

    @property
    def name(self) -> str:
        """Program and solver."""
        return f"{self.program} {self.solver}".strip()

    @property
    def checkpoints(self) -> Sequence[int] | None:
        """Iteration counts at which it is looked at, where they are fixed."""
        return None

    def installed(self) -> str:
        """Return the version; raise PackageNotFoundError where it is not here."""
        return version(self.package)

    def fit(self, task: Task, watch: Watch) -> None:
        """Start the watch and fit until it says enough."""
        raise NotImplementedError

    def run(self, task: Task, iterations: int) -> tuple[float | None, Factors]:
        """Fit from the start for so many iterations; seconds where the program is timed elsewhere, and W, H."""
        raise NotImplementedError


@dataclass(frozen=True)
class Partwise(Entrant):
    """This library, by its public estimator."""

    program, package, sparse = "partwise", "partwise", True

    def settings(self) -> dict[str, Any]:
        """Return what the loss needs beside the defaults."""
        if self.loss == FROBENIUS:
            return {}
        from partwise import NMF

        # the solver that the library itself would choose, where it has such a choice
        names = NMF()._parameter_constraints["solver"][0].options
        return {"beta_loss": self.loss, "solver": "auto" if "auto" in names else "mu"}

    def fit(self, task: Task, watch: Watch) -> None:
        from partwise import NMF

        def follow(shot: Any) -> bool:
            return watch(shot.record.iteration, lambda: (shot.state.W.T, shot.state.H))

        model = NMF(task.k, init="custom", tol=0, max_iter=FOREVER, callback=follow, **self.settings())
        watch.start()
        model.fit_transform(task.X, W=task.W, H=task.H)

    def default(self, task: Task) -> Factors:
        """Fit as a user does who gives nothing but the number of components."""
        from partwise import NMF

        model = NMF(task.k, random_state=0, **self.settings())
        return model.fit_transform(task.X), model.components_


@dataclass(frozen=True)
class ScikitLearn(Entrant):
    """scikit-learn's NMF."""

    program, package, sparse, watched = "scikit-learn", "scikit-learn", True, False

    @property
    def reference(self) -> bool:
        """Whether this is the entrant whose objective after 200 iterations is the goal."""
        return self.solver == ("cd" if self.loss == FROBENIUS else "mu")

    @property
    def checkpoints(self) -> Sequence[int] | None:
        return (10, 20, 50, 100, 200) if self.reference else None

    def run(self, task: Task, iterations: int) -> tuple[float | None, Factors]:
        from sklearn.decomposition import NMF

        model = NMF(task.k, init="custom", solver=self.solver, beta_loss=self.loss, tol=0, max_iter=iterations)
        return None, (model.fit_transform(task.X, W=task.W.copy(), H=task.H.copy()), model.components_)

    def default(self, task: Task) -> Factors:
        """Fit as a user does who gives nothing but the number of components."""
        from sklearn.decomposition import NMF

        model = NMF(task.k, random_state=0, solver=self.solver, beta_loss=self.loss)
        return model.fit_transform(task.X), model.components_


@dataclass(frozen=True)
class NmfRs(Entrant):
    """nmf-rs, written in Rust."""

    program, package, watched = "nmf-rs", "nmf-rs", False
    remark = "float64"

    def run(self, task: Task, iterations: int) -> tuple[float | None, Factors]:
        from nmf_rs import nmf

        done = nmf(task.X, task.k, self.solver, W0=task.W, H0=task.H, max_iter=iterations, num_threads=task.threads)
        return None, (done.W, done.H)


@dataclass(frozen=True)
class NmfTorch(Entrant):
    """nmf-torch on the CPU; its H is our W."""

    program, package = "nmf-torch", "nmf-torch"

    def fit(self, task: Task, watch: Watch) -> None:
        import torch
        from nmf.nmf_models import NMFBatchHALS, NMFBatchMU, NMFBatchNnlsBpp

        kind = {"mu": NMFBatchMU, "bpp": NMFBatchNnlsBpp}.get(self.solver, NMFBatchHALS)

        class Seen(kind):
            """Begins where everybody begins, and shows every iterate."""

            def _initialize_H_W(self, eps: float = 1e-6) -> None:
                self.H, self.W = torch.from_numpy(task.W.copy()), torch.from_numpy(task.H.copy())
                self.seen = 0

            def _update_W(self) -> None:
                super()._update_W()
                self.seen += 1
                if watch(self.seen, lambda: (self.H.numpy(), self.W.numpy())):
                    raise Enough

        inner = {"hals": {"hals_max_iter": 1}, "halsvar": {"hals_max_iter": 200}}.get(self.solver, {})
        model = Seen(
            n_components=task.k,
            init="custom",
            beta_loss=2 if self.loss == FROBENIUS else 1,
            tol=0,
            random_state=0,
            alpha_W=0.0,
            l1_ratio_W=0.0,
            alpha_H=0.0,
            l1_ratio_H=0.0,
            fp_precision="double" if task.X.dtype == np.float64 else "float",
            device_type="cpu",
            n_jobs=task.threads,
            max_iter=FOREVER,
            **inner,
        )
        watch.start()
        model.fit_transform(task.X)


@dataclass(frozen=True)
class NnFac(Entrant):
    """nn-fac, which computes its cost after every step."""

    program, package = "nn-fac", "nn-fac"

    def fit(self, task: Task, watch: Watch) -> None:
        from nn_fac import nmf as theirs

        plain, seen = theirs.one_nmf_step, 0

        def step(*args: Any, **kwargs: Any) -> Any:
            nonlocal seen
            U, V, cost = plain(*args, **kwargs)
            seen += 1
            if watch(seen, lambda: (U, V)):
                raise Enough
            return U, V, cost

        theirs.one_nmf_step = step
        beta = 2 if self.loss == FROBENIUS else 1
        rule = {"update_rule": self.solver, "beta": beta, "deterministic": True}
        watch.start()
        try:
            theirs.nmf(task.X, task.k, "custom", task.W, task.H, n_iter_max=FOREVER, tol=0, **rule)
        finally:
            theirs.one_nmf_step = plain


@dataclass(frozen=True)
class TorchNMF(Entrant):
    """torchnmf: multiplicative updates by automatic differentiation; its H is our W, and its W our H transposed."""

    program, package, sparse, watched = "torchnmf", "torchnmf", True, False

    def run(self, task: Task, iterations: int) -> tuple[float | None, Factors]:
        import time

        import scipy.sparse
        import torch
        from torchnmf.nmf import NMF

        torch.set_num_threads(task.threads)
        if scipy.sparse.issparse(task.X):
            there = task.X.tocoo()
            X = torch.sparse_coo_tensor(np.stack([there.row, there.col]), there.data, there.shape).coalesce()
        else:
            X = torch.from_numpy(task.X)
        torch.set_default_dtype(X.dtype)  # its parameters take the default type, whatever the start has
        model = NMF(W=torch.from_numpy(task.H.T.copy()), H=torch.from_numpy(task.W.copy()))
        began = time.perf_counter()
        model.fit(X, beta=2 if self.loss == FROBENIUS else 1, tol=-1.0, max_iter=iterations)
        seconds = time.perf_counter() - began
        return seconds, (model.H.detach().numpy(), model.W.detach().numpy().T)


def registry() -> dict[str, Entrant]:
    """Return all entrants by name and loss, in the order in which they take turns."""
    from benchmarks.rcppml import RcppML

    frobenius = [
        Partwise(""),
        ScikitLearn("cd"),
        ScikitLearn("mu"),
        NmfRs("hals"),
        NmfRs("ehals"),
        NmfTorch("hals"),
        NmfTorch("halsvar"),
        NmfTorch("bpp"),
        NnFac("hals"),
        NnFac("hals_acc"),
        TorchNMF("mu"),
        RcppML("als"),
    ]
    divergence = [
        kind(solver, DIVERGENCE)
        for kind, solver in (
            (Partwise, ""),
            (ScikitLearn, "mu"),
            (NmfRs, "brunet"),
            (NmfTorch, "mu"),
            (NnFac, "mu"),
            (TorchNMF, "mu"),
        )
    ]
    return {f"{one.name}|{one.loss}": one for one in [*frobenius, *divergence]}


def missing(entrant: Entrant) -> str | None:
    """Return why an entrant cannot take part at all, or None."""
    try:
        entrant.installed()
    except PackageNotFoundError:
        return "not installed"
    return None
