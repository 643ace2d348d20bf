"""The gallery: which examples can be run here, and how their figures come onto their pages."""

import base64
import re
from pathlib import Path
from typing import Any

import example_data
import showing
from matplotlib.figure import Figure
from matplotlib.text import Text

NEEDED = re.compile(r"example_data\.load\(\"([\w -]+)\"\)")
PICTURE = """
.. image:: /{path}
   :class: sphx-glr-single-img
   :target: ../_images/{name}
   :alt: {alt}

"""
PLAYER = """
.. raw:: html

   <figure class="sound"><figcaption>{name}</figcaption>
   <audio controls src="data:audio/ogg;base64,{data}"></audio></figure>

"""
RESOLUTION = 110  # pixels an inch; a figure is 10.5 inches wide and is shown at two thirds of that


def runnable(examples: Path) -> str:
    """Return a pattern of the examples whose data are here; the others are shown without figures."""
    names = [path.name for path in sorted(examples.glob("plot_*.py")) if not missing(path)]
    return "|".join(map(re.escape, names)) or "none of them"


def missing(example: Path) -> list[str]:
    """Return the names of the data that an example needs and that are not here."""
    return [name for name in NEEDED.findall(example.read_text(encoding="utf-8")) if not example_data.there(name)]


def shown_figures(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any], **_: Any) -> str:
    """Save what a block has shown; return it in reStructuredText, each figure a link to itself in full size."""
    text = ""
    while showing.SHOWN:
        shown = showing.SHOWN.pop(0)
        if isinstance(shown, showing.Sound):
            text += PLAYER.format(name=shown.name, data=base64.b64encode(shown.ogg).decode())
            continue
        path = Path(next(block_vars["image_path_iterator"]))
        shown.savefig(path, dpi=RESOLUTION, bbox_inches="tight", metadata={"Software": None})
        place = path.relative_to(gallery_conf["src_dir"]).as_posix()
        text += PICTURE.format(path=place, name=path.name, alt=_heading(shown))
    return text


def _heading(figure: Figure) -> str:
    """Return what a figure says in bold first, for those who cannot see it."""
    bold = [text.get_text() for text in figure.findobj(Text) if text.get_fontweight() in ("bold", 700)]
    return " ".join(next(filter(str.strip, bold), "figure").split())
