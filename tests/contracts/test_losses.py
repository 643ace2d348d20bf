"""Every loss: the value is what its formula says, the gradient what finite differences say, whatever X is made of."""

import numpy as np
import pytest
import scipy.sparse

from partwise.losses import LOSSES, QuadraticLoss, as_loss
from partwise.matrices import as_matrix
from partwise.penalties import PENALTIES, Elastic

from .conftest import low_rank

BETAS = sorted({*LOSSES.values(), -0.5, 0.5, 1.5, 3.0})


def formula(X, Y, beta):
    """The beta divergence entry by entry (Fevotte & Idier 2011, equation 2)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if beta == 1:
            d = np.where(X > 0, X * np.log(X / Y), 0) - X + Y
        elif beta == 0:
            d = X / Y - np.log(X / Y) - 1
        else:
            d = (X**beta + (beta - 1) * Y**beta - beta * X * Y ** (beta - 1)) / (beta * (beta - 1))
    return d.sum()


@pytest.fixture(params=BETAS)
def case(request):
    beta = request.param
    X = low_rank(12, 9, 3, zeros=0.3 if beta > 0 else 0.0)
    rng = np.random.default_rng(1)
    return as_loss(beta), X, rng.random((3, 12)) + 0.1, rng.random((3, 9)) + 0.1


@pytest.mark.parametrize("form", [np.asarray, scipy.sparse.csr_array], ids=["dense", "sparse"])
def test_value(case, form):
    loss, X, W, H = case
    assert loss.value(as_matrix(form(X)), W, H) == pytest.approx(formula(X, W.T @ H, loss.beta), rel=1e-9)


@pytest.mark.parametrize("form", [np.asarray, scipy.sparse.csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("penalty", [Elastic(), Elastic(0.3, 0.7)], ids=["free", "penalised"])
def test_gradient_of_both_halves_is_the_finite_difference(case, form, penalty):
    loss, X, W, H = case
    M = as_matrix(form(X))
    for half, F, value in (
        (loss.half(M, H, penalty), W, lambda F: loss.value(M, F, H)),
        (loss.half(M.T, W, penalty), H, lambda F: loss.value(M, W, F)),
    ):
        plus, minus = half.split_gradient(F)
        assert (plus >= 0).all()
        assert (minus >= 0).all()
        for place in [(0, 0), (1, 4), (2, 8)]:
            step = np.zeros_like(F)
            step[place] = 1e-6

            def whole(F, value=value):
                return value(F) + penalty.value(F.sum(), np.sum(F**2))

            slope = (whole(F + step) - whole(F - step)) / 2e-6
            assert plus[place] - minus[place] == pytest.approx(slope, rel=1e-4, abs=1e-5)


def test_the_half_knows_the_loss_at_its_factor(case):
    loss, X, W, H = case
    M = as_matrix(X)
    half = loss.half(M.T, W, Elastic(0.3, 0.7))
    assert half.loss(H, half.read(H)) == pytest.approx(loss.value(M, W, H), rel=1e-9)


def test_quadratic_loss_stays_exact_near_zero(dtype):
    rng = np.random.default_rng(3)
    W, H = rng.random((3, 50)).astype(dtype), rng.random((3, 60)).astype(dtype)
    M = as_matrix(W.T @ H)
    loss = as_loss(2)
    assert isinstance(loss, QuadraticLoss)
    half = loss.half(M.T, W, Elastic())
    value = half.loss(H, half.read(H))
    assert 0 <= value <= 1e-10 * M.squared_norm * (1 if dtype == np.float32 else 1e-12)


def test_names_are_those_of_scikit_learn():
    assert {name: as_loss(name).beta for name in LOSSES} == {"frobenius": 2, "kullback-leibler": 1, "itakura-saito": 0}


@pytest.mark.parametrize("name", PENALTIES)
def test_penalty_folds_as_its_gradient_says(name, rng):
    penalty = PENALTIES[name](0.5, 0.25)
    gram, cross, F = np.eye(3) * 2, rng.random((3, 5)), rng.random((3, 5))
    folded = penalty.fold(gram) @ F - (cross - penalty.l1)
    np.testing.assert_allclose(folded, gram @ F - cross + penalty.gradient(F))
    assert penalty.value(F.sum(), np.sum(F**2)) == pytest.approx(0.5 * F.sum() + 0.125 * np.sum(F**2))
    assert not PENALTIES[name]().active
