"""How a number stands before what it counts: 1 file, 2 files, 15,747 pictures."""


def counted(count: int, things: str) -> str:
    """Return a number and what is counted, given in the plural: "49 parts", "1 part"."""
    return f"{count:,} {things.removesuffix('s') if count == 1 else things}"
