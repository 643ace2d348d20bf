"""Blocks left out: what is told of them, on data whose number of parts is known."""

import numpy as np
import pytest
import scipy.sparse

from partwise.kernels.threads import one_pool
from partwise.ranks.bi_cross_validation import FOLDS, _left_out, block_error, within_one_error


def planted(k=3, noise=0.05, seed=0):
    rng = np.random.default_rng(seed)
    S = rng.gamma(0.3, size=(80, k)) @ rng.gamma(0.3, size=(k, 60))
    return np.maximum(S + noise * np.sqrt(np.mean(S**2)) * rng.standard_normal(S.shape), 0)


@pytest.mark.parametrize("blocks", ["quarters", "halves"])
def test_the_planted_number_is_found(blocks):
    X, ks = planted(), (1, 2, 3, 4, 5, 6)
    with one_pool():
        errors = [[block_error(X, k, fold, 0, blocks) for k in ks] for fold in range(FOLDS)]
    assert within_one_error(ks, errors) == 3


def test_what_is_left_out_is_not_seen():
    X = planted()
    block = np.ix_(*_left_out(X.shape, 1, 0, "quarters"))

    def error_where_it_is(value):
        changed = X.copy()
        changed[block] = value
        return block_error(changed, 3, 1, 0)

    with one_pool():
        errors = [error_where_it_is(value) for value in (0.0, 1.0, 2.0)]
    # mean (value - P)^2 has the second difference 2 where the prediction P is the same each time
    assert errors[2] - 2 * errors[1] + errors[0] == pytest.approx(2, abs=1e-12)


def test_blocks_of_quarters_cover_each_row_once_and_those_of_halves_each_entry():
    shape = (21, 14)
    quarters = [_left_out(shape, fold, 3, "quarters") for fold in range(FOLDS)]
    assert sorted(np.concatenate([rows for rows, _ in quarters])) == list(range(21))
    assert sorted(np.concatenate([columns for _, columns in quarters])) == list(range(14))
    seen = np.zeros(shape, dtype=int)
    for fold in range(FOLDS):
        seen[np.ix_(*_left_out(shape, fold, 3, "halves"))] += 1
    assert (seen == 1).all()


def test_sparse_and_dense_say_the_same():
    X = planted() * (np.random.default_rng(1).random((80, 60)) < 0.5)
    with one_pool():
        dense, sparse = (block_error(one, 2, 0, 0) for one in (X, scipy.sparse.csr_array(X)))
    assert sparse == pytest.approx(dense, rel=1e-3)


def test_too_small_a_matrix_has_no_error():
    assert np.isnan(block_error(np.ones((3, 3)), 1, 3, 0))


def test_the_smallest_within_one_standard_error_is_picked():
    errors = np.array([[5.0, 2.2, 1.5, 1.6], [5.0, 2.4, 2.1, 2.0]])
    assert within_one_error((1, 2, 3, 4), errors) == 3
    assert within_one_error((1, 2, 3, 4), [[5.0, 2.1, 1.2, 1.6], [5.0, 2.1, 2.4, 2.0]]) == 2
    assert within_one_error((1, 2), [[np.nan, 2.0], [1.0, 2.0]]) == 2
    assert within_one_error((1, 2), [[np.nan, np.nan]]) is None
