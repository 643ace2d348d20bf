"""Lines whose fits grow from each other: to what is not hidden, to X, and to X with its columns shuffled."""

from abc import abstractmethod
from dataclasses import replace
from time import perf_counter

import numpy as np

from partwise.matrices import Holes, Matrix, as_matrix, drawn_places, shuffled, without
from partwise.ranks.found import Found
from partwise.ranks.lines import Line, Question, Stop
from partwise.ranks.traits import evenness, growth_of_noise
from partwise.ranks.warm_up import Point, View, begun, grown, polished, settled

SHARE = 0.1  # of the entries that a fold hides
MOST_HIDDEN = 2_000_000  # entries, of a matrix that has many zeros: they cost as much as stored ones
EXACT, NEAR = 2e-3, 2e-2  # relative errors: of a fit with nothing left to explain, and of one that may come there
PROBED = 20_000  # entries that tell whether noise grows with the signal


class Chain(Line):
    """Fits that grow from each other."""

    number = 0  # of the purpose that its random numbers are for

    def fit(self, k: int, before: Found | None, stop: Stop) -> Found:
        """Add parts, let all settle, and judge them."""
        began = perf_counter()
        view, first = self._seen
        if before is None:
            at = begun(first, k, self.question.state(self.number, k))
        else:
            at = Point(before.arrays["W"], before.arrays["H"])
            at = grown(view(at.W, at.H), at, k - before.k, self.question.state(self.number, k))
        at = settled(view, at, self.question.loss, stop)
        error, numbers = self._judged(at)
        return Found(self.key, k, error, perf_counter() - began, {"W": at.W, "H": at.H}, numbers)

    @property
    @abstractmethod
    def _seen(self) -> tuple[View, Matrix]:
        """How a point sees X, and how X is seen where there is no point yet."""

    @abstractmethod
    def _judged(self, at: Point) -> tuple[float, dict[str, float]]:
        """Return the error of a point, and what else is to be known of it."""


class HeldOut(Chain):
    """Fits to most entries, judged by those that were hidden. Nothing of these is used before: neither by the start,
    nor by the sizes of rows, nor by the quantile at which X is cut.
    """

    def __init__(self, fold: int, question: Question) -> None:
        super().__init__(f"held-out-{fold}", f"held-out, fold {fold}", question)
        self.number = 10 + fold
        data = question.data
        rng = question.rng(self.number)
        places = drawn_places(data.X.shape, hidden_entries(data.matrix), rng)
        X = as_matrix(data.seen(places))
        self._holes = Holes(X, places)
        self._n_seen = X.shape[0] * X.shape[1] - len(places)
        self._most = float(as_matrix(without(X, places)).values.max(initial=0))
        self._start = self._holes.levelled()
        self._floor = float(np.finfo(np.float32).eps) * self._start.mean

    @property
    def _seen(self) -> tuple[View, Matrix]:
        return self._holes.filled, self._start

    def _judged(self, at: Point) -> tuple[float, dict[str, float]]:
        # a row of few known entries may promise anything; nobody would believe more than was ever seen
        loss, estimate = self.question.loss, np.minimum(self._holes.estimate(at.W, at.H), self._most)
        hidden = 2 * loss.between(self._holes.hidden, estimate, self._floor) / len(estimate)
        # what a fit fills in costs nothing, so what is left is the loss of the other entries
        fitted = 2 * loss.value(self._holes.filled(at.W, at.H), at.W, at.H) / max(1, self._n_seen)
        wide = self._holes.hidden.astype(np.float64)
        exact = EXACT**2 * float(np.mean(wide**2)) if loss.beta == 2 else 0.0
        return hidden, {"fitted": max(0.0, fitted), "exact": exact}


class Full(Chain):
    """Fits to all entries of a matrix.

    Parameters
    ----------
    key, name, question
        As of a `Line`.
    X : Matrix
    """

    def __init__(self, key: str, name: str, question: Question, X: Matrix) -> None:
        super().__init__(key, name, question)
        self._X = X

    @property
    def _seen(self) -> tuple[View, Matrix]:
        return (lambda W, H: self._X), self._X

    def _judged(self, at: Point) -> tuple[float, dict[str, float]]:
        squared, error = self.question.loss.beta == 2, 2 * self.question.loss.value(self._X, at.W, at.H)
        missed = error if squared else self._X.squared_distance(at.W, at.H)
        size = self._X.squared_norm
        relative = float(np.sqrt(missed / max(size, np.finfo(np.float64).tiny)))
        return error, {"relative": relative, "exact": EXACT**2 * size if squared else 0.0}


class Permuted(Full):
    """Fits to X with the entries of every column in an order of their own: what is left for parts to find in noise."""

    number = 2

    def __init__(self, question: Question) -> None:
        X = as_matrix(shuffled(question.data.matrix, question.rng(self.number)))
        super().__init__("permuted", "columns permuted", question, X)


class Whole(Full):
    """Fits to X itself, of which more is told than how well they do."""

    number = 1

    def __init__(self, question: Question) -> None:
        super().__init__("whole", "all entries", question, question.data.matrix)
        n, m = self._X.shape
        self._probe = Holes(self._X, drawn_places((n, m), min(PROBED, n * m // 2 + 1), question.rng(self.number)))

    def fit(self, k: int, before: Found | None, stop: Stop) -> Found:
        """Follow a fit that may be exact to its end; note how much each part carries and how evenly, and the noise."""
        found = super().fit(k, before, stop)
        at = Point(found.arrays["W"], found.arrays["H"])
        if EXACT <= found.numbers["relative"] < NEAR and self.question.loss.beta == 2:
            began = perf_counter()
            at = polished(self._X, at, stop)
            error, numbers = self._judged(at)
            seconds = found.seconds + perf_counter() - began
            found = replace(found, error=error, seconds=seconds, numbers=numbers)
        noise = growth_of_noise(self._probe.hidden, self._probe.estimate(at.W, at.H))
        energy = np.linalg.norm(at.W, axis=1) * np.linalg.norm(at.H, axis=1)
        arrays = {"W": at.W, "H": at.H, "energy": energy, "evenness": evenness(at.W, at.H)}
        return replace(found, arrays=arrays, numbers=found.numbers | {"noise": noise})


def hidden_entries(X: Matrix) -> int:
    """Return how many entries a fold hides: a tenth, fewer where that would be many more than are not 0."""
    return max(1, min(int(SHARE * X.shape[0] * X.shape[1]), max(MOST_HIDDEN, X.stored)))
