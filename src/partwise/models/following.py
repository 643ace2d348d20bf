"""Whoever follows a fit: the caller's callback, the lines that `verbose` prints, and scikit-learn's callbacks."""

import sys
from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from partwise.iterate import Snapshot
from partwise.models.hooks import Hooks

Callback = Callable[[Snapshot], object]  # a true answer stops the fit


class Following:
    """Tells everybody of every measured iteration of every start, one at a time, whatever thread it comes from.

    Parameters
    ----------
    callback : callable or None
    verbose : int
    hooks : Hooks
    n_starts : int
    """

    def __init__(self, callback: Callback | None, verbose: int, hooks: Hooks, n_starts: int) -> None:
        self._callback = callback
        self._verbose = verbose
        self._hooks = hooks
        self._n_starts = n_starts
        self._lock = Lock()
        self._stopped = False

    def stop(self) -> None:
        """Ask every start to end at its next measurement."""
        self._stopped = True

    def of_start(self, index: int) -> Callback | None:
        """Return what the loop of a start calls after every measured iteration; None where nobody follows."""
        if self._callback is None and not self._verbose and not self._hooks and self._n_starts == 1:
            return None
        hook = self._hooks.of_start(index)

        def follow(shot: Snapshot) -> bool:
            with self._lock:
                # one that stops the fit is not asked again by the starts that have yet to notice
                if not self._stopped:
                    self._stopped = True  # should somebody raise
                    self._stopped = self._tell(replace(shot, start=index), hook)
                return self._stopped

        return follow

    def _tell(self, shot: Snapshot, hook: Callback | None) -> bool:
        if self._verbose:
            record, start = shot.record, f"start {shot.start}, " if self._n_starts > 1 else ""
            sys.stdout.write(
                f"{start}iteration {record.iteration}, {record.seconds:.3f} s, objective {record.objective:.6g}, "
                f"KKT residual {record.residual:.3g}\n"
            )
        asked = hook is not None and hook(shot)
        return bool(self._callback is not None and self._callback(shot)) or bool(asked)
