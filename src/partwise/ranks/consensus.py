"""consensus: many starts of one fit, the parts on which they agree, and how surely each of them comes back."""

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions, validate_params

from partwise.kernels.threads import one_pool
from partwise.losses import LOSSES
from partwise.matching import least_cosine, matched, mean_cosine, returning, stability_map
from partwise.matrices import as_matrix
from partwise.models import NMF
from partwise.models.canonical import normalized
from partwise.models.formulation import check_loss, formulate
from partwise.models.scaling import Scaling
from partwise.models.starting import SEEDS
from partwise.models.validation import checked
from partwise.ranks.agreement import agreed
from partwise.ranks.classical import silhouettes
from partwise.ranks.clusters import consensus_matrix, cophenetic, dispersion, drawn
from partwise.ranks.starts import Callback, Ended, Recipe, from_many_starts
from partwise.solvers import AUTO, SOLVERS, Solver, chosen
from partwise.wording import counted, shares, sureness

OUTLIERS = 0.5  # distance from its nearest neighbours above which a part is left out (cNMF's own default)


@dataclass(frozen=True, repr=False, kw_only=True)
class Consensus:
    """What many runs agree on. Printed, it says how firm that is.

    Attributes
    ----------
    parts : ndarray of shape (n_components, n_features)
        Of length 1, the most energetic first; the dtype of X.
    codes : ndarray of shape (n_samples, n_components)
    model : NMF
        With these parts, ready to transform.
    stability : ndarray of shape (n_components,)
        How surely each part comes back: the mean cosine with its match in every run, 0 to 1. Not a number for one run.
    stability_map : ndarray of shape (n_components, n_features)
        The same, feature by feature (`partwise.matching.stability_map`), 0 to 1.
    silhouettes : ndarray of shape (n_components,)
        How far the group of each part is from the others, -1 to 1. Not a number for one run or one part.
    kept : ndarray of int, shape (n_components,)
        How many runs each part is the median of.
    labels : ndarray of int, shape (n_runs, n_samples)
        The part that each sample uses most, by its number in that run.
    matrix : ndarray of shape (n, n), n = min(n_samples, 2000)
        In which share of the runs two samples use the same part most.
    samples : ndarray of int, shape (n,)
        Which samples those are.
    cophenetic : float
        How well a tree renders `matrix`; 1 where all runs group the samples alike. Not a number for one run, of which
        it would always be 1, or where there is one group only.
    dispersion : float
        1 where two samples are together always or never (Kim & Park 2007). Not a number for one run.
    least_cosine, mean_cosine : float
        The mean over pairs of runs of their least and mean matched cosine. Not a number for one run.
    objectives : ndarray of shape (n_runs,)
        Where each run ended.
    n_converged : int
        How many of them are at a stationary point to within tol.
    n_outliers : int
        Parts of single runs that were left out.
    n_runs, n_wanted : int
        Runs that are done, and that were asked for.
    """

    parts: NDArray[Any]
    codes: NDArray[Any]
    model: NMF
    stability: NDArray[np.float64]
    stability_map: NDArray[np.float64]
    silhouettes: NDArray[np.float64]
    kept: NDArray[np.intp]
    labels: NDArray[np.intp]
    matrix: NDArray[np.float64]
    samples: NDArray[np.intp]
    cophenetic: float
    dispersion: float
    least_cosine: float
    mean_cosine: float
    objectives: NDArray[np.float64]
    n_converged: int
    n_outliers: int
    n_runs: int
    n_wanted: int

    @property
    def complete(self) -> bool:
        """Whether all runs that were asked for are done."""
        return self.n_runs == self.n_wanted

    @property
    def words(self) -> list[str]:
        """For each part "firm", "fair" or "shaky"; "not known" for one run."""
        return [sureness(float(one)) for one in self.stability]

    @property
    def sentence(self) -> str:
        """How firm it all is, in words."""
        runs = counted(self.n_runs, "runs") + ("" if self.complete else f" of {self.n_wanted:,}, stopped on request")
        if self.n_runs == 1:
            return (
                f"{runs}: there is nothing to compare it with, so it has no stability and no cophenetic correlation. "
                "Try n_runs=20 (--runs 20)."
            )
        return f"{runs}: of {counted(len(self.parts), 'parts')} {shares(self.words)}. {self._groups}"

    @property
    def _groups(self) -> str:
        """How firm the groups of samples are; a correlation that is not known has its reason."""
        if not np.isnan(self.cophenetic):
            return f"Groups of samples: cophenetic {self.cophenetic:.3f}, dispersion {self.dispersion:.3f}."
        if len(self.matrix) < 3:
            return "So few samples form no groups."
        together = self.matrix[np.triu_indices(len(self.matrix), 1)]
        if together.min() == 1:
            return "All samples use the same part most."
        return "Every sample has its own part." if together.max() == 0 else "All samples are together equally often."

    def __repr__(self) -> str:
        lines = [
            f"part {number}: {value:.2f} {word}"
            for number, (value, word) in enumerate(zip(self.stability, self.words, strict=True), 1)
            if self.n_runs > 1
        ]
        return "\n".join([self.sentence, *lines])


