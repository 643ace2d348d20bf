"""What all tests share: a seed, small data, and where the real data lie."""

from pathlib import Path

import numpy as np
import pytest

SHARED = Path(__file__).parents[1].parent / "shared" / "data"


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def shared_data():
    if not SHARED.is_dir():
        pytest.skip("the real data (shared/data beside the checkout) are not here")
    return SHARED
