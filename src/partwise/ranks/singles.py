"""Lines whose fits have nothing to do with each other: from random starts, and of all but a block."""

from time import perf_counter

import numpy as np

from partwise.problems import TwoFactors
from partwise.ranks.bi_cross_validation import block_error
from partwise.ranks.found import Found
from partwise.ranks.lines import Line, Question, Stop
from partwise.ranks.starts import Recipe, from_start
from partwise.ranks.warm_up import Stopped
from partwise.solvers import AUTO, chosen
from partwise.stopping import Reason

TOL, MOST = 3e-4, 200  # KKT residual of a restart, where its groups and parts no longer move, and iterations


class Restart(Line):
    """Fits from a random start of their own."""

    chained = False
    weight = 1.5

    def __init__(self, index: int, question: Question) -> None:
        super().__init__(f"restart-{index}", f"restart {index}", question)
        self._index = index
        self._problem = TwoFactors(question.data.matrix, question.loss)

    def fit(self, k: int, before: Found | None, stop: Stop) -> Found:
        """Fit, and say which part every sample has most of."""
        began = perf_counter()
        recipe = Recipe(k, chosen(AUTO, self.question.loss), TOL, MOST)
        rng = self.question.state(1000 + self._index, k)
        reason, ended = from_start(self._problem, recipe, rng, lambda shot: stop())
        if reason is Reason.CALLER:
            raise Stopped
        arrays = {"H": ended.parts, "labels": ended.labels.astype(np.int32)}
        return Found(self.key, k, float(np.sqrt(2 * max(0.0, ended.objective))), perf_counter() - began, arrays)


class Block(Line):
    """Blocks of rows and columns left out together, and told from the rest."""

    chained = False
    weight = 0.7

    def __init__(self, fold: int, question: Question) -> None:
        super().__init__(f"block-{fold}", f"block {fold}", question)
        self._fold = fold
        self._X = question.data.whole

    def fit(self, k: int, before: Found | None, stop: Stop) -> Found:
        """Fit the rest, and score the block."""
        began = perf_counter()
        if stop():
            raise Stopped
        error = block_error(self._X, k, self._fold, self.question.seed)
        return Found(self.key, k, error, perf_counter() - began)
