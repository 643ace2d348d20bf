"""Small pictures to be shown: cut as the model sees them, in their own colours, encoded anew as JPEG."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from .resizing import fit

LONGEST = 128  # pixels; sharp at twice the size at which grids show them
QUALITY = 87


def thumbnail(image: Image.Image, size: tuple[int, int], resize: str) -> bytes:
    """Return a picture as a small JPEG of the proportions of a frame; it is not enlarged beyond the frame.

    Parameters
    ----------
    image : Image
        Upright, in mode L, RGB or F (in [0, 1]).
    size : (height, width)
        The frame that the model sees, in pixels.
    resize : {"crop", "pad", "stretch"}
        See `fit`.
    """
    height, width = size
    larger = max(1.0, min(image.height / height, image.width / width))
    scale = min(larger, LONGEST / max(size))
    small = fit(image, (max(1, round(height * scale)), max(1, round(width * scale))), resize)
    if small.mode == "F":
        small = Image.fromarray(_bytes(np.asarray(small)))
    return _jpeg(small)


def thumbnail_of_values(picture: np.ndarray) -> bytes:
    """Return an array of values in [0, 1], (height, width) or (height, width, 3), as a small JPEG."""
    image = Image.fromarray(_bytes(picture))
    image.thumbnail((LONGEST, LONGEST))
    return _jpeg(image)


def png_of_values(picture: np.ndarray) -> bytes:
    """Return an array of values in [0, 1], (height, width) or (height, width, 3), as a PNG of its own size."""
    buffer = io.BytesIO()
    Image.fromarray(_bytes(picture)).save(buffer, "PNG")
    return buffer.getvalue()


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    # no subsampling: at this size it shows
    image.save(buffer, "JPEG", quality=QUALITY, subsampling=0)
    return buffer.getvalue()
