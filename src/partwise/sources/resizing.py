"""One size for all pictures: which size, and how a picture is brought to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PIL import Image

FALLBACK = (64, 64)  # (height, width) when the pictures have no size in common
LARGEST_COMMON = 256 * 256  # a shared size beyond this many pixels is the camera's choice, not the user's


def common_size(sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Choose the size that all pictures get when the user names none.

    The pictures' own size if all share it; else the size that more than half share, if it is at most 65,536 pixels;
    else 64 x 64.

    Parameters
    ----------
    sizes : sequence of (height, width)
        The size of each picture, in pixels.

    Returns
    -------
    (height, width)
    """
    size, count = Counter(sizes).most_common(1)[0]
    if count == len(sizes):
        return size
    if 2 * count > len(sizes) and size[0] * size[1] <= LARGEST_COMMON:
        return size
    return FALLBACK


def fit(image: Image.Image, size: tuple[int, int], resize: str) -> Image.Image:
    """Bring a picture to a size with an antialiasing (Lanczos) filter.

    Parameters
    ----------
    image : Image
        In mode L, RGB or F.
    size : (height, width)
        The size to reach, in pixels.
    resize : {"crop", "pad", "stretch"}
        ``crop`` scales until the size is covered and cuts what stands out evenly on both sides; ``pad`` scales until
        all fits inside and leaves black bars; ``stretch`` ignores the aspect.
    """
    height, width = size
    if image.size == (width, height):
        return image
    if resize == "pad":
        return _pad(image, width, height)
    return _scale(image, width, height, _centre(image, width, height) if resize == "crop" else None)


def _centre(image: Image.Image, width: int, height: int) -> tuple[float, float, float, float]:
    """Return the largest box (left, top, right, bottom) of the wanted aspect in the middle of the picture."""
    scale = min(image.width / width, image.height / height)
    left, top = (image.width - scale * width) / 2, (image.height - scale * height) / 2
    return (left, top, image.width - left, image.height - top)


def _pad(image: Image.Image, width: int, height: int) -> Image.Image:
    scale = min(width / image.width, height / image.height)
    inner = _scale(image, max(1, round(image.width * scale)), max(1, round(image.height * scale)), None)
    canvas = Image.new(image.mode, (width, height))
    canvas.paste(inner, ((width - inner.width) // 2, (height - inner.height) // 2))
    return canvas


def _scale(image: Image.Image, width: int, height: int, box: tuple[float, float, float, float] | None) -> Image.Image:
    # reducing_gap: a cheap box filter goes first when the picture shrinks by much
    return image.resize((width, height), Image.Resampling.LANCZOS, box=box, reducing_gap=3.0)
