"""MiniBatchNMF: the same answer from an array, a file, a list or an iterator; batches that are wrong are named."""

import copy
import pickle
import warnings

import numpy as np
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import check_estimator

from partwise import NMF, MiniBatchNMF
from partwise.inits import INITS

from .conftest import FORMS, low_rank

BETAS = [2, 1, 0, 0.5, 3]
SIZE = 16


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def model_of(k=4, **settings):
    return MiniBatchNMF(k, **{"batch_size": SIZE, "random_state": 0, "max_iter": 20} | settings)


def cut(X, size=SIZE):
    return [X[start : start + size] for start in range(0, X.shape[0], size)]


def a_start(dtype=np.float64, k=4, n=30):
    return np.random.default_rng(1).random((k, n)).astype(dtype)


class Again:
    """Batches that can be seen again and have no length."""

    def __init__(self, batches):
        self.batches = batches

    def __iter__(self):
        return iter(self.batches)


@pytest.mark.parametrize("beta", ["frobenius", "kullback-leibler"])
def test_scikit_learns_checks(beta):
    model = MiniBatchNMF() if beta == "frobenius" else MiniBatchNMF(beta_loss=beta, max_iter=10)
    outcomes = check_estimator(model, on_fail=None)
    assert len(outcomes) > 40
    assert [one["check_name"] for one in outcomes if one["status"] == "failed"] == []


@pytest.mark.parametrize(
    ("beta", "form"), [*((beta, "dense C") for beta in BETAS), (2, "dense F"), (2, "csr_array"), (1, "csr_array")]
)
def test_fit_transform_returns_what_transform_returns(beta, form, dtype):
    X = FORMS[form](low_rank(zeros=0.0, dtype=dtype))
    model = model_of(beta_loss=beta, max_iter=5)
    W = model.fit_transform(X)
    np.testing.assert_array_equal(W, model.transform(X))
    np.testing.assert_array_equal(W, clone(model).fit(X).transform(X))
    assert W.dtype == model.components_.dtype == dtype
    assert (W >= 0).all()
    assert (model.components_ >= 0).all()


@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("forget", [0.7, 1.0])
def test_every_step_of_an_epoch_lowers_the_objective_in_the_end(beta, forget):
    X = low_rank(zeros=0.0)
    few, many = (model_of(beta_loss=beta, forget_factor=forget, max_iter=n, tol=0).fit(X) for n in (2, 40))
    assert many.reconstruction_err_ < 0.99 * few.reconstruction_err_
    assert few.n_iter_ == 2
    assert few.n_steps_ == 2 * 3


def test_nothing_forgotten_leads_to_a_stationary_point_of_all_samples():
    X = low_rank()
    model = model_of(forget_factor=1.0, tol=1e-6, max_iter=5000, max_no_improvement=None)
    W = model.fit_transform(X)
    H = model.components_
    assert model.converged_
    assert model.stopped_.startswith("Converged after")
    d = np.sqrt(np.linalg.norm(H, axis=1) / np.linalg.norm(W, axis=0))
    W, H = W * d, H / d[:, None]
    GW, GH = W @ (H @ H.T) - X @ H.T, (W.T @ W) @ H - W.T @ X
    PW, PH = np.where(W > 0, GW, np.minimum(GW, 0)), np.where(H > 0, GH, np.minimum(GH, 0))
    norm = np.linalg.norm
    wanted = (norm(PW) + norm(PH)) / (norm(X @ H.T) + norm(W.T @ X))
    assert model.kkt_residual_ == pytest.approx(wanted, rel=1e-4)
    assert model.kkt_residual_ <= 1e-6
    assert model.reconstruction_err_ == pytest.approx(norm(X - W @ H))
    assert model.history_[-1].objective == pytest.approx(0.5 * norm(X - W @ H) ** 2 / len(X))


def test_converged_is_not_said_without_a_certificate():
    X = low_rank()
    with pytest.warns(ConvergenceWarning, match="Maximum number of iterations 2 reached"):
        cut_short = model_of(max_iter=2).fit(X)
    assert not cut_short.converged_
    assert "Increase max_iter" in cut_short.stopped_
    flat = model_of(max_no_improvement=1, max_iter=500, batch_size=5, tol=0).fit(X)
    assert flat.n_iter_ < 500
    assert "Increase max_no_improvement" in flat.stopped_
    assert not flat.converged_
    stream = model_of(tol=1.0).fit(iter(cut(X)))
    assert not stream.converged_
    assert "not known" in stream.stopped_


