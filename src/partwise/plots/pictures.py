"""Pictures from rows: the inverse of flattening, the brightness of white, and what is left over."""

from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from partwise.plots.style import ERROR, PARTS

Shape = tuple[int, int] | tuple[int, int, int]


def as_rows(rows: ArrayLike, shape: Shape, who: str) -> NDArray[Any]:
    """Return rows as a 2-D array, without a copy where it is one; raise if a row is no picture of this shape.

    A store of rows on disk, known by its chunks, stays where it is.
    """
    rows = cast("NDArray[Any]", rows if hasattr(rows, "chunks") else np.asarray(rows))
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] != 3):
        raise ValueError(f"{who} needs shape (h, w) or (h, w, 3), got {tuple(shape)}.")
    if rows.ndim != 2 or rows.shape[1] != np.prod(shape):
        raise ValueError(
            f"{who} needs rows of {' x '.join(map(str, shape))} = {np.prod(shape)} values, got an array of shape "
            f"{rows.shape}. Try profiles_gallery for data that are no pictures."
        )
    return rows


def as_picture(row: NDArray[Any], shape: Shape) -> NDArray[np.float32]:
    """Return one row as a picture of this shape, in float32."""
    return np.asarray(row, dtype=np.float32).reshape(shape)


def scale_of(parts: NDArray[Any], cmap: str = PARTS) -> tuple[str, float]:
    """Return the colour map of parts and the lower end of their scale, where its upper end is 1.

    Parts that only add begin at 0, which is black; where some take away (deep semi-NMF), white is 0.
    """
    return (ERROR, -1.0) if bool((parts < 0).any()) else (cmap, 0.0)


def brightest_of(part: NDArray[Any]) -> float:
    """Return the 99.9 % pixel of what a part adds or takes away, or the largest where a part is smaller than that."""
    size = np.abs(part)
    return float(np.quantile(size, 0.999)) or float(size.max(initial=0.0))


def limit_of(parts: NDArray[Any], strength: NDArray[Any]) -> float:
    """Return the end of a scale for parts, each times its strength, (n_components,), to two digits.

    It is the 99.5 % pixel that nine parts in ten stay below, so that one bright part does not put out the others; the
    largest pixel where that is 0, and 1 if all parts are dark.
    """
    size = np.abs(parts)
    bright = np.quantile(size, 0.995, axis=1) * strength
    bright = bright[bright > 0]
    largest = np.quantile(bright, 0.9) if len(bright) else (size.max(axis=1) * strength).max(initial=0.0)
    return float(f"{largest:.2g}") if largest > 0 else 1.0


def white_of(rows: NDArray[Any]) -> float:
    """Return the value shown as white: 1 for data on 0..1, else the largest value (0..255, counts, unit vectors)."""
    largest = float(rows.max(initial=0.0))
    return 1.0 if 0.1 <= largest <= 1.001 or largest <= 0 else largest


def relative_error(row: NDArray[Any], estimate: NDArray[Any]) -> float:
    """Return ``|x - estimate| / |x|``, not a number for an empty picture."""
    length = float(np.linalg.norm(np.asarray(row, dtype=np.float64)))
    return float(np.linalg.norm(np.subtract(row, estimate, dtype=np.float64))) / length if length > 0 else float("nan")


def left_over(row: NDArray[Any], estimate: NDArray[Any], shape: Shape) -> NDArray[np.float32]:
    """Return picture minus estimate, (h, w); the mean over the channels of a colour picture."""
    rest = as_picture(np.subtract(row, estimate, dtype=np.float32), shape)
    return rest if rest.ndim == 2 else rest.mean(axis=2)


def strong_weights(W: NDArray[Any]) -> NDArray[np.float64]:
    """Return for each part the weight (n_components,) of a picture that uses it strongly.

    The 99th percentile; the largest weight where fewer than 1 % of the pictures use the part at all.
    """
    # column by column: all at once would copy W
    strong = np.array([np.percentile(column, 99) for column in W.T], dtype=np.float64)
    return np.where(strong > 0, strong, W.max(axis=0))


def divided(values: NDArray[Any], by: Any) -> NDArray[np.float64]:
    """Divide, with 0 where the divisor is 0."""
    values, by = np.broadcast_arrays(np.asarray(values, dtype=np.float64), np.asarray(by, dtype=np.float64))
    return np.divide(values, by, out=np.zeros(values.shape), where=by > 0)
