"""Small factors to draw, and the rule that a figure never warns when it is made, saved or looked at."""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def _warnings_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # other libraries announce changes of their own; those are not ours to fail on
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        yield


@pytest.fixture
def factors():
    """Return a maker of (X, W, H) with k parts of a shape; part ``dead`` is all zero in both factors."""

    def make(k=5, n=12, shape=(6, 4), dead=None, dtype=np.float32, seed=0):
        rng = np.random.default_rng(seed)
        H = rng.random((k, int(np.prod(shape)))).astype(dtype)
        W = (rng.random((n, k)) * (rng.random((n, k)) > 0.3)).astype(dtype)
        W[0] = 0.2
        if dead is not None:
            H[dead], W[:, dead] = 0, 0
        X = W @ H
        if X.max() > 0:
            H /= X.max()
        X = np.minimum(W @ H + 0.05 * rng.random(X.shape), 1).astype(dtype)
        return X, W, H

    return make


@pytest.fixture
def history():
    return [
        SimpleNamespace(
            iteration=i, seconds=0.1 * i, objective=10.0 / (i + 1), residual=float("nan") if i == 0 else 0.1 / i
        )
        for i in range(12)
    ]
