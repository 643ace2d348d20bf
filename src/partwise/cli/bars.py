"""Progress on the error stream: bars with time left for a person, nothing for a script; Ctrl-C asks the fit to stop."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeRemainingColumn
from rich.table import Column
from rich.text import Text

LEFT = {"Fitting": "left at most"}  # "left" of all other stages
KEPT = {
    "Fitting",
    "Layer 1",
    "Comparing",
    "Runs",
    "Ranking",
}  # stages that keep what they have when they are asked to stop


class TimeLeft(TimeRemainingColumn):
    """The time left: what the task itself says, or by the speed of the bar."""

    def render(self, task: Task) -> Text:
        """Write the seconds that a task told."""
        seconds = task.fields.get("seconds_left")
        if seconds is None or task.finished:
            return super().render(task)
        minutes, rest = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return Text(f"{hours:d}:{minutes:02d}:{rest:02d}", style="progress.remaining")


class Bars:
    """Draws what a task tells; one bar a stage."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[str, Any] = {}
        self.stop = False

    def reading(self, done: int, total: int) -> None:
        """Files of the source."""
        self._show("Reading", done, total)

    def loading(self, done: int, total: int) -> None:
        """Chunks of rows that workers have read."""
        self._show("Loading", done, total)

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

    def ranking(self, step: Any) -> bool:
        """A fit of a rank report; later ones take longer, so it says itself how long the rest will take."""
        self._show("Ranking", step.done, step.total, f"k = {step.k}, {step.line}", step.left)
        return self.stop

    def drawing(self, done: int, total: int) -> None:
        """Figures."""
        self._show("Drawing", done, total)

    def writing(self, done: int, total: int) -> None:
        """Sounds, or samples into a catalogue."""
        self._show("Writing", done, total)

    def _show(self, stage: str, done: float, total: float, note: str = "", seconds_left: float | None = None) -> None:
        layer = LEFT["Fitting"] if stage.startswith("Layer") else "left"
        told: dict[str, Any] = {
            "note": note,
            "left": "took" if done >= total else LEFT.get(stage, layer),
            "seconds_left": seconds_left,
        }
        if stage not in self._bars:
            self._bars[stage] = self._progress.add_task(stage, total=total, **told)
        self._progress.update(self._bars[stage], completed=done, total=total, **told)


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
        TimeLeft(elapsed_when_finished=True, table_column=Column(no_wrap=True, min_width=7)),
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
