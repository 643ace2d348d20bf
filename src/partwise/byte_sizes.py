"""A size of memory or of a file, in words."""

UNITS = {"GB": 10**9, "MB": 10**6, "kB": 10**3}


def said_bytes(count: float) -> str:
    """Return a size as people say it: ``"1.2 GB"``."""
    for unit, size in UNITS.items():
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count:.0f} bytes"
