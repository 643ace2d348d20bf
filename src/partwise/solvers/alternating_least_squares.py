"""Alternating least squares: each factor's unconstrained least squares, and what came out negative set to zero.

Berry, Browne, Langville, Pauca & Plemmons 2007, "Algorithms and applications for approximate nonnegative matrix
factorization", Computational Statistics & Data Analysis 52(1), section 3.3. Least squares with the constraint in them
are `bpp.py`.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from partwise.losses import Half, QuadraticHalf, QuadraticLoss
from partwise.solvers.balancing import lengths
from partwise.solvers.solver import Alternating


@dataclass(frozen=True)
class AlternatingLeastSquares(Alternating):
    """``W <- max(0, X H' (H H')^+)``, then the same for H.

    To set entries to zero is not the projection that least squares would need, so the objective may rise, and where it
    settles need not be a stationary point: `tol` bounds the decrease, not the KKT residual, and a rise ends the fit.

    Parameters
    ----------
    cutoff : float
        Directions in which components of length 1 depend on each other so far (eigenvalues of their gram matrix below
        this share of the largest) are left out: the least squares of minimum norm. Along them an answer is large and of
        both signs, and what the clipping leaves of it far from X; so superfluous components stay small instead.
    """

    accepts: ClassVar = QuadraticLoss
    monotone: ClassVar = False
    certified: ClassVar = False

    cutoff: float = 1e-3

    def improve(self, half: Half, F: np.ndarray, iteration: int) -> np.ndarray:
        """Solve all rows' least squares, then clip."""
        assert isinstance(half, QuadraticHalf)
        fixed = half.fixed.astype(np.float64, copy=False)
        gram = half.penalty.fold(fixed @ fixed.T)
        unit = lengths(gram, float(np.sqrt(np.finfo(F.dtype).eps)))[:, None]
        inverse = np.linalg.pinv(gram / unit / unit.T, rcond=self.cutoff, hermitian=True)
        solved = inverse @ ((half.cross - half.penalty.l1) / unit) / unit
        return np.maximum(solved, 0).astype(F.dtype)
