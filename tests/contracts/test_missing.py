"""Missing entries and weights: what is under the mask is never read, and what is known is fitted as it counts."""

import warnings

import numpy as np
import pytest
import scipy.sparse
from scipy.optimize import nnls
from sklearn.utils.estimator_checks import check_estimator

from partwise import NMF
from partwise.inits import INITS
from partwise.iterate import iterate
from partwise.kernels.threads import one_pool
from partwise.losses import WeightedHalf, as_loss, weighted
from partwise.matrices import Weighted
from partwise.penalties import Elastic
from partwise.problems import TwoFactors
from partwise.solvers import HALS, WEIGHTED_SOLVERS, WeightedHALS
from partwise.solvers.codes import solve_codes
from partwise.stopping import IterationLimit

from .conftest import low_rank

LOSSES = ["frobenius", "kullback-leibler", "itakura-saito", 0.5]
MODES = {"own gram matrices": 1e9, "a shared one": 0.0}  # OWN and DEAR, which choose between them


def holes(shape=(40, 30), share=0.4, seed=1):
    return np.random.default_rng(seed).random(shape) >= share


def real_weights(shape=(40, 30), seed=1):
    rng = np.random.default_rng(seed)
    return np.where(rng.random(shape) < 0.3, 0, rng.gamma(2.0, size=shape))


def problem_of(X, Q, beta=2.0, **penalties):
    return TwoFactors(Weighted.of(X, Q), weighted(as_loss(beta)), **penalties)


def start_of(problem, k=4, seed=0):
    return problem.start(*INITS["random"](problem.X.levelled(), k, np.random.RandomState(seed)))


@pytest.fixture(params=MODES)
def mode(request, monkeypatch):
    for limit in ("OWN", "DEAR"):
        monkeypatch.setattr(f"partwise.matrices.weighted.{limit}", MODES[request.param])


