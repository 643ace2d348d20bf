"""How a number stands before what it counts (1 file, 2 files, 15,747 pictures), and how exactly one is written."""

import math


def counted(count: int, things: str) -> str:
    """Return a number and what is counted, given in the plural: "49 parts", "1 part"."""
    return f"{count:,} {things.removesuffix('s') if count == 1 else things}"


def decimals(step: float, least: int = 2, most: int = 6) -> int:
    """Return with how many decimals a percentage is written so that shares which differ by this step look different."""
    return min(max(math.ceil(-math.log10(100 * step)), least), most) if step > 0 else least
