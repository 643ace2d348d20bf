"""Groups of samples over restarts: against loops over pairs, and where distances tie."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import cophenet, is_valid_linkage, linkage
from scipy.spatial.distance import squareform

from partwise.ranks.clusters import average_tree, consensus_matrix, cophenetic, dispersion, drawn, firm, labels_of

CRISP = np.repeat([0, 1, 2], 6)


def labels(seed, n_runs=5, n=18, moved=0.2):
    """Three groups, of which every run moves some samples and calls the groups otherwise."""
    rng = np.random.default_rng(seed)
    runs = []
    for _ in range(n_runs):
        run = np.where(rng.random(n) < moved, rng.integers(0, 3, n), CRISP)
        runs.append(rng.permutation(3)[run])
    return np.array(runs)


def test_the_consensus_matrix_is_the_share_of_runs_in_which_two_are_together():
    runs = labels(0)
    wanted = [[np.mean(runs[:, i] == runs[:, j]) for j in range(18)] for i in range(18)]
    np.testing.assert_allclose(consensus_matrix(runs), wanted, atol=1e-15)


def test_names_of_groups_do_not_matter():
    runs = labels(1)
    np.testing.assert_array_equal(consensus_matrix(runs), consensus_matrix(7 - 3 * runs))


def test_the_unit_of_a_part_does_not_matter_to_the_labels():
    rng = np.random.default_rng(2)
    W, H = rng.random((40, 4)), rng.random((4, 9))
    scale = np.array([1e-3, 5.0, 200.0, 1.0])
    wanted = [max(range(4), key=lambda j: W[i, j] * H[j].sum()) for i in range(40)]
    np.testing.assert_array_equal(labels_of(W, H), wanted)
    np.testing.assert_array_equal(labels_of(W * scale, H / scale[:, None]), wanted)
    assert (np.argmax(W * scale, axis=1) != wanted).any()


def test_the_correlation_is_scipys_where_distances_differ():
    C = np.eye(12)
    upper = np.triu_indices(12, 1)
    C[upper] = np.random.default_rng(3).random(66)
    C = np.maximum(C, C.T)
    d = squareform(1 - C, checks=False)
    wanted = cophenet(linkage(d, "average"), d)[0]
    assert cophenetic(C) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_ties_never_break_the_tree(seed):
    rng = np.random.default_rng(seed)
    runs = rng.integers(0, 12, (5, 400))
    runs[1:, :300] = runs[0, :300]
    C = consensus_matrix(runs)
    tree = average_tree(C)
    assert is_valid_linkage(tree)
    assert tree[-1, 3] == 400
    assert 0.5 < cophenetic(C) <= 1
    assert cophenetic(C) == cophenetic(C.copy())


def test_crisp_groups_are_perfect_and_mixed_ones_are_not():
    crisp = consensus_matrix(np.tile(CRISP, (6, 1)))
    assert cophenetic(crisp) == pytest.approx(1, abs=1e-8)
    assert dispersion(crisp) == 1
    mixed = consensus_matrix(labels(4, moved=0.5))
    assert cophenetic(mixed) < 0.99
    assert dispersion(mixed) == pytest.approx(np.mean([4 * (c - 0.5) ** 2 for c in mixed.ravel()]))


def test_one_group_or_two_samples_have_no_correlation():
    assert np.isnan(cophenetic(np.ones((6, 6))))
    assert np.isnan(cophenetic(np.eye(2)))
    assert np.isnan(cophenetic(np.ones((1, 1))))


def test_of_many_samples_a_fixed_even_choice_is_made():
    few = drawn(10_000)
    assert len(np.unique(few)) == 2000
    assert (few[0], few[-1]) == (0, 9999)
    assert set(np.diff(few)) <= {4, 5, 6}
    np.testing.assert_array_equal(drawn(7), range(7))
    runs = np.random.default_rng(5).integers(0, 3, (3, 90))
    np.testing.assert_array_equal(consensus_matrix(runs, most=20), consensus_matrix(runs[:, drawn(90, 20)]))


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ((1.0, 1.0, 1.0, 0.998, 0.95, 1.0), (2, 3, 4)),
        ((1.0, 0.98, 1.0, 1.0, 1.0, 1.0), ()),
        ((1.0, 1.0, np.nan, 1.0, 1.0, 1.0), (2,)),
        ((0.1, 1.0, 1.0, 1.0, 1.0, 1.0), (2, 3, 4, 5, 6)),
    ],
)
def test_firm_ends_at_the_first_that_is_not(values, wanted):
    ks = (1, 2, 3, 4, 5, 6)
    if wanted == (2,):
        values = (values[0], 1.0, *values[2:])
    assert firm(ks, values) == wanted
