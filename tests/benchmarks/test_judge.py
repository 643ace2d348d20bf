"""The judge of the race against the formulas, written out."""

import numpy as np
import pytest
import scipy.sparse

from benchmarks import judge as judging
from benchmarks.judge import judge_of


@pytest.fixture
def drawn(rng):
    X = rng.random((23, 17)) * (rng.random((23, 17)) < 0.4)
    return X, rng.random((23, 4)), rng.random((4, 17))


def relative_error(X, W, H):
    return np.linalg.norm(X - W @ H) / np.linalg.norm(X)


def relative_divergence(X, W, H):
    Y = W @ H
    x, y = X[X > 0], Y[X > 0]
    return (np.sum(x * np.log(x / y)) - X.sum() + Y.sum()) / X.sum()


FORMULAS = {"frobenius": relative_error, "kullback-leibler": relative_divergence}


@pytest.mark.parametrize("loss", FORMULAS)
@pytest.mark.parametrize("kind", [np.asarray, scipy.sparse.csr_matrix, scipy.sparse.csc_array])
@pytest.mark.parametrize("block", [1, 50, 1 << 20])
def test_it_gives_the_formula_for_every_kind_of_matrix_and_block(drawn, loss, kind, block, monkeypatch):
    monkeypatch.setattr(judging, "BLOCK", block)
    X, W, H = drawn
    assert judge_of(kind(X), loss)(W, H) == pytest.approx(FORMULAS[loss](X, W, H), rel=1e-12)


@pytest.mark.parametrize("loss", FORMULAS)
def test_it_computes_in_float64_whatever_it_is_given(drawn, loss):
    X, W, H = (A.astype(np.float32) for A in drawn)
    wide = FORMULAS[loss](*(A.astype(np.float64) for A in (X, W, H)))
    assert judge_of(X, loss)(W, H) == pytest.approx(wide, rel=1e-12)


@pytest.mark.parametrize("loss", FORMULAS)
def test_a_perfect_answer_has_no_error(drawn, loss):
    _, W, H = drawn
    assert judge_of(W @ H, loss)(W, H) == pytest.approx(0, abs=1e-12)


def test_a_zero_where_something_should_be_is_bad_but_not_infinite():
    X = np.array([[1.0, 2.0]])
    error = judge_of(X, "kullback-leibler")(np.array([[1.0]]), np.array([[0.0, 2.0]]))
    assert 1 < error < 100


def test_an_unknown_loss_is_refused():
    with pytest.raises(ValueError, match="got 'itakura-saito'"):
        judge_of(np.ones((2, 2)), "itakura-saito")
