"""Steps that see one mini-batch: its codes are improved, its sums gathered, the parts improved on all that is gathered.

Mairal, Bach, Ponce & Sapiro 2010, "Online learning for matrix factorization and sparse coding", algorithms 1 and 2 and
section 3.4; Lefevre, Bach & Fevotte 2011, "Online algorithms for NMF with the Itakura-Saito divergence".
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from partwise.kernels.blocks import gram
from partwise.kernels.measure import read
from partwise.kernels.sweeps import sweep
from partwise.losses import Half, Loss, QuadraticHalf
from partwise.losses.loss import Reading
from partwise.problems import Batch, Measure, State, Stream, Tally, TwoFactors
from partwise.solvers.hals import HALS, quadratic
from partwise.solvers.multiplicative import MultiplicativeUpdate, exponent
from partwise.solvers.solver import Solver

SWEEPS = 8  # for each product with a batch
SHRINK = 0.01  # squared change of a sweep, relative to the first, below which the next product pays more
SOLVED = 1e-8  # the same for codes that start from nothing


@dataclass(frozen=True)
class Visit:
    """What a batch left when it was seen last: its codes, its sums (where they are held), and the age of the fit."""

    codes: np.ndarray
    sums: tuple[np.ndarray, ...]
    age: float


@dataclass(frozen=True)
class Memory:
    """What a fit by mini-batches carries from step to step.

    Parameters
    ----------
    sums : tuple of ndarray
        What the parts are improved on; the solver knows what they are. Empty before the first batch.
    weight : float
        Samples that the sums stand for, faded ones counted in part.
    age : float
        Epochs seen; the first counts more than one, since its length was not known.
    epoch : int
        Number of the epoch of the last batch.
    visits : dict
        By the place of a batch.
    measure : Measure
        Smoothed cost of a sample, and the residual of the last batch and of the sums.
    """

    sums: tuple[np.ndarray, ...] = ()
    weight: float = 0.0
    age: float = 0.0
    epoch: int = 0
    visits: dict[int, Visit] = field(default_factory=dict)
    measure: Measure = Measure(np.inf, np.inf)

    def plus(self, sums: tuple[np.ndarray, ...], weight: float) -> "Memory":
        """Return the memory with more sums."""
        both = tuple(a + b for a, b in zip(self.sums, sums, strict=True)) if self.sums else sums
        return replace(self, sums=both, weight=self.weight + weight)

    def faded(self, rate: float) -> "Memory":
        """Return the memory with its sums at a share of their weight."""
        return replace(self, sums=tuple(rate * one for one in self.sums), weight=rate * self.weight)


@dataclass(frozen=True)
class Seen:
    """A batch with its codes, at the parts before their step; what it left before has the weight `stale` by now."""

    part: TwoFactors
    left: Half
    W: np.ndarray
    H: np.ndarray
    before: Visit | None = None
    stale: float = 0.0

    @property
    def size(self) -> int:
        """Samples."""
        return int(self.W.shape[1])


@dataclass(frozen=True)
class Online(ABC):
    """One mini-batch a step.

    Parameters
    ----------
    forget : float
        What a sample seen an epoch ago weighs beside one seen now, 0 to 1.
    fresh : bool
        Whether the codes of a batch start from nothing whenever it comes, and none are held; otherwise they go on from
        where they were.
    most : int
        Limit of sweeps or updates for codes that start from nothing.
    """

    plain: ClassVar[type[Solver]]  # the solver of all samples at once that takes the same half-steps

    measure_every: ClassVar[int | None] = None  # the stream says it

    forget: float = 0.7
    fresh: bool = False
    most: int = 30

    @staticmethod
    def begin(H: np.ndarray, memory: Memory | None = None) -> State:
        """Return the state before the first batch or, with a memory, before the next."""
        nothing = Tally.nothing(len(H))
        return State(np.empty((len(H), 0), H.dtype), H, nothing, nothing, 0, memory or Memory())

    def step(self, problem: Stream, state: State) -> State:
        """Take a batch, improve its codes, gather its sums, improve the parts."""
        batch = problem.take()
        memory, part = state.memory, problem.pose(batch.X)
        visit = None if self.fresh else memory.visits.get(batch.place)
        age = memory.age + batch.share
        left = part.left(state.H)
        if visit is None:
            seen = Seen(part, left, self.solve(left), state.H)
        else:
            stale = self.forget ** (age - visit.age)
            seen = Seen(part, left, self.improve(left, visit.codes), state.H, visit, stale)
        own, news, weight = self.gathered(seen)
        grown = memory.faded(self.forget**batch.share).plus(news, weight)
        pull_W, pull_H, cost = self.pulls(seen, grown)
        residual = part.measure(State(seen.W, seen.H, pull_W, pull_H)).residual
        measure = Measure(_smoothed(memory, cost / seen.size, batch), residual)
        visits = memory.visits
        if batch.place is not None and not self.fresh:
            visits = {**visits, batch.place: Visit(seen.W, own, age)}
        grown = replace(grown, age=age, epoch=batch.epoch, visits=visits, measure=measure)
        return State(seen.W, self.parts(seen, grown), pull_W, pull_H, state.iteration + 1, grown)

    @abstractmethod
    def solve(self, left: Half) -> np.ndarray:
        """Return the codes of a batch from nothing."""

    @abstractmethod
    def improve(self, left: Half, W: np.ndarray) -> np.ndarray:
        """Return better codes than those of an earlier visit."""

    @abstractmethod
    def gathered(self, seen: Seen) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...], float]:
        """Return what to hold of a batch beside its codes, what it adds to the sums, and how many samples it adds."""

    @abstractmethod
    def parts(self, seen: Seen, memory: Memory) -> np.ndarray:
        """Return better parts for all that is gathered."""

    @abstractmethod
    def pulls(self, seen: Seen, memory: Memory) -> tuple[Tally, Tally, float]:
        """Return what pulls at the batch's codes, what all that is gathered pulls at H, and the batch's cost."""


@dataclass(frozen=True)
class OnlineHALS(Online):
    """Sums ``W W'`` (float64) and ``W X``: sweeps over them improve the parts (Mairal et al. 2010, algorithm 2).

    A batch that comes again takes back what its old codes put in (their section 3.4): X is multiplied with the change
    of the codes, which costs no more. So no sum is older than an epoch, and with ``forget=1`` every step is a half-step
    on all samples.
    """

    plain: ClassVar = HALS

    def solve(self, left: Half) -> np.ndarray:
        """Sweep until nothing moves, from the projection on each part alone."""
        half = quadratic(left)
        lengths = np.diagonal(half.gram).astype(np.float64)[:, None] * len(half.gram)
        ahead = np.divide(half.cross, lengths, out=np.zeros(half.cross.shape), where=lengths > 0)
        start = np.maximum(ahead, 0).astype(half.cross.dtype)
        return self._swept(half, start, self.most, SOLVED)

    def improve(self, left: Half, W: np.ndarray) -> np.ndarray:
        """Sweep a few times."""
        return self._swept(quadratic(left), W, SWEEPS, SHRINK)

    def gathered(self, seen: Seen) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...], float]:
        """Return ``W W'`` and ``W X``, less what the old codes have there."""
        W, X = seen.W, seen.part.X.T
        own = gram(W.astype(np.float64))
        if seen.before is None:
            return (), (own, X.dot(W)), float(seen.size)
        old = seen.before.codes
        change = W - W.dtype.type(seen.stale) * old
        news = (own - seen.stale * gram(old.astype(np.float64)), X.dot(change))
        return (), news, seen.size * (1 - seen.stale)

    def parts(self, seen: Seen, memory: Memory) -> np.ndarray:
        """Sweep over the sums."""
        return self._swept(self._half(seen, memory), seen.H, SWEEPS, SHRINK)

    def pulls(self, seen: Seen, memory: Memory) -> tuple[Tally, Tally, float]:
        """Return by-products: no product with X."""
        reading = seen.left.read(seen.W)
        cost = seen.left.loss(seen.W, reading) + seen.part.penalties(seen.W, seen.H)
        return Tally(reading), Tally(self._half(seen, memory).read(seen.H)), cost

    @staticmethod
    def _half(seen: Seen, memory: Memory) -> QuadraticHalf:
        """The problem of the parts that the sums pose; its constant is not known."""
        own, cross = memory.sums
        penalty = seen.part.penalty_H.times(memory.weight / seen.size)
        return QuadraticHalf(seen.part.X.T, seen.W, own.astype(cross.dtype), cross, penalty)

    @staticmethod
    def _swept(half: QuadraticHalf, F: np.ndarray, most: int, shrink: float) -> np.ndarray:
        return sweep(half.penalty.fold(half.gram), half.cross, F, most, shrink, l1=half.penalty.l1).F


