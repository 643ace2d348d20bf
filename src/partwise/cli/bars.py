"""Progress on the error stream: bars with time left for a person, nothing for a script; Ctrl-C asks the fit to stop."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column

LEFT = {
    "Reading": "left",
    "Fitting": "left at most",
    "Comparing": "left",
    "Runs": "left",
    "Drawing": "left",
    "Writing": "left",
}
KEPT = {"Fitting", "Layer 1", "Comparing", "Runs"}  # stages that keep what they have when they are asked to stop


class Bars:
    """Draws what a task tells; one bar a stage."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[str, Any] = {}
        self.stop = False

    def reading(self, done: int, total: int) -> None:
        """Files of the source."""
        self._show("Reading", done, total)

    def fitting(self, shot: Any, max_iter: int) -> bool:
        """An iteration; the bar's end is the limit, so the time left is an upper bound. A layer alone has a bar."""
        stage = "Fitting" if shot.layer is None else f"Layer {shot.layer}"
        done = shot.record.iteration if shot.reason is None else max_iter
        self._show(stage, done, max_iter, f"KKT {shot.record.residual:.1e}")
        return self.stop

    def comparing(self, name: str, done: float, total: float) -> bool:
        """An iteration of one of several solvers; the bar's end is the time of all of them."""
        self._show("Comparing", done, total, name if done < total else "")
        return self.stop

    def running(self, done: int, total: int) -> bool:
        """Runs of a fit from many starts."""
        self._show("Runs", done, total)
        return self.stop

    def drawing(self, done: int, total: int) -> None:
        """Figures."""
        self._show("Drawing", done, total)

    def writing(self, done: int, total: int) -> None:
        """Sounds."""
        self._show("Writing", done, total)

    def _show(self, stage: str, done: float, total: float, note: str = "") -> None:
        left = "took" if done >= total else LEFT.get(stage, LEFT["Fitting"])
        if stage not in self._bars:
            self._bars[stage] = self._progress.add_task(stage, total=total, note=note, left=left)
        self._progress.update(self._bars[stage], completed=done, total=total, note=note, left=left)


@contextmanager
def bars(quiet: bool = False) -> Iterator[Bars]:
    """Show bars while a task runs; the first Ctrl-C asks the task to stop, the second one interrupts."""
    console = Console(stderr=True)
    progress = Progress(
        TextColumn("{task.description:<9}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(table_column=Column(no_wrap=True, min_width=11)),
        # the fit may be done before its limit, so its time left is an upper bound
        TextColumn("{task.fields[left]}"),
        TimeRemainingColumn(elapsed_when_finished=True, table_column=Column(no_wrap=True, min_width=7)),
        TextColumn("{task.fields[note]}"),
        console=console,
        disable=quiet or not console.is_terminal,
    )
    watcher = Bars(progress)

    def ask(number: int, frame: FrameType | None) -> None:
        # any other stage has nothing to keep, and is simply interrupted
        if watcher.stop or not KEPT & set(watcher._bars) or "Drawing" in watcher._bars:
            raise KeyboardInterrupt
        watcher.stop = True

    before = signal.signal(signal.SIGINT, ask)
    try:
        with progress:
            yield watcher
    finally:
        signal.signal(signal.SIGINT, before)
