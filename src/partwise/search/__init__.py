"""The catalogue of a run on disk, nearest and farthest codes, and why two samples are alike."""

from typing import TYPE_CHECKING, Any

from partwise.search.catalogue import Catalogue
from partwise.search.change import Change
from partwise.search.code_index import CodeIndex
from partwise.search.entries import Entries, Entry, NewEntry
from partwise.search.faults import BusyError
from partwise.search.groups import Group, near_duplicates
from partwise.search.measures import MEASURES, Found
from partwise.search.why import Explanation, contributions, explained

if TYPE_CHECKING:
    from partwise.search.stored_codes import StoredCodes

__all__ = [
    "MEASURES",
    "BusyError",
    "Catalogue",
    "Change",
    "CodeIndex",
    "Entries",
    "Entry",
    "Explanation",
    "Found",
    "Group",
    "NewEntry",
    "StoredCodes",
    "contributions",
    "explained",
    "near_duplicates",
]


def __getattr__(name: str) -> Any:
    if name == "StoredCodes":  # its loops are compiled, and most questions to a run do without
        from partwise.search.stored_codes import StoredCodes

        return StoredCodes
    raise AttributeError(f"module 'partwise.search' has no attribute {name!r}")
