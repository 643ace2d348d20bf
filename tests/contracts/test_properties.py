"""Random matrices of every kind: no NaN, nothing negative, no rise, no certificate that does not hold, no unit."""

import warnings
from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from partwise import NMF
from partwise.inits import INITS
from partwise.losses import as_loss
from partwise.models.scaling import Scaling
from partwise.solvers import SOLVERS

from .conftest import FORMS, low_rank

QUICK, ALL, BLOCK = 150, 10_000, 500
# 4722: entries of 1 beside 1e9, whose estimates lie below the floor
BROKE_ONCE = [4722]

# two names of one solver are one solver here
DISTINCT = list({kind: name for name, kind in SOLVERS.items()}.values())

# dtype: powers of ten between which the largest entry lies
RANGES = {
    "float64": (-300, 300),
    "float32": (-37, 37),
    "float16": (-4, 4),
    "uint8": (0, 2),
    "int32": (0, 9),
    "int64": (0, 15),
    "bool": (0, 0),
}
DTYPE_SHARES = [0.45, 0.3, 0.05, 0.05, 0.05, 0.05, 0.05]


@dataclass(frozen=True)
class Case:
    """One matrix and how it is fitted."""

    X: object
    plain: np.ndarray  # X as a float array of the dtype in which it is fitted
    settings: dict

    @property
    def beta(self):
        return as_loss(self.settings["beta_loss"]).beta


