"""How much memory a fit may take, and what that leaves for blocks and samples."""

import os
import re
from dataclasses import dataclass

UNITS = {
    "": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "tb": 10**12,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
    "tib": 2**40,
}
SHARE = 0.25  # of the machine's memory: what is larger on disk is not read as a whole
PROGRAM = 260e6  # bytes that Python and its libraries take; not measured, so that the same size gives the same blocks
LEAST = 64e6  # bytes beside the program: less holds no block worth a product
BLOCK = (1 << 20, 16 << 20)  # bytes of a block
SAMPLE = 64 << 20  # bytes of the sample that a fit begins with


@dataclass(frozen=True)
class WorkingMemory:
    """What a fit from disk may hold at once.

    Parameters
    ----------
    bytes : float
        Beside the program itself.
    """

    bytes: float

    @classmethod
    def of(cls, memory: int | str | None, whom: str) -> "WorkingMemory":
        """Take what the user allows the program and this fit; None is a quarter of the machine's memory.

        Raises
        ------
        ValueError
            If that is no size, or too little to work with.
        """
        if memory is None:
            return cls(max(LEAST, SHARE * _physical()))
        left = bytes_of(memory) - PROGRAM
        if left < LEAST:
            raise ValueError(
                f"{whom} wants memory of at least {(PROGRAM + LEAST) / 1e6:.0f}MB (the program itself takes "
                f"{PROGRAM / 1e6:.0f}MB), got {memory!r}. Allow it more."
            )
        return cls(left)

    @property
    def block(self) -> int:
        """Bytes of a block of rows."""
        return int(min(max(BLOCK[0], self.bytes / 16), BLOCK[1]))

    @property
    def sample(self) -> int:
        """Bytes of a sample of rows."""
        return int(min(self.bytes / 4, SAMPLE))


def bytes_of(size: int | str) -> float:
    """Return a size in bytes: a number of them, or a text such as '600MB' or '1.5GiB'.

    Raises
    ------
    ValueError
        If it is no size.
    """
    if isinstance(size, (int, float)) and not isinstance(size, bool):
        return float(size)
    found = re.fullmatch(r"\s*([0-9]*\.?[0-9]+)\s*([kmgt]?i?b?)\s*", str(size).lower())
    unit = found.group(2) if found else None
    if unit is not None and unit not in UNITS:
        unit = f"{unit}b"
    if found is None or unit not in UNITS:
        raise ValueError(f"A size of memory is a number of bytes or a text such as '600MB' or '1.5GB', got {size!r}.")
    return float(found.group(1)) * UNITS[unit]


def larger_than_memory(n_bytes: int, memory: int | str | None) -> bool:
    """Say whether data on disk are so large that they are not read as a whole."""
    return n_bytes > SHARE * (_physical() if memory is None else bytes_of(memory))


def _physical() -> float:
    """Return the bytes of memory of the machine."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return 4e9
