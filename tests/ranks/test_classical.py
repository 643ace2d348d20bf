"""Kneedle, explained variance and silhouettes: against definitions, on curves and parts that are known."""

import numpy as np
import pytest
from sklearn.metrics import silhouette_samples

from partwise.ranks.classical import enough_explained, grouped, kneedle, last_clear, silhouettes


@pytest.mark.parametrize("knee", [3, 6, 12])
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_the_knee_of_two_straight_lines_is_where_they_meet(knee, scale):
    ks = range(1, 21)
    values = [scale * (10 * max(knee - k, 0) + 0.1 * (20 - k)) for k in ks]
    assert kneedle(ks, values) == knee


def test_the_papers_example_has_its_knee():
    # figure 2 of the paper: y = -1 / (x + 0.1) + 5 on ten points of 0 .. 1 has its knee at x = 0.22; here it falls
    x = np.linspace(0, 1, 10)
    assert kneedle(range(10), 1 / (x + 0.1)) == 2


@pytest.mark.parametrize("values", [[1.0] * 6, [6.0, 5, 4, 3, 2, 1], [3.0, 2.0], [3, np.nan, 1, 0.5, 0.4]])
def test_a_curve_without_a_knee_has_none(values):
    assert kneedle(range(1, len(values) + 1), values) is None


def test_enough_is_where_a_further_part_brings_little():
    assert enough_explained((1, 2, 3, 4), (0.5, 0.8, 0.804, 0.9)) == 2
    assert enough_explained((5, 10, 15), (0.8, 0.86, 0.9)) == 10
    assert enough_explained((1, 2, 3), (0.5, 0.7, 0.9)) is None


def noisy(seed, noise, k=4, n_fits=5):
    rng = np.random.default_rng(seed)
    true = rng.gamma(0.3, size=(k, 40))
    orders = [rng.permutation(k) for _ in range(n_fits)]
    return [(true * rng.uniform(0.1, 9, (k, 1)) + noise * rng.random((k, 40)))[order] for order in orders], orders


@pytest.mark.parametrize("noise", [0.0, 0.2, 2.0])
def test_silhouettes_are_those_of_sklearn_for_the_same_groups(noise):
    fits, _ = noisy(0, noise)
    groups = grouped(fits)
    points, of = groups.reshape(-1, 40), np.tile(np.arange(4), len(fits))
    wanted = silhouette_samples(points, of, metric="cosine").reshape(len(fits), 4).mean(axis=0)
    np.testing.assert_allclose(silhouettes(fits), wanted, atol=1e-7)


def test_every_fit_gives_one_part_to_each_group_whatever_its_order():
    fits, orders = noisy(1, 0.01)
    groups = grouped(fits)
    for one, order, group in zip(fits, orders, groups, strict=True):
        at = np.argsort(order)[orders[0]]  # the first fit names the groups
        np.testing.assert_allclose(group, one[at] / np.linalg.norm(one[at], axis=1, keepdims=True))
    assert silhouettes(fits).min() > 0.9


def test_one_fit_or_one_part_has_no_silhouette():
    fits, _ = noisy(2, 0.1)
    assert np.isnan(silhouettes(fits[:1])).all()
    assert np.isnan(silhouettes([one[:1] for one in fits])).all()


def test_the_last_clear_k_is_taken_whatever_comes_between():
    assert last_clear((1, 2, 3, 4), (np.nan, 0.9, 0.2, 0.8)) == 4
    assert last_clear((1, 2, 3, 4), (np.nan, 0.7, 0.2, 0.1)) is None
