"""Branches of a deep factorization: for a part, the parts of the layer below that it is made of, and their shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from partwise.plots.board import Board
from partwise.plots.pictures import divided
from partwise.plots.ranking import strongest
from partwise.plots.style import ACCENT, BAD

THICKEST = 9.0  # points; of a line that stands for all of a part


@dataclass(frozen=True)
class Branch:
    """A part in a tree, and its strongest parts below.

    Attributes
    ----------
    layer, part : int
        Both from 0; the deepest layer is the last.
    share : float
        How much of the part above it comes from this one, in [-1, 1]; below 0 it is taken away.
    below : tuple of Branch
        Strongest first; empty in layer 0.
    """

    layer: int
    part: int
    share: float
    below: tuple["Branch", ...]

    @property
    def leaves(self) -> int:
        """Number of parts at the ends of the branch, itself where it has none below."""
        return sum(branch.leaves for branch in self.below) or 1


def layers_of(
    layer_components: Sequence[ArrayLike], layer_factors: Sequence[ArrayLike], who: str
) -> tuple[list[NDArray[Any]], list[NDArray[Any]]]:
    """Return both as arrays; raise unless a factor has a row for each part of its layer and a column for each below.

    Parameters
    ----------
    layer_components : sequence of array-like
        Layer by layer, (k_l, n_features), multiplied through to the features.
    layer_factors : sequence of array-like
        Layer by layer; the first is not read, the others are (k_l, k_(l-1)).
    who : str
        Who asks, for the message.
    """
    components = [np.asarray(one) for one in layer_components]
    factors = [np.asarray(one) for one in layer_factors]
    if len(components) < 2 or len(factors) != len(components):
        raise ValueError(
            f"{who} needs at least two layers and a factor for each, got {len(components)} and {len(factors)}."
        )
    features = components[0].shape[-1] if components[0].ndim else 0
    for layer, (one, factor) in enumerate(zip(components, factors, strict=True)):
        if one.ndim != 2 or not one.size or one.shape[1] != features:
            raise ValueError(f"{who} needs components of shape (k, {features}) in layer {layer + 1}, got {one.shape}.")
        if layer and factor.shape != (len(one), len(components[layer - 1])):
            wanted = (len(one), len(components[layer - 1]))
            raise ValueError(f"{who} needs a factor of shape {wanted} in layer {layer + 1}, got {factor.shape}.")
    return components, factors


def branch_of(
    part: int,
    components: Sequence[NDArray[Any]],
    factors: Sequence[NDArray[Any]],
    widths: Sequence[int],
    *,
    layer: int | None = None,
    share: float = 1.0,
) -> Branch:
    """Return the tree under a part.

    What part i takes from part j below is measured by what that adds, ``|factor[i, j]| * |component j|``, as a share of
    the same for all j, so that it does not matter how a layer is scaled.

    Parameters
    ----------
    part : int
        Of the layer, from 0.
    components, factors : sequence of ndarray
        As `layers_of` gives them.
    widths : sequence of int
        So many branches at most under a part of the deepest layer, of the one below it, and so on; the last goes for
        all that are deeper.
    layer : int, optional
        By default the deepest.
    share : float
        What it adds to the part above.
    """
    layer = len(components) - 1 if layer is None else layer
    if layer == 0:
        return Branch(0, part, share, ())
    factor = factors[layer][part].astype(np.float64)
    adds = factor * np.linalg.norm(components[layer - 1].astype(np.float64), axis=1)
    shares = divided(adds, np.abs(adds).sum())
    rest = widths[1:] or widths
    below = tuple(
        branch_of(int(j), components, factors, rest, layer=layer - 1, share=float(shares[j]))
        for j in strongest(shares, max(widths[0], 1))
    )
    return Branch(layer, part, share, below)


def chosen(parts: Sequence[int] | None, count: int, default: int, who: str) -> list[int]:
    """Return the parts of the deepest layer to show, by default the first; raise for one that is not there."""
    if parts is None:
        return list(range(min(count, default)))
    if not len(parts) or not all(0 <= part < count for part in parts):
        raise ValueError(f"{who} needs parts from 0 to {count - 1}, got {list(parts)}.")
    return [int(part) for part in parts]


def is_taken(tree: Branch) -> bool:
    """Return whether something is taken away anywhere in a tree."""
    return tree.share < 0 or any(map(is_taken, tree.below))


def branch_line(
    board: Board, start: tuple[float, float], end: tuple[float, float], share: float, *, level: bool = False
) -> None:
    """Draw a bent line as thick as a share, dashed below 0, that leaves and arrives upright, or level."""
    along = np.linspace(0, 1, 25)
    bent = 3 * along**2 - 2 * along**3
    across, down = (along, bent) if level else (bent, along)
    board.axes.plot(
        start[0] + (end[0] - start[0]) * across,
        start[1] + (end[1] - start[1]) * down,
        color=ACCENT if share > 0 else BAD,
        ls="-" if share > 0 else (0, (2, 1)),
        lw=max(THICKEST * abs(share), 0.6),
        solid_capstyle="butt",
        zorder=0.5,
    )
