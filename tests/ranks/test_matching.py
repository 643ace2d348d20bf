"""Matching of parts, against trying every order."""

from itertools import permutations

import numpy as np
import pytest

from partwise.matching import least_cosine, matched, mean_cosine, returning, stability_map


def parts(seed, k=5, n=30):
    return np.random.default_rng(seed).gamma(0.5, size=(k, n))


def cosine(a, b):
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def by_trying(A, B):
    """The best order of B's rows by trying all of them."""
    return max(
        permutations(range(len(B)), len(A)),
        key=lambda order: sum(cosine(a, B[j]) for a, j in zip(A, order, strict=True)),
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("more", [0, 1])
def test_the_best_of_all_orders_is_found(seed, more):
    A, B = parts(seed), parts(seed + 100, 5 + more)
    order, cosines = matched(A, B)
    wanted = by_trying(A, B)
    assert tuple(order) == wanted
    np.testing.assert_allclose(cosines, [cosine(a, B[j]) for a, j in zip(A, wanted, strict=True)], atol=1e-12)


def test_parts_in_another_order_and_of_another_length_are_the_same_parts():
    A = parts(0)
    order = np.array([3, 0, 4, 1, 2])
    lengths = np.array([1e-200, 3.0, 1e200, 7.0, 0.1])[:, None]
    found, cosines = matched(A, (A * lengths)[order])
    np.testing.assert_array_equal(order[found], np.arange(5))
    np.testing.assert_allclose(cosines, 1, atol=1e-12)
    assert least_cosine([A, A[order], A[order[::-1]]]) == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(stability_map(A, [(A * 3)[order], A * 0.5])[0.5 * A.max() < A], 1, atol=1e-12)


def test_least_and_mean_are_taken_over_pairs_of_fits():
    fits = [parts(seed) for seed in range(4)]
    pairs = [matched(fits[i], fits[j])[1] for i in range(4) for j in range(i + 1, 4)]
    assert least_cosine(fits) == pytest.approx(np.mean([one.min() for one in pairs]))
    assert mean_cosine(fits) == pytest.approx(np.mean([one.mean() for one in pairs]))


def test_one_fit_has_nothing_to_be_compared_with():
    assert np.isnan(least_cosine([parts(0)]))
    assert np.isnan(mean_cosine([]))
    assert np.isnan(returning(parts(0), [])).all()
    assert np.isnan(stability_map(parts(0), [])).all()


def test_a_part_that_is_lost_does_not_come_back_and_the_others_do():
    A = np.eye(4, 12) + np.eye(4, 12, 4)
    B = A.copy()
    B[2] = np.eye(1, 12, 10)[0]
    np.testing.assert_allclose(returning(A, [B[::-1], A]), [1, 1, 0.5, 1], atol=1e-12)
    np.testing.assert_allclose(returning(A, [np.zeros_like(A)]), 0)


def test_the_map_is_high_where_fits_agree_and_low_where_they_do_not():
    a = np.array([[4.0, 4, 2, 0, 0]])
    b = np.array([[4.0, 4, 0, 2, 0]])  # the scale onto a is 32 / 36
    found = stability_map(a, [b])[0]
    scaled = b[0] * 32 / 36
    wanted = np.minimum(a[0], scaled) / np.maximum(np.maximum(a[0], scaled), 0.04)
    np.testing.assert_allclose(found, wanted)
    assert found[0] > 0.85
    assert found[2] == found[3] == found[4] == 0
    several = stability_map(a, [b, a, a])[0]
    assert found[2] < several[2] < several[0] <= 1


def test_parts_of_other_features_or_too_few_are_refused():
    with pytest.raises(ValueError, match="same features"):
        matched(parts(0), parts(0, n=29))
    with pytest.raises(ValueError, match="at least as many"):
        matched(parts(0), parts(0, k=4))
