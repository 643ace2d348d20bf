"""Every model keeps what it promises: bits, units, layouts, certificates, and scikit-learn's conventions."""

import copy
import pickle
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import check_estimator

from partwise import NMF, non_negative_factorization
from partwise.inits import INITS
from partwise.solvers import HALS, SOLVERS

from .conftest import FORMS, beta_of, low_rank


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


@pytest.mark.parametrize("solver", SOLVERS)
def test_scikit_learns_checks_at_default_settings(solver):
    outcomes = check_estimator(NMF(solver=solver, beta_loss=beta_of(SOLVERS[solver])), on_fail=None)
    assert len(outcomes) > 40
    assert [one["check_name"] for one in outcomes if one["status"] == "failed"] == []


@pytest.mark.parametrize(
    ("solver", "beta"), [("cd", 2), ("mu", 2), ("mu", 1), ("mu", 0.5), ("newton", 1), ("auto", 1.5)]
)
@pytest.mark.parametrize("form", ["dense C", "dense F", "csr_array"])
def test_fit_transform_returns_what_transform_returns(solver, beta, form, dtype):
    X = FORMS[form](low_rank(dtype=dtype))
    model = NMF(4, solver=solver, beta_loss=beta, max_iter=30, random_state=0)
    W = model.fit_transform(X)
    np.testing.assert_array_equal(W, model.transform(X))
    np.testing.assert_array_equal(W, clone(model).fit(X).transform(X))
    assert W.dtype == model.components_.dtype == dtype


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("factor", [1e-6, 255, 1e6, 1e-150, 1e150])
def test_the_unit_of_x_does_not_matter(init, factor):
    X = low_rank()
    errors = []
    for unit in (1.0, factor):
        model = NMF(4, init=init, max_iter=100, random_state=0).fit(X * unit)
        errors.append(model.reconstruction_err_ / np.linalg.norm(X) / unit)
    assert errors[1] == pytest.approx(errors[0], rel=1e-7)


@pytest.mark.parametrize("factor", [1e-25, 1e25])
def test_the_unit_of_x_does_not_matter_in_single_precision(factor):
    X = low_rank(dtype=np.float32)
    errors = []
    for unit in (1.0, factor):
        model = NMF(4, max_iter=100, random_state=0).fit((X * np.float32(unit)).astype(np.float32))
        errors.append(model.reconstruction_err_ / np.linalg.norm(X.astype(np.float64)) / unit)
        assert np.isfinite(model.components_).all()
    assert errors[1] == pytest.approx(errors[0], rel=1e-4)


