"""Where to start. An init is a function of (X, n_components, rng) that returns W (k, n_rows) and H (k, n_columns)."""

from collections.abc import Callable

import numpy as np

from partwise.inits.nndsvd import nndsvd, nndsvda, nndsvdar
from partwise.inits.uniform import random
from partwise.matrices import Matrix

Init = Callable[[Matrix, int, np.random.RandomState], tuple[np.ndarray, np.ndarray]]

INITS: dict[str, Init] = {"random": random, "nndsvd": nndsvd, "nndsvda": nndsvda, "nndsvdar": nndsvdar}

__all__ = ["INITS", "Init", "nndsvd", "nndsvda", "nndsvdar", "random"]
