"""Nearest and farthest codes, against scipy's distances computed one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist

from partwise.search import MEASURES, CodeIndex

from .conftest import codes

MEASURED = sorted(MEASURES)


@pytest.fixture(scope="module")
def W():
    return codes(np.random.default_rng(1), 400)


def brute(W, query, measure, weights=None):
    """All scores in double precision: cosines, 0 for a code of zeros, or distances."""
    scale = np.ones(W.shape[1]) if weights is None else np.asarray(weights, dtype=np.float64)
    if measure == "whitened":
        deviation = W.astype(np.float64).std(axis=0)
        scale = scale * np.divide(1, deviation, out=np.zeros_like(deviation), where=deviation > 0)
    X, q = W.astype(np.float64) * scale, (np.asarray(query, dtype=np.float64) * scale)[None]
    if measure == "euclidean":
        return cdist(q, X)[0]
    some, scores = X.any(axis=1), np.zeros(len(X))
    if q.any() and some.any():
        scores[some] = 1 - cdist(q, X[some], "cosine")[0]
    return scores


def assert_ranked(found, scores, n, measure, farthest=False, among=None):
    """Every place has the score that brute force gives to that place, and the row has that score."""
    rows = np.arange(len(scores)) if among is None else np.flatnonzero(among)
    order = np.sort(scores[rows]) if farthest == (measure != "euclidean") else -np.sort(-scores[rows])
    size = max(1.0, float(np.abs(scores).max(initial=0.0)))
    assert len(found.rows) == len(found.scores) == min(n, len(rows))
    assert len(set(found.rows.tolist())) == len(found.rows)
    assert set(found.rows.tolist()) <= set(rows.tolist())
    # what rounding may exchange are scores that differ in the last places only
    np.testing.assert_allclose(found.scores, order[: len(found.rows)], rtol=0, atol=2e-14 * size)
    np.testing.assert_allclose(found.scores, scores[found.rows], rtol=0, atol=2e-14 * size)


@pytest.mark.parametrize("measure", MEASURED)
@pytest.mark.parametrize("farthest", [False, True])
def test_a_hundred_random_queries_rank_as_brute_force_does(W, measure, farthest, rng):
    index = CodeIndex(W)
    for row in rng.choice(len(W), 100, replace=False):
        found = index.nearest(W[row], 20, measure=measure, farthest=farthest)
        assert_ranked(found, brute(W, W[row], measure), 20, measure, farthest)


def test_rows_are_those_of_scipy_where_no_two_scores_are_alike(rng):
    W = rng.random((500, 50)).astype(np.float32)
    index = CodeIndex(W)
    for row in range(100):
        distances = cdist(W[row][None].astype(np.float64), W.astype(np.float64), "cosine")[0]
        assert index.nearest(W[row], 30).rows.tolist() == np.argsort(distances, kind="stable")[:30].tolist()


@pytest.mark.parametrize("measure", MEASURED)
def test_queries_that_are_no_sample_rank_as_brute_force_does(W, measure, rng):
    index = CodeIndex(W)
    for query in codes(rng, 30):
        assert_ranked(index.nearest(query, 9, measure=measure), brute(W, query, measure), 9, measure)


@pytest.mark.parametrize("measure", MEASURED)
@pytest.mark.parametrize("farthest", [False, True])
def test_weighted_parts_rank_as_brute_force_does(W, measure, farthest, rng):
    index = CodeIndex(W)
    for row in range(40):
        weights = rng.choice([0, 0.01, 1, 2.5, 1000], size=W.shape[1])
        weights[row % W.shape[1]] = 1
        found = index.nearest(W[row], 15, measure=measure, weights=weights, farthest=farthest)
        assert_ranked(found, brute(W, W[row], measure, weights), 15, measure, farthest)


def test_a_single_part_that_counts_ranks_by_whether_it_is_there(W):
    weights = np.eye(W.shape[1])[3]
    found = CodeIndex(W).nearest(np.eye(W.shape[1])[3], len(W), weights=weights)
    has = np.flatnonzero(W[:, 3] > 0)
    assert found.rows[: len(has)].tolist() == has.tolist()
    assert (found.scores[: len(has)] == 1).all()
    assert (found.scores[len(has) :] == 0).all()


@pytest.mark.parametrize("measure", MEASURED)
@pytest.mark.parametrize("farthest", [False, True])
def test_only_those_that_may_be_found_are_found(W, measure, farthest, rng):
    index = CodeIndex(W)
    for row in range(20):
        among = rng.random(len(W)) < 0.1
        for n in (1, 5, int(among.sum()), 1000):
            found = index.nearest(W[row], n, measure=measure, farthest=farthest, among=among)
            assert_ranked(found, brute(W, W[row], measure), n, measure, farthest, among)


@pytest.mark.parametrize("measure", MEASURED)
def test_nobody_is_found_where_nobody_may_be(W, measure):
    found = CodeIndex(W).nearest(W[0], 3, measure=measure, among=np.zeros(len(W), dtype=bool))
    assert (len(found.rows), len(found.scores)) == (0, 0)


@pytest.mark.parametrize("measure", MEASURED)
@pytest.mark.parametrize("farthest", [False, True])
def test_equal_scores_stand_in_order_of_their_rows(measure, farthest, rng):
    W = np.tile(codes(rng, 7, 5), (40, 1))
    found = CodeIndex(W).nearest(W[2], len(W), measure=measure, farthest=farthest)
    for score in np.unique(found.scores):
        rows = found.rows[found.scores == score]
        assert (np.diff(rows) > 0).all()
    assert CodeIndex(W).nearest(W[2], 40, measure=measure).rows.tolist() == list(range(2, len(W), 7))


@pytest.mark.parametrize("parts", [1, 2, 7, 49, 50, 97])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_same_code_comes_first_with_a_score_of_exactly_one(parts, weighted, rng):
    W = codes(rng, 200, parts)
    W[W.sum(axis=1) == 0, 0] = 1
    twice = np.concatenate([W, W[::-1]])
    index, weights = CodeIndex(twice), rng.uniform(0.1, 3, parts) if weighted else None
    for row in range(len(W)):
        for measure in ("cosine", "whitened"):
            found = index.nearest(W[row], len(twice), measure=measure, weights=weights)
            same = {row, len(twice) - 1 - row}
            at = [int(np.flatnonzero(found.rows == one)[0]) for one in same]
            assert (found.scores[at] == 1).all()
            assert (found.scores[: max(at) + 1] == 1).all()
        found = index.nearest(W[row], 2, measure="euclidean", weights=weights)
        assert found.scores.tolist() == [0, 0]


def test_a_brighter_copy_is_as_like_to_the_cosine_and_not_to_the_distance(W):
    W = W[W.any(axis=1)][:50]
    index = CodeIndex(np.concatenate([W, 3 * W]))
    for row in range(50):
        assert index.nearest(W[row], 2).scores.tolist() == pytest.approx([1, 1], abs=1e-13)
        far = index.nearest(W[row], 100, measure="euclidean")
        assert far.scores[far.rows == row + 50] == pytest.approx(2 * np.linalg.norm(W[row].astype(float)), rel=1e-6)


@pytest.mark.parametrize("farthest", [False, True])
def test_codes_of_zeros_have_cosine_zero_with_all(W, farthest):
    W = W.copy()
    W[[3, 50]] = 0
    index = CodeIndex(W)
    assert_ranked(index.nearest(W[0], 400, farthest=farthest), brute(W, W[0], "cosine"), 400, "cosine", farthest)
    found = index.nearest(W[3], 5, farthest=farthest)
    assert (found.rows.tolist(), found.scores.tolist()) == ([0, 1, 2, 3, 4], [0] * 5)
    assert index.nearest(W[3], 2, measure="euclidean").rows.tolist() == [3, 50]


def test_parts_that_nobody_uses_do_not_disturb_the_whitened_measure(W):
    W = W.copy()
    W[:, 5] = 0
    W[:, 7] = 1  # all have the same of it, so it has no deviation
    found = CodeIndex(W).nearest(W[1], 400, measure="whitened")
    assert np.isfinite(found.scores).all()
    assert_ranked(found, brute(W, W[1], "whitened"), 400, "whitened")


def test_more_than_there_are_gives_all_of_them(W):
    found = CodeIndex(W[:7]).nearest(W[0], 1000)
    assert sorted(found.rows.tolist()) == list(range(7))


def test_one_part_and_one_sample_are_enough():
    index = CodeIndex(np.array([[2.0]]))
    for measure in MEASURED[:2]:
        assert index.nearest([3.0], 1, measure=measure).rows.tolist() == [0]
    W = np.array([[2.0], [0.0], [5.0]])
    assert CodeIndex(W).nearest([1.0], 3).scores.tolist() == [1, 1, 0]
    assert CodeIndex(W).nearest([4.0], 3, measure="euclidean").rows.tolist() == [2, 0, 1]


def test_without_samples_nothing_is_found():
    for measure in MEASURED:
        assert len(CodeIndex(np.zeros((0, 4))).nearest(np.ones(4), 3, measure="cosine").rows) == 0, measure


@pytest.mark.parametrize("unit", [1e-30, 1e-21, 1e-10, 1e15, 1e20, 1e30])
@pytest.mark.parametrize("measure", MEASURED)
def test_the_unit_of_the_codes_does_not_matter(measure, unit, rng):
    W = codes(rng, 200, 6)
    W[W > 0] = W[W > 0].clip(0.01)
    small, plain = CodeIndex(W.astype(np.float64) * unit), CodeIndex(W)
    weights, among = rng.uniform(0.5, 2, 6), rng.random(200) < 0.5
    for row in range(10):
        for settings_ in ({}, {"weights": weights}, {"among": among}, {"farthest": True}):
            one = small.nearest(small.codes[row], 7, measure=measure, **settings_)
            other = plain.nearest(plain.codes[row], 7, measure=measure, **settings_)
            factor = unit if measure == "euclidean" else 1
            np.testing.assert_allclose(one.scores, other.scores * factor, rtol=1e-5, atol=1e-6 * factor)


def test_codes_with_negative_weights_are_ranked_too(rng):
    W = rng.normal(size=(300, 6)).astype(np.float32)
    for measure in MEASURED:
        for farthest in (False, True):
            found = CodeIndex(W).nearest(W[4], 50, measure=measure, farthest=farthest)
            assert_ranked(found, brute(W, W[4], measure), 50, measure, farthest)


SMALL = st.floats(0, 8, width=16)


@settings(max_examples=150, deadline=None)
@given(
    W=st.tuples(st.integers(1, 30), st.integers(1, 5)).flatmap(lambda shape: arrays(np.float32, shape, elements=SMALL)),
    data=st.data(),
)
def test_whatever_is_asked_the_answer_is_that_of_brute_force(W, data):
    parts = W.shape[1]
    measure, farthest = data.draw(st.sampled_from(MEASURED)), data.draw(st.booleans())
    query = data.draw(arrays(np.float64, parts, elements=SMALL))
    weights = data.draw(st.none() | arrays(np.float64, parts, elements=st.sampled_from([0.0, 0.5, 1.0, 4.0])))
    n = data.draw(st.integers(1, 40))
    among = data.draw(st.none() | arrays(np.bool_, len(W)))
    index = CodeIndex(W)
    if weights is not None and not weights.any():
        weights[0] = 1
    found = index.nearest(query, n, measure=measure, weights=weights, farthest=farthest, among=among)
    assert_ranked(found, brute(W, query, measure, weights), n, measure, farthest, among)


@pytest.mark.parametrize(
    ("settings_", "words"),
    [
        ({"n": 0}, "at least one result, got n=0"),
        ({"measure": "manhattan"}, "no measure 'manhattan'. Give one of: cosine, whitened, euclidean"),
        ({"weights": np.ones(3)}, "Expected 12 weights, one a part, got 3"),
        ({"weights": np.r_[np.ones(11), -1]}, "not negative, got -1.0 for part 12"),
        ({"weights": np.r_[np.nan, np.ones(11)]}, "finite and not negative, got nan for part 1"),
        ({"weights": np.zeros(12)}, "Every part is switched off"),
        ({"code": np.ones(11)}, "Expected a code of 12 weights, one a part, got 11"),
        ({"code": np.r_[np.nan, np.ones(11)]}, "A code must be finite"),
        ({"code": np.r_[np.inf, np.ones(11)]}, "A code must be finite"),
    ],
)
def test_wrong_questions_are_told(W, settings_, words):
    asked = {"code": W[0], **settings_}
    with pytest.raises(ValueError, match=words) as caught:
        CodeIndex(W).nearest(**asked)
    assert "\n" not in str(caught.value)
