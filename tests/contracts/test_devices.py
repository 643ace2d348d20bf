"""Arrays that are not NumPy's: the same kind out, the certificate, the answer of the CPU, and what is refused."""

import importlib.util
import os
import subprocess
import sys
import warnings

import numpy as np
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from partwise import NMF
from partwise.devices import DeviceFrobenius, DeviceGradient, DeviceMatrix, OnDevice, Place, is_foreign
from partwise.devices.matrix import Sums
from partwise.penalties import Elastic

pytest.importorskip("array_api_compat", reason="array-api-compat (extra gpu, group test) is not installed")

WITHOUT = {"array_api_strict": "array-api-strict", "torch": "PyTorch (extra gpu)"}


@pytest.fixture(params=WITHOUT)
def xp(request):
    return pytest.importorskip(request.param, reason=f"{WITHOUT[request.param]} is not installed")


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="PyTorch (extra gpu) is not installed")


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def planted(dtype=np.float64, m=80, n=50, k=4):
    """Parts with zeros, of which there is one answer: where a fit ends does not hang on its way there."""
    rng = np.random.default_rng(0)
    W, H = (rng.gamma(1.0, size=shape) * (rng.random(shape) < 0.5) for shape in ((m, k), (k, n)))
    return np.maximum(W @ H + 0.1 * rng.standard_normal((m, n)), 0).astype(dtype)


def host(array):
    return Place.of(array).bring(array) if is_foreign(array) else np.asarray(array)


def alike(array, X):
    return type(array) is type(X) and array.dtype == X.dtype and getattr(array, "device", 0) == getattr(X, "device", 0)


def test_the_kind_of_x_comes_back(xp, dtype):
    X = xp.asarray(planted(dtype))
    model = NMF(4, random_state=0)
    W = model.fit_transform(X)
    assert W.shape == (80, 4)
    for array in (W, model.components_, model.transform(X), model.inverse_transform(W)):
        assert alike(array, X)
    assert type(model.objectives_of_starts_) is type(X)
    assert np.linalg.norm(host(X) - host(model.inverse_transform(W))) == pytest.approx(
        model.reconstruction_err_, rel=1e-4
    )