@pytest.mark.parametrize("kind", ["f4", "f8", "u1", "i4"])
def test_a_file_gives_the_bits_of_the_array(kind, tmp_path):
    X = (low_rank(200, 30) * 20).astype(kind)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    from_array, from_file = model_of(), model_of()
    np.testing.assert_array_equal(from_array.fit_transform(X), from_file.fit_transform(mapped))
    np.testing.assert_array_equal(from_array.components_, from_file.components_)
    np.testing.assert_array_equal(from_array.transform(X[5:77]), from_file.transform(mapped[5:77]))
    assert from_array.kkt_residual_ == from_file.kkt_residual_


@pytest.mark.parametrize("beta", BETAS)
def test_an_iterator_a_list_and_an_array_are_the_same_batches(beta, dtype):
    X, H = low_rank(zeros=0.0, dtype=dtype), a_start(dtype)
    settings = {"init": "custom", "beta_loss": beta}
    array = model_of(**settings, max_iter=1).fit(X, H=H)
    once = model_of(**settings).fit(iter(cut(X)), H=H)
    generated = model_of(**settings).fit((batch for batch in cut(X)), H=H)
    for other in (once, generated):
        np.testing.assert_array_equal(other.components_, array.components_)
        assert other.n_iter_ == 1
        assert other.n_steps_ == array.n_steps_ == 3
        assert other.stopped_.startswith("One epoch seen")
    # and for many epochs, where the codes of a batch are held or start from nothing
    array, listed = (model_of(**settings).fit(form, H=H) for form in (X, cut(X)))
    np.testing.assert_array_equal(listed.components_, array.components_)
    assert listed.kkt_residual_ == array.kkt_residual_
    fresh, again = (model_of(**settings, fresh_restarts=True).fit(form, H=H) for form in (X, Again(cut(X))))
    assert again.n_steps_ == fresh.n_steps_
    np.testing.assert_array_equal(again.components_, fresh.components_)
    assert np.isnan(again.kkt_residual_)


@pytest.mark.parametrize("beta", BETAS)
def test_partial_fit_over_batches_is_fit_where_nothing_is_held_or_forgotten(beta):
    X, H = low_rank(zeros=0.0), a_start()
    settings = {"init": "custom", "beta_loss": beta, "fresh_restarts": True, "forget_factor": 1.0}
    whole = model_of(**settings, max_iter=3, tol=0, max_no_improvement=None).fit(X, H=H)
    pieces = model_of(**settings)
    for _ in range(3):
        for batch in cut(X):
            pieces.partial_fit(batch, H=H)
    assert pieces.n_steps_ == whole.n_steps_ == 9
    np.testing.assert_allclose(pieces.components_, whole.components_, rtol=1e-10)


def test_partial_fit_learns_and_goes_on_from_a_fit():
    X = low_rank(200, 30, zeros=0.0)
    model = model_of().partial_fit(X[:SIZE])
    first = np.linalg.norm(X - model.inverse_transform(model.transform(X)))
    for batch in cut(X) * 3:
        model.partial_fit(batch)
    assert np.linalg.norm(X - model.inverse_transform(model.transform(X))) < 0.7 * first
    fitted = model_of(forget_factor=1.0).fit(X)
    before, steps = fitted.components_.copy(), fitted.n_steps_
    fitted.partial_fit(X[:SIZE])
    assert fitted.n_steps_ == steps + 1
    # sixteen samples beside two hundred that are remembered move little
    assert 0 < np.linalg.norm(fitted.components_ - before) < 0.05 * np.linalg.norm(before)


def test_batches_of_other_forms_are_taken():
    pd = pytest.importorskip("pandas")
    X, H = low_rank(), a_start()
    wanted = model_of(init="custom").fit(cut(X), H=H).components_
    sparse = model_of(init="custom").fit([scipy.sparse.csr_array(batch) for batch in cut(X)], H=H)
    np.testing.assert_allclose(sparse.components_, wanted, atol=1e-8)
    names = [f"gene {i}" for i in range(30)]
    frames = model_of(init="custom").fit([pd.DataFrame(batch, columns=names) for batch in cut(X)], H=H)
    np.testing.assert_array_equal(frames.components_, wanted)
    assert list(frames.feature_names_in_) == names


def test_dense_and_sparse_give_the_same_factors():
    X = low_rank()
    models = [model_of() for _ in FORMS]
    codes = [model.fit_transform(form(X)) for model, form in zip(models, FORMS.values(), strict=True)]
    for model, W in zip(models[1:], codes[1:], strict=True):
        np.testing.assert_allclose(W, codes[0], atol=1e-6)
        np.testing.assert_allclose(model.components_, models[0].components_, atol=1e-6)