@pytest.mark.parametrize("beta", [2.0, 1.0, 0.0, 0.5, 3.0])
@pytest.mark.parametrize("penalty", [Elastic(), Elastic(0.3, 0.7)], ids=["free", "penalised"])
def test_gradients_of_both_halves_are_finite_differences(beta, penalty):
    X, Q = low_rank(12, 9, 3, zeros=0.0), real_weights((12, 9))
    problem = problem_of(X, Q, beta)
    rng = np.random.default_rng(1)
    W, H = rng.random((3, 12)) + 0.1, rng.random((3, 9)) + 0.1
    loss, M = problem.loss, problem.X
    for half, F, value in (
        (loss.half(M, H, penalty), W, lambda F: loss.value(M, F, H)),
        (loss.half(M.T, W, penalty), H, lambda F: loss.value(M, W, F)),
    ):
        plus, minus = half.split_gradient(F)
        assert (plus >= 0).all()
        assert (minus >= 0).all()
        assert half.loss(F, half.read(F)) == pytest.approx(loss.value(M, W, H), rel=1e-9)
        for place in [(0, 0), (1, 4), (2, 8)]:
            step = np.zeros_like(F)
            step[place] = 1e-6
            up, down = (value(G) + penalty.value(G.sum(), np.sum(G**2)) for G in (F + step, F - step))
            assert plus[place] - minus[place] == pytest.approx((up - down) / 2e-6, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("beta", [2.0, 1.0, 0.0, 0.5])
def test_whole_weights_count_as_repeated_rows(beta):
    X = low_rank(zeros=0.0)
    times = np.random.default_rng(3).integers(0, 4, size=len(X))
    rng = np.random.default_rng(1)
    W, H = rng.random((3, 40)) + 0.1, rng.random((3, 30)) + 0.1
    ours = problem_of(X, times[:, None], beta)
    theirs = TwoFactors(Weighted.of(np.repeat(X, times, axis=0), np.ones(1)), weighted(as_loss(beta)))
    repeated = np.repeat(W, times, axis=1)
    plain = as_loss(beta).value(theirs.X, repeated, H)
    assert ours.loss.value(ours.X, W, H) == pytest.approx(plain, rel=1e-9)
    for one, other in zip(ours.right(W).split_gradient(H), theirs.right(repeated).split_gradient(H), strict=True):
        np.testing.assert_allclose(one, np.broadcast_to(other, one.shape), rtol=1e-9)


@pytest.mark.parametrize("extrapolate", [True, False])
@pytest.mark.parametrize("penalty", [Elastic(), Elastic(0.2, 0.3)], ids=["free", "penalised"])
@pytest.mark.parametrize("make", [holes, real_weights])
def test_weighted_hals_keeps_the_promises_of_a_solver(mode, dtype, make, penalty, extrapolate):
    X, Q = low_rank(dtype=dtype), make()
    X[3] = 0
    problem = problem_of(X, Q, penalty_W=penalty, penalty_H=penalty)
    state = first = start_of(problem)
    solver = WeightedHALS(extrapolate=extrapolate)
    values = [problem.measure(state).objective]
    for _ in range(40):
        state = solver.step(problem, state)
        values.append(problem.measure(state).objective)
        for F, F0 in ((state.W, first.W), (state.H, first.H)):
            assert F.dtype == dtype
            assert F.shape == F0.shape
            assert np.isfinite(F).all()
            assert (F >= 0).all()
    assert state.iteration == 40
    assert (np.diff(values) <= values[0] * (1e-5 if dtype == np.float32 else 1e-12)).all()
    assert values[-1] < 0.5 * values[0]
    assert state.W[:, 3].max() <= 1e-3 * state.W.max()


@pytest.mark.parametrize("penalty", [Elastic(), Elastic(0.0, 0.3)], ids=["free", "penalised"])
def test_weighted_hals_comes_to_a_stationary_point(mode, penalty):
    problem = problem_of(low_rank(), holes(share=0.2), penalty_W=penalty, penalty_H=penalty)
    *_, last = iterate(problem, WeightedHALS(), start_of(problem, 3), [IterationLimit(2000)])
    assert last.record.residual < 1e-8


def test_both_ways_lead_to_the_same_point(monkeypatch):
    X, Q, ends = low_rank(noise=0.0, zeros=0.0), holes(), []
    for most in MODES.values():
        for limit in ("OWN", "DEAR"):
            monkeypatch.setattr(f"partwise.matrices.weighted.{limit}", most)
        problem = problem_of(X, Q)
        *_, last = iterate(problem, WeightedHALS(), start_of(problem), [IterationLimit(2000)])
        ends.append(last.state.W.T @ last.state.H)
    np.testing.assert_allclose(ends[0], X, atol=1e-4 * X.max())
    np.testing.assert_allclose(ends[1], X, atol=1e-4 * X.max())


def test_without_holes_it_is_what_hals_is_at_rest():
    X = low_rank()
    problem = problem_of(X, np.ones(X.shape))
    *_, last = iterate(problem, WeightedHALS(), start_of(problem), [IterationLimit(2000)])
    plain = TwoFactors(Weighted.of(X, np.ones(X.shape)), as_loss(2))
    state = plain.start(last.state.W, last.state.H)
    assert plain.measure(state).residual == pytest.approx(last.record.residual, abs=1e-12)
    assert plain.measure(state).objective == pytest.approx(last.record.objective, rel=1e-9)
    after = HALS(extrapolate=False).step(plain, state)
    np.testing.assert_allclose(after.W, state.W, atol=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_weights_of_one_give_the_bits_of_a_fit_without_any(loss):
    X = low_rank(zeros=0.0)
    settings = {"solver": "auto", "beta_loss": loss, "max_iter": 10, "random_state": 0, "tol": 0}
    plain, counted, masking = NMF(3, **settings), NMF(3, **settings), NMF(3, missing="mask", **settings)
    W = plain.fit_transform(X)
    np.testing.assert_array_equal(W, counted.fit_transform(X, entry_weight=np.ones(X.shape)))
    np.testing.assert_array_equal(W, masking.fit_transform(X))
    np.testing.assert_array_equal(plain.components_, counted.components_)


@pytest.mark.parametrize("init", ["random", "nndsvd", "nndsvda", "nndsvdar"])
@pytest.mark.parametrize("loss", LOSSES)
def test_values_under_the_mask_change_no_bit(loss, init, dtype):
    if init == "nndsvd" and loss != "frobenius":
        pytest.skip("multiplicative updates cannot leave the zeros of nndsvd")
    X, known = low_rank(zeros=0.0, dtype=dtype), holes()
    settings = {"solver": "auto", "beta_loss": loss, "max_iter": 8, "tol": 0, "init": init, "random_state": 0}
    first = NMF(3, missing="mask", **settings)
    W = first.fit_transform(np.where(known, X, np.nan).astype(dtype))
    assert W.dtype == first.components_.dtype == dtype
    for value in (0, 1e6, np.inf, np.nan, -1):
        model = NMF(3, **settings)
        given = np.where(known, X, value).astype(dtype)
        np.testing.assert_array_equal(model.fit_transform(given, entry_weight=known), W)
        np.testing.assert_array_equal(model.components_, first.components_)
        assert model.reconstruction_err_ == first.reconstruction_err_
        np.testing.assert_array_equal(model.transform(given, entry_weight=known), W)
        filled = model.fill(given, entry_weight=known)
        np.testing.assert_array_equal(filled[known], given[known])
        np.testing.assert_allclose(filled[~known], (W @ model.components_)[~known], rtol=1e-5)


def test_the_error_is_that_of_the_known_entries():
    X, Q = low_rank(), real_weights()
    model = NMF(4, random_state=0)
    W = model.fit_transform(X, entry_weight=Q)
    assert model.reconstruction_err_ == pytest.approx(np.sqrt(np.sum(Q * (X - W @ model.components_) ** 2)))
    assert model.kkt_residual_ <= 1e-4


def test_what_was_hidden_comes_back():
    rng = np.random.default_rng(0)
    X = rng.gamma(1.0, size=(80, 3)) @ rng.gamma(1.0, size=(3, 50))
    known = holes(X.shape, 0.5)
    model = NMF(3, missing="mask", random_state=0, tol=1e-7, max_iter=2000).fit(np.where(known, X, np.nan))
    np.testing.assert_allclose(model.fill(np.where(known, X, np.nan)), X, rtol=0.02, atol=0.01 * X.max())


@pytest.mark.parametrize("penalty", [Elastic(), Elastic(0.5, 2.0)], ids=["free", "penalised"])
def test_codes_are_each_row_s_own_least_squares(dtype, penalty):
    X, Q = low_rank(zeros=0.0, dtype=dtype), real_weights()
    H = np.random.default_rng(2).random((6, 30)).astype(dtype)
    half = WeightedHalf(Weighted.of(X, Q), H, penalty)
    codes = solve_codes(half)
    assert codes.dtype == dtype
    root = np.sqrt(Q)
    for i in range(len(X)):
        A, b = (H.astype(float) * root[i]).T, X[i].astype(float) * root[i]
        if penalty.active:
            # minus l1 w is what a further row, long and nearly parallel to nothing, would say: checked by the gradient
            gradient = A.T @ (A @ codes[:, i] - b) + penalty.l1 + penalty.l2 * codes[:, i]
            pulled = np.where(codes[:, i] > 0, gradient, np.minimum(gradient, 0))
            assert np.abs(pulled).max() <= (1e-4 if dtype == np.float32 else 1e-9) * np.abs(A.T @ b).max()
        else:
            np.testing.assert_allclose(codes[:, i], nnls(A, b)[0], atol=1e-4 if dtype == np.float32 else 1e-8)


@pytest.mark.parametrize("loss", ["frobenius", "kullback-leibler"])
def test_every_row_is_transformed_alone(loss):
    X = np.where(holes(), low_rank(zeros=0.0), np.nan)
    model = NMF(4, missing="mask", solver="auto", beta_loss=loss, random_state=0, max_iter=30, tol=0).fit(X)
    whole = model.transform(X)
    for i in range(0, 40, 7):
        np.testing.assert_allclose(model.transform(X[i : i + 1])[0], whole[i], rtol=1e-9, atol=1e-12)


def test_one_thread_or_two_give_the_same_bits(mode, dtype, monkeypatch):
    X, Q = low_rank(700, 300, dtype=dtype), holes((700, 300))
    answers = []
    for count in (1, 2):
        monkeypatch.setattr("partwise.kernels.threads.allowed", lambda count=count: count)
        with one_pool():
            problem = problem_of(X, Q)
            state = start_of(problem)
            for _ in range(4):
                state = WeightedHALS().step(problem, state)
            answers.append((state.W, state.H, solve_codes(state.left)))
    for one, other in zip(*answers, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("loss", ["frobenius", "kullback-leibler"])
def test_rows_and_columns_of_which_nothing_is_known_are_zeros_and_told(loss):
    X = low_rank(zeros=0.0)
    X[5], X[:, 7] = np.nan, np.nan
    model = NMF(3, missing="mask", solver="auto", beta_loss=loss, random_state=0, tol=0, max_iter=20)
    with pytest.warns(UserWarning, match=r"1 row of X has no known entry, first row 5: codes are zeros"):
        W = model.fit_transform(X)
    assert not W[5].any()
    assert not model.components_[:, 7].any()
    assert np.isfinite(W).all()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X)
    assert any("1 column of X has no known entry, first column 7" in str(one.message) for one in caught)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"entry_weight": -np.ones((40, 30))}, r"wants numbers >= 0, got -1 at row 0, column 0"),
        ({"entry_weight": np.full((40, 30), np.nan)}, r"contains NaN or infinity. Give 0 where an entry is missing"),
        ({"entry_weight": np.ones((30, 40))}, r"wants shape \(40, 30\), \(40, 1\) or \(1, 30\), got \(30, 40\)"),
        ({"entry_weight": np.ones(40)}, r"got \(40,\)\. For weights of samples give sample_weight\[:, None\]"),
        ({"entry_weight": np.full((40, 30), "a")}, r"wants a dense array of numbers >= 0, got another thing"),
        ({"entry_weight": np.zeros((40, 30))}, r"All entries of X are missing. NMF wants at least one"),
    ],
)
def test_weights_that_are_none_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        NMF(3).fit(low_rank(), **given)


