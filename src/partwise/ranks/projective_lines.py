"""The lines of fits of a report on OPNMF: nothing can be hidden from a projection, so there are no folds."""

from time import perf_counter

import numpy as np

from partwise.matrices import Matrix, as_matrix, shuffled
from partwise.models.fitting import Fit
from partwise.models.projecting import as_projective_solver, project
from partwise.models.starting import raw_start
from partwise.ranks.chains import EXACT
from partwise.ranks.clusters import labels_of
from partwise.ranks.found import Found
from partwise.ranks.lines import Line, Question, Stop
from partwise.ranks.traits import evenness
from partwise.ranks.warm_up import Stopped
from partwise.stopping import Reason

TOL, MOST = 1e-3, 2000  # KKT residual, since the error curve is flat long before, and iterations


class Projection(Line):
    """Fits of X ~ X V V', each from singular vectors of its own.

    Parameters
    ----------
    key, name, question
        As of a `Line`.
    X : Matrix
    purpose : int
        Which random numbers it takes.
    init : str
    """

    chained = False
    weight = 4.0

    def __init__(
        self, key: str, name: str, question: Question, *, X: Matrix, purpose: int, init: str = "nndsvd"
    ) -> None:
        super().__init__(key, name, question)
        self._X = X
        self._purpose = purpose
        self._init = init

    def fit(self, k: int, before: Found | None, stop: Stop) -> Found:
        """Project; the codes of a projection are W'X, and its parts the columns of W."""
        began = perf_counter()
        fitted = self._projected(k, stop)
        parts, codes = fitted.W, fitted.H
        error, size = self._X.T.squared_distance(parts, codes), self._X.squared_norm
        numbers = {
            "relative": float(np.sqrt(error / max(size, np.finfo(np.float64).tiny))),
            "noise": float("nan"),
            "exact": EXACT**2 * size,
        }
        arrays = {
            "H": parts,
            "labels": labels_of(codes.T, parts).astype(np.int32),
            "energy": np.linalg.norm(codes, axis=1) * np.linalg.norm(parts, axis=1),
            "evenness": evenness(codes, parts),
        }
        return Found(self.key, k, error, perf_counter() - began, arrays, numbers)

    def _projected(self, k: int, stop: Stop) -> Fit:
        turned = self._X.T
        init = self._init if k <= min(turned.shape) else "random"
        start = raw_start(turned, k, init, self.question.state(self._purpose, k))[0]
        fitted = project(turned, start, as_projective_solver("lbfgs"), TOL, MOST, lambda shot: stop())
        if fitted.reason is Reason.CALLER:
            raise Stopped
        return fitted


def projections(question: Question, n_restarts: int) -> list[Projection]:
    """Return the lines of X, of X with shuffled columns (OPNMF's own permutation test), and of random starts."""
    X = question.data.matrix
    mixed = as_matrix(shuffled(X, question.rng(2)))
    return [
        Projection("whole", "all entries", question, X=X, purpose=1),
        Projection("permuted", "columns permuted", question, X=mixed, purpose=2),
        *(
            Projection(f"restart-{i}", f"restart {i}", question, X=X, purpose=1000 + i, init="random")
            for i in range(1, n_restarts + 1)
        ),
    ]
