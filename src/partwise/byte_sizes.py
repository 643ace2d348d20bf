"""Sizes of memory and files in words: from "600MB" to bytes, and back."""

import re

DECIMAL = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
BINARY = {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
UNITS = DECIMAL | BINARY


def parse_bytes(size: str | int, what: str = "memory") -> int:
    """Return a size in bytes.

    Parameters
    ----------
    size : str or int
        Bytes, or a text such as ``"600MB"``, ``"1.5 GB"`` or ``"2GiB"``; MB are 10**6 bytes, MiB 2**20.
    what : str
        How the message calls it.

    Raises
    ------
    ValueError
        It is no size of at least one byte.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([A-Za-z]*)\s*", str(size))
    factor = UNITS.get(found[2].upper()) if found else None
    count = round(float(found[1]) * factor) if found and factor else 0
    if isinstance(size, bool) or count < 1:
        raise ValueError(f"{what} wants a size such as 600MB, 1.5GB or 2GiB, got {size!r}.")
    return count


def said_bytes(count: float) -> str:
    """Return a size as people say it: ``"1.2 GB"``."""
    for unit in ("GB", "MB", "kB"):
        size = DECIMAL[unit.upper()]
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count:.0f} bytes"
