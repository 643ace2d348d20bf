"""Near-duplicates: the groups of brute force, and their weakest links."""

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse.csgraph import connected_components

import partwise.search.groups as groups_module
from partwise.search import CodeIndex, Entries, near_duplicates


def entries_of(W, digests=None):
    n = len(W)
    digests = tuple(str(row) for row in range(n)) if digests is None else tuple(digests)
    plain = np.zeros(n, dtype=np.float32)
    return Entries(np.arange(1, n + 1), tuple(map(str, range(n))), None, digests, plain, plain, W, 0)


def found(W, threshold, digests=None, **more):
    return near_duplicates(entries_of(W, digests), CodeIndex(W), threshold, **more)


def brute(W, threshold, digests=None):
    """Groups as sets of rows, by all cosines in double precision; the same content joins too."""
    X = W.astype(np.float64)
    unit = X / np.where(X.any(axis=1), np.linalg.norm(X, axis=1), 1)[:, None]
    apart = ((unit[:, None] - unit[None]) ** 2).sum(axis=2)
    alike = (1 - apart / 2 >= threshold) & X.any(axis=1)[:, None] & X.any(axis=1)[None]
    if digests is not None:
        alike |= np.array(digests)[:, None] == np.array(digests)[None]
    count, label = connected_components(scipy.sparse.csr_array(alike))
    every = [tuple(np.flatnonzero(label == one).tolist()) for one in range(count)]
    return sorted((one for one in every if len(one) > 1), key=lambda rows: (-len(rows), rows))


@pytest.mark.parametrize("threshold", [0.5, 0.9, 0.99, 0.999, 1])
@pytest.mark.parametrize("block", [1, 1 << 12, 1 << 23])
def test_groups_are_those_of_brute_force(threshold, block, rng, monkeypatch):
    monkeypatch.setattr(groups_module, "PAIRS", block)
    W = rng.gamma(0.4, size=(150, 6)).astype(np.float32)
    W[50:80] = W[:30] * rng.uniform(0.98, 1.02, (30, 6)).astype(np.float32)
    W[80:90] = W[:10]
    W[90] = 0
    assert [one.rows for one in found(W, threshold)] == brute(W, threshold)


def test_a_group_says_at_which_threshold_it_would_still_be_one(rng):
    W = rng.gamma(0.4, size=(80, 4)).astype(np.float32)
    for one in found(W, 0.97):
        assert 0.97 <= one.likeness <= 1
        assert any(one.rows == other.rows for other in found(W, one.likeness))
        if one.likeness < 1:
            assert not any(one.rows == other.rows for other in found(W, min(1, one.likeness + 1e-9)))


def test_the_strongest_chain_holds_a_group_together():
    """a - b is weak, but both are near to c: the weak link is not needed."""
    angles = np.array([0.0, 0.2, 0.1])
    (group,) = found(np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32), 0.9)
    assert group.rows == (0, 1, 2)
    assert group.likeness == pytest.approx(np.cos(0.1), abs=1e-6)


def test_the_same_content_is_a_group_whatever_its_code_says(rng):
    W = np.eye(6, dtype=np.float32)
    W[5] = 0
    W = np.concatenate([W, W[4:]])  # rows 6 and 7 repeat 4 and 5, of which 5 is a code of zeros
    groups = found(W, 0.99, digests=list("abcdefef"))
    assert [(one.rows, one.likeness, one.exact) for one in groups] == [((4, 6), 1, True), ((5, 7), 1, True)]


def test_near_and_equal_ones_are_one_group_that_is_not_exact():
    W = np.array([[1, 0], [1, 0.001], [1, 0], [0, 1]], dtype=np.float32)
    (group,) = found(W, 0.999, digests=list("abac"))
    assert group.rows == (0, 1, 2)
    assert not group.exact
    assert group.likeness == pytest.approx(1 / np.sqrt(1 + 1e-6), abs=1e-9)


def test_codes_of_zeros_are_like_nobody():
    assert found(np.zeros((4, 3), dtype=np.float32), 0.1) == []


def test_a_threshold_of_one_takes_equal_directions_only():
    W = np.array([[1, 2], [2, 4], [3, 6], [1, 2.0001]], dtype=np.float32)
    assert [one.rows for one in found(W, 1)] == [(0, 1, 2)]


def test_many_copies_and_a_low_threshold_are_one_group(rng):
    W = rng.uniform(0.5, 1, (1200, 5)).astype(np.float32)
    seen = []
    (group,) = found(W, 0.5, progress=lambda done, of: seen.append((done, of)))
    assert len(group.rows) == 1200
    assert seen[-1] == (1200, 1200)


def test_no_samples_have_no_groups():
    assert found(np.zeros((0, 3), dtype=np.float32), 0.5) == []
    assert found(np.ones((1, 3), dtype=np.float32), 0.5) == []


@settings(max_examples=100, deadline=None)
@given(
    W=st.tuples(st.integers(1, 12), st.integers(1, 3)).flatmap(
        lambda shape: arrays(np.float32, shape, elements=st.integers(0, 4))
    ),
    threshold=st.sampled_from([0.3, 0.7, 0.93, 0.999, 1.0]),
    data=st.data(),
)
def test_whatever_the_codes_the_groups_are_those_of_brute_force(W, threshold, data):
    digests = data.draw(st.lists(st.sampled_from("abcdefghijkl"), min_size=len(W), max_size=len(W)))
    # samples of the same content have the same code
    W = W[[digests.index(one) for one in digests]]
    assert [one.rows for one in found(W, threshold, digests)] == brute(W, threshold, digests)


@pytest.mark.parametrize("threshold", [0, -1, 1.001, float("nan"), float("inf")])
def test_a_threshold_out_of_range_is_told(threshold):
    with pytest.raises(ValueError, match="is a cosine above 0 and at most 1, got"):
        found(np.ones((2, 2), dtype=np.float32), threshold)
