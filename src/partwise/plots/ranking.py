"""Which come first: the places of the largest values, and how what they stand for is named."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def strongest(values: NDArray[Any], top: int) -> NDArray[np.intp]:
    """Return the places of at most ``top`` values that are largest in size, most first, none that is zero."""
    order = np.argsort(-np.abs(values), kind="stable")[:top]
    return order[values[order] != 0]


def signed(name: str, value: float) -> str:
    """Return a name with a minus before it where it stands for something that is taken away."""
    return f"−{name}" if value < 0 else name