def test_fit_transform_returns_what_transform_returns(xp, dtype):
    X = xp.asarray(planted(dtype))
    model = NMF(4, random_state=0)
    W = host(model.fit_transform(X))
    np.testing.assert_array_equal(host(model.transform(X)), W)
    np.testing.assert_array_equal(host(clone(model).fit(X).transform(X)), W)
    np.testing.assert_allclose(host(model.transform(X[10:20, :])), W[10:20], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("init", ["random", "nndsvda", "nndsvd", "custom"])
def test_the_objective_is_that_of_the_cpu(xp, init):
    dtype = np.float64
    X = planted(dtype)
    rng = np.random.default_rng(0)
    given = {}
    if init == "custom":
        given = {"W": rng.random((80, 4)).astype(dtype), "H": rng.random((4, 50)).astype(dtype)}
    settings = {"init": init, "random_state": 0, "max_iter": 3000, "tol": 1e-7}
    ours = NMF(4, **settings)
    ours.fit(X, **given)
    theirs = NMF(4, **settings)
    theirs.fit(xp.asarray(X), **{name: xp.asarray(F) for name, F in given.items()})
    assert ours.converged_
    assert theirs.converged_
    assert theirs.history_[0].objective == pytest.approx(ours.history_[0].objective, rel=1e-4)
    assert theirs.history_[-1].objective == pytest.approx(ours.history_[-1].objective, rel=1e-5)


def test_the_objective_is_that_of_the_cpu_in_single_precision(xp):
    """By the distance itself: expanded, a square of single precision is known to 1e-5 of its small rest at best."""
    X = planted(np.float32, 1000, 400, 20)
    ours, theirs = (NMF(20, random_state=0, max_iter=1000, tol=3e-6).fit(Y) for Y in (X, xp.asarray(X)))
    assert ours.converged_
    assert theirs.converged_
    assert theirs.reconstruction_err_**2 == pytest.approx(ours.reconstruction_err_**2, rel=1e-5)


def test_penalties_weigh_as_on_the_cpu(xp):
    X = planted()
    settings = {"alpha_W": 0.01, "alpha_H": 0.02, "l1_ratio": 0.5, "random_state": 0, "tol": 1e-7, "max_iter": 5000}
    ours, theirs = NMF(4, **settings).fit(X), NMF(4, **settings).fit(xp.asarray(X))
    assert theirs.converged_
    assert theirs.history_[-1].objective == pytest.approx(ours.history_[-1].objective, rel=1e-5)


def test_the_certificate_is_that_of_the_factors_returned(xp):
    X = planted()
    model = NMF(4, max_iter=20, random_state=0)
    W, H = host(model.fit_transform(xp.asarray(X))), host(model.components_)
    d = np.sqrt(np.linalg.norm(H, axis=1) / np.linalg.norm(W, axis=0))
    W, H = W * d, H / d[:, None]
    GW, GH = W @ (H @ H.T) - X @ H.T, (W.T @ W) @ H - W.T @ X
    PW, PH = np.where(W > 0, GW, np.minimum(GW, 0)), np.where(H > 0, GH, np.minimum(GH, 0))
    norm = np.linalg.norm
    wanted = (norm(PW) + norm(PH)) / (norm(X @ H.T) + norm(W.T @ X))
    assert model.kkt_residual_ == pytest.approx(wanted, rel=1e-5)
    assert model.history_[-1].objective == pytest.approx(0.5 * norm(X - W @ H) ** 2, rel=1e-9)


def test_codes_are_those_of_the_cpu(xp):
    X = planted()
    model = NMF(4, random_state=0).fit(X)
    W = model.transform(X)
    found = model.transform(xp.asarray(X))
    assert alike(found, xp.asarray(X))
    np.testing.assert_allclose(host(found), W, rtol=1e-6, atol=1e-8)
    # and back: learned on a device, asked with an array of NumPy
    there = NMF(4, random_state=0).fit(xp.asarray(X))
    assert isinstance(there.transform(X), np.ndarray)
    np.testing.assert_array_equal(there.transform(X), host(there.transform(xp.asarray(X))))
    assert isinstance(there.inverse_transform(W), np.ndarray)


def test_the_objective_does_not_rise_beyond_rounding(xp, dtype):
    model = NMF(12, init="random", random_state=0, tol=1e-5, max_iter=200).fit(xp.asarray(planted(dtype)))
    objectives = np.array([record.objective for record in model.history_])
    slack = 1e-6 if dtype == np.float32 else 1e-12
    assert (np.diff(objectives) <= slack * 0.5 * np.sum(planted() ** 2)).all()
    assert [record.iteration for record in model.history_[:4]] == [0, 1, 5, 10]


@pytest.mark.parametrize("factor", [1e-25, 1e25])
def test_the_unit_of_x_does_not_matter(xp, factor):
    X = planted(np.float32)
    near, far = (NMF(4, random_state=0, max_iter=50).fit(xp.asarray(X * np.float32(unit))) for unit in (1, factor))
    assert far.reconstruction_err_ / factor == pytest.approx(near.reconstruction_err_, rel=1e-4)
    assert np.isfinite(host(far.components_)).all()


@pytest.mark.parametrize(
    ("X", "k"), [(np.zeros((6, 5)), 2), (np.ones((6, 5)), 3), (np.eye(5), 8), (np.array([[3.0]]), 1)], ids=str
)
def test_degenerate_data_never_give_nan(xp, X, k):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        model = NMF(k, random_state=0)
        W = model.fit_transform(xp.asarray(X))
    assert np.isfinite(host(W)).all()
    assert np.isfinite(host(model.components_)).all()
    assert np.isfinite([model.reconstruction_err_, model.kkt_residual_]).all()
    assert host(W).min() >= 0


def test_callbacks_verbose_and_cancel(xp, capsys):
    seen = []
    model = NMF(
        4, tol=0, random_state=0, verbose=1, callback=lambda shot: seen.append(shot.record.iteration) or len(seen) == 3
    )
    model.fit(xp.asarray(planted()))
    assert seen == [0, 1, 5]
    assert model.stopped_.startswith("Stopped on request after 5 iterations")
    assert capsys.readouterr().out.splitlines()[2].startswith("iteration 5, ")


def test_several_starts_keep_the_best(xp):
    model = NMF(4, n_init=3, init="random", random_state=0).fit(xp.asarray(planted()))
    objectives = host(model.objectives_of_starts_)
    assert objectives.shape == (3,)
    assert model.history_[-1].objective == pytest.approx(objectives.min())


def test_settings_of_the_step(xp):
    X = xp.asarray(planted())
    one, many = (
        NMF(4, solver=DeviceGradient(least_steps=n, most_steps=n), random_state=0, max_iter=5, tol=0).fit(X)
        for n in (1, 9)
    )
    assert many.history_[-2].objective < one.history_[-2].objective
    assert clone(NMF(device="cpu")).get_params()["device"] == "cpu"


def refusals(xp):
    X = xp.asarray(planted())
    holed, endless, negative = planted(), planted(), planted()
    holed[3, 2], endless[3, 2], negative[3, 2] = np.nan, np.inf, -1
    whole = xp.asarray(np.ones((4, 3), np.int64))
    return [
        (NMF(2), xp.asarray(holed), ValueError, "Input X contains NaN"),
        (NMF(2), xp.asarray(endless), ValueError, "Input X contains infinity"),
        (NMF(2), xp.asarray(negative), ValueError, r"Negative values in data passed to NMF \(input X\): min -1"),
        (NMF(2), whole, TypeError, "wants X in float32 or float64, got .*int64. Convert it"),
        (NMF(2), X[0, :], ValueError, "Expected 2D array, got 1D array instead"),
        (NMF(2), X[:0, :], ValueError, r"Found array with 0 sample\(s\)"),
        (NMF(2, beta_loss=1, solver="mu"), X, ValueError, "wants beta_loss='frobenius', got 1"),
        (NMF(2, solver="bpp"), X, ValueError, "got 'bpp'. Try solver='auto'"),
        (NMF(2, missing="mask"), X, ValueError, "Try missing='error'"),
        (NMF(2, checkpoint="fit.safetensors"), X, ValueError, "keeps no checkpoint"),
        (NMF(2, resume=True), X, ValueError, "keeps no checkpoint"),
    ]


@pytest.mark.parametrize("index", range(11))
def test_what_a_device_does_not_take_is_refused(xp, index):
    model, X, kind, words = refusals(xp)[index]
    with pytest.raises(kind, match=words):
        model.fit(X)


def test_weights_and_holes_are_refused(xp):
    X = xp.asarray(planted())
    with pytest.raises(ValueError, match="Try missing='error' without entry_weight"):
        NMF(2).fit(X, entry_weight=np.ones((80, 1)))
    with pytest.raises(TypeError, match="fill takes an array of NumPy"):
        NMF(2, random_state=0).fit(X).fill(X)
    with pytest.raises(ValueError, match="has learned 2 components"):
        NMF(2, random_state=0).fit(X).inverse_transform(X)


def test_another_number_of_features_is_refused(xp):
    model = NMF(2, random_state=0).fit(xp.asarray(planted()))
    with pytest.raises(ValueError, match="X has 20 features, but NMF is expecting 50 features"):
        model.transform(xp.asarray(planted()[:, :20]))


def test_the_step_of_a_device_wants_one():
    with pytest.raises(ValueError, match="wants X on a device, got an array of NumPy"):
        NMF(2, solver=DeviceGradient()).fit(planted())


def test_a_device_for_an_array_of_numpy(torch, dtype):
    X = planted(dtype)
    model = NMF(4, device="cpu", random_state=0)
    W = model.fit_transform(X)
    assert isinstance(W, np.ndarray)
    assert isinstance(model.components_, np.ndarray)
    assert W.dtype == model.components_.dtype == dtype
    assert W.flags.c_contiguous
    np.testing.assert_array_equal(W, model.transform(X))
    np.testing.assert_array_equal(W, host(NMF(4, random_state=0).fit_transform(torch.asarray(X))))
    assert model.inverse_transform(W).shape == X.shape
    # lists and integers are widened as ever
    assert NMF(1, device="cpu", random_state=0).fit_transform([[1, 2], [3, 4]]).dtype == np.float64


def test_devices_that_are_not_there_are_refused(torch):
    absent = [device for device in ("cuda:99", "tpu", "meta") if device]
    for device in absent:
        with pytest.raises(
            ValueError, match=f"wants a device that PyTorch can reach here.*got '{device}'.*device=None"
        ):
            NMF(2, device=device).fit(planted())


def test_a_device_for_other_arrays_is_their_own():
    strict = pytest.importorskip("array_api_strict", reason="array-api-strict is not installed")
    with pytest.raises(ValueError, match="moves arrays of NumPy and PyTorch to a device"):
        NMF(2, device="cuda").fit(strict.asarray(planted()))


def test_sparse_tensors_and_matrices_are_refused(torch):
    X = planted()
    with pytest.raises(TypeError, match="takes a dense X on a device, got a sparse one"):
        NMF(2).fit(torch.asarray(X).to_sparse())
    with pytest.raises(TypeError, match="takes a dense X on a device, got a sparse matrix"):
        NMF(2, device="cpu").fit(scipy.sparse.csr_array(X))
    with pytest.raises(TypeError, match="float16"):
        NMF(2).fit(torch.asarray(X).to(torch.float16))
    with pytest.raises(TypeError, match="bfloat16"):
        NMF(2).fit(torch.asarray(X).to(torch.bfloat16))


def test_tensors_with_gradients_and_views_are_taken(torch):
    X = planted()
    wanted = host(NMF(4, random_state=0).fit_transform(torch.asarray(X)))
    tensor = torch.asarray(X).requires_grad_(True)
    W = NMF(4, random_state=0).fit_transform(tensor)
    assert not W.requires_grad
    np.testing.assert_array_equal(host(W), wanted)
    turned = torch.asarray(np.ascontiguousarray(X.T)).T
    np.testing.assert_allclose(host(NMF(4, random_state=0).fit_transform(turned)), wanted, rtol=1e-6, atol=1e-8)
    X.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        NMF(4, random_state=0, device="cpu").fit(X)


def test_tf32_is_off_while_products_run_and_restored(torch):
    products = torch.backends.cuda.matmul
    name = "fp32_precision" if hasattr(products, "fp32_precision") else "allow_tf32"
    before, seen = getattr(products, name), []
    setattr(products, name, "tf32" if name == "fp32_precision" else True)
    try:
        for tf32 in (False, True):
            follow = {"callback": lambda shot: seen.append(getattr(products, name))}
            NMF(2, solver=DeviceGradient(tf32=tf32), max_iter=1, random_state=0, **follow).fit(torch.ones(4, 3))
            assert getattr(products, name) in ("tf32", True)
    finally:
        setattr(products, name, before)
    assert set(seen[:2]) <= {"ieee", False}
    assert set(seen[-2:]) <= {"tf32", True}


def test_without_torch_a_device_is_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "array_api_compat.torch", None)
    with pytest.raises(ImportError, match=r"wants PyTorch and array-api-compat.*Try pip install 'partwise\[gpu\]'"):
        NMF(2, device="cuda").fit(planted())


