"""OPNMF as an estimator: scikit-learn's conventions, both orientations, units, starts, and an honest word."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import nnls
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import check_estimator

from partwise import OPNMF
from partwise.models import MODELS
from partwise.solvers import PROJECTIVE_SOLVERS, ProjectedLBFGS

from .conftest import FORMS, low_rank
from .test_hooks import Recorder, needed

ORIENTATIONS = ("features", "samples")


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def opnmf(k=4, **settings):
    return OPNMF(k, **{"random_state": 0, "max_iter": 60, **settings})


def test_it_is_registered():
    assert MODELS["opnmf"] is OPNMF


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("solver", PROJECTIVE_SOLVERS)
def test_scikit_learns_checks(solver, orientation):
    outcomes = check_estimator(OPNMF(solver=solver, orientation=orientation), on_fail=None)
    assert len(outcomes) > 40
    assert [one["check_name"] for one in outcomes if one["status"] == "failed"] == []


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("solver", PROJECTIVE_SOLVERS)
@pytest.mark.parametrize("form", ["dense C", "dense F", "csr_array"])
def test_fit_transform_returns_the_bits_of_transform(solver, orientation, form, dtype):
    X = FORMS[form](low_rank(dtype=dtype))
    model = opnmf(solver=solver, orientation=orientation)
    codes = model.fit_transform(X)
    np.testing.assert_array_equal(codes, model.transform(X))
    np.testing.assert_array_equal(codes, clone(model).fit(X).transform(X))
    assert codes.dtype == model.components_.dtype == model.projection_.dtype == dtype
    assert model.inverse_transform(codes).shape == X.shape


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("shape", [(40, 30), (30, 400), (400, 30)])
@pytest.mark.parametrize("solver", PROJECTIVE_SOLVERS)
def test_what_is_remembered_is_that_of_the_projection(solver, shape, orientation):
    X = low_rank(*shape)
    model = opnmf(solver=solver, orientation=orientation)
    codes, W = model.fit_transform(X), model.projection_
    if orientation == "features":
        np.testing.assert_array_equal(model.components_, W.T)
        np.testing.assert_allclose(codes, X @ W, rtol=1e-10)
        X = X.T
    else:
        np.testing.assert_allclose(model.components_, W.T @ X, rtol=1e-10)
    A, energy = X @ X.T, np.linalg.norm(W, axis=0) * np.linalg.norm(W.T @ X, axis=1)
    assert (np.diff(energy) <= 0).all()
    assert model.reconstruction_err_ == pytest.approx(np.linalg.norm(X - W @ (W.T @ X)))
    assert model.reconstruction_err_ == pytest.approx(np.sqrt(2 * model.history_[-1].objective))
    assert model.orthonormality_ == pytest.approx(np.linalg.norm(W.T @ W - np.eye(4)))
    gradient = W @ W.T @ A @ W + A @ W @ W.T @ W - 2 * A @ W
    projected = np.where(W > 1e-12, gradient, np.minimum(gradient, 0))
    assert model.kkt_residual_ == pytest.approx(np.linalg.norm(projected) / np.linalg.norm(2 * A @ W), rel=1e-6)
    assert model.converged_ == (model.kkt_residual_ <= model.tol)
    assert model.n_iter_ == model.history_[-1].iteration
    assert model.n_dead_components_ == 0


@pytest.mark.parametrize("solver", PROJECTIVE_SOLVERS)
def test_samples_of_x_are_features_of_x_transposed(solver):
    X = low_rank()
    one = opnmf(solver=solver, orientation="samples").fit(X)
    other = opnmf(solver=solver, orientation="features").fit(X.T)
    np.testing.assert_array_equal(one.projection_, other.projection_)
    assert [r.objective for r in one.history_] == [r.objective for r in other.history_]


def test_new_samples_are_projected_or_solved_by_least_squares(rng):
    X, new = low_rank(), rng.random((7, 30))
    model = opnmf().fit(X)
    np.testing.assert_allclose(model.transform(new), new @ model.components_.T, rtol=1e-10)
    model = opnmf(orientation="samples").fit(X)
    wanted = np.array([nnls(model.components_.T, row)[0] for row in new])
    np.testing.assert_allclose(model.transform(new), wanted, atol=1e-10)


def test_where_the_factor_is_orthonormal_it_is_the_codes_of_its_samples():
    X = np.kron(np.eye(3), np.outer([1, 2, 3, 1], [1, 2, 1])) * np.repeat([3, 2, 1], 4)[:, None]
    model = opnmf(3, orientation="samples", tol=1e-10, max_iter=500)
    codes = model.fit_transform(X)
    assert model.orthonormality_ < 1e-8
    np.testing.assert_allclose(codes, model.projection_, atol=1e-6)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("factor", [1e-6, 255, 1e-150, 1e150])
@pytest.mark.parametrize("solver", PROJECTIVE_SOLVERS)
def test_the_unit_of_x_does_not_matter(solver, factor, orientation):
    X = low_rank()
    settings = {"solver": solver, "orientation": orientation}
    one, other = (opnmf(max_iter=15, **settings).fit(X * unit) for unit in (1.0, factor))
    np.testing.assert_allclose(other.projection_, one.projection_, rtol=1e-6, atol=1e-9)
    assert other.reconstruction_err_ / factor == pytest.approx(one.reconstruction_err_, rel=1e-9)
    assert other.kkt_residual_ == pytest.approx(one.kkt_residual_, rel=1e-4)
    np.testing.assert_allclose(other.transform(X * factor), opnmf(max_iter=15, **settings).fit_transform(X * factor))
    in_parts = factor if orientation == "samples" else 1.0
    np.testing.assert_allclose(other.components_ / in_parts, one.components_, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(
        other.transform(X * factor) / (factor / in_parts), one.transform(X), rtol=1e-5, atol=1e-8
    )


@pytest.mark.parametrize("solver", PROJECTIVE_SOLVERS)
def test_the_same_seed_gives_the_same_bits(solver):
    X = low_rank()
    one, other, third = (opnmf(solver=solver, init="random", random_state=seed).fit(X) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.components_, other.components_)
    assert not np.array_equal(one.components_, third.components_)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("solver", PROJECTIVE_SOLVERS)
def test_zero_rows_and_columns_weigh_nothing(solver, orientation):
    X = low_rank()
    X[3], X[:, 5] = 0, 0
    model = opnmf(solver=solver, orientation=orientation)
    codes = model.fit_transform(X)
    assert np.isfinite(codes).all()
    np.testing.assert_allclose(codes[3], 0, atol=1e-12)
    np.testing.assert_allclose(model.components_[:, 5], 0, atol=1e-12)


@pytest.mark.parametrize("solver", PROJECTIVE_SOLVERS)
def test_constant_and_empty_data_have_an_answer(solver):
    model = opnmf(1, solver=solver).fit(np.full((6, 5), 2.0))
    np.testing.assert_allclose(model.components_, np.full((1, 5), 1 / np.sqrt(5)), rtol=1e-6)
    assert model.reconstruction_err_ < 1e-6
    with pytest.warns(UserWarning, match="X is all zeros"):
        empty = opnmf(2, solver=solver).fit(np.zeros((6, 5)))
    assert empty.reconstruction_err_ == 0
    assert empty.n_dead_components_ == 2


def test_components_beyond_the_rank_are_told():
    X = np.outer(np.arange(1.0, 7), np.arange(1.0, 6))
    with pytest.warns(UserWarning, match="components are empty"):
        model = opnmf(3, init="nndsvd").fit(X)
    assert model.n_dead_components_ == 2


def test_more_components_than_singular_vectors_need_a_random_start():
    X = low_rank(6, 10)
    with pytest.raises(ValueError, match=r"init = 'nndsvd' can only be used when n_components <= .*Use init='random'"):
        opnmf(7, init="nndsvd").fit(X)
    assert opnmf(None, init=None).fit(X).components_.shape == (10, 10)
    assert opnmf(8, init="random").fit(X).components_.shape == (8, 10)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"solver": "cd"}, "solver"),
        ({"orientation": "rows"}, "orientation"),
        ({"init": "svd"}, "init"),
        ({"tol": -1}, "tol"),
        ({"max_iter": 0}, "max_iter"),
        ({"init": "custom"}, "needs W, got none"),
    ],
)
def test_wrong_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        opnmf(**settings).fit(low_rank())


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_given_start_is_taken(orientation, rng):
    X = low_rank()
    W = rng.random((30 if orientation == "features" else 40, 4))
    model = opnmf(init="custom", orientation=orientation, max_iter=1, solver="multiplicative").fit(X, W=W)
    A = X.T @ X if orientation == "features" else X @ X.T
    for _ in range(2):
        W = W * (A @ W) / (W @ W.T @ A @ W)
        W /= np.linalg.norm(W, 2)
    order = np.argsort(-np.linalg.norm(W, axis=0) * np.sqrt(np.diag(W.T @ A @ W)))
    np.testing.assert_allclose(model.projection_, W[:, order], rtol=1e-9)
    with pytest.raises(ValueError, match="wrong shape"):
        opnmf(init="custom", orientation=orientation).fit(X, W=np.ones((17, 4)))


@pytest.mark.parametrize("solver", PROJECTIVE_SOLVERS)
def test_a_callback_follows_and_stops_and_verbose_prints(solver, capsys):
    seen = []
    model = opnmf(solver=solver, tol=0, verbose=1, callback=lambda shot: seen.append(shot) or len(seen) == 5)
    model.fit(low_rank())
    assert model.n_iter_ == seen[-1].record.iteration == 4
    assert "on request" in model.stopped_
    assert len(model.history_) == 5
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert f"change {model.history_[-1].change:.3g}" in lines[-1]


def test_the_history_tells_the_change_and_the_reason_what_to_do():
    X = low_rank()
    published = opnmf(solver="multiplicative", tol=1e-2, max_iter=1000).fit(X)
    changes = [record.change for record in published.history_]
    assert changes[-1] < 1e-2 <= min(changes[:-1])
    assert "changed W by less than tol 0.01" in published.stopped_
    with pytest.warns(ConvergenceWarning, match="Increase it"):
        cut = opnmf(max_iter=2).fit(X)
    assert "Increase max_iter" in cut.stopped_
    assert not cut.converged_
    whole = opnmf(max_iter=500).fit(X)
    assert whole.converged_
    assert whole.stopped_.startswith("Converged after")


def test_an_instance_brings_its_own_settings():
    model = opnmf(solver=ProjectedLBFGS(memory=1), max_iter=300).fit(low_rank())
    assert model.converged_
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).components_, model.components_)


def test_names_go_in_and_out():
    X = pd.DataFrame(low_rank(10, 5), columns=list("abcde"))
    model = opnmf(2).set_output(transform="pandas")
    codes = model.fit_transform(X)
    assert list(codes.columns) == ["opnmf0", "opnmf1"]
    assert list(model.feature_names_in_) == list("abcde")


def test_given_parts_can_be_adopted_and_put_in_another_order():
    X = low_rank()
    for orientation in ORIENTATIONS:
        model = opnmf(orientation=orientation).fit(X)
        adopted = opnmf(orientation=orientation).adopt_components(model.components_, X)
        np.testing.assert_array_equal(adopted.transform(X), model.transform(X))
        twin = model.in_order(np.array([3, 1, 0, 2]), np.ones(4))
        np.testing.assert_array_equal(twin.components_[0], model.components_[3])
        np.testing.assert_array_equal(twin.projection_[:, 0], model.projection_[:, 3])


@needed
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_every_iteration_is_a_task_with_a_model_as_if_it_had_stopped_there(orientation):
    # wide, so that the samples' side works on a compressed X whose products are not the parts
    X, recorder = low_rank(30, 400), Recorder()
    model = opnmf(orientation=orientation, max_iter=6, tol=0).set_callbacks(recorder).fit(X)
    tasks = [one for one in recorder.told if one[1] == "iteration"]
    assert tasks == [(what, "iteration", i) for i in range(6) for what in ("begin", "end")]
    last = recorder.fitted[-1]
    order = np.argsort(-np.linalg.norm(last.components_, axis=1) * np.linalg.norm(last.transform(X), axis=0))
    if orientation == "samples":
        np.testing.assert_allclose(np.sort(last.components_.sum(1)), np.sort(model.components_.sum(1)), rtol=1e-10)
    else:
        np.testing.assert_array_equal(last.components_[order], model.components_)


def test_defaults_fit_whatever_the_shape(rng):
    wide = OPNMF(max_iter=3, random_state=0).fit(rng.random((4, 7)))
    assert wide.components_.shape == (7, 7)


def test_a_run_keeps_the_factor(rng):
    X = rng.random((8, 6))
    model = OPNMF(2, orientation="samples", random_state=0).fit(X)
    again = OPNMF(2, orientation="samples").restored(model.tensors())
    np.testing.assert_array_equal(again.projection_, model.projection_)
    np.testing.assert_array_equal(again.transform(X), model.transform(X))
