"""Whoever follows a fit: the caller's callback, the lines that `verbose` prints, and scikit-learn's callbacks."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Lock

from partwise.iterate import Snapshot
from partwise.models.hooks import Hooks
from partwise.stopping import Reason, Record

Callback = Callable[[Snapshot], object]  # a true answer stops the fit


def follower(callback: Callback | None, verbose: int, n_starts: int = 1) -> Callback | None:
    """Return what tells the callback and prints after every measured iteration; None where nobody follows."""
    if not verbose:
        return callback

    def follow(shot: Snapshot) -> object:
        record, start = shot.record, f"start {shot.start}, " if n_starts > 1 else ""
        start = start if shot.layer is None else f"layer {shot.layer}, "
        change = "" if record.change is None else f", change {record.change:.3g}"
        sys.stdout.write(
            f"{start}iteration {record.iteration}, {record.seconds:.3f} s, objective {record.objective:.6g}, "
            f"KKT residual {record.residual:.3g}{change}\n"
        )
        return callback(shot) if callback is not None else False

    return follow


class Asked:
    """Tells whoever follows a fit of several loops in turn, until an answer says stop; a rule of each of them.

    Parameters
    ----------
    told : callable or None
        From `follower`.
    """

    def __init__(self, told: Callback | None) -> None:
        self._told = told
        self.stopped = False

    def tell(self, shot: Snapshot) -> bool:
        """Return whether to stop; one that has said so is not asked again."""
        if not self.stopped and self._told is not None:
            self.stopped = _says_stop(self._told(shot))
        return self.stopped

    def __call__(self, history: Sequence[Record]) -> Reason | None:
        """End a loop after the step that it is at, so that what it leaves is better than a start."""
        return Reason.CALLER if self.stopped and history[-1].iteration > 0 else None


class Following:
    """Tells everybody of every measured iteration of every start, one at a time, whatever thread it comes from.

    Parameters
    ----------
    told : callable or None
        From `follower`.
    hooks : Hooks
    n_starts : int
    """

    def __init__(self, told: Callback | None, hooks: Hooks, n_starts: int) -> None:
        self._told = told
        self._hooks = hooks
        self._n_starts = n_starts
        self._lock = Lock()
        self._stopped = False

    def stop(self) -> None:
        """Ask every start to end at its next measurement."""
        self._stopped = True

    def of_start(self, index: int) -> Callback | None:
        """Return what the loop of a start calls after every measured iteration; None where nobody follows."""
        if self._told is None and not self._hooks and self._n_starts == 1:
            return None
        hook = self._hooks.of_start(index)

        def follow(shot: Snapshot) -> bool:
            with self._lock:
                # one that stops the fit is not asked again by the starts that have yet to notice
                if not self._stopped:
                    self._stopped = True  # should somebody raise
                    shot = replace(shot, start=index)
                    answers = [listener(shot) for listener in (hook, self._told) if listener is not None]
                    self._stopped = any(_says_stop(answer) for answer in answers)
                return self._stopped

        return follow


def _says_stop(answer: object) -> bool:
    try:
        return bool(answer)
    except ValueError:
        kind = type(answer).__name__
        raise TypeError(
            f"callback should return True to stop the fit and False or None to go on, got {kind}. Try bool(...) of it."
        ) from None
