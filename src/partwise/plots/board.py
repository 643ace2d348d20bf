"""A board: one Figure measured in inches from its upper left corner, on which pictures, words and bars are laid out."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.text import Text
from numpy.typing import NDArray

from partwise.plots.lettering import fit, readable, width_of
from partwise.plots.style import ABOUT, CAPTION, INK, INK_2, INK_3, LABEL, PAD, TITLE

CORNER = 0.045  # inches; the page's 6 px on a tile, drawn smaller


class Board:
    """One Axes over the whole Figure in inches, x to the right and y down.

    Placing by hand is exact, needs no layout pass and stays fast with hundreds of pictures.

    Parameters
    ----------
    width, height : float
        Size in inches of what is laid out; the Figure has a little air around it.
    """

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width + 2 * PAD, height + 2 * PAD))
        wide, tall = width + 2 * PAD, height + 2 * PAD
        # only what is laid out, without the air: a page that crops a figure then crops to the same edge each time
        self.axes: Axes = self.figure.add_axes((PAD / wide, PAD / tall, width / wide, height / tall))
        self.axes.set_xlim(0, width)
        self.axes.set_ylim(height, 0)
        self.axes.set_axis_off()

    def picture(
        self, picture: NDArray[Any], box: tuple[float, float, float, float], cmap: str, limits: tuple[float, float]
    ) -> AxesImage:
        """Place a picture, (h, w) by colour map and limits or (h, w, 3) as it is, in a box (x, y, width, height)."""
        x, y, width, height = box
        if picture.ndim == 3:
            picture = np.clip(picture, 0, 1)
        image = self.axes.imshow(
            picture, cmap=cmap, vmin=limits[0], vmax=limits[1], extent=(x, x + width, y + height, y), aspect="auto"
        )
        style = f"round,pad=0,rounding_size={min(CORNER, width / 6, height / 6)}"
        image.set_clip_path(FancyBboxPatch((x, y), width, height, boxstyle=style, transform=self.axes.transData))
        return image

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        room: float | None = None,
        size: float = CAPTION,
        bold: bool = False,
        color: str = INK_2,
        ha: str = "left",
        va: str = "baseline",
    ) -> Text:
        """Write one line, cut to ``room`` inches if given."""
        weight = "bold" if bold else "normal"
        line = readable(text) if room is None else fit(text, room, size, weight)
        return self.axes.text(x, y, line, size=size, weight=weight, color=color, ha=ha, va=va)

    def bar(self, box: tuple[float, float, float, float], color: str) -> None:
        """Fill a rectangle (x, y, width, height); nothing is drawn for an empty one."""
        x, y, width, height = box
        if width > 0 and height > 0:
            self.axes.add_patch(Rectangle((x, y), width, height, color=color, linewidth=0))

    def heading(self, title: str, subtitle: str, room: float) -> float:
        """Write title and subtitle at the upper left; return where the rest may begin.

        Either may be empty: a page that has its own title leaves it out.
        """
        y = 0.0
        if title:
            self.text(0, y + 0.17, title, room=room, size=TITLE, bold=True, color=INK)
            y += 0.28
        for line in filter(None, subtitle.split("\n")):
            words = self.text(0, y + 0.13, line, room=room, size=LABEL)
            words.set_gid(ABOUT)
            words.set_label(line)
            y += 0.19
        return y + 0.1

    def colour_bar(self, right: float, y: float, cmap: str, low: str, high: str, *, length: float = 1.1) -> None:
        """Draw one colour bar that ends at ``right``, its two ends named on either side."""
        ends = right - width_of(high) - 0.08
        self.picture(np.linspace(0, 1, 256)[None, :], (ends - length, y, length, 0.1), cmap, (0, 1))
        self.text(right, y + 0.09, high, color=INK_3, ha="right")
        self.text(ends - length - 0.08, y + 0.09, low, color=INK_3, ha="right")


def bar_room(low: str, high: str, length: float = 1.1) -> float:
    """Return the inches that a colour bar with these ends takes."""
    return width_of(low) + width_of(high) + length + 0.16


def heading_height(title: str, subtitle: str) -> float:
    """Return the inches that `Board.heading` takes."""
    return (0.28 if title else 0.0) + 0.19 * len([line for line in subtitle.split("\n") if line]) + 0.1
