"""Whoever watches a task: told of each stage and how far it is. The task itself prints nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from partwise.iterate import Snapshot
    from partwise.ranks import RankStep


class Progress(Protocol):
    """What a task tells while it works; it asks in return whether it should stop."""

    def reading(self, done: int, total: int) -> None:
        """Files of the source."""

    def loading(self, done: int, total: int) -> None:
        """Chunks of rows that workers have read, told by another thread."""

    def fitting(self, shot: Snapshot, max_iter: int) -> bool:
        """An iteration of the fit; the answer True asks it to stop and keep what it has."""

    def comparing(self, name: str, done: float, total: float) -> bool:
        """A measured iteration of a solver; seconds or iterations of all that run. True asks to stop and keep."""

    def running(self, done: int, total: int) -> bool:
        """Runs of a fit from many starts that are done. True asks to stop and keep those."""

    def ranking(self, step: RankStep) -> bool:
        """A finished fit of a rank report, maybe told by another thread. True asks to stop and keep."""

    def drawing(self, done: int, total: int) -> None:
        """Figures."""

    def writing(self, done: int, total: int) -> None:
        """Sounds, or samples into a catalogue."""


class Silent:
    """Nobody watches."""

    def reading(self, done: int, total: int) -> None:
        """Say nothing."""

    def loading(self, done: int, total: int) -> None:
        """Say nothing."""

    def fitting(self, shot: Snapshot, max_iter: int) -> bool:
        """Go on."""
        return False

    def comparing(self, name: str, done: float, total: float) -> bool:
        """Go on."""
        return False

    def running(self, done: int, total: int) -> bool:
        """Go on."""
        return False

    def ranking(self, step: RankStep) -> bool:
        """Go on."""
        return False

    def drawing(self, done: int, total: int) -> None:
        """Say nothing."""

    def writing(self, done: int, total: int) -> None:
        """Say nothing."""
