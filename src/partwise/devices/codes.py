"""Codes of samples on a device: every row's own problem, by products only, to a tight tolerance.

Beck & Teboulle 2009 with the restarts of O'Donoghue & Candes 2015 (gradient scheme), row by row.
"""

from typing import Any

from partwise.devices.halves import DeviceHalf
from partwise.devices.matrix import slices
from partwise.devices.products import rates
from partwise.solvers.codes import solve_codes

ROUND = 25  # steps between two looks at whether all rows are there: each is one transfer
MOST = 400  # rounds
TOLERANCE = 1e-9  # of a row's projected gradient relative to its cross products; in single precision
SINGLE = 1e-6
BLOCK = 1 << 23  # entries of the codes that are solved together


@solve_codes.register
def _(half: DeviceHalf) -> Any:
    """Return the best F >= 0, (n_components, n_rows): to 1e-9 of each row's pull, in float64 where there is one."""
    place = half.X.place
    xp = place.xp
    fixed = xp.astype(half.fixed, place.wide)
    wide = DeviceHalf(half.X, fixed, fixed @ fixed.T, half.cross, half.penalty)
    gram, cross = wide.folded()
    rate = rates(gram, place)
    solved = [
        _rows(place, gram, rate, xp.astype(cross[:, rows], place.wide))
        for rows in slices(cross.shape[1], cross.shape[0], BLOCK)
    ]
    return xp.astype(xp.concat(solved, axis=1), half.cross.dtype)


def _rows(place: Any, gram: Any, rate: Any, cross: Any) -> Any:
    """Solve some rows from zero on; they stop together, when the last is there."""
    xp = place.xp
    tolerance = TOLERANCE if place.wide == xp.float64 else SINGLE
    now = ahead = xp.zeros_like(cross)
    pace = xp.ones_like(cross[0, :])
    pull = xp.sqrt(xp.sum(cross * cross, axis=0))
    for _ in range(MOST):
        for _ in range(ROUND):
            after = place.positive(ahead - rate * (gram @ ahead - cross))
            moved = after - now
            against = xp.sum((ahead - after) / rate * moved, axis=0) > 0
            pace = xp.where(against, xp.ones_like(pace), pace)
            faster = (1 + xp.sqrt(1 + 4 * pace * pace)) / 2
            ahead = after + (pace - 1) / faster * moved
            now, pace = after, faster
        gradient = gram @ now - cross
        free = xp.where(now > 0, gradient, xp.clip(gradient, max=0.0))
        left = xp.max(xp.sqrt(xp.sum(free * free, axis=0)) - tolerance * pull)
        if not float(left) > 0:
            break
    return now
