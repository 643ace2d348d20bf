"""Where a run may lie, and whether its source is there: asked first, so it loads nothing heavy."""

import errno
import os
from pathlib import Path

from partwise.runs import COMPARISON, FIGURES, FITS, MODEL, RANK, REPORT, RUN, SKIPPED
from partwise.sources import kind_of
from partwise.storage import UNFINISHED, check_checkpoint_place, check_file_place, previous_of, read_json


def check_places(
    source: str | Path, out: Path, force: bool, checkpoint: Path | None = None, resume: bool = False
) -> None:
    """Raise ValueError or OSError where a fit cannot begin: nothing to read, or no place for the run or checkpoint."""
    check_free(out, force or goes_on(checkpoint, resume))
    if checkpoint is not None:
        check_checkpoint_place(checkpoint, resume)
    kind_of(source)


def goes_on(checkpoint: str | os.PathLike[str] | None, resume: bool) -> bool:
    """Say whether a fit goes on from a checkpoint that is there."""
    if checkpoint is None or not resume:
        return False
    path = Path(checkpoint)
    return path.exists() or previous_of(path).exists()


def check_same(out: Path, fingerprint: str, n_components: int) -> None:
    """Raise ValueError where a fit that goes on would overwrite a run that it does not go on from."""
    if not (out / RUN).is_file():
        return
    facts = read_json(out / RUN)["facts"]
    if (facts["fingerprint"], facts["n_components"]) != (fingerprint, n_components):
        raise ValueError(
            f"{out} is a run of other data or of another number of parts, and --resume overwrites only what it goes on "
            "from. Choose another --out, or overwrite it with --force."
        )


def check_folder(out: Path, what: str) -> None:
    """Raise ValueError or OSError where no folder can be made or written in."""
    nearest = next(folder for folder in (out, *out.absolute().parents) if folder.exists())
    if not nearest.is_dir():
        raise ValueError(f"{nearest} is a file, and {what} is a folder. Choose another --out.")
    if not os.access(nearest, os.W_OK):
        raise PermissionError(errno.EACCES, "Permission denied", str(nearest))


# files that only folders of a kind have, and what tells one that is not complete where there are none
OWN = {"a run": {RUN, MODEL}, "a comparison": {COMPARISON}, "a rank report": {RANK, FITS}}
BEGUN: dict[str, set[str]] = {"a run": {REPORT, FIGURES}, "a comparison": set(), "a rank report": set()}


def check_free(out: Path, force: bool, what: str = "a run") -> None:
    """Raise ValueError where something would be overwritten; with `force`, only a folder of the same kind may be."""
    check_folder(out, what)
    held = _held(out)
    if held <= {SKIPPED}:
        return
    if not force:
        raise ValueError(f"{out} exists already. Choose another --out, or overwrite it with --force.")
    if not _is(what, held):
        kind = what.removeprefix("a ")
        raise ValueError(f"{out} is not {what}, and --force overwrites {kind}s only. Choose another --out.")


def check_rank(out: Path) -> None:
    """Raise ValueError or OSError where no rank report can be written or gone on with."""
    check_folder(out, "a rank report")
    held = _held(out)
    if not held <= {SKIPPED} and not _is("a rank report", held):
        raise ValueError(f"{out} exists already and is not a rank report. Choose another --out.")


def _held(out: Path) -> set[str]:
    """Return the names in a folder, but for what writers that were killed left there."""
    return {entry.name for entry in out.iterdir() if not entry.name.endswith(UNFINISHED)} if out.exists() else set()


def _is(what: str, names: set[str]) -> bool:
    """Say whether a folder with such files is of a kind, and of no other too."""
    kinds = [kind for kind, own in OWN.items() if own & names]
    return kinds == [what] if kinds else bool(BEGUN[what] & names)


def check_apart(out: Path, source: str | Path) -> None:
    """Raise ValueError where a run or a comparison would lie among the pictures or texts that it was made of."""
    folder = Path(source)
    if folder.is_dir() and out.absolute().resolve().is_relative_to(folder.resolve()):
        raise ValueError(
            f"{out} lies inside {source}, so its files would lie among those that it is made of. Choose another --out."
        )


def check_figure_place(path: Path, force: bool) -> None:
    """Raise ValueError or OSError where no figure can be written."""
    if path.suffix.lower() != ".png":
        raise ValueError(
            f"Figures are written as .png files, got {path.name}. Try --out {path.with_suffix('.png').name}."
        )
    check_file_place(path)
    if path.exists() and not force:
        raise ValueError(f"{path} exists already. Choose another --out, or overwrite it with --force.")
