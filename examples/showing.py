"""How an example shows a figure: on its page, in a notebook, or as a file when it is run as a program."""

import os
import sys
from itertools import count
from pathlib import Path

from matplotlib.figure import Figure

SHOWN: list[Figure] = []  # what waits for the page that is being built
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
