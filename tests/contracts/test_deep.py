"""DeepNMF: the refinement never ends above the greedy layers, kinds keep their promises, rules are what they say."""

import pickle
import warnings

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse
from scipy.special import lambertw
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import check_estimator

from partwise import NMF, DeepNMF
from partwise.losses import Frobenius, KullbackLeibler
from partwise.matrices import as_matrix
from partwise.models.deep_fitting import Limits, deepen
from partwise.models.deep_kinds import KINDS
from partwise.models.scaling import Scaling
from partwise.problems.layered import Layered, Link, links, multiplied
from partwise.problems.layered_divergence import LayeredDivergence
from partwise.solvers import LAYERED_SOLVERS, LayeredGradient, LayeredKL, LayeredSemi
from partwise.solvers.layered_kl import between, on_simplex

from .conftest import FORMS, low_rank

LAYERS = (8, 5, 3)


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def model_of(kind, layers=LAYERS, **settings):
    return DeepNMF(layers, kind=kind, **{"random_state": 0, "max_iter": 30, "greedy_max_iter": 30} | settings)


def data_for(kind, seed, shape, dtype=np.float64):
    """Structure, noise or counts; for 'semi' of both signs every other time."""
    rng = np.random.default_rng(seed)
    m, n = shape
    X = [rng.random(shape), rng.gamma(0.3, size=(m, 4)) @ rng.gamma(0.3, size=(4, n)), rng.poisson(0.5, shape)][
        seed % 3
    ]
    if kind == "semi" and seed % 2:
        X = X - X.mean()
    return np.asarray(X, dtype)


