"""A Figure as SVG that lives inside a page: its inks follow the theme, its ids are its own, its pictures stay sharp."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from xml.etree import ElementTree

import matplotlib
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from partwise.plots import style

#: Inks of the figures and the page's custom properties of the same meaning.
TOKENS = {
    style.INK: "--ink",
    style.INK_2: "--ink-2",
    style.INK_3: "--ink-3",
    style.LINE: "--line",
    style.EDGE: "--edge",
    style.SUNK: "--sunk",
    style.ACCENT: "--accent",
    style.ACCENT_SOFT: "--accent-soft",
    style.WARN: "--warn",
    style.BAD: "--bad",
}
PIXELS = 96 / 72  # CSS pixels in a point
LARGE = 3  # CSS pixels; from here on a pixel of a picture is a square to be seen
BOLD = ("bold", "700")
_HEX = re.compile("|".join(TOKENS))
_FONT = re.compile(r"font: (?:(?P<weight>\d+|bold) )?(?P<size>[\d.]+)px .+")
_MATRIX = re.compile(r"matrix\(([\d.eE+-]+)")
_LINK = re.compile(r"url\(#([^)]+)\)")


class Inlined(NamedTuple):
    """A figure as a page has it; it weighs a hundredth of the Figure, which keeps the pixels that it was drawn with."""

    svg: str
    width: float
    about: str


def inlined(figure: Figure, key: str) -> Inlined:
    """Return a figure as a page has it, with the key that it has there."""
    return Inlined(*inline_svg(figure, key), about(figure))


def inline_svg(figure: Figure, key: str) -> tuple[str, float]:
    """Return a Figure as an ``<svg>`` element and its natural width in CSS pixels.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Left as it was.
    key : str
        Put before the number that every id becomes, so that two figures on one page never share one.

    Returns
    -------
    svg : str
        Markup without declaration, namespaces or style element, and without the line that `about` returns.
    width : float
    """
    root = ElementTree.fromstring(_drawn(figure, key))
    width = float(root.get("width", "0").removesuffix("pt")) * PIXELS
    # numbered, because Matplotlib makes some of its ids from addresses in memory
    ids = {old: f"{key}.{number}" for number, old in enumerate(filter(None, (one.get("id") for one in root.iter())))}
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = {
            name.rpartition("}")[2]: _kept(name, value, ids) for name, value in element.attrib.items() if value
        }
        _drop(element)
        if element.tag == "image":
            _sharpen(element)
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("aria-hidden", "true")
    return ElementTree.tostring(root, encoding="unicode"), width


def about(figure: Figure) -> str:
    """Return the line under a figure's title as a sentence, for a page on which it can wrap; "" if it has none."""
    line = " ".join(str(text.get_label()) for text in _lines(figure))
    return f"{line[0].upper()}{line[1:]}." if line else ""


def _drawn(figure: Figure, key: str) -> str:
    """Let Matplotlib write the SVG, every picture embedded with the pixels it has."""
    buffer = io.StringIO()
    with (
        _prepared(figure),
        style.styled(),
        matplotlib.rc_context({"svg.hashsalt": key, "savefig.bbox": "tight", "savefig.pad_inches": 0.02}),
    ):
        figure.savefig(
            buffer,
            format="svg",
            transparent=True,
            dpi=200,
            metadata={"Date": None, "Creator": None},
            bbox_inches=_bounds(figure),
        )
    return buffer.getvalue()


@contextmanager
def _prepared(figure: Figure) -> Iterator[None]:
    """Hide the line that the page sets itself and keep pictures as they are; put both back after the block."""
    images = {image: image.get_interpolation() for image in figure.findobj(AxesImage)}
    lines = _lines(figure)
    try:
        for image in images:
            image.set_interpolation("none")
        for line in lines:
            line.set_visible(False)
        yield
    finally:
        for image, interpolation in images.items():
            image.set_interpolation(interpolation)
        for line in lines:
            line.set_visible(True)


def _bounds(figure: Figure) -> Bbox | None:
    """Return what to keep, in inches: no room for a line that is hidden and stood alone; None for all that is drawn."""
    hidden = _lines(figure)
    if not hidden or any(axes.axison for axes in figure.axes):
        return None
    seen = [one for axes in figure.axes for one in (*axes.texts, *axes.images, *axes.patches) if one.get_visible()]
    around = figure.get_tightbbox()
    top = max((one.get_window_extent().y1 for one in seen), default=around.y1) / figure.dpi
    return Bbox.from_extents(around.x0, around.y0, around.x1, min(around.y1, top)).padded(0.02)


def _lines(figure: Figure) -> list[Text]:
    return [text for text in figure.findobj(Text) if text.get_gid() == style.ABOUT]


def _drop(element: ElementTree.Element) -> None:
    """Remove metadata, which no reader sees, and the style element, which would rule the whole page."""
    for child in list(element):
        tag = child.tag.rpartition("}")[2]
        if tag == "metadata":
            element.remove(child)
        elif tag == "defs":
            for rule in [inner for inner in child if inner.tag.rpartition("}")[2] == "style"]:
                child.remove(rule)


def _kept(name: str, value: str, ids: dict[str, str]) -> str:
    """Return one attribute as the page needs it."""
    name = name.rpartition("}")[2]
    if name == "id":
        return ids[value]
    if name == "href" and value.startswith("#"):
        return f"#{ids[value[1:]]}"
    value = _LINK.sub(lambda match: f"url(#{ids[match[1]]})", value)
    if name != "style":
        return value
    return "; ".join(filter(None, (_declaration(part.strip()) for part in value.split(";"))))


def _declaration(text: str) -> str:
    """Return one declaration of a style with the page's inks, and the page's type in place of this machine's."""
    name, _, value = text.partition(":")
    if name == "font-family" or name == "image-rendering":
        return ""
    if name == "font":
        return _FONT.sub(_font, text)
    if name == "font-weight" and value.strip() in BOLD:
        return "font-weight: 620"
    return _HEX.sub(lambda match: f"var({TOKENS[match[0]]})", text)


def _font(match: re.Match[str]) -> str:
    """Take size and weight out of the shorthand."""
    return f"font-size: {match['size']}px; font-weight: {620 if match['weight'] in BOLD else 400}"


def _sharpen(element: ElementTree.Element) -> None:
    """Show pixels as squares where they are large; smooth pictures whose pixels are about those of a screen."""
    scale = _MATRIX.match(element.get("transform", ""))
    if scale and float(scale[1]) * PIXELS >= LARGE and element.get("height") != "1":
        element.set("class", "pixels")
