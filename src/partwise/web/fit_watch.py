"""What is seen of a fit: its curve, and its parts as they form."""

import math
from time import monotonic
from typing import Any

import numpy as np

from partwise.web.overview import relative, rounded
from partwise.web.small import shrunk
from partwise.web.watching import Watch

PARTS_EVERY = 2.0  # seconds between two pictures of the parts
MOST_PARTS, SIDE = 24, 32  # parts shown while they form, and their longest side in pixels


class FitWatch(Watch):
    """A `Watch` on a fit.

    Parameters
    ----------
    shape : tuple of int
        Of a picture.
    scale : float or None
        What an objective is held against to become a relative error; None where that is not known before the end.
    max_iter : int
    """

    def __init__(self, shape: tuple[int, ...], scale: float | None, max_iter: int) -> None:
        super().__init__(iteration=0, seconds=0.0, error=None, residual=None)
        self.max_iter = max_iter
        self._shape = shape
        self._scale = scale
        self._fitting: float | None = None
        self._drawn = -math.inf

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

    def _parts(self, H: np.ndarray | None) -> None:
        if H is None or H.shape[1] != int(np.prod(self._shape)):
            return
        order = np.argsort(-np.linalg.norm(H, axis=1), kind="stable")[:MOST_PARTS]
        made = [shrunk(H[one].reshape(self._shape), SIDE) for one in order]
        values = [[rounded(value, 4) for value in one.ravel()] for one in made]
        # how they looked before helps nobody who comes late
        self._add("parts", {"shape": list(made[0].shape), "parts": values}, alone=True)
