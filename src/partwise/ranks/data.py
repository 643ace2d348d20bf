"""X as criteria see it: in single precision, and guarded against what is known to lead them astray."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from partwise.losses import Loss
from partwise.matrices import Matrix, as_matrix, cut, divided, row_squares, without

QUANTILE = 0.999  # of the entries that are not 0: X is cut there
CARRIED = (
    0.18  # of the sum of squares by what lies above: planted problems have 0.16 at most, spoilt ones 0.20 at least
)
SPREAD = 0.8  # standard deviation of the logarithms of the rows' sizes above which they may be in different units
LEAST = 0.01  # of a typical row: a smaller one is divided by that, and stays small
MANY = (1000, 10)  # entries that are not 0, and rows, without which no few of them stand out
FEW = 0.1  # of the columns: if as few carry all, a word about it


@dataclass(frozen=True)
class Data:
    """What is fitted.

    Parameters
    ----------
    X : ndarray or sparse matrix of shape (n_samples, n_features)
        float32.
    by_row : bool
        Whether each row is divided by its root mean square, that of the entries a fit may see.
    bounded : bool
        Whether X is cut at its 99.9 % quantile, that of the entries a fit may see.
    """

    X: Any
    by_row: bool = False
    bounded: bool = False

    @cached_property
    def whole(self) -> Any:
        """X as every fit sees it that may see all."""
        return self.seen(np.zeros(0, np.int64))

    @property
    def matrix(self) -> Matrix:
        """The same, wrapped."""
        return as_matrix(self.whole)

    def seen(self, hidden: np.ndarray) -> Any:
        """Return X cut, and its rows brought to one size, by all entries but those at some places: `drawn_places`."""
        X = self.X
        if not self.by_row and not self.bounded:
            return X
        # hidden entries are left out and not taken off again: that would leave their rounding
        visible = without(as_matrix(X), hidden)
        if self.bounded:
            top = quantile(visible)
            X, visible = cut(as_matrix(X), top), cut(as_matrix(visible), top)
        if self.by_row:
            squares = row_squares(as_matrix(visible))
            counts = X.shape[1] - np.bincount(hidden // X.shape[1], minlength=len(squares))
            sizes = np.sqrt(squares / np.maximum(counts, 1))
            alive = sizes[sizes > 0]
            least = LEAST * float(np.median(alive)) if len(alive) else 1.0
            X = divided(as_matrix(X), np.maximum(sizes, least))
        return X


def quantile(X: Any) -> float:
    """Return the 99.9 % quantile of the entries that are not 0."""
    values = as_matrix(X).values
    return float(np.quantile(values[values > 0], QUANTILE))


def guarded(X: Any, loss: Loss, units: str, outliers: str) -> tuple[Data, tuple[str, ...]]:
    """Return the data with what has to be done about them, and what has to be said.

    That is decided once, by all entries; sizes of rows and the quantile are then taken from what a fold sees.

    Parameters
    ----------
    X : ndarray or sparse matrix
        float32, >= 0, finite.
    loss : Loss
        Only squares are carried away by a few large entries.
    units : {"auto", "rows", "keep"}
        Whether rows are brought to one size; "auto": where their sizes differ much.
    outliers : {"auto", "cut", "keep"}
        Whether X is cut at its 99.9 % quantile; "auto": where few entries carry much of the sum of squares.
    """
    said: list[str] = []
    squared = loss.beta == 2
    bounded, as_it_is = False, X
    if outliers != "keep":
        top = quantile(X)
        wide = as_matrix(X).values.astype(np.float64)
        carried = float(np.sum(wide[wide > top] ** 2) / np.sum(wide**2))
        bounded = outliers == "cut" or (squared and carried > CARRIED and int(np.count_nonzero(wide)) >= MANY[0])
        if bounded:
            X = cut(as_matrix(X), top)
            said.append(
                f"The largest 0.1 % of the entries carry {100 * carried:.0f} % of the sum of squares, as outliers do: "
                f"the criteria were computed on X cut at {top:.4g}, its 99.9 % quantile (outliers='keep' leaves it)."
            )
    sizes = np.sqrt(row_squares(as_matrix(X)))
    sizes = sizes[sizes > 0]
    spread = float(np.log(sizes).std()) if len(sizes) > 1 else 0.0
    by_row = units == "rows" or (units == "auto" and squared and spread > SPREAD and len(sizes) >= MANY[1])
    if by_row:
        said.append(
            f"Rows differ in size (standard deviation of the logarithm {spread:.1f}), as rows in different units do: "
            "each was divided by the root mean square of its entries (units='keep' leaves them)."
        )
    few = _columns_that_count(X)
    if squared and X.shape[1] > 1 and few < max(1.5, FEW * min(X.shape[1], 30)):
        said.append(
            f"{few:.0f} of {X.shape[1]:,} columns carry{'' if few >= 1.5 else ' nearly'} all of the sum of squares: if "
            "columns are in different units, bring them to one scale first, or a few of them decide."
        )
    return Data(as_it_is, by_row, bounded), tuple(said)


def _columns_that_count(X: Any) -> float:
    """Return by how many columns of equal size the squares could be carried."""
    squares = row_squares(as_matrix(X).T)
    return float(squares.sum() ** 2 / max(np.sum(squares**2), np.finfo(np.float64).tiny))