def entries(rng, m, n):
    """Draw entries between 0 and 1 of one of the kinds that data come in."""
    kind = rng.integers(12)
    X = rng.random((m, n))
    rank = int(rng.integers(1, 5))
    if kind == 0:
        X = np.full((m, n), rng.random())
    elif kind == 1:
        X = np.zeros((m, n))
    elif kind == 2:
        X = X[rng.integers(0, max(1, m // 3), m)]
    elif kind == 3:
        X = X[:, rng.integers(0, max(1, n // 3), n)]
    elif kind == 4:
        X[rng.random(m) < 0.4] = 0
        X[:, rng.random(n) < 0.4] = 0
    elif kind in (5, 6):
        X = rng.gamma(0.5, size=(m, rank)) @ rng.gamma(0.5, size=(rank, n))
    elif kind == 7:
        X = np.eye(m, n)
    elif kind == 8:
        X = np.zeros((m, n))
        X[rng.integers(m), rng.integers(n)] = 1
    elif kind == 9:
        X = X ** rng.integers(1, 40)
    elif kind == 10:
        # rows that differ by many orders of magnitude
        X *= 10.0 ** rng.uniform(-rng.integers(1, 60), 0, (m, 1))
    if rng.random() < 0.3:
        X = X * (rng.random((m, n)) < rng.random())
    return X / X.max() if X.max() > 0 else X


def draw(seed):
    """Draw a case; the same seed gives the same one."""
    rng = np.random.default_rng([20, seed])
    # small shapes as often as large ones: the edges are there
    m, n = (int(np.ceil(60 ** rng.random())) for _ in range(2))
    X = entries(rng, m, n)
    beta = 2.0 if rng.random() < 0.8 else float(rng.choice([1.0, 1.0, 0.0, 0.5, 1.5, 3.0, -0.5]))
    name = str(rng.choice(list(RANGES), p=DTYPE_SHARES))
    low, high = RANGES[name]
    power = rng.uniform(low, high) if rng.random() < 0.5 else np.clip(rng.uniform(-3, 3), low, high)
    with np.errstate(under="ignore"):
        X = X > 0.5 if name == "bool" else (X * 10.0**power).astype(name)
    if beta <= 0:
        X = np.maximum(X, X.max() * np.array(1e-3) if X.max() > 0 else 1).astype(X.dtype)
        X[X == 0] = 1
    plain = X if X.dtype in (np.float32, np.float64) else X.astype(np.float64)
    forms = list(FORMS.values()) if beta > 0 and name != "float16" else list(FORMS.values())[:3]
    X = forms[rng.integers(len(forms))](X)
    k = int(rng.integers(1, 13)) if rng.random() < 0.3 else int(rng.integers(1, min(m, n, 12) + 1))
    inits = list(INITS) if k <= min(m, n) else ["random"]
    solvers = [one for one in DISTINCT if isinstance(as_loss(beta), SOLVERS[one].accepts)]
    settings = {
        "n_components": k,
        "beta_loss": beta,
        "solver": str(rng.choice(solvers)),
        "init": str(rng.choice(inits)),
        "max_iter": int(rng.integers(1, 61)),
        "tol": float(rng.choice([0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-6])),
        "random_state": int(rng.integers(1000)),
        "shuffle": bool(rng.random() < 0.1),
    }
    if rng.random() < 0.15 and abs(power) < 3 and plain.any():
        weight = float(plain.mean()) ** (beta - 1) * 10.0 ** rng.uniform(-4, 0) / 10
        settings |= {"alpha_W": weight, "l1_ratio": float(rng.choice([0.0, 0.5, 1.0]))}
    return Case(X, plain, settings)


def penalties(case):
    """Return the weights (l1, l2) of W and of H; only data whose unit is 1 are penalised here."""
    alpha, ratio = case.settings.get("alpha_W", 0.0), case.settings.get("l1_ratio", 0.0)
    m, n = case.plain.shape
    share = np.array([ratio, 1 - ratio])
    return alpha * n * share, alpha * m * share


def in_unit(case, scaling):
    """Return X as it is fitted, in float64."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return scaling.shrink(case.plain).astype(np.float64)


def certificate(case, W, H):
    """Return the KKT residual of its definition (Lin 2007), in float64."""
    beta = case.beta
    # in the fit's own unit, so that what it treats as 0 is 0 here
    scaling = Scaling.of(case.plain)
    X = in_unit(case, scaling)
    W, H = W.astype(np.float64) / scaling.of_W, H.astype(np.float64) / scaling.of_H
    penalty_W, penalty_H = penalties(case)
    used = W > 0, H > 0
    if not case.settings.get("alpha_W"):
        w, h = np.linalg.norm(W, axis=0), np.linalg.norm(H, axis=1)
        d = np.sqrt(np.divide(h, w, out=np.ones_like(h), where=(w > 0) & (h > 0)))
        W, H = W * d, H / d[:, None]
    if beta == 2:
        plus, minus = (W @ (H @ H.T), (W.T @ W) @ H), (X @ H.T, W.T @ X)
    else:
        floor = np.finfo(np.float32).eps * X.mean() if X.any() else 1.0
        estimate = np.maximum(W @ H, floor)
        pull, push = X * estimate ** (beta - 2), estimate ** (beta - 1)
        plus, minus = (push @ H.T, W.T @ push), (pull @ H.T, W.T @ pull)
    projected = []
    for F, free, up, down, (l1, l2) in zip((W, H), used, plus, minus, (penalty_W, penalty_H), strict=True):
        gradient = up + l1 + l2 * F - down
        projected.append(np.linalg.norm(np.where(free, gradient, np.minimum(gradient, 0))))
    hold = sum(np.linalg.norm(down) for down in minus)
    return sum(projected) / hold if hold > 0 else 0.0


def fitted(case):
    """Fit, and return the model, the codes and the objectives of the loop, in the unit of the fit."""
    seen = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = NMF(**case.settings, callback=lambda shot: seen.append(shot.record.objective) and False)
        W = model.fit_transform(case.X)
        again = model.transform(case.X)
    np.testing.assert_array_equal(W, again, "transform returns other codes")
    return model, W, np.array(seen)


def check(case):
    """Hold one fit to all that is promised of any."""
    model, W, objectives = fitted(case)
    H = model.components_
    single = case.plain.dtype == np.float32
    assert W.dtype == H.dtype == case.plain.dtype
    for F in (W, H):
        assert np.isfinite(F).all(), "not finite"
        assert (F >= 0).all(), "negative"
    assert np.isfinite(model.kkt_residual_)
    assert np.isfinite(objectives).all()
    scaling = Scaling.of(case.plain)
    if abs(np.log10(scaling.unit) * case.beta / 2) < 300:
        assert np.isfinite(model.reconstruction_err_)
    X = in_unit(case, scaling)
    # below the rounding of the terms that it is the sum of, a difference of objectives means nothing
    terms = np.sum(X**case.beta) if case.beta > 0 else X.size
    slack = (1e-5 if single else 1e-10) * abs(objectives[0]) + (1e-6 if single else 1e-14) * terms
    if SOLVERS[case.settings["solver"]].monotone:
        assert (np.diff(objectives) <= slack).all(), f"the objective rose by {np.diff(objectives).max():.2g}"
    if case.beta == 2:
        W_unit, H_unit = W.astype(np.float64) / scaling.of_W, H.astype(np.float64) / scaling.of_H
        final = 0.5 * np.linalg.norm(X - W_unit @ H_unit) ** 2
        for F, (l1, l2) in zip((W_unit, H_unit), penalties(case), strict=True):
            final += l1 * F.sum() + l2 / 2 * np.sum(F**2)
        assert final <= objectives[-1] + slack, (
            f"solving the codes raised the objective by {(final - objectives[-1]) / slack:.2g}"
        )

    own = certificate(case, W, H)
    absolute, relative = (3e-6, 1e-3) if single else (1e-12, 1e-6)
    # an entry that the unit of X makes too small for a float has become 0, where less is asked of it
    if scaling.unit == 1 or own > model.kkt_residual_:
        assert own == pytest.approx(model.kkt_residual_, rel=relative, abs=absolute), "no certificate of these factors"
    assert model.converged_ == (model.kkt_residual_ <= case.settings["tol"])
    if model.converged_:
        assert own <= case.settings["tol"] * (1 + relative) + absolute


def check_all(seeds):
    for seed in seeds:
        case = draw(seed)
        try:
            check(case)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {describe(case)}: {error}") from error


def describe(case):
    return f"{type(case.X).__name__} {case.X.dtype} {case.X.shape} {case.settings}"


@pytest.mark.parametrize("start", range(0, QUICK, 50))
def test_every_fit_keeps_its_promises(start):
    check_all(range(start, start + 50))


@pytest.mark.parametrize("seed", BROKE_ONCE)
def test_what_broke_a_promise_once_keeps_it(seed):
    check_all([seed])


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, ALL, BLOCK))
def test_ten_thousand_fits_keep_their_promises(start):
    check_all(range(start, start + BLOCK))


def relative_errors(X, **settings):
    """Return ||X - W H|| / ||X|| for X in very different units."""
    units = np.array([1.0, 1e-300, 1e-6, 255.0, 1e6, 1e250])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = [NMF(5, random_state=0, **settings).fit(X * unit).reconstruction_err_ for unit in units]
    return np.array(found) / units / np.linalg.norm(X)


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("solver", DISTINCT)
def test_the_relative_error_is_the_same_in_every_unit(solver, init):
    if not isinstance(as_loss(2), SOLVERS[solver].accepts):
        pytest.skip("this solver is not for the Frobenius loss")
    for X in (low_rank(), low_rank(25, 35, noise=0.0, zeros=0.0)):
        for settings in ({}, {"tol": 0, "max_iter": 60}):
            errors = relative_errors(X, solver=solver, init=init, **settings)
            assert np.ptp(errors) <= 1e-8
