"""What a user may choose for pictures: colours, ways to resize, a size; anything else is told in one line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .dataset import SourceError

COLORS = ("gray", "rgb")
RESIZES = ("crop", "pad", "stretch")


def checked_choice(what: str, got: str, wants: Sequence[str]) -> str:
    """Return `got` if it is one of the wanted words, else raise a SourceError that lists them."""
    if got not in wants:
        raise SourceError(f"{what} must be one of {', '.join(wants)}, got {got!r}.")
    return got


def checked_size(size: Sequence[int]) -> tuple[int, int]:
    """Return a size as two positive numbers, else raise a SourceError."""
    sides = tuple(size)
    if len(sides) != 2 or not all(isinstance(side, int | np.integer) and side >= 1 for side in sides):
        raise SourceError(f"size must be (height, width), two whole numbers of at least 1, got {size!r}.")
    return int(sides[0]), int(sides[1])
