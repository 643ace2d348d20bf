"""partwise: learn the parts of anything non-negative.

`NMF`, `MiniBatchNMF` and `non_negative_factorization` take the place of scikit-learn's; `compare` runs several
solvers side by side; `rank_report` says how many parts there are; `load_run` opens what the command line wrote, and a
`Finder` searches it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# loaded when first asked for: scikit-learn and numba take seconds, and `partwise --help` needs neither
_HOMES = {
    "DeepNMF": "partwise.models",
    "Finder": "partwise.tasks.finder",
    "NMF": "partwise.models",
    "MiniBatchNMF": "partwise.models",
    "OPNMF": "partwise.models",
    "non_negative_factorization": "partwise.models",
    "choose_n_components": "partwise.ranks",
    "compare": "partwise.comparison",
    "consensus": "partwise.ranks",
    "load_run": "partwise.runs",
    "open_source": "partwise.sources",
    "rank_report": "partwise.ranks",
}

__all__ = [
    "NMF",
    "OPNMF",
    "DeepNMF",
    "Finder",
    "MiniBatchNMF",
    "__version__",
    "choose_n_components",
    "compare",
    "consensus",
    "load_run",
    "non_negative_factorization",
    "open_source",
    "rank_report",
]

if TYPE_CHECKING:
    from partwise.comparison import compare
    from partwise.models import NMF, OPNMF, DeepNMF, MiniBatchNMF, non_negative_factorization
    from partwise.ranks import choose_n_components, consensus, rank_report
    from partwise.runs import load_run
    from partwise.sources import open_source
    from partwise.tasks.finder import Finder


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'partwise' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
