"""Deep semi-NMF: layers of any sign by least squares, codes >= 0.

Ding, Li & Jordan 2010, "Convex and semi-nonnegative matrix factorizations" (one layer); Trigeorgis, Bousmalis,
Zafeiriou & Schuller 2017 (several). Their update of the codes is multiplicative and never comes to a zero; here they
are solved to their end.
"""

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from partwise.problems.layered import Link
from partwise.solvers.layered import Layerwise

# of the largest eigenvalue of a gram matrix: directions below it are not moved in, which raises nothing; steps along
# them would be large numbers that cancel, and take the digits of all others with them
DEPENDENT = 1e-10


@dataclass(frozen=True)
class LayeredSemi(Layerwise):
    """``H <- H + pinv(above) (X - above H below) pinv(below)``: of all best H the one nearest to the present.

    The papers take ``pinv(above) X pinv(below)``, the smallest of all best. That is as good, and leaves to the first
    layer no more than the deepest has: what is above it has the rank of the deepest, and so would H_1.
    """

    def improve(self, link: Link, H: np.ndarray) -> np.ndarray:
        """Solve exactly, in double precision: the gram matrices have squared what is dependent."""
        moved = _inverse(link.gram) @ (link.cross - link.pull(H.astype(np.float64, copy=False)))
        if link.outer is not None:
            moved = moved @ _inverse(link.outer)
        return np.asarray(H + moved, dtype=H.dtype)


def _inverse(gram: np.ndarray) -> np.ndarray:
    """Return the pseudo-inverse of a gram matrix, of its directions that are not nearly dependent."""
    values, vectors = linalg.eigh(gram, check_finite=False)
    kept = values > DEPENDENT * max(values[-1], 0.0)
    return np.asarray((vectors[:, kept] / values[kept]) @ vectors[:, kept].T)
