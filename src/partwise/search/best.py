"""The best rows of those that were looked at so far: blocks come in any order and from any thread."""

from collections.abc import Callable
from threading import Lock

import numpy as np

from partwise.search.measures import Found


class Best:
    """The n rows whose exact key is least, rows of equal key in order of their numbers.

    Parameters
    ----------
    n : int
    """

    def __init__(self, n: int) -> None:
        self._n = n
        self._lock = Lock()
        self._waiting: list[tuple[np.ndarray, np.ndarray]] = [(np.zeros(0, dtype=np.int64), np.zeros(0))]
        self._more = 0  # rows since they were last put in order
        self._worst = (np.inf, 0)  # key and row of the last that is among them: only what is before it may come in

    def offer(self, rows: np.ndarray, near: np.ndarray, doubt: np.ndarray, exact: Callable) -> None:
        """Take what is among the best of some rows.

        Parameters
        ----------
        rows : ndarray of int64, in order
        near, doubt : ndarray of float64, of the same shape
            Keys, and how far the exact ones may be from them.
        exact : callable
            Gives the exact keys at some places of `rows`.
        """
        low = near - doubt
        limit, last = self._worst
        may = np.flatnonzero((low < limit) | ((low == limit) & (rows < last)))
        if len(may) > self._n:
            high = near[may] + doubt[may]
            may = may[low[may] <= np.partition(high, self._n - 1)[self._n - 1]]
        if not len(may):
            return
        keys = exact(may)
        with self._lock:
            self._waiting.append((rows[may], keys))
            self._more += len(may)
            if 8 * self._more >= self._n:
                self._order()

    def found(self, sign: int) -> Found:
        """Return them; a key is `sign` times a score."""
        with self._lock:
            rows, keys = self._order()
        return Found(rows, sign * keys + 0.0)  # no -0

    def _order(self) -> tuple[np.ndarray, np.ndarray]:
        rows, keys = (np.concatenate(some) for some in zip(*self._waiting, strict=True))
        order = np.lexsort((rows, keys))[: self._n]
        rows, keys = rows[order], keys[order]
        self._waiting, self._more = [(rows, keys)], 0
        if len(rows) == self._n:
            self._worst = (float(keys[-1]), int(rows[-1]))
        return rows, keys
