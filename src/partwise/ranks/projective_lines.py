"""The lines of fits of a report on OPNMF: nothing can be hidden from a projection, so there are no folds."""

from time import perf_counter
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np

from partwise.matrices import as_matrix, shuffled
from partwise.models import OPNMF
from partwise.ranks.clusters import labels_of
from partwise.ranks.found import Found
from partwise.ranks.lines import EXACT, Line, Question, Stop, evenness
from partwise.ranks.warm_up import Stopped

TOL = 1e-3  # KKT residual: the error curve is flat long before


class Projection(Line):
    """Fits of X ~ X V V', each from its own singular vectors."""

    chained = False
    weight = 4.0

    def __init__(self, question: Question) -> None:
        super().__init__("whole", "all entries", question)
        self._X: Any = question.data.whole

    def fit(self, k: int, before: Found | None, stop: Stop) -> Found:
        """Project."""
        began = perf_counter()
        model, W = self._projected(k, stop)
        H = np.ascontiguousarray(model.components_)
        error = float(model.reconstruction_err_) ** 2
        size = float(as_matrix(self._X).squared_norm)
        numbers = {
            "relative": float(np.sqrt(error / max(size, np.finfo(np.float64).tiny))),
            "noise": float("nan"),
            "exact": EXACT**2 * size,
        }
        energy = np.linalg.norm(W, axis=0) * np.linalg.norm(H, axis=1)
        arrays = {
            "H": H,
            "labels": labels_of(W, H).astype(np.int32),
            "energy": energy,
            "evenness": evenness(np.ascontiguousarray(W.T), H),
        }
        return Found(self.key, k, error, perf_counter() - began, arrays, numbers)

    def _projected(self, k: int, stop: Stop, init: str | None = None) -> tuple[OPNMF, np.ndarray]:
        seed = self.question.state(self._purpose, k)
        with catch_warnings():
            # of many fits the limit of iterations is a pace, not news
            simplefilter("ignore")
            model = OPNMF(k, init=init, tol=TOL, random_state=seed, callback=lambda shot: stop())
            W = model.fit_transform(self._X)
        if stop():
            raise Stopped
        return model, W

    @property
    def _purpose(self) -> int:
        """Which random numbers it takes."""
        return 1


class PermutedProjection(Projection):
    """The same of X with the entries of every column in an order of their own: OPNMF's own permutation test."""

    def __init__(self, question: Question) -> None:
        super().__init__(question)
        self.key, self.name = "permuted", "columns permuted"
        self._X = shuffled(as_matrix(self._X), question.rng(2))


class ProjectionRestart(Projection):
    """The same from a random start."""

    def __init__(self, index: int, question: Question) -> None:
        super().__init__(question)
        self.key, self.name = f"restart-{index}", f"restart {index}"
        self._index = index

    @property
    def _purpose(self) -> int:
        return 1000 + self._index

    def _projected(self, k: int, stop: Stop, init: str | None = None) -> tuple[OPNMF, np.ndarray]:
        return super()._projected(k, stop, "random")
