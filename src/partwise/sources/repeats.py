"""Which pictures repeat an earlier one byte by byte, found while they come in their order."""

from __future__ import annotations

from collections.abc import Sequence

from partwise.wording import counted

from .dataset import Duplicate


class Repeats:
    """Remembers the content of every picture so far."""

    def __init__(self) -> None:
        self._first: dict[bytes, str] = {}

    def of(self, name: str, sha256: bytes) -> Duplicate | None:
        """Take the next picture; return what it repeats, if it does."""
        first = self._first.setdefault(sha256, name)
        return Duplicate(name, first) if first != name else None


def told_repeats(duplicates: Sequence[Duplicate], total: int, dropped: bool) -> list[str]:
    """Return the sentence about pictures that repeat others; none where none do."""
    if not duplicates:
        return []
    fate = "left out" if dropped else "kept, leave them out with --drop-duplicates"
    repeat = "repeats" if len(duplicates) == 1 else "repeat"
    return [f"{len(duplicates)} of {counted(total, 'pictures')} {repeat} another byte by byte: {fate}."]