@pytest.mark.parametrize(("solver", "beta"), [("cd", 2), ("mu", 2), ("mu", 1), ("newton", 1)])
def test_penalties_weigh_the_same_in_an_extreme_unit(solver, beta):
    X = low_rank()
    settings = {"solver": solver, "beta_loss": beta, "random_state": 0, "max_iter": 20, "tol": 0}
    # the same problem written in another unit, far outside the safe range, and the weight that belongs to it
    u = 2.0**-400
    far = NMF(4, **settings, l1_ratio=1.0, alpha_W=0.005 * u ** (beta - 0.5)).fit(X * u)
    near = NMF(4, **settings, l1_ratio=1.0, alpha_W=0.005).fit(X)
    assert near.n_iter_ == far.n_iter_ == 20
    np.testing.assert_allclose(far.components_ / np.sqrt(u), near.components_, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("solver", SOLVERS)
def test_dense_and_sparse_give_the_same_factors(solver):
    X = low_rank()
    settings = {"solver": solver, "beta_loss": beta_of(SOLVERS[solver]), "max_iter": 50, "random_state": 0}
    models = [NMF(4, **settings) for _ in FORMS]
    codes = [model.fit_transform(form(X)) for model, form in zip(models, FORMS.values(), strict=True)]
    for model, W in zip(models[1:], codes[1:], strict=True):
        np.testing.assert_allclose(W, codes[0], atol=1e-6)
        np.testing.assert_allclose(model.components_, models[0].components_, atol=1e-6)


def test_converged_is_said_only_with_a_certificate():
    X = low_rank()
    done = NMF(4, tol=1e-6, max_iter=5000, random_state=0).fit(X)
    assert done.converged_
    assert done.kkt_residual_ <= 1e-6
    assert done.stopped_.startswith("Converged after")
    with pytest.warns(ConvergenceWarning, match=r"Maximum number of iterations 3 reached. Increase it .*KKT residual"):
        cut = NMF(4, tol=1e-6, max_iter=3, random_state=0).fit(X)
    assert not cut.converged_
    assert cut.n_iter_ == 3
    assert "Increase max_iter" in cut.stopped_
    easy = NMF(4, solver="mu", tol=1e-2, max_iter=500, random_state=0).fit(X)
    assert "tol" in easy.stopped_
    assert not easy.converged_ or easy.kkt_residual_ <= 1e-2


@pytest.mark.parametrize("k", [4, 20, 50, 100])
@pytest.mark.parametrize("solver", ["cd", "mu"])
def test_the_objective_never_rises_along_a_history(k, solver):
    X = np.random.default_rng(0).random((40, 12))
    model = NMF(k, solver=solver, init="random", random_state=0, tol=1e-5).fit(X)
    objectives = np.array([record.objective for record in model.history_])
    assert (np.diff(objectives) <= 1e-12 * objectives[0]).all()
    assert model.reconstruction_err_ == pytest.approx(np.sqrt(2 * objectives[-1]), rel=1e-6, abs=1e-7)
    if solver == "cd" and k > 12:
        assert model.reconstruction_err_ < 0.05


@pytest.mark.parametrize("seed", range(6))
def test_superfluous_components_neither_run_away_nor_spoil_the_codes(seed, dtype):
    rng = np.random.default_rng(seed)
    X = (rng.gamma(0.3, size=(50, 2)) @ rng.gamma(0.3, size=(2, 40))).astype(dtype)
    X /= X.max()
    model = NMF(21, max_iter=30, tol=0, random_state=0)
    W = model.fit_transform(X)
    objectives = np.array([record.objective for record in model.history_])
    slack = (1e-6 if dtype == np.float32 else 1e-12) * np.sum(X.astype(np.float64) ** 2)
    assert (np.diff(objectives) <= slack).all()
    assert model.components_.max() < 1e6
    np.testing.assert_array_equal(W, model.transform(X))


@pytest.mark.parametrize("solver", SOLVERS)
def test_solver_seconds_hold_no_compilation(solver, dtype):
    def compiled():
        kernels = (m for n, m in sys.modules.items() if n.startswith("partwise.kernels."))
        loops = {loop for kernel in kernels for loop in vars(kernel).values() if hasattr(loop, "signatures")}
        return sum(len(loop.signatures) for loop in loops)

    seen, beta = [], beta_of(SOLVERS[solver])
    follow = {"callback": lambda shot: seen.append(compiled())}
    model = NMF(3, solver=solver, beta_loss=beta, max_iter=3, random_state=0, **follow)
    model.fit(low_rank(dtype=dtype))
    # everything was compiled before the first point was measured, with which the clock starts
    assert seen[0] > 0
    assert set(seen) == {compiled()}


def test_new_data_in_another_unit_are_transformed_alike():
    X = low_rank(zeros=0.0)
    model = NMF(4, random_state=0).fit(X)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        far = model.transform(X * 1e200)
    np.testing.assert_allclose(far / 1e200, model.transform(X), rtol=1e-8, atol=1e-12)


def test_a_given_start_must_be_given():
    with pytest.raises(ValueError, match="init='custom' needs W and H, got no H"):
        NMF(3, init="custom").fit(low_rank(), W=np.ones((40, 3)))


def test_warnings_point_at_the_users_line():
    X = low_rank()
    for make in (
        lambda: NMF(3, max_iter=1, random_state=0).fit(X),
        lambda: NMF(3, max_iter=1, random_state=0).fit_transform(X),
        lambda: NMF(3, random_state=0).fit(np.zeros((5, 4))),
        lambda: NMF(3, solver="mu", init="nndsvd", random_state=0).fit(X),
        lambda: non_negative_factorization(X, n_components=3, max_iter=1, random_state=0),
    ):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            make()
        assert caught
        assert {one.filename for one in caught} == {__file__}


def test_the_certificate_is_that_of_the_factors_returned():
    X = low_rank()
    model = NMF(4, max_iter=20, random_state=0)
    W, H = model.fit_transform(X), model.components_
    d = np.sqrt(np.linalg.norm(H, axis=1) / np.linalg.norm(W, axis=0))
    W, H = W * d, H / d[:, None]
    GW, GH = W @ (H @ H.T) - X @ H.T, (W.T @ W) @ H - W.T @ X
    PW, PH = np.where(W > 0, GW, np.minimum(GW, 0)), np.where(H > 0, GH, np.minimum(GH, 0))
    norm = np.linalg.norm
    wanted = (norm(PW) + norm(PH)) / (norm(X @ H.T) + norm(W.T @ X))
    assert model.kkt_residual_ == pytest.approx(wanted, rel=1e-6)
    assert model.reconstruction_err_ == pytest.approx(norm(X - W @ H))
    last = model.history_[-1]
    assert last.residual == model.kkt_residual_
    assert last.objective == pytest.approx(0.5 * norm(X - W @ H) ** 2)
    seconds = [record.seconds for record in model.history_]
    assert seconds == sorted(seconds)
    assert [record.iteration for record in model.history_] == [*range(21), 20]


def test_transform_is_exact_and_row_by_row():
    X = low_rank(60, 30)
    model = NMF(4, random_state=0).fit(X[:40])
    whole = model.transform(X[40:])
    for i in range(20):
        np.testing.assert_allclose(model.transform(X[40 + i : 41 + i])[0], whole[i], rtol=1e-9, atol=1e-12)
    gradient = whole @ model.components_ @ model.components_.T - X[40:] @ model.components_.T
    scale = np.abs(X[40:] @ model.components_.T).max()
    assert np.abs(gradient[whole > 0]).max() < 1e-10 * scale
    assert gradient[whole == 0].min() > -1e-10 * scale


@pytest.mark.parametrize("beta", [1, 0.5])
def test_transform_of_other_losses_is_row_by_row(beta):
    X = low_rank(60, 30) + 0.01
    model = NMF(4, solver="mu", beta_loss=beta, random_state=0, max_iter=100).fit(X[:40])
    whole = model.transform(X[40:])
    alone = np.vstack([model.transform(X[40 + i : 41 + i]) for i in range(20)])
    np.testing.assert_allclose(alone, whole, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("X", "k"),
    [
        (np.zeros((6, 5)), 2),
        (np.ones((6, 5)), 3),
        (np.eye(5), 5),
        (np.eye(5), 8),
        (np.ones((1, 7)), 1),
        (np.ones((7, 1)), 1),
        (np.array([[3.0]]), 1),
        (np.full((5, 4), 1e-310), 2),
        (np.diag([1.0, 1e-12, 1e-200]), 2),
        (np.array([[1e300, 1e-300], [1e-300, 1e300]]), 2),
    ],
    ids=str,
)
@pytest.mark.parametrize("solver", SOLVERS)
def test_degenerate_data_never_give_nan(X, k, solver):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        beta = beta_of(SOLVERS[solver])
        model = NMF(k, solver=solver, beta_loss=beta, random_state=0)
        W = model.fit_transform(X)
    assert np.isfinite(W).all()
    assert np.isfinite(model.components_).all()
    assert np.isfinite(model.reconstruction_err_)
    assert np.isfinite(model.kkt_residual_)
    assert (W >= 0).all()
    assert (model.components_ >= 0).all()
    if beta == 2 and X.max() > 0:
        assert model.reconstruction_err_ <= np.sqrt(np.sum((X / X.max()) ** 2)) * X.max() * (1 + 1e-9)
    assert 0 <= model.n_dead_components_ <= k


def test_zero_rows_have_codes_of_zeros_and_more_parts_than_rank_are_reported():
    X = low_rank(zeros=0.0, noise=0.0, k=2)
    X[5] = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        W = NMF(2, random_state=0).fit_transform(X)
    assert not W[5].any()
    dead = NMF(3, init="custom", max_iter=5)
    start_W, start_H = np.ones((40, 3)), np.ones((3, 30)) * [[1.0], [2.0], [0.0]]
    start_W[:, 2] = 0
    with pytest.warns(UserWarning, match=r"1 of 3 components are empty \(n_dead_components_=1\)"):
        dead.fit(X, W=start_W, H=start_H)
    assert dead.n_dead_components_ == 1


@pytest.mark.parametrize("beta", [2, 1, 0.5, 3])
@pytest.mark.parametrize("unit", [1e-290, 1e290])
def test_no_loss_fails_at_the_ends_of_the_range(beta, unit):
    X = low_rank(zeros=0.0) * unit
    model = NMF(3, solver="mu", beta_loss=beta, max_iter=20, random_state=0)
    W = model.fit_transform(X)
    assert np.isfinite(W).all()
    assert np.isfinite(model.components_).all()
    near = NMF(3, solver="mu", beta_loss=beta, max_iter=20, random_state=0).fit(X / unit)
    np.testing.assert_allclose(
        model.inverse_transform(W) / unit, near.inverse_transform(near.transform(X / unit)), rtol=1e-4
    )


def test_a_callback_follows_and_stops():
    seen = []
    model = NMF(4, tol=0, max_iter=1000, random_state=0, callback=lambda shot: seen.append(shot) or len(seen) == 8)
    model.fit(low_rank())
    assert [shot.record.iteration for shot in seen] == list(range(8))
    assert model.n_iter_ == 7
    assert model.stopped_.startswith("Stopped on request after 7 iterations")
    assert not model.converged_


def test_verbose_prints_what_it_measures(capsys):
    NMF(2, max_iter=3, tol=0, verbose=1, random_state=0).fit(low_rank())
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert lines[3].startswith("iteration 3, ")


def test_shuffle_is_seeded_and_reaches_as_far():
    X = low_rank()
    plain = NMF(4, tol=1e-7, max_iter=3000, random_state=0).fit(X)
    a, b, c = (NMF(4, shuffle=True, tol=1e-7, max_iter=3000, random_state=s).fit(X) for s in (1, 1, 2))
    np.testing.assert_array_equal(a.components_, b.components_)
    assert not np.array_equal(a.components_, c.components_)
    assert a.reconstruction_err_ <= plain.reconstruction_err_ * 1.05


def test_a_given_start_is_used_and_not_modified(rng):
    X = low_rank()
    W, H = rng.random((40, 4)), rng.random((4, 30))
    kept = W.copy(), H.copy()
    model = NMF(4, init="custom", max_iter=1, tol=0)
    model.fit_transform(X, W=W, H=H)
    np.testing.assert_array_equal(W, kept[0])
    np.testing.assert_array_equal(H, kept[1])
    assert model.history_[0].objective == pytest.approx(0.5 * np.linalg.norm(X - W @ H) ** 2)
    auto = NMF(init="custom", max_iter=1, tol=0).fit(X, W=W, H=H)
    assert auto.n_components_ == 4
    with pytest.warns(RuntimeWarning, match="provided W or H are ignored"):
        NMF(4, max_iter=1, tol=0).fit(X, W=W, H=H)


def test_non_negative_factorization_is_the_estimator_as_a_function():
    X = low_rank()
    W, H, n_iter = non_negative_factorization(X, n_components=4, random_state=0)
    model = NMF(4, random_state=0)
    np.testing.assert_array_equal(W, model.fit_transform(X))
    np.testing.assert_array_equal(H, model.components_)
    assert n_iter == model.n_iter_
    held, same, none = non_negative_factorization(X, H=H, n_components=4, update_H=False)
    np.testing.assert_allclose(held, W, atol=1e-12)
    np.testing.assert_array_equal(same, H)
    assert none == 0


def test_an_instance_brings_its_own_settings():
    X = low_rank()
    assert NMF(4, solver=HALS(), random_state=0).fit(X).n_iter_ == NMF(4, random_state=0).fit(X).n_iter_
    one, many = (
        NMF(4, solver=HALS(least_sweeps=n, most_sweeps=n, extrapolate=False), random_state=0, max_iter=5, tol=0).fit(X)
        for n in (1, 9)
    )
    assert many.history_[-2].objective < one.history_[-2].objective


def test_frames_names_and_outputs():
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    X = pd.DataFrame(low_rank(), columns=[f"gene {i}" for i in range(30)])
    model = NMF(4, random_state=0).set_output(transform="pandas")
    out = model.fit_transform(X)
    assert list(out.columns) == list(model.get_feature_names_out()) == ["nmf0", "nmf1", "nmf2", "nmf3"]
    assert list(model.feature_names_in_) == list(X.columns)
    assert isinstance(NMF(4, random_state=0).set_output(transform="polars").fit_transform(X), pl.DataFrame)
    np.testing.assert_allclose(model.inverse_transform(out), out.to_numpy() @ model.components_)
    with pytest.raises(ValueError, match="feature names"):
        model.transform(X.rename(columns={"gene 0": "x"}))


def test_copies_and_pickles_transform_alike():
    X = low_rank()
    model = NMF(4, random_state=0).fit(X)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(twin.transform(X), model.transform(X))


def test_fits_in_several_threads_at_once_do_not_disturb_each_other():
    X = low_rank(200, 150)
    wanted = NMF(4, random_state=0).fit(X).components_
    found = [None] * 6

    def work(i):
        with warnings.catch_warnings():
            found[i] = NMF(4, random_state=0).fit(X).components_

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for components in found:
        np.testing.assert_allclose(components, wanted, atol=1e-8)


def test_the_same_seed_gives_the_same_bits_in_every_process():
    code = (
        "import numpy as np, hashlib; from partwise import NMF;"
        "X = np.random.default_rng(0).random((300, 200));"
        "model = NMF(8, init='random', random_state=3, max_iter=30, tol=0).fit(X);"
        "print(hashlib.sha256(model.components_).hexdigest())"
    )
    digests = {
        subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(3)
    }
    assert len(digests) == 1


def test_sparse_input_is_not_modified():
    X = scipy.sparse.csr_array(low_rank())
    before = X.copy()
    NMF(3, random_state=0, max_iter=5).fit(X)
    assert (before != X).nnz == 0


@pytest.mark.parametrize("X", [None, "faces.npy", b"x"], ids=["nothing", "text", "bytes"])
def test_what_is_no_matrix_is_named(X):
    with pytest.raises(ValueError, match=r"^Expected 2D array, got .* instead\. Give an array, a sparse matrix or a "):
        NMF(3).fit(X)
