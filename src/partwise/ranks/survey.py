"""All fits of a report: small numbers of parts first, side by side, each kept when it is done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Condition
from time import monotonic

from partwise.kernels.threads import one_pool, side_by_side
from partwise.ranks.found import Evidence, Found
from partwise.ranks.keeping import Keeping
from partwise.ranks.lines import Line
from partwise.ranks.warm_up import Stopped


@dataclass(frozen=True)
class RankStep:
    """A fit that has just been finished.

    Parameters
    ----------
    line : str
        What was fitted, such as "held-out, fold 2".
    k : int
    value : float
        Its error, in the unit of its line: a mean over hidden entries, a sum over all, a root for a restart.
    done, total : int
        Fits.
    share : float
        Of the work, 0 to 1.
    left : float or None
        Seconds left, if the rest goes on as fast; None before anything was measured.
    seconds : float
        Since this sitting began.
    """

    line: str
    k: int
    value: float
    done: int
    total: int
    share: float
    left: float | None
    seconds: float


Follow = Callable[[RankStep], object]


class Survey:
    """Fits every line at every number of parts.

    Parameters
    ----------
    lines : sequence of Line
    ks : sequence of int
        Increasing.
    keeping : Keeping or None
    follow : callable or None
        Called with a `RankStep` after every fit; a true answer stops.

    Attributes
    ----------
    evidence : Evidence
        What was found, in this sitting and before.
    complete : bool
        Whether all fits are there.
    """

    def __init__(
        self, lines: Sequence[Line], ks: Sequence[int], keeping: Keeping | None, follow: Follow | None
    ) -> None:
        self.evidence = Evidence()
        self._lines = lines
        self._ks = tuple(ks)
        self._keeping = keeping
        self._follow = follow
        self._todo = [(line, k) for k in ks for line in lines]
        self._cost = {(line.key, k): line.weight * (k + 2) for line, k in self._todo}
        self._work = sum(self._cost.values())
        self._busy: set[str] = set()
        self._heads: dict[str, Found] = {}
        self._turn = Condition()
        self._stop = False

    @property
    def complete(self) -> bool:
        """Whether all fits are there."""
        return not self._todo

    @property
    def reached(self) -> int:
        """The last number of parts that every line has come to, and to all before; 0 where there is none."""
        left = {k for _, k in self._todo}
        done = [k for k in self._ks if k < min(left, default=self._ks[-1] + 1)]
        return max(done, default=0)

    def run(self) -> None:
        """Fit what is not there yet. Ctrl-C ends it, and leaves what is done."""
        self._recover()
        with one_pool() as count:
            self._began = monotonic()
            self._done_before = self._done
            try:
                side_by_side([self._work_on] * max(1, min(count, len(self._lines))), self._give_up)
            except KeyboardInterrupt:
                self._give_up()

    def _recover(self) -> None:
        """Take what is kept, unless what it grew from is not."""
        there = {(one.line, one.k): one for one in self._keeping.found()} if self._keeping else {}
        broken: set[str] = set()
        left = []
        for line, k in self._todo:
            kept = there.get((line.key, k))
            if kept is None or line.key in broken:
                if line.chained:
                    broken.add(line.key)
                left.append((line, k))
                continue
            self.evidence.add(kept)
            self._heads[line.key] = kept
        for line in self._lines:
            head = self._heads.get(line.key)
            if line.chained and line.key in broken and head is not None and "W" not in head.arrays:
                # without the codes of its last fit a chain begins anew
                left = [(one, k) for one, k in self._todo if one is line or (one, k) in left]
                self.evidence.drop(line.key)
                del self._heads[line.key]
        self._todo = left
        self._done = self._work - sum(self._cost[line.key, k] for line, k in left)

    def _give_up(self) -> None:
        with self._turn:
            self._stop = True
            self._turn.notify_all()

    def _work_on(self) -> None:
        """Take one fit after the other until there is none left; run by several threads at once."""
        while (taken := self._next()) is not None:
            line, k = taken
            before = self._heads.get(line.key) if line.chained else None
            try:
                found = line.fit(k, before, lambda: self._stop)
                if self._keeping is not None:
                    self._keeping.keep(found, before)
            except Stopped:
                self._return(taken)
                return
            except BaseException:
                self._return(taken)
                self._give_up()
                raise
            self._finish(line, found)

    def _next(self) -> tuple[Line, int] | None:
        """Return the first fit whose line is free; wait where all that are left grow from one that is going on."""
        with self._turn:
            while self._todo and not self._stop:
                for place, (line, k) in enumerate(self._todo):
                    if not line.chained or line.key not in self._busy:
                        del self._todo[place]
                        if line.chained:
                            self._busy.add(line.key)
                        return line, k
                self._turn.wait()
            return None

    def _return(self, taken: tuple[Line, int]) -> None:
        with self._turn:
            self._todo.insert(0, taken)
            self._busy.discard(taken[0].key)
            self._turn.notify_all()

    def _finish(self, line: Line, found: Found) -> None:
        """Count a fit and tell of it."""
        with self._turn:
            before = self._heads.get(line.key)
            self._heads[line.key] = found
            self._busy.discard(line.key)
            if before is not None and line.chained:
                slim = {name: array for name, array in before.arrays.items() if name != "W"}
                self.evidence.add(replace(before, arrays=slim))
            self.evidence.add(found)
            self._done += self._cost[line.key, found.k]
            step = self._step(line, found)
            if self._follow is not None and self._follow(step):
                self._stop = True
            self._turn.notify_all()

    def _step(self, line: Line, found: Found) -> RankStep:
        spent, done = monotonic() - self._began, self._done - self._done_before
        left = spent / done * (self._work - self._done) if done > 0 else None
        total = len(self._cost)
        return RankStep(
            line.name, found.k, found.error, len(self.evidence), total, self._done / self._work, left, spent
        )
