"""Random problems with a known number of parts: dense and sparse, of equal and unequal strength, in several noises."""

from dataclasses import dataclass

import numpy as np

KINDS = ("uniform", "sparse", "exponential", "sparse, unequal", "exponential, unequal", "sparse")
NOISES = ("usual", "poisson", "multiplicative", "clipped")
LEAST = 2.0  # strength of the weakest part: in theory a singular vector drowns in white noise at 1
SUPPORT, SUPPORTS = 0.3, (0.06, 0.5)  # share of a sparse part's entries that are not 0; of unequal ones from .. to
STRENGTHS = (1.0, 1 / 3)  # of unequal parts


@dataclass(frozen=True)
class Planted:
    """One problem.

    Parameters
    ----------
    X : ndarray of shape (200 to 400, 150 to 300), float32
    k : int
        Its number of parts, 3 to 15.
    kind, noise : str
    strength : float
        Of the weakest part: the k-th singular value of what was planted, over sd_noise (m n)^(1/4).
    """

    X: np.ndarray
    k: int
    kind: str
    noise: str
    strength: float


def planted(index: int, seed: int, noise: str = "usual") -> Planted:
    """Return a problem; k and kind go round with the index, the rest is drawn.

    The standard deviation of the noise is 5 to 20 % of the root mean square of what is planted. "usual" is Gaussian and
    clipped at 0 for dense problems; for sparse ones gamma, with the mean and, but for a factor, the variance of what is
    planted. "clipped" is Gaussian and clipped for both: where a sparse problem has zeros that lifts them, and adds a
    background, which is a part of its own.
    """
    rng = np.random.default_rng([seed, index, NOISES.index(noise)])
    k, kind = 3 + index % 13, KINDS[index % len(KINDS)]
    while True:
        shape, level = (int(rng.integers(200, 401)), int(rng.integers(150, 301))), rng.uniform(0.05, 0.2)
        S = _parts(shape, k, kind, rng)
        sd = level * np.sqrt(np.mean(S**2))
        strength = float(np.linalg.svd(S, compute_uv=False)[k - 1] / (sd * (shape[0] * shape[1]) ** 0.25))
        if strength >= LEAST:
            return Planted(_noisy(S, sd, level, kind, noise, rng).astype(np.float32), k, kind, noise, strength)


def _parts(shape: tuple[int, int], k: int, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Return what is planted: the sum of k parts."""
    draw = rng.random if kind == "uniform" else lambda size: rng.exponential(size=size)
    W, H = draw((shape[0], k)), draw((k, shape[1]))
    unequal = kind.endswith("unequal")
    if kind.startswith("sparse"):
        support = rng.permutation(np.linspace(*SUPPORTS, k)) if unequal else np.full(k, SUPPORT)
        W *= rng.random(W.shape) < support
        H *= rng.random(H.shape) < support[:, None]
    return (W * (np.linspace(*STRENGTHS, k) if unequal else 1.0)) @ H


def _noisy(S: np.ndarray, sd: float, level: float, kind: str, noise: str, rng: np.random.Generator) -> np.ndarray:
    if noise == "multiplicative":
        return S * rng.gamma(level**-2, level**2, S.shape)
    scale = sd**2 / S.mean()  # of noise whose variance is in proportion to S
    if noise == "poisson":
        return scale * rng.poisson(S / scale)
    if noise == "usual" and kind.startswith("sparse"):
        return np.where(S > 0, rng.gamma(np.maximum(S / scale, 1e-12), scale), 0)
    return np.maximum(S + sd * rng.standard_normal(S.shape), 0)


def spoilt(problem: Planted, how: str, seed: int) -> np.ndarray:
    """Return X with its rows in different units ("rows"), or a few entries thirty times as large ("outliers")."""
    rng = np.random.default_rng([seed, 1])
    if how == "rows":
        return (problem.X * rng.lognormal(0, 1, (len(problem.X), 1))).astype(np.float32)
    return np.where(rng.random(problem.X.shape) < 0.0005, 30 * problem.X, problem.X).astype(np.float32)
