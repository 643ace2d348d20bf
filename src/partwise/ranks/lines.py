"""The lines of fits that a report is made of: each goes from small numbers of parts to large ones."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from time import perf_counter
from warnings import catch_warnings, simplefilter

import numpy as np

from partwise.losses import Loss
from partwise.matrices import Holes, Matrix, as_matrix, drawn_places, shuffled, without
from partwise.models import NMF
from partwise.ranks.bi_cross_validation import block_error
from partwise.ranks.clusters import labels_of
from partwise.ranks.data import Data
from partwise.ranks.found import Found
from partwise.ranks.warm_up import Point, Stopped, View, begun, grown, polished, settled

SHARE = 0.1  # of the entries that a fold hides
MOST_HIDDEN = 2_000_000  # entries, of a matrix that has many zeros: they cost as much as stored ones
EXACT, NEAR = 2e-3, 2e-2  # relative errors: of a fit with nothing left to explain, and of one that may come there
TOL = 3e-4  # KKT residual of a restart: its groups and parts no longer move
PROBED = 20_000  # entries that tell whether noise grows with the signal
BINS = 10  # of them, by size
Stop = Callable[[], bool]


@dataclass(frozen=True)
class Question:
    """What all lines are about.

    Parameters
    ----------
    data : Data
    loss : Loss
    seed : int
    """

    data: Data
    loss: Loss
    seed: int

    def rng(self, *what: int) -> np.random.Generator:
        """Return random numbers that belong to one purpose, the same for every order of the fits."""
        return np.random.default_rng([self.seed, *what])

    def state(self, *what: int) -> np.random.RandomState:
        """Return the same in the older form, which inits ask for."""
        return np.random.RandomState(int(self.rng(*what).integers(2**31)))


class Line(ABC):
    """One line of fits.

    Parameters
    ----------
    key : str
        Its name in files, such as "held-out-2".
    name : str
        Its name for the user, such as "held-out, fold 2".
    """

    chained = True  # whether a fit begins where the one before ended
    weight = 1.0  # what a fit costs beside others, for the time left

    def __init__(self, key: str, name: str, question: Question) -> None:
        self.key = key
        self.name = name
        self.question = question

    @abstractmethod
    def fit(self, k: int, before: Found | None, stop: Stop) -> Found:
        """Return what a fit of k parts finds; `Stopped` is raised where `stop` says so.

        `before` is the line's fit of the number of parts before; None for the first, and where the line is no chain.
        """


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


class Whole(Chain):
    """Fits to all entries."""

    number = 1

    def __init__(self, question: Question) -> None:
        super().__init__("whole", "all entries", question)
        self._X = question.data.matrix

    def fit(self, k: int, before: Found | None, stop: Stop) -> Found:
        """Note beside the factors how much each part carries, and how evenly."""
        found = super().fit(k, before, stop)
        W, H = found.arrays["W"], found.arrays["H"]
        if EXACT <= found.numbers["relative"] < NEAR and self.question.loss.beta == 2:
            began = perf_counter()
            at = polished(self._X, Point(W, H), stop)
            W, H = at.W, at.H
            error, numbers = self._judged(at)
            seconds = found.seconds + perf_counter() - began
            found = replace(found, error=error, seconds=seconds, arrays={"W": W, "H": H}, numbers=numbers)
        energy = np.linalg.norm(W, axis=1) * np.linalg.norm(H, axis=1)
        return replace(found, arrays=found.arrays | {"energy": energy, "evenness": evenness(W, H)})

    @cached_property
    def _probe(self) -> Holes:
        n, m = self._X.shape
        return Holes(self._X, drawn_places((n, m), min(PROBED, n * m // 2 + 1), self.question.rng(self.number)))

    @property
    def _seen(self) -> tuple[View, Matrix]:
        return (lambda W, H: self._X), self._X

    def _judged(self, at: Point) -> tuple[float, dict[str, float]]:
        error = 2 * self.question.loss.value(self._X, at.W, at.H)
        missed = self._X.squared_distance(at.W, at.H) / max(self._X.squared_norm, np.finfo(np.float64).tiny)
        noise = growth_of_noise(self._probe.hidden, self._probe.estimate(at.W, at.H))
        exact = EXACT**2 * self._X.squared_norm if self.question.loss.beta == 2 else 0.0
        return error, {"relative": float(np.sqrt(missed)), "noise": noise, "exact": exact}


class Permuted(Whole):
    """Fits to X with the entries of every column in an order of their own: what is left for parts to find in noise."""

    number = 2

    def __init__(self, question: Question) -> None:
        super().__init__(question)
        self.key, self.name = "permuted", "columns permuted"
        self._X = as_matrix(shuffled(self._X, question.rng(self.number)))


class Restart(Line):
    """Fits from a random start of their own."""

    chained = False
    weight = 1.5

    def __init__(self, index: int, question: Question) -> None:
        super().__init__(f"restart-{index}", f"restart {index}", question)
        self._index = index
        self._X = question.data.whole

    def fit(self, k: int, before: Found | None, stop: Stop) -> Found:
        """Fit, and say which part every sample has most of."""
        began = perf_counter()
        seed = self.question.state(1000 + self._index, k)
        beta = self.question.loss.beta
        with catch_warnings():
            # of many fits the limit of iterations is a pace, not news
            simplefilter("ignore")
            model = NMF(
                k,
                init="random",
                solver="auto",
                beta_loss=beta,
                tol=TOL,
                random_state=seed,
                callback=lambda shot: stop(),
            )
            W = model.fit_transform(self._X)
        if stop():
            raise Stopped
        H = model.components_
        arrays = {"H": H, "labels": labels_of(W, H).astype(np.int32)}
        return Found(self.key, k, float(model.reconstruction_err_), perf_counter() - began, arrays)


def hidden_entries(X: Matrix) -> int:
    """Return how many entries a fold hides: a tenth, fewer where that would be many more than are not 0."""
    return max(1, min(int(SHARE * X.shape[0] * X.shape[1]), max(MOST_HIDDEN, X.stored)))


def evenness(W: np.ndarray, H: np.ndarray) -> np.ndarray:
    """Return over which share of the samples and features each part is spread evenly, (n_components, 2).

    ``(sum f)^2 / (n sum f^2)``: 1 for a part that is the same everywhere, near 0 for one that is nearly nowhere.
    """
    shares = []
    for F in (W, H):
        wide = F.astype(np.float64)
        squares = F.shape[1] * np.einsum("ji,ji->j", wide, wide)
        shares.append(np.divide(wide.sum(axis=1) ** 2, squares, out=np.zeros(len(F)), where=squares > 0))
    return np.stack(shares, axis=1)


def growth_of_noise(x: np.ndarray, y: np.ndarray) -> float:
    """Return the power of the signal with which the variance of the noise grows; not a number where it cannot be told.

    Of entries x with estimates y in ten groups by y, the slope of ``log mean (x - y)^2`` over ``log mean y``: 0 for
    noise that is the same everywhere, 1 for counts, 2 for noise in proportion.
    """
    x, y = x.astype(np.float64)[y > 0], y.astype(np.float64)[y > 0]
    if len(y) < 10 * BINS:
        return float("nan")
    groups = np.array_split(np.argsort(y, kind="stable"), BINS)
    level = np.array([y[group].mean() for group in groups])
    noise = np.array([np.mean((x[group] - y[group]) ** 2) for group in groups])
    if not noise.min() > 0 or not level[-1] > 1.5 * level[0]:
        return float("nan")
    return float(np.polyfit(np.log(level), np.log(noise), 1)[0])


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
