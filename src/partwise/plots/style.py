"""How figures look: the page's inks, its type, its colour maps, and a context that leaks nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib.style
from matplotlib import font_manager

# the light values of the page's tokens; a report swaps them for the custom properties of the same name
INK, INK_2, INK_3 = "#1d1b18", "#524d46", "#6a645b"
LINE, EDGE, SUNK, PAPER = "#e2ded7", "#87817a", "#f1efeb", "#ffffff"
ACCENT, ACCENT_SOFT, WARN, BAD = "#0b6a66", "#dcecea", "#7c5200", "#a3262b"

PARTS, PARTS_GREY = "magma", "gray"  # zero is black: it adds nothing
ERROR = "RdBu_r"  # white at 0; red is still missing, blue is too much
HEAT = "viridis"
PICTURE = "gray"
ERROR_LIMIT = 0.6  # of white; the same in every picture, so that maps can be compared

TITLE, LABEL, CAPTION = 12.0, 9.5, 8.5  # type sizes in points; three are enough
WIDTH = 10.5  # inches; 1008 pixels on a page
ABOUT = "about"  # gid of the line under a title, its whole text as label: a page sets it as its own text
PAD = 0.12  # inches of air around a figure, so that nothing touches its edge

_WANTED = ("Segoe UI", "Helvetica Neue", "Roboto", "Noto Sans", "Liberation Sans", "Arial")


def _families() -> list[str]:
    """Return the first wanted family that is installed, then Matplotlib's own, which knows more letters."""
    installed = set(font_manager.fontManager.get_font_names())
    return [*[name for name in _WANTED if name in installed][:1], "DejaVu Sans"]


#: Settings for Matplotlib, as one dictionary for `matplotlib.rc_context` or `matplotlib.style.use`.
STYLE: dict[str, Any] = {
    # families are named, not "sans-serif": text looks the same when it is drawn after the context has ended
    "font.family": _families(),
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.labelsize": LABEL,
    "xtick.labelsize": CAPTION,
    "ytick.labelsize": CAPTION,
    "figure.facecolor": PAPER,
    "axes.facecolor": "none",
    "savefig.dpi": 200,
    "savefig.bbox": "tight",
    "text.color": INK,
    "axes.titlecolor": INK,
    "axes.labelcolor": INK_2,
    "xtick.color": INK_2,
    "ytick.color": INK_2,
    "axes.edgecolor": EDGE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "axes.axisbelow": True,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "lines.linewidth": 2,
    "lines.markersize": 5.5,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "axes.prop_cycle": f"cycler('color', ['{ACCENT}', '{INK_2}', '#b5367a', '{WARN}'])"
    " + cycler('linestyle', ['-', '--', ':', '-.'])",
    "image.cmap": PARTS,
    "image.interpolation": "auto",
    "image.composite_image": False,
    "text.parse_math": False,  # a file may be called "$x_1$.png"
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw in partwise's style inside the ``with`` block; the user's ``rcParams`` come back after it.

    Inside, nothing of the user's own style is seen: a figure looks the same on every machine with the same fonts.

    Examples
    --------
    >>> import matplotlib
    >>> before = matplotlib.rcParams["axes.grid"]
    >>> with styled():
    ...     matplotlib.rcParams["axes.grid"]
    True
    >>> matplotlib.rcParams["axes.grid"] == before
    True
    """
    with matplotlib.style.context(["default", STYLE]):
        yield