@dataclass(frozen=True)
class OnlineMultiplicative(Online):
    """Sums of both parts of the parts' gradient, the negative one times them: their ratio is the next H, for every beta
    (Lefevre et al. 2011, algorithm 1).

    A batch that comes again takes back what it put in; for that its own sums are held, unless they are larger than it.
    """

    plain: ClassVar = MultiplicativeUpdate

    def solve(self, left: Half) -> np.ndarray:
        """Update from codes that are the same for all parts and have the sum of their sample."""
        H = left.fixed  # type: ignore[attr-defined]
        mass = float(H.sum(dtype=np.float64))
        level = left.X.row_sums() / mass if mass > 0 else np.zeros(left.X.shape[0])  # type: ignore[attr-defined]
        W = np.repeat(level.astype(H.dtype)[None, :], len(H), axis=0)
        for _ in range(self.most):
            W = self.improve(left, W)
        return W

    def improve(self, left: Half, W: np.ndarray) -> np.ndarray:
        """Update once."""
        return MultiplicativeUpdate().improve(left, W, 0)

    def gathered(self, seen: Seen) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...], float]:
        """Return ``minus * H^(1/gamma)`` and plus, less what they were."""
        plus, minus = seen.part.right(seen.W).split_gradient(seen.H)
        sums = (minus * _raised(seen.H, 1 / exponent(seen.left.beta)), plus)
        hold = sums if seen.size >= 2 * len(seen.H) else ()
        if seen.before is None or not seen.before.sums:
            return hold, sums, float(seen.size)
        news = tuple(new - seen.stale * old for new, old in zip(sums, seen.before.sums, strict=True))
        return hold, news, seen.size * (1 - seen.stale)

    def parts(self, seen: Seen, memory: Memory) -> np.ndarray:
        """Divide; where nothing pulls either way an entry stays as it is."""
        # what was taken back leaves rounding, which may lie below 0
        above, below = (np.maximum(one, 0) for one in memory.sums)
        known = below > np.finfo(below.dtype).tiny
        ratio = np.divide(above, below, out=np.zeros_like(above), where=known)
        return np.where(known, _raised(ratio, exponent(seen.left.beta)), seen.H)

    def pulls(self, seen: Seen, memory: Memory) -> tuple[Tally, Tally, float]:
        """Return what pulls at the parts; what pulls at the codes would cost a pass."""
        above, below = (np.maximum(one, 0).astype(np.float64) for one in memory.sums)
        H = _raised(seen.H.astype(np.float64), 1 / exponent(seen.left.beta))
        present = np.finfo(seen.H.dtype).tiny < seen.H
        minus = np.divide(above, H, out=np.zeros_like(above), where=present)
        reading = Reading(read(lambda rows: (below[:, rows], minus[:, rows]), seen.H))
        part = seen.part
        cost = part.loss.value(part.X, seen.W, seen.H) + part.penalties(seen.W, seen.H)
        return Tally.nothing(len(seen.H)), Tally(reading), cost


def online(loss: Loss) -> type[Online]:
    """Return the step that minimises a loss."""
    return OnlineHALS if isinstance(loss, HALS.accepts) else OnlineMultiplicative


def _raised(F: np.ndarray, power: float) -> np.ndarray:
    return F if power == 1 else F ** F.dtype.type(power)


def _smoothed(memory: Memory, cost: float, batch: Batch) -> float:
    """Return the running mean of the cost over about an epoch, as scikit-learn takes it."""
    before = memory.measure.objective
    return cost if np.isinf(before) else before + batch.share * (cost - before)
