"""A small problem with a known number of parts."""

import numpy as np
import pytest


def made(k=4, shape=(90, 70), noise=0.08, seed=0):
    """Return float32 data with k parts and clipped noise."""
    rng = np.random.default_rng(seed)
    S = rng.exponential(size=(shape[0], k)) @ rng.exponential(size=(k, shape[1]))
    return np.maximum(S + noise * S.mean() * rng.standard_normal(shape), 0).astype(np.float32)


@pytest.fixture(scope="session")
def four():
    return made()
