"""The catalogue of a run on disk, nearest and farthest codes, and why two samples are alike."""

from partwise.search.catalogue import Catalogue
from partwise.search.change import Change
from partwise.search.code_index import CodeIndex
from partwise.search.entries import Entries, Entry, NewEntry
from partwise.search.faults import BusyError
from partwise.search.groups import Group, near_duplicates
from partwise.search.measures import MEASURES, Found
from partwise.search.stored_codes import StoredCodes
from partwise.search.why import Explanation, contributions, explained

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
