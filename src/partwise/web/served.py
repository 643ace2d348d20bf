"""What the server shows at the moment: a run with its catalogue, and what is worked out of them once."""

import sqlite3
from collections import OrderedDict
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from threading import Event, RLock
from typing import Any, TypeVar

import numpy as np

from partwise.runs import RUN, Run, load_run
from partwise.sparsity import sparsity
from partwise.tasks.finder import Finder
from partwise.web.refusing import RefusedError

T = TypeVar("T")
KEPT = 600  # sheets and other large answers that are kept
NUMBERS = 1 << 53  # no number is larger, in JSON or in SQLite


class Shown:
    """A run at one generation of its catalogue.

    Parameters
    ----------
    finder : Finder
    before : Shown, optional
        The same run at an earlier generation; its thumbnail sheets still hold, because no number is given twice.
    """

    def __init__(self, finder: Finder, before: "Shown | None" = None) -> None:
        self.finder = finder
        self.run: Run = finder.run
        self.lock: RLock = before.lock if before else RLock()  # one thread at a time asks the catalogue
        self.slow: RLock = before.slow if before else RLock()  # and one reads files and encodes
        self.sheets: OrderedDict[Any, Any] = before.sheets if before else OrderedDict()
        self._kept: OrderedDict[Any, Any] = OrderedDict()

    @property
    def version(self) -> str:
        """Names run and generation in addresses, so that a browser never shows an older answer."""
        return f"{self.run.model_id[:8]}.{self.finder.generation}"

    @property
    def k(self) -> int:
        """Number of parts."""
        return len(self.run.parts)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a picture."""
        return tuple(self.run.shape or ())

    def row(self, number: int) -> int:
        """Return the row of a picture; a refusal where there is none of this number."""
        if 0 <= number < NUMBERS:
            try:
                return self.finder.entries.row_of(number)
            except KeyError:
                pass
        raise RefusedError(
            404, f"There is no picture {str(number)[:20]}.", "See /api/pictures for the numbers there are."
        )

    def part(self, number: int) -> int:
        """Return the place of a part, from 0; a refusal where there is none of this number."""
        if 1 <= number <= self.k:
            return number - 1
        raise RefusedError(404, f"There is no part {str(number)[:20]}.", f"They go from 1 to {self.k}.")

    def kept(self, key: Any, make: Callable[[], T], among: OrderedDict[Any, Any] | None = None) -> T:
        """Return what was made for a key before, or make it."""
        kept = self._kept if among is None else among
        with self.lock:
            if key in kept:
                kept.move_to_end(key)
                return kept[key]
        made = make()
        with self.lock:
            kept[key] = made
            while len(kept) > KEPT:
                kept.popitem(last=False)
        return made

    @cached_property
    def light(self) -> np.ndarray:
        """The sum of each part's values, by which a weight becomes light, float64."""
        return np.abs(self.run.parts).sum(axis=1, dtype=np.float64)

    @cached_property
    def shares(self) -> np.ndarray:
        """What each part gives of the light of each picture, float32, (n, k); each row adds up to 1."""
        light = np.abs(self.finder.entries.codes) * self.light.astype(np.float32)
        whole = light.sum(axis=1, keepdims=True)
        return np.divide(light, whole, out=np.zeros_like(light), where=whole > 0)

    @cached_property
    def p99(self) -> np.ndarray:
        """A strong weight of each part: 99 % of the pictures have less, float64."""
        codes = self.finder.entries.codes
        return np.percentile(codes, 99, axis=0).astype(np.float64) if len(codes) else np.zeros(self.k)

    @cached_property
    def sparsity(self) -> np.ndarray:
        """How local each part is, 0 to 1."""
        return np.nan_to_num(sparsity(self.run.parts))


class Served:
    """The run that is shown now, and the ones that may be shown instead.

    Parameters
    ----------
    run : Run
    """

    def __init__(self, run: Run) -> None:
        self._lock = RLock()
        self._shown = Shown(Finder.of(run, whole=True))
        self.closing = Event()  # set when the server ends, so that nothing endless holds it up

    @property
    def last(self) -> Shown:
        """What was shown last, whether or not it can still be read."""
        return self._shown

    def now(self) -> Shown:
        """Return what is shown, with what others have changed in the catalogue since."""
        with self._lock:
            shown = self._shown
            if not (shown.run.path / RUN).is_file():
                words = f"The run {shown.run.path.resolve().name} is gone, or is being fitted anew."
                raise RefusedError(409, words, "Reload the page in a moment. Is its folder still there?")
            try:
                with shown.lock:
                    if shown.finder.catalogue.model != shown.run.model_id:  # refitted by somebody else
                        self._shown = Shown(Finder.of(shown_run(shown.run.path), whole=True))
                    elif (fresh := shown.finder.fresh()) is not shown.finder:
                        self._shown = Shown(fresh, shown)
            except (ValueError, OSError, sqlite3.Error) as error:
                words = " ".join(str(error).split())
                raise RefusedError(409, f"The run cannot be read: {words}", "Is its folder still there?") from error
            return self._shown

    def open(self, path: Path) -> Shown:
        """Show another run from now on."""
        shown = Shown(Finder.of(shown_run(path), whole=True))
        with self._lock:
            self._shown = shown
        return shown


def shown_run(path: Path) -> Run:
    """Open a run that the page can show.

    Raises
    ------
    ValueError
        It was not made of pictures.
    """
    run = load_run(path)
    if run.shape is None:
        raise ValueError(
            f"partwise serve shows runs of pictures, got {path}, made of the kind of source '{run.facts['kind']}'. "
            f"Its report: {path / 'report.html'}"
        )
    return run
