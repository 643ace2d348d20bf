"""What a block of rows is asked to do: improve its codes for held components, or solve them, and add up."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from partwise.kernels.blocks import narrow_sums
from partwise.kernels.sweeps import sweep
from partwise.losses import Frobenius
from partwise.matrices import Dense, Matrix
from partwise.matrices.row_blocks import Sums, sound
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
        W = None if W is None else sound(W)
        half = Frobenius().half(X, sound(self.H), self.penalty)
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
            X.squared_distance(new, half.fixed) if self.distance else 0.0,
        )
        return new, sums


@dataclass(frozen=True)
class Encoder:
    """Makes codes of rows, (rows, n_components), wherever they are.

    Parameters
    ----------
    codes : Codes
        In the unit of X.
    units : tuple of float
        Of X and of W: rows are divided by the one, codes multiplied by the other.
    check : callable
        Raises ValueError for rows that have no codes.
    """

    codes: Codes
    units: tuple[float, float]
    check: Callable[[np.ndarray], object]

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """Return the codes."""
        self.check(X)
        X = np.ascontiguousarray(X, self.codes.H.dtype)
        of_X, of_W = (self.codes.H.dtype.type(unit) for unit in self.units)
        W, _ = self.codes(Dense.wrap(X if of_X == 1 else X / of_X), None)
        return np.ascontiguousarray(W.T) * of_W
