"""Why two are alike: contributions add up to the cosine, what is not shared to the rest, maps to the reconstruction."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cosine

from partwise import load_run
from partwise.search import CodeIndex, contributions, explained
from partwise.tasks.finder import Finder

from .conftest import codes


def assert_adds_up(why, expected):
    together = why.shared.sum() + why.more_here.sum() + why.more_there.sum()
    assert abs(why.shared.sum() - expected) < 1e-6
    assert why.cosine == pytest.approx(why.shared.sum())
    assert abs(together - 1) < 1e-6
    assert (why.more_here >= 0).all()
    assert (why.more_there >= 0).all()
    assert not ((why.more_here > 0) & (why.more_there > 0)).any()


@pytest.mark.parametrize("measure", ["cosine", "whitened"])
@pytest.mark.parametrize("weighted", [False, True])
def test_contributions_of_a_thousand_pairs_add_up_to_the_cosine(measure, weighted, rng):
    W = codes(rng, 500, 30)
    W = W[W.any(axis=1)]
    index = CodeIndex(W)
    scale = index.scale(measure, rng.uniform(0, 2, 30) if weighted else None)
    for _ in range(1000):
        a, b = W[rng.choice(len(W), 2)]
        assert_adds_up(explained(a, b, scale), 1 - cosine(a * scale, b * scale))


def test_an_explanation_is_of_the_score_that_the_search_gave(rng):
    W = codes(rng, 300, 20)
    W = W[W.any(axis=1)]
    index, weights = CodeIndex(W), rng.choice([0, 1, 3], 20)
    found = index.nearest(W[0], 50, measure="whitened", weights=weights)
    scale = index.scale("whitened", weights)
    for row, score in zip(found.rows, found.scores, strict=True):
        if (W[row] * scale).any():
            assert explained(W[0], W[row], scale).cosine == pytest.approx(score, abs=1e-12)


def test_equal_codes_share_everything(rng):
    why = explained(*[rng.random(9)] * 2)
    assert why.cosine == pytest.approx(1)
    assert not why.more_here.any()
    assert not why.more_there.any()


def test_codes_without_a_common_part_share_nothing():
    why = explained([1, 0, 2, 0], [0, 5, 0, 0])
    assert why.cosine == 0
    assert why.more_here.tolist() == pytest.approx([0.1, 0, 0.4, 0])
    assert why.more_there.tolist() == pytest.approx([0, 0.5, 0, 0])


WEIGHTS = st.floats(0, 1e6, width=32)


@settings(max_examples=200, deadline=None)
@given(pair=st.integers(1, 8).flatmap(lambda parts: arrays(np.float32, (2, parts), elements=WEIGHTS)))
def test_whatever_the_codes_the_three_sums_are_one(pair):
    if not pair.any(axis=1).all():
        with pytest.raises(ValueError, match="no direction"):
            explained(*pair)
        return
    a, b = pair.astype(np.float64)
    assert_adds_up(explained(a, b), a / np.linalg.norm(a) @ (b / np.linalg.norm(b)))
    there = explained(b, a)
    np.testing.assert_array_equal(explained(a, b).more_here, there.more_there)


def test_codes_of_two_models_are_not_compared():
    with pytest.raises(ValueError, match="Two codes of one model are compared, got 2 and 3 weights"):
        explained([1, 2], [1, 2, 3])


def test_maps_add_up_to_the_reconstruction_and_with_the_residual_to_the_picture(saved_pictures):
    run = load_run(saved_pictures / "run")
    finder = Finder.of(run)
    for number in finder.entries.numbers.tolist():
        query, seen = finder.sample(number), finder.pixels(number)
        maps = contributions(query.code, run.parts)
        assert maps.shape == run.parts.shape
        rebuilt = finder.reconstruction(query.code)
        assert np.abs(maps.sum(axis=0) - rebuilt).max() < 1e-5
        residual = seen - rebuilt
        assert np.abs(maps.sum(axis=0) + residual - seen).max() < 1e-5
        error = np.linalg.norm(residual) / np.linalg.norm(seen)
        assert finder.entries.errors[finder.row_of(number)] == pytest.approx(error, abs=1e-5)