@pytest.mark.parametrize("kind", KINDS)
def test_scikit_learns_checks(kind):
    outcomes = check_estimator(DeepNMF((3, 2), kind=kind, max_iter=20), on_fail=None)
    assert len(outcomes) > 40
    assert [one["check_name"] for one in outcomes if one["status"] == "failed"] == []


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("kind", KINDS)
def test_the_refinement_never_ends_above_the_greedy_layers(kind, seed, dtype):
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(5, 50, 2))
    n_layers = rng.integers(1, 5)
    layers = sorted(rng.choice(np.arange(1, min(shape) + 1), size=n_layers, replace=False).tolist(), reverse=True)
    X = data_for(kind, seed, shape, dtype)
    model = model_of(kind, layers, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # superfluous parts, layers that are kept
        W = model.fit_transform(X)
    assert model.layer_errors_[-1] <= model.greedy_error_
    objectives = np.array([record.objective for record in model.history_])
    slack = 1e-7 if dtype == np.float32 else 1e-12
    size = len(layers) if kind == "kl" else np.sum(X.astype(np.float64) ** 2) / 2
    assert (np.diff(objectives) <= slack * size).all()
    assert W.shape == (shape[0], layers[-1])
    assert W.dtype == model.components_.dtype == dtype
    assert (W >= 0).all()
    assert all(np.isfinite(H).all() for H in model.layer_factors_)
    if kind != "semi":
        assert all((H >= 0).all() for H in model.layer_factors_)


@pytest.mark.parametrize("kind", KINDS)
def test_the_refinement_pays_where_there_is_something_to_find(kind):
    X = low_rank(60, 40, k=8)
    model = model_of(kind, max_iter=100).fit(X)
    assert model.layer_errors_[-1] < 0.999 * model.greedy_error_
    assert model.history_[-1].objective < 0.99 * model.history_[0].objective
    assert model.history_[0].iteration == 0
    assert model.n_iter_ == model.history_[-1].iteration > 5


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", FORMS)
def test_fit_transform_returns_what_transform_returns_and_forms_agree(kind, form, dtype):
    plain, X = low_rank(dtype=dtype), FORMS[form](low_rank(dtype=dtype))
    model = model_of(kind, max_iter=10)
    W = model.fit_transform(X)
    np.testing.assert_array_equal(W, model.transform(X))
    np.testing.assert_array_equal(W, clone(model).fit(X).transform(X))
    if dtype == np.float64:
        np.testing.assert_allclose(model.components_, model_of(kind, max_iter=10).fit(plain).components_, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_layers_multiply_through_and_parts_are_of_one_length(kind):
    X = low_rank()
    model = model_of(kind)
    W = model.fit_transform(X)
    through = model.layer_factors_[0]
    for H, parts in zip(model.layer_factors_[1:], model.layer_components_[1:], strict=True):
        through = H @ through
        np.testing.assert_allclose(parts, through, rtol=1e-10, atol=1e-13)
    assert [H.shape for H in model.layer_components_] == [(size, X.shape[1]) for size in LAYERS]
    assert model.components_ is model.layer_components_[-1]
    assert model.n_components_ == 3
    order = 1 if kind == "kl" else 2
    for parts in model.layer_components_:
        np.testing.assert_allclose(np.linalg.norm(parts, order, axis=1), 1)
    np.testing.assert_allclose(model.inverse_transform(W), W @ model.components_)


@pytest.mark.parametrize("kind", ["multilayer", "semi"])
def test_errors_are_those_of_the_best_codes(kind):
    X = data_for(kind, 1, (40, 30))
    model = model_of(kind)
    W = model.fit_transform(X)
    wanted = []
    for parts in model.layer_components_:
        codes = np.array([scipy.optimize.nnls(parts.T, row)[0] for row in X])
        wanted.append(np.linalg.norm(X - codes @ parts) / np.linalg.norm(X))
    np.testing.assert_allclose(model.layer_errors_, wanted, rtol=1e-7)
    np.testing.assert_allclose(W, codes, atol=1e-8 * W.max())
    assert model.reconstruction_err_ == pytest.approx(np.linalg.norm(X - W @ model.components_))
    if kind == "multilayer":
        # what a coarser layer can sum up, a finer one can
        assert (np.diff(model.layer_errors_) >= 0).all()


def test_the_error_of_kl_is_relative_to_one_part():
    X = low_rank()

    def divergence(Y):
        there = X > 0
        return float(np.sum(X[there] * np.log(X[there] / Y[there])) - X.sum() + Y.sum())

    model = model_of("kl")
    W = model.fit_transform(X)
    single = divergence(np.outer(X.sum(axis=1), X.sum(axis=0)) / X.sum())
    assert model.layer_errors_[-1] == pytest.approx(divergence(W @ model.components_) / single)
    assert model.reconstruction_err_ == pytest.approx(np.sqrt(2 * divergence(W @ model.components_)))
    one = DeepNMF((1,), kind="kl", random_state=0).fit(X)
    assert one.layer_errors_[-1] == pytest.approx(1)


def test_one_layer_is_nmf_and_semi_nmf_is_below_it():
    X = low_rank(noise=1.0)
    deep = DeepNMF((4,), tol=1e-6, max_iter=2000, greedy_max_iter=2000, random_state=0).fit(X)
    flat = NMF(4, tol=1e-6, max_iter=2000, random_state=0).fit(X)
    assert deep.reconstruction_err_ == pytest.approx(flat.reconstruction_err_, rel=1e-6)
    semi = DeepNMF((4,), kind="semi", max_iter=2000, greedy_max_iter=2000, random_state=0).fit(X)
    assert semi.reconstruction_err_ < flat.reconstruction_err_
    lowest = np.linalg.norm(np.linalg.svd(X, compute_uv=False)[4:])
    assert semi.reconstruction_err_ > lowest


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("unit", [1e-6, 1e6, 1e-150, 1e150])
def test_the_unit_of_x_does_not_matter(kind, unit):
    X = low_rank()
    near, far = model_of(kind, max_iter=20), model_of(kind, max_iter=20)
    W, W_far = near.fit_transform(X), far.fit_transform(X * unit)
    np.testing.assert_allclose(W_far / unit, W, rtol=1e-5, atol=1e-6 * W.max())
    np.testing.assert_allclose(far.layer_errors_, near.layer_errors_, rtol=1e-6)
    power = 0.5 if kind == "kl" else 1
    assert far.reconstruction_err_ / unit**power == pytest.approx(near.reconstruction_err_, rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_seeds(kind):
    X = low_rank(noise=1.0)
    a, b, c = (model_of(kind, init="random", random_state=seed).fit(X) for seed in (1, 1, 2))
    np.testing.assert_array_equal(a.components_, b.components_)
    assert not np.array_equal(a.components_, c.components_)


@pytest.mark.parametrize(
    "X",
    [
        np.zeros((9, 8)),
        np.ones((9, 8)),
        np.eye(9),
        np.diag([1.0, 1e-12, 1e-200, 1, 1, 1, 1, 1, 1]),
        np.ones((1, 9)),
        np.ones((9, 1)),
        np.vstack([np.zeros((4, 8)), low_rank(6, 8)]),
        np.full((9, 8), 1e-310),
    ],
    ids=["zeros", "ones", "eye", "wide range", "one row", "one column", "zero rows", "smallest"],
)
@pytest.mark.parametrize("kind", KINDS)
def test_degenerate_data_never_give_nan(X, kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        model = model_of(kind, (4, 2))
        W = model.fit_transform(X)
    assert np.isfinite(W).all()
    assert (W >= 0).all()
    assert not W[~X.any(axis=1)].any()
    assert all(np.isfinite(H).all() for H in (*model.layer_factors_, *model.layer_components_))
    assert np.isfinite([model.reconstruction_err_, model.kkt_residual_, model.greedy_error_]).all()
    assert model.layer_errors_[-1] <= model.greedy_error_


def test_only_semi_takes_entries_below_0():
    X = np.random.default_rng(0).standard_normal((20, 12))
    for kind in ("multilayer", "kl"):
        with pytest.raises(ValueError, match="Negative values in data passed to DeepNMF"):
            model_of(kind).fit(X)
    model = model_of("semi").fit(X)
    assert (model.components_ < 0).any()
    np.testing.assert_array_equal(model.fit_transform(X), model_of("semi").fit_transform(scipy.sparse.csr_array(X)))
    assert model.__sklearn_tags__().input_tags.positive_only is False


@pytest.mark.parametrize("form", FORMS)
def test_the_unit_is_that_of_the_largest_magnitude(form):
    X = FORMS[form](np.array([[1e-60, 0.0, 2e-45], [3e-60, 0.0, 1e-45]]))
    expected = Scaling.of(X)
    assert expected.unit < 1e-40
    assert Scaling.of(-X) == expected
    assert Scaling.of(X, 2e-45) == expected
    mixed = FORMS[form](np.array([[3.0, -1e80, 1e70], [1e30, 2.0, -2e80]]))
    with pytest.warns(UserWarning, match=r"X spans 2e\+00\.\.2e\+80; entries below"):
        shrunk = Scaling.of(mixed).shrink(mixed)
    shrunk = shrunk.toarray() if scipy.sparse.issparse(shrunk) else shrunk
    assert ((shrunk != 0) == [[False, True, True], [False, False, True]]).all()
    assert 0.1 < np.abs(shrunk).max() < 10


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        ((), r"wants layers.* got \(\)"),
        ("100, 49", "'layers' parameter of DeepNMF must be an array-like. Got '100, 49'"),
        (5, "'layers' parameter of DeepNMF must be an array-like. Got 5"),
        (["100", "49"], "Give a sequence of integers"),
        ((5, 2.5), "Give a sequence of integers"),
        ((5, 0), "got 0 in .* needs 1 part at least"),
        ((5, 5), "got 5 after 5 .* make each smaller"),
        ((5, 9, 3), "got 9 after 5 .* make each smaller"),
    ],
)
def test_layers_that_are_none_are_refused(layers, says):
    with pytest.raises(ValueError, match=says):
        DeepNMF(layers).fit(low_rank())


def test_more_parts_than_rank_are_warned_of_and_found():
    with pytest.warns(UserWarning, match=r"first layer has 50 parts, X 40 samples x 30 features"):
        model = model_of("multilayer", [50, 3]).fit(low_rank())
    assert model.layer_components_[0].shape == (50, 30)


def test_other_wrong_settings_are_refused():
    with pytest.raises(ValueError, match="'kind' parameter of DeepNMF must be a str among"):
        model_of("deep").fit(low_rank())
    with pytest.raises(ValueError, match="'max_iter' parameter"):
        model_of("kl", max_iter=0).fit(low_rank())
    model = model_of("semi").fit(low_rank())
    with pytest.raises(ValueError, match="X has 5 components, but DeepNMF has learned 3"):
        model.inverse_transform(np.ones((2, 5)))


def test_a_callback_follows_the_refinement_and_stops_it():
    seen = []

    def third_of_refinement(shot):
        seen.append(shot)
        return sum(one.layer is None for one in seen) == 3

    model = model_of("kl", tol=0, max_iter=1000, greedy_max_iter=20, callback=third_of_refinement).fit(low_rank())
    layers = [shot for shot in seen if shot.layer is not None]
    places = [(shot.layer, shot.record.iteration) for shot in layers]
    assert places == sorted(set(places))
    assert [place for place in places if place[1] in (0, 20)] == [(n, i) for n in (1, 2, 3) for i in (0, 20)]
    assert [shot.state.H.shape for shot in layers if shot.record.iteration == 0] == [(8, 30), (5, 8), (3, 5)]
    assert [shot.layer for shot in layers if shot.reason is not None] == [1, 2, 3]
    together = seen[len(layers) :]
    assert [shot.record.iteration for shot in together] == [0, 10, 20]
    assert [record.iteration for record in model.history_] == [0, 10, 20]
    assert model.stopped_.startswith("Stopped on request after 20 iterations")
    assert seen[-1].state.H.shape == (3, 30)


@pytest.mark.parametrize("call", [1, 4, 6])
@pytest.mark.parametrize("kind", KINDS)
def test_one_that_is_stopped_while_layers_are_trained_is_whole(kind, call):
    X, seen = low_rank(), []
    model = model_of(kind, tol=0, callback=lambda shot: seen.append(shot) or len(seen) == call)
    W = model.fit_transform(X)
    assert len(seen) == call  # who has said so is not asked again
    assert seen[-1].layer is not None
    assert [H.shape for H in model.layer_factors_] == [(8, 30), (5, 8), (3, 5)]
    assert np.isfinite([*model.layer_errors_, model.kkt_residual_, model.reconstruction_err_]).all()
    assert model.layer_errors_[-1] == model.greedy_error_ < 1
    assert [record.iteration for record in model.history_] == [0]
    assert model.n_iter_ == 0
    assert model.stopped_.startswith("Stopped on request after 0 iterations")
    np.testing.assert_array_equal(model.transform(X), W)


def test_verbose_says_which_layer(capsys):
    model_of("semi", (4, 2), verbose=1).fit(low_rank())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("layer 1, iteration 0, ")
    assert any(line.startswith("layer 2, iteration 0, ") for line in lines)
    assert lines[-1].startswith("iteration ")


def test_converged_is_said_only_with_a_certificate():
    X = low_rank()
    done = DeepNMF((4, 2), kind="semi", tol=1e-3, max_iter=1000, random_state=0).fit(X)
    assert done.converged_
    assert done.kkt_residual_ <= 1e-3
    with pytest.warns(ConvergenceWarning, match="Maximum number of iterations 3 reached"):
        cut = model_of("multilayer", max_iter=3, tol=1e-9).fit(X)
    assert not cut.converged_
    assert cut.n_iter_ == 3


def small(seed, values):
    """Counts or what `values` has, and layers, of random sizes: parts die, and fits end at once."""
    rng = np.random.default_rng(seed)
    shape = rng.integers(3, 25, 2)
    layers = sorted(set(rng.integers(1, 8, 3).tolist()), reverse=True)
    return values(rng, shape), layers


# of seeds 0 .. 299 those that once kept an earlier point and told of the last, and some others
@pytest.mark.parametrize("seed", [41, 159, 203, 212, 275, *range(12)])
def test_converged_is_what_is_said(seed):
    def values(rng, shape):
        m, n = shape
        one = [rng.poisson(0.4, shape), rng.random((m, 2)) @ rng.random((2, n)), np.kron(np.eye(3), np.ones((4, 3)))]
        return one[seed // 3 % 3].astype(np.float32 if seed // 9 % 2 else np.float64)

    X, layers = small(seed, values)
    model = DeepNMF(layers, kind=("multilayer", "semi", "kl")[seed % 3], random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        model.fit(X)
    assert model.converged_ == (model.kkt_residual_ <= model.tol)
    assert model.stopped_.startswith("Converged") == model.converged_
    assert f"{model.kkt_residual_:.1e}" in model.stopped_


# of seeds 0 .. 399 those with parts of nothing but zeros below the deepest layer
@pytest.mark.parametrize("seed", [107, 108, 123, 186, 391])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_dead_parts_have_no_weight_in_the_layers_above(seed, dtype):
    X, layers = small(seed, lambda rng, shape: rng.poisson(0.4, shape).astype(dtype))
    init = "random" if seed % 2 else None
    trained = deepen(KINDS["kl"](), as_matrix(X), layers, init, Limits(1e-4, 100, 60), np.random.RandomState(seed))
    codes, chain = trained.codes, trained.layers
    model = DeepNMF(layers, kind="kl", init=init, random_state=seed).fit(X)
    objectives = [record.objective for record in model.history_]
    if dtype == np.float64:  # layers without error weigh so much that in single precision their rounding is seen
        assert (np.diff(objectives) <= 1e-8 * objectives[0]).all()
    assert any(not H.any(axis=1).all() for H in chain[:-1])
    for factors in (chain, model.layer_factors_):
        for H, parts in zip(factors, multiplied(factors), strict=True):
            for rows in (H, parts):
                np.testing.assert_allclose(rows.sum(axis=1), H.any(axis=1), rtol=1e-5)
        for H, below in zip(factors[1:], factors, strict=False):
            assert not H[:, ~below.any(axis=1)].any()
    for W, parts in zip(codes, multiplied(chain), strict=True):
        assert not W[~parts.any(axis=1)].any()


@pytest.mark.parametrize("kind", KINDS)
def test_layers_given_or_unpacked_transform_alike(kind):
    X = low_rank()
    model = model_of(kind)
    W = model.fit_transform(X)
    np.testing.assert_array_equal(clone(model).adopt_components(model.layer_factors_).transform(X), W)
    np.testing.assert_array_equal(clone(model).restored(model.tensors()).transform(X), W)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).transform(X), W)
    order = np.array([2, 0, 1])
    twin = model.in_order(order, np.array([1.0, 2.0, 4.0]))
    np.testing.assert_allclose(twin.layer_factors_[-1] @ twin.layer_components_[-2], twin.components_, atol=1e-12)
    np.testing.assert_allclose(twin.transform(X), W[:, order] * [1, 2, 4], rtol=1e-5, atol=1e-7 * W.max())
    with pytest.raises(ValueError, match=r"Layer 2 passed to .* should have shape \(5, 8\)"):
        clone(model).adopt_components([model.layer_factors_[0], np.ones((4, 8)), np.ones((3, 5))])
    with pytest.raises(ValueError, match="should be 3 layers"):
        clone(model).adopt_components(model.components_)


def test_names_and_frames():
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame(low_rank(), columns=[f"gene {i}" for i in range(30)])
    model = model_of("multilayer").set_output(transform="pandas")
    W = model.fit_transform(X)
    assert W.columns.tolist() == ["deepnmf0", "deepnmf1", "deepnmf2"]
    assert model.feature_names_in_[3] == "gene 3"


# the rules


def a_chain(seed=0, signed=False):
    rng = np.random.default_rng(seed)
    draw = rng.standard_normal if signed else rng.random
    return rng.random((20, 15)), rng.random((2, 20)), [draw((6, 15)), draw((4, 6)), draw((2, 4))]


@pytest.mark.parametrize("solver", [LayeredGradient(), LayeredSemi()], ids=["multilayer", "semi"])
def test_the_problem_of_a_layer_has_the_gradient_of_the_whole(solver):
    X, W, layers = a_chain(signed=isinstance(solver, LayeredSemi))
    problem = Layered(as_matrix(X), Frobenius())

    def value(chain):
        return 0.5 * np.sum((X - W.T @ multiplied(chain)[-1]) ** 2)

    rng = np.random.default_rng(1)
    for place, link in links(problem.right(W), layers):
        direction = rng.standard_normal(layers[place].shape)
        ends = [value([H + s * direction if i == place else H for i, H in enumerate(layers)]) for s in (-1e-5, 1e-5)]
        gradient = link.pull(layers[place]) - link.cross
        assert (ends[1] - ends[0]) / 2e-5 == pytest.approx(np.sum(gradient * direction), rel=1e-6)
        before = value(layers)
        layers[place] = solver.improve(link, layers[place])
        assert value(layers) < before


def test_semi_takes_the_nearest_of_all_least_squares():
    X, W, layers = a_chain(signed=True)
    H = layers[0]
    above = (layers[2] @ layers[1]).T @ W  # rank 2, of 6 parts
    new = LayeredSemi().improve(Link(above @ above.T, above @ X, None), H)
    nearest = H + np.linalg.pinv(above.T) @ (X - above.T @ H)
    np.testing.assert_allclose(new, nearest, rtol=1e-7, atol=1e-9)
    smallest = np.linalg.pinv(above.T) @ X
    np.testing.assert_allclose(above.T @ new, above.T @ smallest, rtol=1e-7, atol=1e-9)
    assert np.linalg.matrix_rank(smallest) == 2
    assert np.linalg.matrix_rank(new) == 6


def test_lamberts_update_is_the_minimum_of_its_bound():
    rng = np.random.default_rng(0)
    b, plus, v = rng.gamma(0.5, size=50), rng.gamma(1.0, size=50), rng.gamma(0.5, size=50)
    for ratio in (1e-2, 1.0, 30.0):
        w = between(b[None], plus[None], v[None], ratio)[0]
        shift = plus - ratio * np.log(v)
        np.testing.assert_allclose(w, (b / ratio) / lambertw(b * np.exp(shift / ratio) / ratio).real, rtol=1e-10)
        for one in range(50):

            def bound(x, one=one, ratio=ratio):
                return plus[one] * x - b[one] * np.log(x) + ratio * (x * np.log(x / v[one]) - x)

            found = scipy.optimize.minimize_scalar(
                bound, bounds=(1e-12, 1e3), method="bounded", options={"xatol": 1e-12}
            )
            assert bound(w[one]) <= found.fun + 1e-13 * (1 + ratio)


@pytest.mark.parametrize("ratio", [1e-12, 1e-3, 1.0, 1e3, 1e12])
def test_lamberts_update_holds_where_its_exponential_would_not(ratio, dtype):
    b, plus, v = (
        grid.reshape(1, -1).astype(dtype)
        for grid in np.meshgrid([0, 1e-30, 1e-3, 1, 1e20], [0, 1, 50], [0, 1e-30, 1, 1e20], indexing="ij")
    )
    w = between(b, plus, v, ratio)
    assert w.dtype == dtype
    assert np.isfinite(w).all()
    assert (w >= 0).all()
    # where w can be told from 0 the derivative is 0: plus - b / w + ratio log(w / v), relative to its largest term
    b, plus, v, w = (grid.astype(np.float64) for grid in (b, plus, v, w))
    there = (w > 1e-25) & (v > 0)
    terms = np.stack([plus[there], -b[there] / w[there], ratio * np.log(w[there] / v[there])])
    eps = np.finfo(dtype).eps
    scale = np.abs(terms).max(axis=0) + ratio + b[there] / w[there]
    assert (np.abs(terms.sum(axis=0)) <= 20 * eps * scale).all()


def test_the_update_on_the_simplex_is_the_best_of_its_bound():
    rng = np.random.default_rng(0)
    H, pull = rng.dirichlet(np.ones(7), size=4), rng.random((4, 7))
    new = on_simplex(pull, H)
    np.testing.assert_allclose(new.sum(axis=1), 1)

    def bound(G):
        return -np.sum(H * pull * np.log(G))

    for _ in range(100):
        assert bound(new) <= bound(rng.dirichlet(np.ones(7), size=4))


@pytest.mark.parametrize("weights", [(1.0, 1.0, 1.0), (1e-3, 1.0, 1e3), (1e4, 1.0, 1e-4)])
@pytest.mark.parametrize("form", ["dense C", "csr_array"])
def test_every_step_lowers_the_sum_of_divergences(weights, form):
    rng = np.random.default_rng(0)
    X = FORMS[form](low_rank())
    problem = LayeredDivergence(as_matrix(X), KullbackLeibler(), weights=weights)
    layers = [rng.dirichlet(np.ones(n), size=k) for k, n in ((8, 30), (5, 8), (3, 5))]
    state = problem.begin([rng.gamma(1.0, size=(k, 40)) for k in (8, 5, 3)], layers)
    solver, before = LayeredKL(), problem.measure(state)
    for _ in range(60):
        state = solver.step(problem, state)
        after = problem.measure(state)
        assert after.objective <= before.objective * (1 + 1e-12)
        before = after
        for H in state.layers:
            np.testing.assert_allclose(H.sum(axis=1), 1)
    assert before.residual < 0.5


def test_the_residual_of_kl_falls_to_0():
    model = DeepNMF((4, 2), kind="kl", tol=0, max_iter=3000, random_state=0).fit(low_rank(20, 12))
    assert model.kkt_residual_ < 1e-3 * model.history_[1].residual


def test_every_kind_has_a_solver():
    assert set(KINDS) == set(LAYERED_SOLVERS)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_faces(kind, shared_data):
    from partwise import open_source

    X = open_source("olivetti", data_home=shared_data / "scikit_learn_data").X
    model = DeepNMF((60, 25, 8), kind=kind, random_state=0, max_iter=60, greedy_max_iter=60)
    W = model.fit_transform(X)
    assert model.layer_errors_[-1] < 0.99 * model.greedy_error_
    assert (W >= 0).all()
    # finer layers still tell more of a face than the deepest
    assert (np.diff(model.layer_errors_) > 0).all()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_topics_of_topics(kind, shared_data):
    from sklearn.datasets import fetch_20newsgroups
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = fetch_20newsgroups(
        data_home=shared_data / "scikit_learn_data",
        categories=["sci.space", "rec.autos", "soc.religion.christian", "comp.graphics"],
        remove=("headers", "footers", "quotes"),
        download_if_missing=False,
    ).data
    X = TfidfVectorizer(stop_words="english", min_df=5).fit_transform(texts)
    model = DeepNMF((20, 8, 4), kind=kind, random_state=0, max_iter=60).fit(X)
    assert model.layer_errors_[-1] < model.greedy_error_
    assert (np.diff(model.layer_errors_) > 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_seconds_hold_those_of_the_layers_alone(kind):
    model = DeepNMF((4, 2), kind=kind, max_iter=5, random_state=0).fit(np.random.default_rng(0).random((30, 20)))
    seconds = [record.seconds for record in model.history_]
    assert seconds[0] > 0
    assert seconds == sorted(seconds)
