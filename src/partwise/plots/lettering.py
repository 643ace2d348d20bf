"""Words that fit: names made drawable, and cut to the room they have."""

import math
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from matplotlib import font_manager
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from partwise.plots.style import CAPTION, STYLE

MISSING = "\u25a1"  # an open square: a letter stood here that cannot be drawn
SLACK = 0.95  # of the room for a sentence: a screen rounds the place of each letter, and a page has its own type
SPACE = "\u202f"  # narrow, between a number and its per cent sign


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    """Return all code points that the fonts of the style can draw."""
    files = [font_manager.findfont(FontProperties(family=[name])) for name in STYLE["font.family"]]
    return frozenset(code for file in files for code in font_manager.get_font(file).get_charmap())


@lru_cache(maxsize=8192)
def readable(text: str) -> str:
    """Replace what cannot be drawn (control characters, letters that no font has) by an open square."""
    return "".join(map(_drawable, text))


def _drawable(mark: str) -> str:
    if ord(mark) in _letters() and unicodedata.category(mark)[0] != "C":
        return mark
    return " " if mark.isspace() else MISSING


@lru_cache(maxsize=16384)
def width_of(text: str, size: float = CAPTION, weight: str = "normal") -> float:
    """Return the width of a line of text in inches."""
    font = FontProperties(family=STYLE["font.family"], size=size, weight=weight)
    return text_to_path.get_text_width_height_descent(readable(text), font, ismath=False)[0] / 72


@lru_cache(maxsize=8192)
def fit(text: str, room: float, size: float = CAPTION, weight: str = "normal") -> str:
    """Cut a text in its middle until it is at most ``room`` inches wide; file names differ at both ends."""
    text = readable(text)
    if width_of(text, size, weight) <= room:
        return text
    low, high = 0, len(text) - 1
    while low < high:
        keep = (low + high + 1) // 2
        low, high = (keep, high) if width_of(_cut(text, keep), size, weight) <= room else (low, keep - 1)
    return _cut(text, low)


@lru_cache(maxsize=8192)
def fit_start(text: str, room: float, size: float = CAPTION, weight: str = "normal") -> str:
    """Cut a text at its end, where a word ends if that loses little, until it is at most ``room`` inches wide."""
    text, room = readable(text), SLACK * room
    if width_of(text, size, weight) <= room:
        return text
    low, high = 0, len(text) - 1
    while low < high:
        keep = (low + high + 1) // 2
        low, high = (keep, high) if width_of(text[:keep] + "…", size, weight) <= room else (low, keep - 1)
    words = text[:low].rpartition(" ")[0]
    return (words if len(words) > 0.7 * low else text[:low]).rstrip(" ,.;:…") + "…"


def _cut(text: str, keep: int) -> str:
    front = (keep + 1) // 2
    return text[:front].rstrip() + "…" + (text[len(text) - (keep - front) :] if keep > front else "")


def part_names(names: Sequence[str | None] | None, count: int) -> list[tuple[str, bool]]:
    """Return each part's name and whether it was given; the others are called by their number, from 1."""
    if names is not None and len(names) != count:
        raise ValueError(f"names needs one name a part ({count}), got {len(names)}. Use None for a part without one.")
    given = [None] * count if names is None else [None if name is None else str(name) for name in names]
    return [(name, True) if name else (f"Part {number}", False) for number, name in enumerate(given, 1)]


def percent(share: float, digits: int = 1) -> str:
    """Write a share as a percentage, ``0.1956`` as "19.6 %"; a dash when it is not a number."""
    return f"{100 * share:.{digits}f}{SPACE}%" if math.isfinite(share) else "–"


def weight(number: float) -> str:
    """Write a weight with three digits that matter, the last zero kept, so that weights in a row read alike."""
    return f"{number:#.3g}".rstrip(".") if 1e-3 <= abs(number) < 1e5 else short(number)


def short(number: float) -> str:
    """Write a number with three digits that matter, without a trailing zero."""
    return f"{number:.3g}" if 1e-3 <= abs(number) < 1e5 or number == 0 else f"{number:.2g}"
