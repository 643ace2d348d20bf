"""X ~ W H_L .. H_2 H_1: a chain of layers as one problem, measured at all of its factors.

Cichocki & Zdunek 2006 (multilayer NMF); Trigeorgis, Bousmalis, Zafeiriou & Schuller 2017, "A deep matrix factorization
method for learning attribute representations" (deep semi-NMF), transposed: samples are rows here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from partwise.kernels.blocks import gram, narrow
from partwise.kernels.products import times_columns
from partwise.losses import Half, QuadraticHalf
from partwise.problems.two_factors import Measure, State, TwoFactors


@dataclass(frozen=True)
class LayeredState(State):
    """A point of a chain: W, the parts of the deepest layer as H, and what they are made of.

    Parameters
    ----------
    layers : tuple of ndarray
        H_1 of shape (layers[0], n_columns), then H_l of shape (layers[l], layers[l - 1]).
    codes : tuple of ndarray
        Where layers have codes of their own, W_1 .. W_(L-1), of shapes (layers[l], n_rows).
    """

    layers: tuple[np.ndarray, ...] = ()
    codes: tuple[np.ndarray, ...] = ()


@dataclass(frozen=True)
class Link:
    """One H of the chain while all else is held: 1/2 <H, gram H outer> - <cross, H>.

    Parameters
    ----------
    gram : ndarray of shape (n_above, n_above)
        Of what lies on the side of the samples; as `outer` in float64, since least squares divide by it.
    cross : ndarray of shape (n_above, n_below)
        X between both sides.
    outer : ndarray of shape (n_below, n_below) or None
        Of the parts of the layer below; None for H_1, which has none below.
    """

    gram: np.ndarray
    cross: np.ndarray
    outer: np.ndarray | None

    @classmethod
    def first(cls, right: Half) -> "Link":
        """Return the problem of the only layer."""
        assert isinstance(right, QuadraticHalf)
        return cls(_wide_gram(right.fixed), right.cross, None)

    def pull(self, H: np.ndarray) -> np.ndarray:
        """Return what holds `cross` in balance: the gradient is this less `cross`."""
        down = times_columns(self.gram, H)
        return down if self.outer is None else times_columns(down, self.outer.astype(H.dtype, copy=False))


@dataclass(frozen=True)
class Layered(TwoFactors):
    """Minimise 1/2 ||X - W H_L .. H_1||^2 over W >= 0 and the layers.

    Parameters
    ----------
    X : Operator
    loss : QuadraticLoss
    signed : bool
        Whether entries of the layers may be below 0; those of W never are.
    """

    signed: bool = False

    def __post_init__(self) -> None:
        # a step moves every layer a little: what ten of them brought says whether more will pay
        self.loss.measure_every = 10

    def measure(self, state: State) -> Measure:
        """Return the objective and the largest residual among the factors.

        That of a factor is the norm of its gradient (projected, where the factor is >= 0) relative to the norm of X's
        part in it, taken where the parts of all layers have length 1; it has no unit.
        """
        assert isinstance(state, LayeredState)
        left = state.left.read(state.W)
        totals = left.totals
        residuals = [_ratio(totals.projected, totals.balance)]
        for place, link in links(state.right, list(state.layers)):
            H = state.layers[place]
            gradient = link.pull(H) - link.cross
            if not self.signed:
                gradient = np.where(H > 0, gradient, np.minimum(gradient, 0))
            residuals.append(_ratio(_squares(gradient), _squares(link.cross)))
        return Measure(state.left.loss(state.W, left), max(residuals))


def links(right: Half, layers: list[np.ndarray]) -> Iterator[tuple[int, Link]]:
    """Yield places and problems of the layers, H_L first; what is put into the list in between is held from then on.

    X is asked for nothing: ``W X`` is in `right`, and all other products are between factors.
    """
    assert isinstance(right, QuadraticHalf)
    below = multiplied(layers[:-1])
    curve, cross = _wide_gram(right.fixed), right.cross
    for place in range(len(layers) - 1, 0, -1):
        yield place, Link(curve, narrow(cross, below[place - 1]), _wide_gram(below[place - 1]))
        H = layers[place]
        cross = times_columns(np.ascontiguousarray(H.T), cross)
        curve = H.T @ curve @ H
    yield 0, Link(curve, cross, None)


def multiplied(layers: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the parts of every layer, H_1, H_2 H_1, ..: each of shape (layers[l], n_columns)."""
    parts: list[np.ndarray] = []
    for H in layers:
        parts.append(times_columns(H, parts[-1]) if parts else H)
    return parts


def of_length_one(layers: Sequence[np.ndarray]) -> tuple[tuple[np.ndarray, ...], list[np.ndarray]]:
    """Return the layers rescaled so that the parts of each have length 1, and those parts.

    Parts of nothing but zeros stay as they are. The scale of the deepest layer is left to the codes.
    """
    out: list[np.ndarray] = []
    parts: list[np.ndarray] = []
    size = np.ones(layers[0].shape[1], layers[0].dtype)
    for H in layers:
        H = H * size
        through = times_columns(H, parts[-1]) if parts else H
        size = norms(through)
        out.append(H / size[:, None])
        parts.append(through / size[:, None])
    return tuple(out), parts


def norms(parts: np.ndarray, order: int = 2) -> np.ndarray:
    """Return the norm of every part, of order 1 or 2; of one that is all zeros 1, so that it can be divided by."""
    size = np.linalg.norm(parts.astype(np.float64, copy=False), order, axis=1).astype(parts.dtype)
    return np.where(size > 0, size, parts.dtype.type(1))


def _wide_gram(F: np.ndarray) -> np.ndarray:
    return gram(F.astype(np.float64, copy=False))


def _squares(A: np.ndarray) -> float:
    return float(np.sum(np.square(A, dtype=np.float64)))


def _ratio(squares: float, of: float) -> float:
    """Return the ratio of two norms; where there is nothing to pull, 0."""
    return float(np.sqrt(squares / of)) if of > 0 else 0.0
