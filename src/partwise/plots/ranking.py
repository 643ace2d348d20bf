"""Which come first: the places of the largest values."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def strongest(values: NDArray[Any], top: int) -> NDArray[np.intp]:
    """Return the places of at most ``top`` largest values, most first, none that is zero."""
    order = np.argsort(-values, kind="stable")[:top]
    return order[values[order] > 0]
