"""add, remove, reindex: the catalogue of a run is changed, each time in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from partwise.runs import Run
from partwise.search import Catalogue, Entry
from partwise.search.entering import catalogued, new_entries, relative_errors
from partwise.search.large import bring_up
from partwise.search.writing import PATIENCE
from partwise.sources import Dataset, Skipped
from partwise.tasks.pixels import Pixels
from partwise.tasks.progress import Progress, Silent
from partwise.tasks.read import read_source, reading_of
from partwise.tasks.transform import codes_of, read_alike
from partwise.wording import counted


@dataclass(frozen=True)
class Added:
    """What came of `add`.

    Attributes
    ----------
    numbers : tuple of int
        Of what is new in the catalogue.
    names : tuple of str
        Theirs.
    known : tuple of str
        Names of those whose content is in the catalogue already, or comes twice; they were left out.
    skipped : tuple of Skipped
        Files that could not be read.
    notes : tuple of str
        Sentences for the user.
    """

    numbers: tuple[int, ...]
    names: tuple[str, ...]
    known: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Reindexed:
    """What came of `reindex`.

    Attributes
    ----------
    encoded : int
        How many samples that had been added by hand have new codes.
    lost : tuple of (Entry, str)
        Those that could not be read again, and why; they stay in the catalogue and out of every search.
    """

    encoded: int
    lost: tuple[tuple[Entry, str], ...]


def add(run: Run, source: str | Path, *, progress: Progress | None = None) -> Added:
    """Encode the samples of a source with a run's model and put those that are new into its catalogue.

    Nothing is learned from them: the parts stay as they are.

    Raises
    ------
    BusyError
        Another process writes into the catalogue; nothing has been read then.
    ValueError, OSError
        The source does not fit the run, or the catalogue is not of its model.
    """
    catalogue = open_catalogue(run)
    try:
        with catalogue.change("add") as change:  # held while reading, so that two do not add the same
            data = read_alike(run, source, progress=progress, for_catalogue=True)
            digests = data.digests()
            seen = catalogue.known(digests)
            fresh: list[int] = []
            known: list[int] = []
            for row, digest in enumerate(digests):
                (known if digest in seen else fresh).append(row)
                seen.add(digest)
            numbers = []
            if fresh:
                new = data.taken(fresh) if known else data  # without a copy where it can be
                numbers = change.insert(new_entries(new, codes_of(run, new.X), run.parts), run.model_id, "added")
        bring_up(catalogue)
    finally:
        catalogue.close()
    return Added(
        tuple(numbers),
        tuple(data.names[row] for row in fresh),
        (*(data.names[row] for row in known), *(one.name for one in data.duplicates)),
        data.skipped,
        data.notes,
    )


def remove(run: Run, numbers: Sequence[int]) -> list[Entry]:
    """Take samples out of a run's catalogue, all or none; return what they were. Their files stay where they are.

    Raises
    ------
    ValueError
        There is no such number.
    BusyError
        Another process writes into the catalogue.
    """
    catalogue = open_catalogue(run)
    try:
        with catalogue.change("remove") as change:
            try:
                gone = [catalogue.entry(number) for number in dict.fromkeys(numbers)]
            except KeyError as error:
                raise ValueError(f"There is no number {error.args[0]} in the catalogue of {run.path}.") from None
            change.remove(one.number for one in gone)
        bring_up(catalogue)
    finally:
        catalogue.close()
    return gone


def reindex(run: Run, *, progress: Progress | None = None) -> Reindexed:
    """Bring a catalogue up to the model of its run, after a refit, or make it where there is none.

    What was added by hand is read again and encoded with the new model; each keeps its number.

    Raises
    ------
    ValueError, OSError
        There is no catalogue of the model yet, and the run's source is gone or has changed.
    BusyError
        Another process writes into the catalogue.
    """
    watcher = progress or Silent()
    if not _is_of(run):
        entries = new_entries(_source_of(run, watcher), run.codes, run.parts)
        catalogued(run.path, run.model_id, entries, PATIENCE)
    catalogue = open_catalogue(run)
    try:
        with catalogue.change("reindex") as change:
            codes, lost = _encoded_anew(run, catalogue.stale_entries(), watcher)
            change.recode(codes, run.model_id)
        bring_up(catalogue)
    finally:
        catalogue.close()
    return Reindexed(len(codes), tuple(lost))


def open_catalogue(run: Run) -> Catalogue:
    """Open the catalogue of a run.

    Raises
    ------
    FileNotFoundError
        The run has none.
    ValueError
        It is damaged, or of another model than the run's.
    """
    catalogue = Catalogue.at(run.path)
    try:
        check_model(run, catalogue)
    except ValueError:
        catalogue.close()
        raise
    return catalogue


def check_model(run: Run, catalogue: Catalogue) -> None:
    """Raise ValueError where a catalogue is of another model than the run's."""
    if catalogue.model != run.model_id:
        raise ValueError(
            f"The catalogue was built with model {catalogue.model[:8]}..; the model of {run.path} is "
            f"{run.model_id[:8]}... Run: partwise reindex {run.path}"
        )


def _is_of(run: Run) -> bool:
    try:
        catalogue = Catalogue.at(run.path)
    except FileNotFoundError:
        return False
    try:
        return catalogue.model == run.model_id
    finally:
        catalogue.close()


def _source_of(run: Run, watcher: Progress) -> Dataset:
    """Read what a run was made of, with thumbnails; ValueError where it is no longer that."""
    source = run.facts["source"]
    data = read_source(source, reading_of(run, source), watcher, thumbnails=True)
    if data.fingerprint != run.facts["fingerprint"]:
        raise ValueError(
            f"{source} has changed since the fit, so the catalogue of {run.path} cannot be made again. "
            "Bring it back to what it was, or refit."
        )
    return data


def _encoded_anew(
    run: Run, stale: Sequence[Entry], watcher: Progress
) -> tuple[dict[int, tuple[np.ndarray, float]], list[tuple[Entry, str]]]:
    pixels, read, lost = Pixels(run), {}, []
    for done, entry in enumerate(stale, 1):
        try:
            read[entry.number] = pixels.of(entry)
        except (ValueError, OSError) as error:
            lost.append((entry, str(error)))
        watcher.reading(done, len(stale))
    if not read:
        return {}, lost
    X = np.stack(list(read.values()))
    codes = codes_of(run, X)
    errors = relative_errors(X, codes, run.parts)
    return {number: (codes[row], float(errors[row])) for row, number in enumerate(read)}, lost


def told(added: Added, things: str) -> list[str]:
    """Return what came of `add` in sentences: how many are new, and why the others are not.

    Of several that are new and the same, one is indexed by the time the next is met.
    """
    total = len(added.numbers) + len(added.known)
    lines = []
    if added.known:
        are = "is" if len(added.known) == 1 else "are"
        lines.append(f"{len(added.known):,} of {counted(total, things)} {are} indexed already (same content).")
    if added.skipped:
        lines.append(f"{counted(len(added.skipped), 'files')} skipped, --json lists them.")
    lines.append(f"{counted(len(added.numbers), things)} added.")
    return lines
