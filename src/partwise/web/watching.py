"""What is seen of a fit while it goes on: events, kept from the first, for whoever watches and comes late."""

import math
from threading import Lock
from time import monotonic
from typing import Any

import numpy as np
from PIL import Image

from partwise.web.overview import relative, rounded

PARTS_EVERY = 2.0  # seconds between two pictures of the parts
SHOTS_EVERY = 0.1  # and between two points of the curve
MOST_PARTS, SIDE = 24, 32  # parts shown while they form, and their longest side in pixels
SURE = 1.0  # seconds of reading before it says how long it takes
THINNED = 4000  # points of a curve above which every other one is dropped


class Watch:
    """A `Progress` that keeps what it is told as events.

    Parameters
    ----------
    shape : tuple of int
        Of a picture.
    scale : float or None
        What an objective is held against to become a relative error; None where that is not known before the end.
    max_iter : int
    """

    def __init__(self, shape: tuple[int, ...], scale: float | None, max_iter: int) -> None:
        self.last: dict[str, Any] = {"iteration": 0, "seconds": 0.0, "error": None, "residual": None, "left": None}
        self.last["stage"] = "reading"
        self.max_iter = max_iter
        self.stop = False
        self._shape = shape
        self._scale = scale
        self._lock = Lock()
        self._events: list[tuple[int, str, dict[str, Any]]] = []
        self._count = 0
        self._began = monotonic()
        self._fitting: float | None = None
        self._told = self._drawn = -math.inf

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

    def fitting(self, shot: Any, max_iter: int) -> bool:
        """An iteration; the time left is that to the limit, so an upper bound."""
        now, record = monotonic(), shot.record
        self._fitting = self._fitting or now
        left = (now - self._fitting) / record.iteration * (max_iter - record.iteration) if record.iteration else None
        about = {
            "stage": "fitting",
            "iteration": record.iteration,
            "seconds": rounded(record.seconds),
            "error": relative(record.objective, self._scale) if self._scale else None,
            "residual": rounded(record.residual),
            "left": None if left is None else rounded(max(left, 0.0), 3),
        }
        ended = shot.reason is not None
        self._shot(about, always=ended or record.iteration <= 1)
        if ended or now - self._drawn >= PARTS_EVERY:
            self._drawn = now
            self._parts(getattr(shot.state, "H", None))
        return self.stop

    def comparing(self, name: str, done: float, total: float) -> bool:
        """Nothing is compared here."""
        return self.stop

    def running(self, done: int, total: int) -> bool:
        """Nothing is fitted many times here."""
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

    def _parts(self, H: np.ndarray | None) -> None:
        if H is None or H.shape[1] != int(np.prod(self._shape)):
            return
        order = np.argsort(-np.linalg.norm(H, axis=1), kind="stable")[:MOST_PARTS]
        made = [shrunk(H[one].reshape(self._shape)) for one in order]
        values = [[rounded(value, 4) for value in one.ravel()] for one in made]
        self._add("parts", {"shape": list(made[0].shape), "parts": values})

    def _add(self, kind: str, data: dict[str, Any]) -> None:
        with self._lock:
            self._count += 1
            if kind == "parts":  # how they looked before helps nobody who comes late
                self._events = [one for one in self._events if one[1] != "parts"]
            elif len(self._events) > THINNED:
                self._events = self._events[::2]
            self._events.append((self._count, kind, data))


def shrunk(picture: np.ndarray) -> np.ndarray:
    """Return a picture whose longest side is at most 32 pixels."""
    height, width = picture.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    planes = picture.astype(np.float32).reshape(height, width, -1)
    small = [
        np.asarray(Image.fromarray(np.ascontiguousarray(planes[:, :, channel])).resize(size, Image.Resampling.BOX))
        for channel in range(planes.shape[2])
    ]
    return small[0] if picture.ndim == 2 else np.stack(small, axis=2)