def test_the_same_seed_gives_the_same_bits(tmp_path):
    X = low_rank(100)
    one, two, other = (model_of(init="random", random_state=seed).fit(X).components_ for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda X: X[:, :29], r"X has 29 features, but MiniBatchNMF is expecting 30 .*batch 2"),
        (lambda X: -X, r"Negative values in data passed to MiniBatchNMF \(input X\).*batch 2"),
        (lambda X: np.where(X > 2, np.nan, X), r"Input X contains NaN.*batch 2"),
        (lambda X: X[:0], r"Found array with 0 sample.*batch 2"),
        (lambda X: X[0], r"Expected 2D array, got 1D array instead.*batch 2"),
    ],
    ids=["features", "negative", "nan", "no samples", "one row"],
)
@pytest.mark.parametrize("form", [list, iter, Again])
def test_a_wrong_batch_is_named(spoil, message, form):
    batches = cut(low_rank())
    batches[2] = spoil(batches[2])
    with pytest.raises(ValueError, match=message):
        model_of().fit(form(batches))


def test_wrong_inputs_are_refused(tmp_path):
    X = low_rank()
    used = iter(cut(X))
    list(used)
    for nothing in (iter([]), used, Again([])):
        with pytest.raises(ValueError, match=r"at least one batch, got an iterator that is empty or used up"):
            model_of().fit(nothing)
    with pytest.raises(ValueError, match=r"needs its samples twice, got a list_iterator. Try fit, then transform"):
        model_of().fit_transform(iter(cut(X)))
    with pytest.raises(ValueError, match="needs H, got None"):
        model_of(init="custom").fit(X)
    with pytest.raises(ValueError, match=r"Expected \(4, 30\), but got \(4, 29\)"):
        model_of(init="custom").fit(X, H=a_start(n=29))
    with pytest.warns(RuntimeWarning, match="provided H is ignored"):
        model_of(max_iter=1).fit(X, H=a_start())
    with pytest.raises(ValueError, match="beta_loss <= 0 and X contains zeros"):
        model_of(beta_loss=0).fit(iter(cut(X)))
    X[33, 7] = -1
    np.save(tmp_path / "X.npy", X)
    with pytest.raises(ValueError, match=r"min -1 at row 1, column 7 .*In the rows from 32"):
        model_of().fit(np.load(tmp_path / "X.npy", mmap_mode="r"))
    model = model_of().fit(np.abs(X))
    with pytest.raises(ValueError, match="X has 29 features, but MiniBatchNMF is expecting 30"):
        model.partial_fit(np.abs(X)[:, :29])


@pytest.mark.parametrize(
    "setting",
    [
        {"batch_size": 0},
        {"max_no_improvement": 0},
        {"forget_factor": 1.1},
        {"fresh_restarts": "yes"},
        {"fresh_restarts_max_iter": 0},
        {"transform_max_iter": 0},
        {"init": "nonsense"},
        {"tol": -1},
    ],
    ids=str,
)
def test_wrong_settings_are_refused(setting):
    (name,) = setting
    for call in ("fit", "fit_transform", "partial_fit"):
        with pytest.raises(ValueError, match=f"The '{name}' parameter of MiniBatchNMF must be"):
            getattr(MiniBatchNMF(2, **setting), call)(low_rank())


@pytest.mark.parametrize("beta", [2, 1, 0.5])
def test_batches_that_take_back_what_they_put_in_learn_faster(beta):
    X = low_rank(100, zeros=0.0)
    settings = {"beta_loss": beta, "max_iter": 15, "tol": 0, "max_no_improvement": None}
    held, forgotten = (model_of(**settings).fit(form) for form in (cut(X), Again(cut(X))))
    left = [np.linalg.norm(X - model.inverse_transform(model.transform(X))) for model in (held, forgotten)]
    assert left[0] < left[1]


@pytest.mark.parametrize("beta", [2, 1, 0.5])
@pytest.mark.parametrize("forget", [0.0, 1e-3, 1.0])
def test_the_extremes_of_forgetting_stay_finite(beta, forget, dtype):
    X = low_rank(100, zeros=0.0, dtype=dtype)
    model = model_of(beta_loss=beta, forget_factor=forget, max_iter=60, tol=0, max_no_improvement=None).fit(X)
    assert model.n_iter_ == 60
    assert np.isfinite(model.components_).all()
    assert model.reconstruction_err_ < 0.5 * np.linalg.norm(X)


@pytest.mark.parametrize("l1_ratio", [0.0, 1.0])
def test_penalties_weigh_as_those_of_nmf(l1_ratio):
    X, H = low_rank(), a_start()
    weights = {"alpha_W": 0.02, "alpha_H": 0.01, "l1_ratio": l1_ratio, "init": "custom", "tol": 1e-6}
    model = model_of(**weights, forget_factor=1.0, max_iter=5000, max_no_improvement=None)
    W = model.fit_transform(X, H=H)
    assert model.converged_
    # where this has come to rest NMF finds nothing to do: the same objective
    same = NMF(4, **weights).fit(X, W=W, H=model.components_)
    assert same.history_[0].residual < 1e-5
    assert same.history_[0].objective == pytest.approx(model.history_[-1].objective * len(X), rel=1e-9)


