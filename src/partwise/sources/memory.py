"""How much memory this machine has, asked before a matrix that cannot fit is made."""

from __future__ import annotations

import math
import os


def machine_memory() -> float:
    """Return the bytes of memory of this machine, infinity where the system does not tell."""
    if not hasattr(os, "sysconf"):
        return math.inf
    return float(os.sysconf("SC_PAGE_SIZE")) * os.sysconf("SC_PHYS_PAGES")
