"""One file in, one picture of floats in [0, 1] out; whatever is wrong with the file becomes a reason."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader

import numpy as np
from PIL import Image, ImageFile

from .dataset import PictureFile
from .folder import open_safely
from .formats import UnreadableError, first_words, open_picture
from .resizing import fit
from .thumbnails import thumbnail

ORIENTATION = 0x0112  # the EXIF tag that says how the camera was held
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = (5, 6, 7, 8)
EXIF_KEYS = frozenset({"exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp"})


@dataclass(frozen=True)
class Frame:
    """What every picture must become.

    Attributes
    ----------
    size : (height, width)
        In pixels.
    color : {"gray", "rgb"}
        ``gray`` is the luma of ITU-R 601, 0.299 R + 0.587 G + 0.114 B.
    resize : {"crop", "pad", "stretch"}
        How to reach the size, see `fit`.
    """

    size: tuple[int, int]
    color: str
    resize: str

    @property
    def shape(self) -> tuple[int, ...]:
        """(height, width), or (height, width, 3) for rgb."""
        return (*self.size, 3) if self.color == "rgb" else self.size


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture says of itself before it is decoded.

    Attributes
    ----------
    size : (height, width)
        Of the upright picture, in pixels.
    deep : bool
        Whether its values may need more than 8 bits.
    """

    size: tuple[int, int]
    deep: bool


def read_header(path: str, max_pixels: int) -> Header:
    """Return the size and the depth of a picture, from its header alone.

    Raises
    ------
    UnreadableError
        With the reason.
    """
    with _opened(path, max_pixels) as (image, _):
        width, height = image.size
        size = (width, height) if _orientation(image) in SIDEWAYS else (height, width)
        return Header(size, _is_deep(image))


def read_picture(path: str, frame: Frame, max_pixels: int, out: np.ndarray, *, thumbnails: bool = False) -> PictureFile:
    """Decode the first frame of a file into `out`.

    The EXIF rotation is applied. Transparent pixels are laid over black, which adds nothing to a sum of parts.
    16-bit grey keeps its precision; 16-bit colour comes as Pillow gives it, in 8 bits.

    Parameters
    ----------
    path : str
        The file.
    frame : Frame
        The shape to bring the picture to.
    max_pixels : int
        A picture with more pixels is refused before it is decoded.
    out : ndarray of shape frame.shape, float32
        Receives values in [0, 1].
    thumbnails : bool
        Make a small JPEG too, in the picture's own colours.

    Returns
    -------
    PictureFile

    Raises
    ------
    UnreadableError
        With the reason.
    """
    with _opened(path, max_pixels) as (image, file):
        orientation = _orientation(image)
        size = image.size if orientation in SIDEWAYS else image.size[::-1]
        if image.format in ("JPEG", "MPO"):
            _decode_smaller(image, frame.size[::-1] if orientation in SIDEWAYS else frame.size)
        plain = _upright(_plain(image, frame.color), orientation)
        write_floats(fit(plain, frame.size, frame.resize), out)
        small = None
        if thumbnails:
            own = plain if frame.color == "rgb" or _is_grey(image) else _upright(_plain(image, "rgb"), orientation)
            small = thumbnail(own, frame.size, frame.resize)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").digest()
        return PictureFile(path, digest, size, file.tell(), small)


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else image


def _is_deep(image: Image.Image) -> bool:
    return image.mode.startswith("I") or image.mode == "F"


def _is_grey(image: Image.Image) -> bool:
    return image.mode in ("1", "L") or _is_deep(image)


def write_floats(image: Image.Image, out: np.ndarray) -> None:
    """Write a picture of mode L, RGB or F as floats in [0, 1] into `out`, a grey one into all its channels."""
    values = np.asarray(image)
    if out.ndim > values.ndim:
        values = values[:, :, np.newaxis]
    if image.mode == "F":
        np.clip(values, 0, 1, out=out)  # the filter's overshoot
    else:
        np.divide(values, np.float32(255), out=out)


@contextmanager
def _opened(path: str, max_pixels: int) -> Iterator[tuple[ImageFile.ImageFile, BufferedReader]]:
    """Open a picture, and turn every failure from here to the end of the block into a reason."""
    try:
        with open_safely(path) as file:
            image = open_picture(file)
            _check_pixels(image.size, max_pixels)
            yield image, file
    except UnreadableError:
        raise
    except PermissionError:
        raise UnreadableError("permission denied") from None
    except Image.DecompressionBombError:  # a plugin's own check, of a part that the header's size does not show
        raise UnreadableError("has more pixels than Pillow opens") from None
    except MemoryError:
        raise UnreadableError("does not fit in memory") from None
    except Exception as error:  # a damaged file makes Pillow raise almost any kind
        words = first_words(error)
        if "truncated" in words.lower():
            raise UnreadableError(f"truncated after {_bytes(os.path.getsize(path))} ({words})") from error
        raise UnreadableError(f"broken image ({words})") from error


def _check_pixels(size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width * height > max_pixels:
        raise UnreadableError(
            f"{width} x {height} = {_megapixels(width * height)} Mpx "
            f"exceeds the limit of {_megapixels(max_pixels)} Mpx (--max-pixels)"
        )
    if width * height == 0:
        raise UnreadableError(f"has no pixels ({width} x {height})")


def _orientation(image: ImageFile.ImageFile) -> int:
    """Return the EXIF orientation that is still to be applied, 1 for upright."""
    # Pillow turns a TIFF by itself, and a header without any of the keys says nothing
    if image.format == "TIFF" or EXIF_KEYS.isdisjoint(image.info):
        return 1
    try:
        return int(Image.Image.getexif(image).get(ORIENTATION, 1))  # PNG's own getexif would decode the picture
    except Exception:  # damaged EXIF is no reason to lose a good picture
        return 1


def _decode_smaller(image: ImageFile.ImageFile, size: tuple[int, int]) -> None:
    """Let libjpeg decode at 1/2, 1/4 or 1/8, but not below twice the wanted size."""
    height, width = size
    if image.width > 2 * width and image.height > 2 * height:
        image.draft(None, (2 * width, 2 * height))


def _plain(image: Image.Image, color: str) -> Image.Image:
    """Decode to mode L or RGB, or to F in [0, 1] for a grey picture of more than 8 bits."""
    if _is_deep(image):
        return _deep(image)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.new("RGB", layer.size)
        image.paste(layer, mask=layer.getchannel("A"))
    elif image.mode == "P":
        image = image.convert("RGB")
    return image.convert("RGB" if color == "rgb" else "L")


def _deep(image: Image.Image) -> Image.Image:
    values = np.array(image, dtype=np.float32)
    if isinstance(image.info.get("transparency"), int):
        values[values == image.info["transparency"]] = 0
    top = 1 if image.mode == "F" else 65535
    if not (values.min() >= 0 and values.max() <= top):  # written so that NaN fails too
        raise UnreadableError(f"has pixels outside 0..{top}, whose white is unknown (save it with 8 or 16 bits)")
    return Image.fromarray(values / np.float32(top))


def _megapixels(count: int) -> str:
    return f"{count / 1e6:,.0f}" if count >= 10**7 else f"{count / 1e6:.3g}"


def _bytes(count: int) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"
