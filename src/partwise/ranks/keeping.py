"""Finished fits on disk: each is kept when it is done, so that a survey that was cut short goes on where it was."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from partwise.ranks.found import Found
from partwise.storage import (
    UNFINISHED,
    DamagedError,
    alone_in,
    clear_unfinished,
    read_json,
    read_tensors,
    write_json,
    write_tensors,
)

FORMAT = 1  # of kept fits; raised when an older reader could misread them
ABOUT = "survey.json"
NAME = re.compile(r"[a-z]+(-[a-z]+)*(-\d+)?\.\d{5,}\.fit")  # of the file of a fit


class Keeping:
    """A folder with a file for every finished fit.

    Of a chain only the last fit's codes are kept: with them it goes on.

    Parameters
    ----------
    folder : Path
        Made where it is not there.
    about : dict
        What the fits are of, fit for JSON: "ks", and everything that decides their path.
    """

    def __init__(self, folder: Path, about: dict[str, Any]) -> None:
        self._folder = folder
        self._lock = Lock()
        folder.mkdir(parents=True, exist_ok=True)
        told = folder / ABOUT
        if not told.exists() and fits_in(folder):
            raise ValueError(
                f"{folder} keeps fits, and {ABOUT}, which says what they are of, is gone. Keep them in another folder."
            )
        if told.exists():
            there = _read(told)
            require_same(folder, there, about)
            # a shorter range that is asked for now leaves the longer one's fits where they are
            about = {**about, "ks": max(there["ks"], about["ks"], key=len)}
        self._about = about

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder while a survey runs, and clear what one that was killed has left.

        Raises
        ------
        InUseError
            Another survey keeps its fits there.
        """
        taken = f"Another survey is at work in {self._folder}. Wait until it has ended, or keep this one elsewhere."
        with alone_in(self._folder, taken):
            told = self._folder / ABOUT
            clear_unfinished(told)
            for path in self._folder.glob(f".*.fit.*{UNFINISHED}"):
                path.unlink(missing_ok=True)
            write_json(told, {"format": FORMAT, **self._about})
            yield

    def found(self) -> list[Found]:
        """Return every fit that is there whole; one that is damaged is as if it were not."""
        kept = []
        for path in fits_in(self._folder):
            try:
                arrays, facts = read_tensors(path)
                kept.append(Found(**facts, arrays=arrays))
            except (DamagedError, TypeError):
                path.unlink()
        return kept

    def keep(self, found: Found, before: Found | None) -> None:
        """Write a fit, then take the codes off the one that it grew from."""
        self._write(found)
        if before is not None and "W" in before.arrays:
            slim = {name: array for name, array in before.arrays.items() if name != "W"}
            self._write(Found(before.line, before.k, before.error, before.seconds, slim, before.numbers))

    def _write(self, found: Found) -> None:
        facts = {
            "line": found.line,
            "k": found.k,
            "error": found.error,
            "seconds": found.seconds,
            "numbers": found.numbers,
        }
        write_tensors(self._folder / f"{found.line}.{found.k:05d}.fit", found.arrays, facts)


def fits_in(folder: Path) -> list[Path]:
    """Return the files of kept fits, and of nothing else, by their names."""
    return sorted(path for path in folder.glob("*.fit") if NAME.fullmatch(path.name))


def _read(told: Path) -> dict[str, Any]:
    """Return what the fits of a folder are of; ValueError where that is damaged."""
    try:
        there = read_json(told)
        if all(isinstance(k, int) for k in there["ks"]):
            return there
    except (DamagedError, KeyError, TypeError):
        pass
    raise ValueError(
        f"{told} is damaged, and what the fits beside it are of is not known. Keep them in another folder."
    )


def require_same(folder: Path, there: dict[str, Any], about: dict[str, Any]) -> None:
    """Raise ValueError unless what is kept is of the same data and settings, its numbers of parts a beginning."""
    for name, wanted in about.items():
        found = there.get(name)
        if name == "ks" or json.dumps(found, sort_keys=True) == json.dumps(wanted, sort_keys=True):
            continue
        raise ValueError(
            f"{folder} keeps fits of another survey: it wants {name} = {_short(found)}, got {_short(wanted)}. "
            "Go on with the same data and settings, or keep this one in another folder."
        )
    shorter, longer = sorted((there["ks"], about["ks"]), key=len)
    if longer[: len(shorter)] != shorter:
        raise ValueError(
            f"{folder} keeps fits of {_numbers(there['ks'])} parts, and each grew from the one before; got "
            f"{_numbers(about['ks'])}. Begin at the same number with the same step, or keep this one in another folder."
        )


def _numbers(ks: Sequence[int]) -> str:
    return ", ".join(map(str, ks)) if len(ks) <= 4 else f"{ks[0]}, {ks[1]}, .., {ks[-1]}"


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:14]}.."
