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


@dataclass(frozen=True)
class LayeredSemi(Layerwise):
    """``H <- H + pinv(above) (X - above H below) pinv(below)``: of all best H the one nearest to the present.

    The papers take ``pinv(above) X pinv(below)``, the smallest of all best. That is as good, and leaves to the first
    layer no more than the deepest has: what is above it has the rank of the deepest, and so would H_1.
    """

    def improve(self, link: Link, H: np.ndarray) -> np.ndarray:
        """Solve exactly, in double precision: the gram matrices have squared what is dependent."""
        rest = link.cross.astype(np.float64) - link.pull(H)
        moved = _inverse(link.gram) @ rest
        if link.outer is not None:
            moved = moved @ _inverse(link.outer)
        return np.asarray(H + moved, dtype=H.dtype)


def _inverse(gram: np.ndarray) -> np.ndarray:
    """Return the pseudo-inverse of a gram matrix; what is below its own rounding is 0."""
    cut = len(gram) * float(np.finfo(gram.dtype).eps)
    values, vectors = linalg.eigh(gram.astype(np.float64), check_finite=False)
    kept = values > cut * max(values[-1], 0.0)
    return np.asarray((vectors[:, kept] / values[kept]) @ vectors[:, kept].T)
