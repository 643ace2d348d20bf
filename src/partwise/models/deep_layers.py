"""The layers that a deep model is asked for or given, checked at the door, and what a fit of them is warned of."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from partwise.models.deep_fitting import DeepFit
from partwise.models.validation import check_entries
from partwise.models.warning import warn
from partwise.stopping import Reason


def check_layers(layers: Any, whom: str) -> tuple[int, ...]:
    """Return the number of parts of every layer, or raise ValueError with the remedy."""
    wants = f"{whom} wants layers, the number of parts of each, the finest first, as in (100, 49, 10)"
    sizes = list(layers)
    if not sizes or not all(isinstance(size, Integral) and not isinstance(size, bool) for size in sizes):
        raise ValueError(f"{wants}; got {layers!r:.60}. Give a sequence of integers.")
    if min(sizes) < 1:
        raise ValueError(f"{wants}; got {min(sizes)} in {layers!r:.60}. Each layer needs 1 part at least.")
    for above, below in zip(sizes[1:], sizes, strict=False):
        if above >= below:
            raise ValueError(
                f"{wants}; got {above} after {below} in {layers!r:.60}. "
                "A layer sums up the one before: make each smaller than that."
            )
    return tuple(int(size) for size in sizes)


def warn_of_width(sizes: Sequence[int], shape: tuple[int, int]) -> None:
    """Warn where the first layer has more parts than the rank of X can be."""
    if sizes[0] > min(shape):
        warn(
            f"The first layer has {sizes[0]} parts, X {shape[0]} samples x {shape[1]} features: "
            "parts beyond the smaller of them explain nothing more. Ask for fewer.",
            UserWarning,
        )


def adopted(H: Any, sizes: Sequence[int], whom: str, *, signed: bool) -> tuple[np.ndarray, ...]:
    """Return given layers as arrays of one dtype, or raise ValueError."""
    if isinstance(H, np.ndarray) and H.ndim != 3:
        H = [H]
    layers = [np.array(one, order="C") for one in H]
    if not all(one.ndim == 2 for one in layers) or len(layers) != len(sizes):
        raise ValueError(
            f"{whom} should be {len(sizes)} layers, 2D arrays, H_1 first; got {[one.shape for one in layers]}. "
            "Give what layer_factors_ has."
        )
    dtype = np.float32 if all(one.dtype == np.float32 for one in layers) else np.float64
    below = layers[0].shape[1]
    for place, size in enumerate(sizes):
        if layers[place].shape != (size, below):
            raise ValueError(
                f"Layer {place + 1} passed to {whom} should have shape {(size, below)}, got {layers[place].shape}. "
                "Give what layer_factors_ has."
            )
        layers[place] = layers[place].astype(dtype, copy=False)
        check_entries(layers[place], f"{whom}, layer {place + 1}", signed=signed)
        below = size
    return tuple(layers)


def warn_of_deep_outcome(fitted: DeepFit, n_dead: int, tol: float) -> None:
    """Warn where a refinement ended at its limit, was undone, or with parts that do nothing."""
    n_parts = len(fitted.state.W)
    if 0 < n_dead < n_parts:
        warn(
            f"{n_dead} of {n_parts} parts of the deepest layer are empty (n_dead_components_={n_dead}). "
            "X may have a lower rank; ask for fewer.",
            UserWarning,
        )
    n_iter = fitted.history[-1].iteration
    if fitted.reason is Reason.ITERATION_LIMIT and tol > 0:
        warn(
            f"Maximum number of iterations {n_iter} reached. Increase it to improve convergence. "
            f"(KKT residual {fitted.residual:.1e} > tol {tol:.2g})",
            ConvergenceWarning,
        )
    if fitted.reason is Reason.GREEDY_KEPT:
        warn(fitted.reason.sentence(n_iter, fitted.residual, tol), UserWarning)
