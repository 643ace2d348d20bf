"""How an example shows a figure or a sound: on its page, or as a file when it is run as a program."""

import io
import os
import sys
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure


@dataclass(frozen=True)
class Sound:
    """A name and the bytes of an OGG file."""

    name: str
    ogg: bytes


SHOWN: list[Figure | Sound] = []  # what waits for the page that is being built
NUMBERS = count(1)
FIGURES = Path(os.environ.get("PARTWISE_EXAMPLES_FIGURES") or "example-figures")


def show(figure: Figure) -> None:
    """Show a figure; as a program, write it to ``example-figures/`` and say so."""
    if os.environ.get("PARTWISE_EXAMPLES_PAGE"):
        SHOWN.append(figure)
    elif "IPython" in sys.modules and sys.modules["IPython"].get_ipython():
        sys.modules["IPython"].display.display(figure)
    else:
        FIGURES.mkdir(parents=True, exist_ok=True)
        path = FIGURES / f"{Path(sys.argv[0]).stem}-{next(NUMBERS)}.png"
        figure.savefig(path, bbox_inches="tight")
        print(f"figure: {path}")


def listen(name: str, sound: Any, rate: int) -> None:
    """Offer a sound to be heard on its page; as a program, write it to ``example-figures/`` as WAV and say so."""
    import soundfile

    if os.environ.get("PARTWISE_EXAMPLES_PAGE"):
        buffer = io.BytesIO()
        soundfile.write(buffer, sound, rate, format="OGG", subtype="VORBIS")
        SHOWN.append(Sound(name, buffer.getvalue()))
    else:
        FIGURES.mkdir(parents=True, exist_ok=True)
        path = FIGURES / f"{Path(sys.argv[0]).stem}-{next(NUMBERS)}.wav"
        soundfile.write(path, sound, rate)
        print(f"{name}: {path}")
