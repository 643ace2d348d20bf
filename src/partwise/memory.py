"""Memory: how much there is, what data may take of it, in which precision they are there, and sizes in words."""

import math
import os
import re
from typing import Any

import numpy as np

UNITS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
SAID = {"GB": 10**9, "MB": 10**6, "kB": 10**3}
SHARE = 0.25  # of memory that data may take: the rest is for factors, products and the program itself


def machine_memory() -> float:
    """Return the bytes of memory of this machine, infinity where the system does not tell."""
    if not hasattr(os, "sysconf"):
        return math.inf
    return float(os.sysconf("SC_PAGE_SIZE")) * os.sysconf("SC_PHYS_PAGES")


def too_large(n_bytes: float, memory: int | str | None = None) -> bool:
    """Say whether data of so many bytes stay on disk: they are more than a quarter of the memory allowed.

    `memory` is what the user allows, a size as in `bytes_of`; None is all that the machine has.
    """
    return n_bytes > SHARE * (machine_memory() if memory is None else bytes_of(memory))


def computed_in(stored: np.dtype[Any]) -> np.dtype[Any]:
    """Return the precision in which stored numbers are computed: float32 where it holds every number of their dtype."""
    return np.dtype(np.float32 if stored.itemsize <= (4 if stored.kind == "f" else 2) else np.float64)


def bytes_of(size: int | str) -> float:
    """Return a size in bytes: a number of them, or a text such as '600MB' or '1.5GiB'.

    Raises
    ------
    ValueError
        If it is no size.
    """
    found = re.fullmatch(r"\s*(\d*\.?\d+)\s*([kmgt]?i?)b?\s*", str(size).lower())
    known = found is not None and found.group(2) in UNITS
    count = float(found.group(1)) * UNITS[found.group(2)] if found is not None and known else math.inf
    if not math.isfinite(count):  # no size, or more digits than a float holds
        raise ValueError(
            f"A size of memory is a number of bytes or a text such as '600MB' or '1.5GB', got {str(size)!r:.60}."
        )
    return count


def said_bytes(count: float) -> str:
    """Return a size as people say it: ``"1.2 GB"``."""
    for unit, size in SAID.items():
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count:.0f} bytes"
