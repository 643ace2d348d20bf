"""The codes of a large catalogue in files beside it, float16: made of the catalogue and brought up to it.

Nothing is in them that is not in the catalogue, so whoever finds them missing, behind or damaged makes them anew. A
writer's change counts once SQLite has it; the files follow. `about.json` is put in its place last, and says of which
state of the catalogue they are: a kill at any moment leaves files of the state before, or what nothing names.
"""

import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from partwise.search.appending import append, exponent_for, one_writer
from partwise.search.catalogue import Catalogue
from partwise.search.faults import BusyError, damaged
from partwise.search.opening import BESIDE
from partwise.search.schema import CODE, PRESENT, ROW, is_right
from partwise.search.segments import DATA, Manifest
from partwise.search.stored_codes import StoredCodes
from partwise.search.stored_entries import CodeRows, Column, StoredEntries
from partwise.search.stored_index import StoredIndex
from partwise.storage import DamagedError, read_json, read_npy, write_json, write_npy

ABOUT = "about.json"
LAYOUT = 1  # files of another are made anew
LONG = 600.0  # seconds to wait for another process that brings the files up
PIECE = 1 << 14  # codes that are rounded at a time
ROWS = np.dtype([("number", "<i8"), ("check", "<u4"), ("error", "<f4"), ("brightness", "<f4"), ("there", "?")])
Columns = dict[str, np.ndarray]
Tell = Callable[[str], None]
Found = tuple[dict[str, Any], Columns]


def opened(catalogue: Catalogue, tell: Tell | None = None) -> tuple[StoredEntries, StoredIndex] | None:
    """Return what is to be searched of a large catalogue as it is at this moment; None where no code is of its model.

    `tell` hears of it where the files have to be brought up to the catalogue first.

    Raises
    ------
    DamagedError
        A code is not as it was written.
    BusyError
        Another process has been bringing the files up for longer than `LONG` seconds.
    OSError
        The disk is full.
    """
    held = _held(catalogue)
    width = next(held.each(f"SELECT length(code) FROM samples WHERE {PRESENT} LIMIT 1"), None)
    if width is None:
        held.close()
        return None
    count = width[0] // CODE.itemsize
    folder, (about, columns), room = _files(held, count, tell)
    there = columns["there"]
    every = bool(there.all())  # then what is mapped stays on disk
    some = (columns[name] for name in ("number", "error", "brightness"))
    numbers, errors, brightness = (column if every else column[there] for column in some)
    codes = CodeRows(held, numbers, count)
    entries = StoredEntries(
        numbers=numbers,
        names=Column(held, numbers, "name"),
        labels=Column(held, numbers, "label") if about["labelled"] else None,
        digests=Column(held, numbers, "sha256"),
        errors=errors,
        brightness=brightness,
        codes=codes,
        stale=about["n_samples"] - len(numbers),
        held=held,
    )

    def anew() -> StoredIndex:
        folder, (remade, columns), room = _files(held, count, tell, about["place"])
        return StoredIndex(codes, StoredCodes(folder / remade["place"]), columns["there"], room)

    return entries, StoredIndex(codes, StoredCodes(folder / about["place"]), there, room, anew)


def _files(
    held: Catalogue, count: int, tell: Tell | None, bad: str = ""
) -> tuple[Path, Found, tempfile.TemporaryDirectory[str] | None]:
    """Return a folder, what is in it, and what keeps it where it is a temporary one; `bad` codes are not used again."""
    folder = held.folder / BESIDE
    found = _current(folder, held, bad)
    if found is None and os.access(held.folder, os.W_OK):
        folder.mkdir(exist_ok=True)
        with _alone(folder):
            found = _current(folder, held, bad) or _brought_up(folder, held, count, tell, bad)
    if found is not None:
        return folder, found, None
    # nobody may write there: for this process alone
    room = tempfile.TemporaryDirectory(prefix="partwise-codes-")
    return Path(room.name), _brought_up(Path(room.name), held, count, tell), room


def _current(folder: Path, held: Catalogue, bad: str) -> Found | None:
    """Return what is said of the files, and their columns, where they are whole and of this state of the catalogue."""
    try:
        about = read_json(folder / ABOUT)
        state = {"layout": LAYOUT, "generation": held.generation, "model": held.model, "last": _last(held)}
        if {name: about[name] for name in state} != state:
            return None
        _whole(folder, about, bad)
        return about, _columns(folder, about)
    except (OSError, ValueError, KeyError):
        return None


def _whole(folder: Path, about: dict[str, Any], bad: str) -> StoredCodes:
    """Return the codes of the files; DamagedError where they end too early, or are those that were found bad."""
    path = folder / about["place"]
    manifest = Manifest.read(path)
    if about["place"] == bad or (path / DATA).stat().st_size < manifest.n_rows * manifest.row_bytes:
        raise DamagedError(f"{path} is damaged.")
    return StoredCodes(path)


def _held(catalogue: Catalogue) -> Catalogue:
    """Return the catalogue as it is now; once more where files of a later state were put there meanwhile."""
    held = catalogue.held()
    with suppress(OSError, ValueError, KeyError):
        if read_json(held.folder / BESIDE / ABOUT)["generation"] > held.generation:
            held.close()
            held = catalogue.held()
    return held


def _last(held: Catalogue) -> list[int]:
    """Return the last number and its checksum: another catalogue in this place would have to have the same."""
    return list(next(held.each("SELECT number, row_check FROM samples ORDER BY number DESC LIMIT 1"), (0, 0)))


