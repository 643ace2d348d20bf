"""Multilayer NMF refined as a whole, by accelerated projected gradient on every layer.

Guan, Tao, Luo & Yuan 2012 (NeNMF), with a curvature on both sides for a layer that has others below it.
"""

from dataclasses import dataclass

import numpy as np

from partwise.problems.layered import Link
from partwise.solvers.balancing import lengths
from partwise.solvers.layered import Layerwise
from partwise.solvers.projected_gradient import accelerated

FIRST = 5  # steps on H_1, whose columns are problems of their own: it is the largest
BETWEEN = 20  # steps on the others, which are small beside the products with X


@dataclass(frozen=True)
class LayeredGradient(Layerwise):
    """``H <- max(0, H - step (gram H outer - cross))``, from points ahead.

    A gradient moves a layer only where those above it see it. Coordinate descent reaches as low a little sooner, and
    moves the first layer so far from what it was that it says of X hardly more than the deepest.
    """

    def improve(self, link: Link, H: np.ndarray) -> np.ndarray:
        """Take some steps; none of them all ends above the first, plain one."""
        if link.outer is None:
            return accelerated(link.gram.astype(H.dtype, copy=False), link.cross, H, FIRST)
        eps = np.finfo(H.dtype).eps
        above, below = (lengths(square, eps) for square in (link.gram, link.outer))
        unit = (above[:, None] * below).astype(H.dtype)
        even = Link(link.gram / above / above[:, None], link.cross / unit, link.outer / below / below[:, None])
        return np.asarray(_between(even, H * unit) / unit)


def _between(link: Link, H: np.ndarray) -> np.ndarray:
    """Return H after Nesterov's optimal gradient, begun again where it went up; after a plain step if that is lower."""
    assert link.outer is not None
    largest = [float(np.linalg.eigvalsh(square.astype(np.float64))[-1]) for square in (link.gram, link.outer)]
    lipschitz = largest[0] * largest[1]
    if lipschitz <= 0:
        return H
    # the rounding of the product is within the bound too
    rate = H.dtype.type(1 / (lipschitz * (1 + max(H.shape) * np.finfo(H.dtype).eps)))
    plain = now = np.maximum(H - rate * (link.pull(H) - link.cross), 0)
    ahead, pace = now, (1 + np.sqrt(5)) / 2
    for _ in range(BETWEEN - 1):
        after = np.maximum(ahead - rate * (link.pull(ahead) - link.cross), 0)
        moved = after - now
        if np.vdot(ahead - after, moved) > 0:
            pace = 1.0
        faster = (1 + np.sqrt(1 + 4 * pace * pace)) / 2
        ahead = after + H.dtype.type((pace - 1) / faster) * moved
        now, pace = after, faster
    return now if _value(link, now) <= _value(link, plain) else plain


def _value(link: Link, H: np.ndarray) -> float:
    return float(np.sum(H * (link.pull(H) / 2 - link.cross), dtype=np.float64))
