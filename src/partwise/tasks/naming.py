"""name: parts get names, which are kept in the catalogue and used wherever parts are shown."""

import unicodedata

from partwise.search import Catalogue

LONGEST = 40  # letters


def name_part(catalogue: Catalogue, number: int, text: str) -> str | None:
    """Give a part a name, or take it away with an empty text; return the name as it is kept.

    Parameters
    ----------
    catalogue : Catalogue
    number : int
        Of the part, from 1.
    text : str
        At most 40 letters; control characters become spaces.

    Raises
    ------
    ValueError
        The name is too long, is a number, or another part has it.
    """
    plain = "".join(" " if unicodedata.category(mark)[0] == "C" else mark for mark in text)
    name = " ".join(plain.split())
    if len(name) > LONGEST:
        raise ValueError(f"A part's name has at most {LONGEST} letters, got {len(name)}. Shorten it.")
    if name.isdecimal():
        raise ValueError(f"{name!r} cannot be told from the number of a part. Choose a name with a letter.")
    if any(mark in name for mark in ",:"):
        raise ValueError(f"{name!r} cannot be told from weights of parts. Choose a name without , and :.")
    with catalogue.change("name") as change:
        for one, other in catalogue.part_names().items():
            if one != number and other.casefold() == name.casefold():
                raise ValueError(f"Part {one} is called {other} already. Choose another name.")
        change.name_part(number, name)
    return name or None
