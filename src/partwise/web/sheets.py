"""Thumbnail sheets: 256 small pictures in one JPEG, so that a grid of thousands needs few requests."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

CELL, PER_ROW, PER_SHEET = 64, 16, 256  # pixels of a cell, cells a row, pictures a sheet
PAPER = 233  # grey of a cell without a picture
QUALITY = 82


@dataclass(frozen=True)
class Tile:
    """How large a picture stands in its cell.

    Parameters
    ----------
    width, height : int
        In pixels.
    """

    width: int
    height: int

    @classmethod
    def of(cls, shape: Sequence[int]) -> "Tile":
        """Fit the shape of a picture, (height, width, ...), into a cell; small ones are not enlarged."""
        scale = min(1.0, CELL / max(shape[:2]))
        return cls(max(1, round(shape[1] * scale)), max(1, round(shape[0] * scale)))

    def told(self, n_pictures: int) -> dict[str, int]:
        """Return what a page must know to find a picture on a sheet."""
        return {
            "cell": CELL,
            "width": self.width,
            "height": self.height,
            "per_row": PER_ROW,
            "per_sheet": PER_SHEET,
            "sheets": -(-n_pictures // PER_SHEET),
        }


def sheet(thumbnails: Sequence[bytes | None], tile: Tile) -> bytes:
    """Return a JPEG with thumbnails in cells, in their order; a cell stays plain where there is none.

    Parameters
    ----------
    thumbnails : sequence of bytes or None
        JPEGs, at most 256.
    tile : Tile
    """
    rows = -(-len(thumbnails) // PER_ROW)
    whole = Image.new("RGB", (PER_ROW * CELL, max(1, rows) * CELL), (PAPER,) * 3)
    for place, picture in enumerate(thumbnails):
        if picture is None:
            continue
        with Image.open(io.BytesIO(picture), formats=["JPEG"]) as image:
            image.draft("RGB", (tile.width, tile.height))
            small = image.convert("RGB")
        if small.size != (tile.width, tile.height):
            small = small.resize((tile.width, tile.height), Image.Resampling.BOX, reducing_gap=2)
        whole.paste(small, (place % PER_ROW * CELL, place // PER_ROW * CELL))
    buffer = io.BytesIO()
    whole.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()
