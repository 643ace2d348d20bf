"""What is seen of a job while it goes on: events, kept from the first, for whoever watches and comes late."""

import math
from threading import Lock
from time import monotonic
from typing import Any

from partwise.web.overview import rounded

SHOTS_EVERY = 0.1  # seconds between two shots
SURE = 1.0  # seconds of reading before it says how long it takes
THINNED = 4000  # shots above which every other one is dropped


class Watch:
    """A `Progress` that keeps what it is told as events: a shot says where the job is.

    Attributes
    ----------
    last : dict
        Where it is now.
    stop : bool
        Set to ask the job to end, and to keep what it has.
    """

    def __init__(self, **beginning: Any) -> None:
        self.last: dict[str, Any] = {**beginning, "left": None, "stage": "reading"}
        self.stop = False
        self._lock = Lock()
        self._events: list[tuple[int, str, dict[str, Any]]] = []
        self._count = 0
        self._began = monotonic()
        self._told = -math.inf

    def after(self, number: int) -> list[tuple[int, str, dict[str, Any]]]:
        """Return the events after one, (number, kind, data)."""
        with self._lock:
            if not self._events or self._events[-1][0] <= number:
                return []
            return [one for one in self._events if one[0] > number]

    def end(self, data: dict[str, Any]) -> None:
        """Tell how it ended."""
        self._add("end", data)

    def reading(self, done: int, total: int) -> None:
        """Files of the source."""
        spent = monotonic() - self._began
        left = spent / done * (total - done) if done and spent > SURE else None
        self._shot({"stage": "reading", "done": done, "total": total, "left": rounded(left, 3) if left else None})
        if done >= total:  # what follows takes long where there are many parts
            self._shot({"stage": "starting", "left": None}, always=True)

    def loading(self, done: int, total: int) -> None:
        """No workers read here."""

    def fitting(self, shot: Any, max_iter: int) -> bool:
        """An iteration of a fit."""
        return self.stop

    def comparing(self, name: str, done: float, total: float) -> bool:
        """Nothing is compared here."""
        return self.stop

    def running(self, done: int, total: int) -> bool:
        """Nothing is fitted many times here."""
        return self.stop

    def ranking(self, step: Any) -> bool:
        """A fit of a rank run."""
        return self.stop

    def drawing(self, done: int, total: int) -> None:
        """Figures."""
        self._shot({"stage": "drawing", "done": done, "total": total, "left": None}, always=True)

    def writing(self, done: int, total: int) -> None:
        """Nothing is written here."""

    def _shot(self, about: dict[str, Any], always: bool = False) -> None:
        self.last = {**self.last, **about}
        now = monotonic()
        if always or now - self._told >= SHOTS_EVERY:
            self._told = now
            self._add("shot", dict(self.last))

    def _add(self, kind: str, data: dict[str, Any], alone: bool = False) -> None:
        """Keep an event; with `alone`, those of its kind before it are dropped."""
        with self._lock:
            self._count += 1
            if alone:
                self._events = [one for one in self._events if one[1] != kind]
            elif len(self._events) > THINNED:
                shots = [one for one in self._events if one[1] == "shot"]
                dropped = {one[0] for one in shots[1::2]}
                self._events = [one for one in self._events if one[0] not in dropped]
            self._events.append((self._count, kind, data))
