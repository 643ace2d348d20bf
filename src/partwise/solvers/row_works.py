"""What a block of rows is asked to do: improve its codes for held components, or solve them, and add up."""

from dataclasses import dataclass

import numpy as np

from partwise.kernels.blocks import narrow_sums
from partwise.kernels.sweeps import sweep
from partwise.losses import Frobenius
from partwise.matrices import Matrix
from partwise.matrices.row_blocks import Sums
from partwise.penalties import Elastic
from partwise.solvers.codes import solve_codes


@dataclass(frozen=True)
class Codes:
    """Codes of a block's rows for held components.

    Parameters
    ----------
    H : ndarray of shape (n_components, n_columns)
        The dtype of the block.
    penalty : Elastic
        Of W.
    sweeps : int
        HALS sweeps from the codes before, at most; 0 leaves them as they are.
    exact : bool
        Solve them from nothing instead: they then hang on X and H alone, whatever they were before.
    distance : bool
        Whether ||X - W H||^2 is computed directly, without cancellation.
    """

    H: np.ndarray
    penalty: Elastic
    sweeps: int = 4
    exact: bool = False
    distance: bool = False

    def __call__(self, X: Matrix, W: np.ndarray | None) -> tuple[np.ndarray, Sums]:
        """Return the new codes, (n_components, rows), and their sums."""
        half = Frobenius().half(X, self.H, self.penalty)
        if W is None or self.exact:
            new = solve_codes(half)
        elif self.sweeps:
            new = sweep(self.penalty.fold(half.gram), half.cross, W, self.sweeps, l1=self.penalty.l1).F
        else:
            new = W
        sums = Sums(
            X.T.dot(new).astype(np.float64),
            narrow_sums(new, new),
            narrow_sums(new, new if W is None else W),
            half.read(new).sums,
            X.squared_distance(new, self.H) if self.distance else 0.0,
        )
        return new, sums
