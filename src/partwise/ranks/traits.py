"""What a fit tells beside its error: how evenly its parts are spread, and whether noise grows with the signal."""

import numpy as np

BINS = 10  # groups of entries, by size


def evenness(W: np.ndarray, H: np.ndarray) -> np.ndarray:
    """Return over which share of the samples and features each part is spread evenly, (n_components, 2).

    ``(sum f)^2 / (n sum f^2)``: 1 for a part that is the same everywhere, near 0 for one that is nearly nowhere.
    """
    shares = []
    for F in (W, H):
        wide = F.astype(np.float64)
        squares = F.shape[1] * np.einsum("ji,ji->j", wide, wide)
        shares.append(np.divide(wide.sum(axis=1) ** 2, squares, out=np.zeros(len(F)), where=squares > 0))
    return np.stack(shares, axis=1)


def growth_of_noise(x: np.ndarray, y: np.ndarray) -> float:
    """Return the power of the signal with which the variance of the noise grows; not a number where it cannot be told.

    Of entries x with estimates y in ten groups by y, the slope of ``log mean (x - y)^2`` over ``log mean y``: 0 for
    noise that is the same everywhere, 1 for counts, 2 for noise in proportion.
    """
    x, y = x.astype(np.float64)[y > 0], y.astype(np.float64)[y > 0]
    if len(y) < 10 * BINS:
        return float("nan")
    groups = np.array_split(np.argsort(y, kind="stable"), BINS)
    level = np.array([y[group].mean() for group in groups])
    noise = np.array([np.mean((x[group] - y[group]) ** 2) for group in groups])
    if not noise.min() > 0 or not level[-1] > 1.5 * level[0]:
        return float("nan")
    return float(np.polyfit(np.log(level), np.log(noise), 1)[0])