def test_what_cannot_be_is_refused_with_a_remedy():
    X = np.where(holes(), low_rank(), np.nan)
    with pytest.raises(ValueError, match=r"Input X contains NaN.*NMF\(missing='mask'\) learns from the rest"):
        NMF(3).fit(X)
    with pytest.raises(ValueError, match="All entries of X are missing"):
        NMF(3, missing="mask").fit(np.full((4, 3), np.nan))
    for solver in ("bpp", "pg", "als"):
        with pytest.raises(
            ValueError, match=rf"want solver 'cd', 'hals', 'mu' or 'auto', got '{solver}'. Try solver='auto'"
        ):
            NMF(3, missing="mask", solver=solver).fit(X)
    with pytest.raises(ValueError, match="want solver 'mu' or 'auto', got 'newton'"):
        NMF(3, missing="mask", solver="newton", beta_loss=1).fit(X)
    with pytest.raises(ValueError, match="When beta_loss <= 0 and X contains zeros"):
        NMF(3, missing="mask", solver="mu", beta_loss=0).fit(X)
    with pytest.raises(TypeError, match=r"got a sparse matrix. Try X.toarray"):
        NMF(3).fit(scipy.sparse.csr_array(low_rank()), entry_weight=holes())


@pytest.mark.parametrize("solver", [*WEIGHTED_SOLVERS, "auto", "mu"])
def test_names_of_solvers_just_work(solver):
    X = np.where(holes(), low_rank(), np.nan)
    loss = "kullback-leibler" if solver == "mu" else "frobenius"
    model = NMF(3, missing="mask", solver=solver, beta_loss=loss, random_state=0, max_iter=300).fit(X)
    assert model.history_[-1].objective < 0.7 * model.history_[0].objective
    if solver == "mu":
        assert not model.tol_bounds_residual


