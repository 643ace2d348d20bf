"""Where X comes from: pictures, texts, a matrix file, a recording or a sample, all as one Dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .dataset import Dataset, Duplicate, Skipped, SourceError
from .images import ImageSet
from .opening import open_source
from .row_store import RowStore
from .tables import Table, read_table

if TYPE_CHECKING:
    from .audio import read_recording
    from .kinds import kind_of
    from .reading import read_images
    from .recordings import Recording
    from .samples import SAMPLES, load_sample
    from .separation import separate
    from .signals import Signals, make_signals
    from .text import Texts, read_texts
    from .vocabulary import Vocabulary

__all__ = [
    "SAMPLES",
    "Dataset",
    "Duplicate",
    "ImageSet",
    "Recording",
    "RowStore",
    "Signals",
    "Skipped",
    "SourceError",
    "Table",
    "Texts",
    "Vocabulary",
    "kind_of",
    "load_sample",
    "make_signals",
    "open_source",
    "read_images",
    "read_recording",
    "read_table",
    "read_texts",
    "separate",
]

# Pillow and the registry of samples are loaded at the first use, so that a command's help need not wait
_LATER = {
    "Recording": "recordings",
    "SAMPLES": "samples",
    "Signals": "signals",
    "Texts": "text",
    "Vocabulary": "vocabulary",
    "kind_of": "kinds",
    "load_sample": "samples",
    "make_signals": "signals",
    "read_images": "reading",
    "read_recording": "audio",
    "read_texts": "text",
    "separate": "separation",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