def _columns(folder: Path, about: dict[str, Any]) -> Columns:
    return {name: read_npy(folder / about["rows"] / f"{name}.npy", known) for name, known in about["sums"].items()}


def _brought_up(folder: Path, held: Catalogue, count: int, tell: Tell | None, bad: str = "") -> Found:
    """Write what is new in the catalogue behind what is known, or all of it anew."""
    if tell is not None:
        tell("the codes beside the catalogue are brought up to it first; later searches need not.")
    before: dict[str, Any] = {}
    with suppress(OSError, ValueError):
        before = read_json(folder / ABOUT)
    if before.get("layout") != LAYOUT:
        before = {}
    known = _known(folder, before, held, count, bad)
    if known is None:
        place, known = f"codes-{uuid.uuid4().hex[:8]}", np.zeros(0, ROWS)
        StoredCodes.create(folder / place, count)
    else:
        place = before["place"]
    labelled = bool(before.get("labelled")) and len(known) > 0
    found = [known]
    manifest = Manifest.read(folder / place)
    last = int(known["number"].max(initial=0))
    for codes, rows, some_labelled in _pieces(held, last, count):
        manifest = _added(folder / place, manifest, codes)
        found.append(rows)
        labelled |= some_labelled
    manifest.write(folder / place)
    every = np.concatenate(found)
    rows_folder = f"rows-{uuid.uuid4().hex[:8]}"
    (folder / rows_folder).mkdir()
    about = {
        "layout": LAYOUT,
        "generation": held.generation,
        "model": held.model,
        "last": _last(held),
        "n_samples": len(held),
        "place": place,
        "rows": rows_folder,
        "sums": {name: write_npy(folder / rows_folder / f"{name}.npy", every[name]) for name in ROWS.names or ()},
        "labelled": labelled,
    }
    write_json(folder / ABOUT, about)
    _clear(folder, about, before)
    return about, _columns(folder, about)


def _known(folder: Path, before: dict[str, Any], held: Catalogue, count: int, bad: str) -> np.ndarray | None:
    """Return the rows of the files, with what the catalogue no longer has marked; None where all is to be made anew."""
    try:
        store = _whole(folder, before, bad)
        columns, n_rows = _columns(folder, before), len(store)
        if store.n_components != count:
            return None
    except (OSError, ValueError, KeyError):
        return None
    rows = np.empty(len(columns["number"]), ROWS)
    for name, column in columns.items():
        rows[name] = column
    kind = np.dtype([("number", "<i8"), ("check", "<u4")])
    now = np.fromiter(held.each(f"SELECT number, row_check FROM samples WHERE {PRESENT} ORDER BY number"), kind)
    at = np.searchsorted(now["number"], rows["number"]).clip(max=len(now) - 1)
    rows["there"] &= (now["number"][at] == rows["number"]) & (now["check"][at] == rows["check"])
    kept = int(rows["there"].sum())
    goes_on = int((now["number"] <= rows["number"].max(initial=0)).sum()) == kept  # what is new comes after all of it
    if not goes_on or 2 * kept < n_rows or len(rows) > n_rows:
        return None
    # what a writer left that was killed before it said so
    return np.concatenate([rows, np.zeros(n_rows - len(rows), ROWS)])


def _pieces(held: Catalogue, last: int, count: int) -> Iterator[tuple[np.ndarray, np.ndarray, bool]]:
    """Yield codes, rows and whether some have a label, of the samples after a number."""
    every = held.each(
        f"SELECT {ROW}, error, brightness FROM samples WHERE number > ? AND {PRESENT} ORDER BY number", (last,)
    )
    while some := list(islice(every, PIECE)):
        for row in some:
            if not is_right(row) or len(row[1]) != count * CODE.itemsize:
                raise damaged(held.path, f"number {row[0]} differs from its checksum")
        codes = np.frombuffer(b"".join(row[1] for row in some), CODE).reshape(len(some), count)
        try:
            rows = np.array([(row[0], row[2], row[7], row[8], True) for row in some], ROWS)
        except (TypeError, ValueError) as error:  # a flipped bit may make a text of a number
            raise damaged(held.path, str(error)) from error
        yield codes, rows, any(row[4] for row in some)


def _added(place: Path, manifest: Manifest, codes: np.ndarray) -> Manifest:
    """Write codes behind the others; where float16 does not hold them side by side, pieces have units of their own."""
    try:
        exponent = exponent_for(codes)
    except ValueError:
        if len(codes) == 1:  # below what single precision holds in full: nothing
            return append(place, manifest, np.zeros_like(codes), 0)
        half = len(codes) // 2
        return _added(place, _added(place, manifest, codes[:half]), codes[half:])
    return append(place, manifest, codes, exponent)


def _clear(folder: Path, about: dict[str, Any], before: dict[str, Any]) -> None:
    """Remove what nothing names; those before are left to who may be reading them."""
    named = {one[key] for one in (about, before) for key in ("place", "rows") if key in one}
    for entry in folder.iterdir():
        if entry.name.startswith(("codes-", "rows-")) and entry.name not in named:
            shutil.rmtree(entry, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Run a block while no other process brings the files up; wait for one that does."""
    until = time.monotonic() + LONG
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(one_writer(folder))
                break
            except BusyError:
                if time.monotonic() > until:
                    raise
        yield