def test_without_array_api_compat_an_array_is_refused(xp, monkeypatch):
    X = xp.asarray(planted())
    monkeypatch.setitem(sys.modules, "array_api_compat", None)
    with pytest.raises(ImportError, match="by array-api-compat, which is not installed"):
        NMF(2).fit(X)


def test_arrays_of_numpy_load_nothing_of_it():
    code = (
        "import sys, numpy as np\n"
        "from partwise import NMF\n"
        "loaded = {'torch', 'array_api_strict', 'cupy'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
        "assert 'array_api_compat' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_scikit_learns_check_of_dispatch():
    spec = importlib.util.find_spec("array_api_strict")
    if spec is None:
        pytest.skip("array-api-strict is not installed")
    code = (
        "import numpy as np, unittest, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "from sklearn.utils.estimator_checks import check_array_api_input\n"
        "from partwise import NMF\n"
        "for name, device in (('array_api_strict', 'CPU_DEVICE'), ('array_api_strict', 'device1'), ('torch', 'cpu')):\n"
        "    for dtype in ('float64', 'float32'):\n"
        "        try:\n"
        "            check_array_api_input('NMF', NMF(3, random_state=0), name, device, dtype)\n"
        "        except (ImportError, unittest.SkipTest) as error:\n"
        "            assert name == 'torch', error\n"
        "print('done')\n"
    )
    environment = os.environ | {"SCIPY_ARRAY_API": "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.stdout == "done\n", done.stderr


def test_a_step_asks_the_device_for_nothing(torch, dtype):
    """Tensors of the meta device have no entries: whoever asked for one would be refused."""
    settings = {"dtype": getattr(torch, np.dtype(dtype).name), "device": "meta"}
    X = torch.empty(80, 50, **settings)
    with pytest.raises((RuntimeError, NotImplementedError)):
        float(X[0, 0])
    place, solver = Place.of(X), DeviceGradient()
    problem = OnDevice(
        DeviceMatrix(X, place, Sums(0.0, 1.0, 1000.0, 400.0)), DeviceFrobenius(), *[Elastic(0.1, 0.1)] * 2
    )
    state = problem.start(torch.empty(4, 80, **settings), torch.empty(4, 50, **settings))
    for _ in range(3):
        state = solver.step(problem, state)
    assert state.iteration == 3
    with pytest.raises((RuntimeError, NotImplementedError)):
        problem.measure(state)


@pytest.mark.parametrize("value", [np.nan, -1.0, 0.0, 2.0])
def test_cut_at_zero(xp, value):
    found = host(Place.of(xp.asarray([value])).positive(xp.asarray([value])))
    np.testing.assert_array_equal(found, np.maximum([value], 0))