@validate_params(
    {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "n_runs": [Interval(Integral, 1, None, closed="left")],
        "beta_loss": [StrOptions(set(LOSSES)), Real],
        "solver": [StrOptions({*SOLVERS, AUTO}), Solver],
        "tol": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "outliers": [Interval(Real, 0, None, closed="neither")],
        "refit": ["boolean"],
        "random_state": ["random_state"],
        "callback": [callable, None],
    },
    prefer_skip_nested_validation=True,
)
def consensus(
    X: Any,
    n_components: int,
    *,
    n_runs: int = 20,
    beta_loss: str | float = "frobenius",
    solver: str | Solver = AUTO,
    tol: float = 1e-4,
    max_iter: int = 200,
    outliers: float = OUTLIERS,
    refit: bool = True,
    random_state: Any = None,
    callback: Callback | None = None,
) -> Consensus:
    """Fit NMF from many random starts, match their parts, and return those on which they agree.

    Runs go side by side, one thread each; a run hangs on its seed alone, so the answer does not change with the number
    of threads. Parts of length 1 are matched over the runs, those that stand alone are left out, and the medians are
    the consensus parts (Kotliar et al. 2019).

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        Entries >= 0; sparse X is never densified.
    n_components : int
        Number of parts, 1 to n_samples.
    n_runs : int
        Random starts, >= 1; a stability needs two, and 20 are usual.
    beta_loss, solver, tol, max_iter
        Of each run, as in `NMF`; the solver is the fastest for the loss unless given.
    outliers : float
        A part whose mean distance from its nearest neighbours in other runs (three in ten of the runs; lengths are 1)
        is larger is left out of the median; > 0, from sqrt(2) on none is.
    refit : bool
        Whether the model is fitted on from the medians, so that it ends where no small change could improve it. False:
        the parts are the medians themselves, and only the codes are found for them; such a model has no history.
    random_state : int, RandomState or None
        Of the starts. The first runs are the same whatever `n_runs` is.
    callback : callable, optional
        Called with (runs done, runs in all) whenever a run has been measured; a true answer ends them. What is done is
        kept, as after Ctrl-C.

    Returns
    -------
    Consensus

    Raises
    ------
    ValueError, TypeError
        If X or a setting is not what it must be, or a solver cannot minimise the loss.

    Examples
    --------
    >>> import numpy as np
    >>> from partwise import consensus
    >>> rng = np.random.default_rng(0)
    >>> X = rng.random((60, 3)) ** 4 @ rng.random((3, 20)) ** 4
    >>> found = consensus(X, 3, n_runs=5, random_state=0)
    >>> found.n_runs, found.words
    (5, ['firm', 'firm', 'firm'])
    """
    model = NMF(
        n_components, init="custom", solver=solver, beta_loss=beta_loss, tol=tol, max_iter=max_iter, random_state=0
    )
    with one_pool():
        X, high = checked(model, X, reset=True)
        if n_components > X.shape[0]:
            raise ValueError(
                f"consensus wants at most as many parts as samples ({X.shape[0]}), got n_components={n_components}. "
                "Choose fewer."
            )
        if high == 0:
            raise ValueError("consensus wants an X that is not all zeros: there is nothing to agree on.")
        loss = check_loss(X, beta_loss, solver, "random")
        scaling = Scaling.of(X, high)
        problem = formulate(as_matrix(scaling.shrink(X)), loss, scaling, (0.0, 0.0, 0.0))
        seeds = check_random_state(random_state).randint(SEEDS, size=n_runs)
        recipe = Recipe(n_components, chosen(solver, loss), tol, max_iter)
        runs = list(from_many_starts(problem, recipe, seeds, callback).values())
        # the best run names the groups, the first of equals
        order = np.argsort([run.objective for run in runs], kind="stable")
        best_first = [runs[place].parts for place in order]
        agreement = agreed(best_first, outliers)
        told = None if callback is None else lambda shot: callback(len(runs), n_runs)
        model, codes, medians = _fitted(model, X, agreement.parts, told if refit else None, refit)
        places = matched(model.components_, medians)[0]
        return Consensus(
            parts=model.components_,
            codes=codes,
            model=model,
            silhouettes=silhouettes(best_first)[places],
            kept=agreement.kept.sum(axis=0)[places],
            objectives=scaling.objectives([run.objective for run in runs], loss.beta),
            n_converged=sum(run.converged for run in runs),
            n_outliers=int((~agreement.kept).sum()),
            n_runs=len(runs),
            n_wanted=n_runs,
            **_compared(model.components_, runs),
        )


def _fitted(
    model: NMF, X: Any, medians: NDArray[np.float64], told: Any, refit: bool
) -> tuple[NMF, NDArray[Any], NDArray[np.float64]]:
    """Return the model with the medians as its parts, or fitted on from them; its codes; and the medians."""
    H = medians.astype(X.dtype)
    codes = model.adopt_components(H, X).transform(X)
    if refit:
        model.set_params(callback=told)
        codes = model.fit_transform(X, W=codes, H=H)
        model.set_params(callback=None)
    model, codes = normalized(model, codes)
    return model, codes, medians


def _compared(parts: NDArray[Any], runs: list[Ended]) -> dict[str, Any]:
    """Return what only several runs can say; of one run, what is not a number."""
    single = len(runs) == 1
    others = [] if single else [run.parts for run in runs]
    labels = np.stack([run.labels for run in runs])
    matrix = consensus_matrix(labels)
    return {
        "stability": returning(parts, others),
        "stability_map": stability_map(parts, others),
        "labels": labels,
        "matrix": matrix,
        "samples": drawn(labels.shape[1]),
        "cophenetic": float("nan") if single else cophenetic(matrix),
        "dispersion": float("nan") if single else dispersion(matrix),
        "least_cosine": least_cosine(others),
        "mean_cosine": mean_cosine(others),
    }
