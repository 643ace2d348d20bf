"""Whoever follows a fit: the caller's callback, and the lines that `verbose` prints."""

import sys
from collections.abc import Callable

from partwise.iterate import Snapshot

Callback = Callable[[Snapshot], object]  # a true answer stops the fit


def follower(callback: Callback | None, verbose: int) -> Callback | None:
    """Return what the loop calls after every measured iteration; None where nobody follows."""
    if not verbose:
        return callback

    def follow(shot: Snapshot) -> object:
        record = shot.record
        sys.stdout.write(
            f"iteration {record.iteration}, {record.seconds:.3f} s, objective {record.objective:.6g}, "
            f"KKT residual {record.residual:.3g}\n"
        )
        return callback(shot) if callback is not None else False

    return follow