@pytest.mark.parametrize("factor", [1e-150, 1e-6, 255, 1e150])
@pytest.mark.parametrize("init", INITS)
def test_the_unit_of_x_does_not_matter(init, factor):
    X = low_rank(zeros=0.0)
    errors = [model_of(init=init).fit(X * unit).reconstruction_err_ / unit for unit in (1.0, factor)]
    assert errors[1] == pytest.approx(errors[0], rel=1e-6)


@pytest.mark.parametrize("beta", [2, 1])
@pytest.mark.parametrize(
    ("X", "k"),
    [(np.zeros((6, 5)), 2), (np.ones((6, 5)), 3), (np.eye(5), 8), (np.ones((1, 7)), 1), (np.full((5, 4), 1e-310), 2)],
    ids=str,
)
def test_degenerate_data_never_give_nan(X, k, beta):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        model = model_of(k, batch_size=2, beta_loss=beta)
        W = model.fit_transform(X)
    for figure in (W, model.components_, model.reconstruction_err_, model.kkt_residual_):
        assert np.isfinite(figure).all()
    assert 0 <= model.n_dead_components_ <= k


def test_a_callback_follows_and_stops_and_verbose_prints(capsys):
    seen = []
    model = model_of(tol=0, verbose=1, callback=lambda shot: seen.append(shot) or len(seen) == 7).fit(low_rank())
    assert [shot.record.iteration for shot in seen] == list(range(1, 8))
    assert model.n_steps_ == 7
    assert model.n_iter_ == 3
    assert model.stopped_.startswith("Stopped on request after 3 iterations")
    assert len(capsys.readouterr().out.splitlines()) == 7
    assert [record.iteration for record in model.history_] == [*range(1, 8), 7]


def test_frames_names_copies_and_pickles():
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    X = pd.DataFrame(low_rank(), columns=[f"gene {i}" for i in range(30)])
    model = model_of(2).set_output(transform="pandas")
    out = model.fit_transform(X)
    assert list(out.columns) == list(model.get_feature_names_out()) == ["minibatchnmf0", "minibatchnmf1"]
    assert list(model.feature_names_in_) == list(X.columns)
    assert isinstance(model_of(2).set_output(transform="polars").fit_transform(X), pl.DataFrame)
    np.testing.assert_allclose(model.inverse_transform(out), out.to_numpy() @ model.components_)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(twin.transform(X), model.transform(X))
        np.testing.assert_array_equal(twin.partial_fit(X).components_, clone_of(model).partial_fit(X).components_)
    with pytest.raises(ValueError, match="feature names"):
        model.transform(X.rename(columns={"gene 0": "x"}))
    model.adopt_components(np.eye(2, 30), X)
    np.testing.assert_allclose(model.transform(X), X.to_numpy()[:, :2])


def clone_of(model):
    return copy.deepcopy(model)


def test_the_users_start_and_data_are_not_modified():
    X, H = low_rank(), a_start()
    kept = X.copy(), H.copy()
    model_of(init="custom").fit(X, H=H)
    model_of(init="custom").partial_fit(X, H=H)
    np.testing.assert_array_equal(X, kept[0])
    np.testing.assert_array_equal(H, kept[1])


@pytest.mark.parametrize("loss", ["frobenius", "kullback-leibler"])
def test_a_first_batch_of_zeros_says_nothing(loss):
    X = np.random.default_rng(0).random((200, 20))
    X[:50] = 0
    model = MiniBatchNMF(3, batch_size=50, random_state=0, beta_loss=loss, max_iter=20).fit(X)
    assert model.n_steps_ > 4
    assert model.components_.max() > 0


def test_given_parts_are_improved_batch_by_batch():
    X = np.random.default_rng(0).random((60, 8))
    model = MiniBatchNMF(3, random_state=0).adopt_components(np.random.default_rng(1).random((3, 8)))
    assert model.partial_fit(X).n_steps_ == 1
    assert model.partial_fit(X).n_steps_ == 2


@pytest.mark.parametrize("beta", [2.0, 1.0])
@pytest.mark.parametrize(("first", "second"), [(np.float64, np.float32), (np.float32, np.float64)])
def test_batches_of_another_precision_are_taken(beta, first, second):
    X = low_rank(zeros=0.0)
    mixed, same = (MiniBatchNMF(4, beta_loss=beta, random_state=0) for _ in range(2))
    mixed.partial_fit(X.astype(first)).partial_fit(X.astype(second))
    same.partial_fit(X).partial_fit(X)
    np.testing.assert_allclose(mixed.components_, same.components_, rtol=1e-3, atol=1e-4)
