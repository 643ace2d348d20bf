"""How numbers are written (1 file, 15,747 pictures, 1.8e-3; 0.93 is firm), and in which order names with them stand."""

import math
import re
from collections.abc import Iterable, Sequence

NUMBER = re.compile("[0-9]+")
ENDS, GOES_ON, A_NUMBER = "\x00", "\x01", "\x02"  # below every letter of a name, in this order
FIRM, FAIR = 0.85, 0.65  # mean matched cosine above which a part that comes back is called so


def counted(count: int, things: str) -> str:
    """Return a number and what is counted, given in the plural: "49 parts", "1 part"."""
    return f"{count:,} {things.removesuffix('s') if count == 1 else things}"


def decimals(step: float, least: int = 2, most: int = 6) -> int:
    """Return with how many decimals a percentage is written so that shares which differ by this step look different."""
    return min(max(math.ceil(-math.log10(100 * step)), least), most) if step > 0 else least


def power(value: float) -> str:
    """Write 0.0018 as "1.8e-3"; a dash when it was not measured."""
    if not math.isfinite(value):
        return "–"
    digits, exponent = f"{value:.1e}".split("e")
    return f"{digits.removesuffix('.0')}e{int(exponent)}" if value else "0"


def sureness(cosine: float) -> str:
    """Say how surely a part comes back: firm above 0.85, fair above 0.65, else shaky (limits set by eye)."""
    if math.isnan(cosine):
        return "not known"
    return "firm" if cosine > FIRM else "fair" if cosine > FAIR else "shaky"


def listed(things: Iterable[object]) -> str:
    """Write one thing or more as "2", "2 and 3", "2, 3 and 7"."""
    *first, last = map(str, things)
    return f"{', '.join(first)} and {last}" if first else last


def shares(words: Sequence[str]) -> str:
    """Say how many parts are firm, fair and shaky: "3 firm, 1 shaky"."""
    return ", ".join(f"{words.count(word)} {word}" for word in ("firm", "fair", "shaky") if word in words)


def natural_key(name: str) -> str:
    """Return a sort key that puts ``2.jpg`` before ``10.jpg`` and keeps folders together.

    One text: a tuple of pieces, which would compare alike, weighs four times as much, and a folder may have millions.
    """
    # what ends comes before a folder that goes on, that before a number, that before more letters
    return f"{NUMBER.sub(_by_length, name.casefold()).replace('/', GOES_ON)}{ENDS}{name}"


def _by_length(digits: re.Match[str]) -> str:
    plain = digits[0].lstrip("0")
    return f"{A_NUMBER}{chr(len(plain))}{plain}"