def test_scikit_learn_s_checks_pass_with_missing_entries_allowed():
    outcomes = check_estimator(NMF(missing="mask"), on_fail=None)
    assert [one for one in outcomes if one["status"] == "failed"] == []


def test_several_starts_keep_the_best():
    X = np.where(holes(), low_rank(), np.nan)
    model = NMF(4, missing="mask", n_init=3, random_state=0, max_iter=30, tol=0)
    W = model.fit_transform(X)
    assert model.history_[-1].objective == pytest.approx(model.objectives_of_starts_.min(), rel=1e-9)
    np.testing.assert_array_equal(W, model.transform(X))


@pytest.mark.parametrize("loss", ["frobenius", "kullback-leibler"])
def test_a_fit_that_was_stopped_goes_on_with_the_same_bits(mode, loss, tmp_path):
    X = np.where(holes(), low_rank(zeros=0.0), np.nan)
    settings = {"missing": "mask", "solver": "auto", "beta_loss": loss, "random_state": 0, "tol": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = NMF(3, max_iter=40, **settings).fit(X)
        kept = {"checkpoint": tmp_path / "fit.safetensors", "checkpoint_every": 0}
        NMF(3, max_iter=20, **settings, **kept).fit(X)
        resumed = NMF(3, max_iter=40, **settings, **kept, resume=True).fit(X)
        np.testing.assert_array_equal(resumed.components_, whole.components_)
        other = X.copy()
        other[np.unravel_index(np.flatnonzero(~np.isnan(X))[0], X.shape)] = np.nan
        with pytest.raises(ValueError, match="checkpoint of another fit"):
            NMF(3, max_iter=40, **settings, **kept, resume=True).fit(other)


@pytest.mark.parametrize("k", [3, 40], ids=["own gram matrices", "a shared one"])
def test_solver_seconds_hold_no_compilation_of_a_weighted_fit(k, dtype):
    import sys

    def compiled():
        kernels = (m for n, m in sys.modules.items() if n.startswith("partwise.kernels."))
        loops = {loop for kernel in kernels for loop in vars(kernel).values() if hasattr(loop, "signatures")}
        return sum(len(loop.signatures) for loop in loops)

    seen = []
    X = np.where(holes((60, 50)), low_rank(60, 50), np.nan).astype(dtype)
    NMF(k, missing="mask", max_iter=6, random_state=0, callback=lambda shot: seen.append(compiled())).fit(X)
    assert set(seen) == {compiled()}


def test_what_numpy_masks_is_missing():
    X = low_rank(30, 12, 3).astype(np.float64)
    holes = np.random.default_rng(0).random(X.shape) < 0.2
    junk = np.where(holes, 1e6, X)
    settings = {"init": "random", "random_state": 0, "missing": "mask"}
    wanted = NMF(3, **settings).fit(np.where(holes, np.nan, X))
    got = NMF(3, **settings).fit(np.ma.array(junk, mask=holes))
    np.testing.assert_array_equal(got.components_, wanted.components_)
    with pytest.raises(ValueError, match="contains NaN"):
        NMF(3).fit(np.ma.array(junk, mask=holes))
    plain = NMF(3, init="random", random_state=0).fit(np.ma.array(X))  # with nothing masked it is an array
    np.testing.assert_array_equal(plain.components_, NMF(3, init="random", random_state=0).fit(X).components_)


def test_a_row_of_which_nothing_is_known_may_come_alone():
    X = low_rank(30, 12, 3).astype(np.float64)
    model = NMF(3, missing="mask", random_state=0).fit(X)
    codes = model.transform(np.full((1, 12), np.nan))
    np.testing.assert_array_equal(codes, np.zeros((1, 3)))


def test_what_fills_far_beyond_what_is_known_is_said():
    X = low_rank(30, 12, 3).astype(np.float64)
    model = NMF(3, missing="mask", random_state=0).fit(X)
    model.components_ = model.components_.copy()
    model.components_[:, 0] *= 1e6
    seen = X.copy()
    seen[0, 0] = np.nan
    with pytest.warns(UserWarning, match="What fills X goes up to"):
        model.fill(seen)
    with pytest.raises(TypeError, match="fill takes a dense X"):
        model.fill(scipy.sparse.csr_array(X))


@pytest.mark.parametrize("scale", [1e300, 1e-300, 1e35])
def test_weights_beyond_all_measure_are_refused(scale):
    X = low_rank(30, 12, 3).astype(np.float32)
    with pytest.raises(ValueError, match="Divide by the largest"):
        NMF(3).fit(X, entry_weight=np.full(X.shape, scale))


def test_what_is_masked_in_weights_is_not_known(rng):
    X, weights = rng.random((30, 12)), rng.random((30, 12)) + 0.5
    masked = np.ma.masked_array(weights, weights < 0.8)
    model, expected = NMF(3, random_state=0).fit(X, entry_weight=masked), NMF(3, random_state=0)
    expected.fit(X, entry_weight=np.where(weights < 0.8, 0, weights))
    np.testing.assert_array_equal(model.components_, expected.components_)
    with pytest.raises(ValueError, match=r"wants a dense array of numbers >= 0, got a sparse matrix\. Try \.toarray"):
        NMF(3).fit(X, entry_weight=scipy.sparse.csr_array(weights))
