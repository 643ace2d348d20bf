"""fill: missing entries of a table, or holes that are made in pictures, filled from the parts of the rest."""

import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from partwise.losses import as_loss
from partwise.models import NMF
from partwise.models.validation import check_entries
from partwise.plots import restored
from partwise.sources import Dataset, ImageSet, SourceError, Table, kind_of, read_table
from partwise.sources.filled import WRITTEN, filled_file
from partwise.sources.thumbnails import png_of_values
from partwise.storage import check_file_place, write_json, write_whole
from partwise.tasks.figures import png
from partwise.tasks.penalty import best_penalty, relative_error
from partwise.tasks.places import check_apart, check_folder
from partwise.tasks.progress import Progress, Silent
from partwise.tasks.read import Reading, read_source
from partwise.wording import counted

PARTS = {"pictures": 120}  # that are learned unless told, and at most as many as half of the shorter side
OTHERS = 10
HIDING = (20, 26, 2)  # a stream of its own, so that no draw is within another
EVERY = 10  # of so many pictures one gets a hole
FIGURE, FACTS, PICTURES = "restored.png", "fill.json", "restored"


@dataclass(frozen=True)
class Settings:
    """What a user may set.

    Parameters
    ----------
    n_components : int or None
    erase : (height, width) or None
        A block that is erased in one of ten pictures.
    hide : float or None
        Share of the known entries that are hidden, 0 < hide < 1, to see how well they come back.
    options : dict
        Parameters of `NMF` that were set; None counts as not set.
    reading : Reading
    """

    n_components: int | None = None
    erase: tuple[int, int] | None = None
    hide: float | None = None
    options: dict[str, Any] = field(default_factory=dict)
    reading: Reading = Reading()


@dataclass(frozen=True)
class Filled:
    """What came of it.

    Attributes
    ----------
    data : Dataset
    written : tuple of Path
    facts : dict
        Fit for JSON: shape, n_components, n_missing, n_hidden, error (of what was hidden, relative), reason, seconds.
    """

    data: Dataset
    written: tuple[Path, ...]
    facts: dict[str, Any]


def fill(
    source: str | Path, out: Path | None, settings: Settings, *, force: bool = False, progress: Progress | None = None
) -> Filled:
    """Fill what is missing in a table and write it; or make holes in pictures, restore them, and draw it.

    Raises
    ------
    ValueError, OSError
        If nothing is missing and nothing is to be hidden, or something cannot be read or written.
    """
    watcher = progress or Silent()
    table = kind_of(source) == "table"
    out = out or _place_of(source, table)
    if table:
        _check_file(out, force)
        if out.exists() and out.samefile(Path(source).expanduser()):
            raise ValueError(f"{out} is the source: which cells were filled could not be told. Give another --out.")
        data: Dataset = read_table(Path(source).expanduser(), missing=True)
    else:
        _check_folder(out, force)
        check_apart(out, source)
        data = read_source(source, settings.reading, watcher)
    if not isinstance(data.X, np.ndarray):
        raise SourceError(
            f"{data.origin} is sparse: its zeros are numbers, and nothing is missing. Give a dense table."
        )
    known = ~np.isnan(data.X)
    hidden = _hidden(data, known, settings)
    if known.all() and not hidden.any():
        raise SourceError(
            f"{data.origin} has no missing entry (an empty cell, NA or NaN), so there is nothing to fill. "
            "Try --hide 0.1 to see how well entries that are hidden come back."
        )
    return (
        _table(data, known, hidden, Job(source, out, settings, watcher))
        if table
        else _pictures(data, known, hidden, Job(source, out, settings, watcher))
    )


@dataclass(frozen=True)
class Job:
    """Where from, where to, how, and who watches."""

    source: str | Path
    out: Path
    settings: Settings
    watcher: Progress

    def fitted(self, X: np.ndarray, kind: str) -> NMF:
        """Return a model of what is known of X."""
        most = max(1, (min(X.shape) + 1) // 2)
        k = self.settings.n_components
        k = min(PARTS.get(kind, OTHERS), most) if k is None else k
        given = {name: value for name, value in self.settings.options.items() if value is not None}
        model = NMF(k, missing="mask", **{"solver": "auto", "max_iter": 300, **given})
        if "alpha_W" not in given:
            model.set_params(alpha_W=best_penalty(model, X))
        told = int(model.max_iter)
        return model.set_params(callback=lambda shot: self.watcher.fitting(shot, told)).fit(X)

    def facts(self, model: NMF, known: np.ndarray, hidden: np.ndarray, error: float | None) -> dict[str, Any]:
        """Return what is told."""
        return {
            "source": str(self.source),
            "shape": list(known.shape),
            "n_components": int(model.n_components_),
            "alpha_W": float(model.alpha_W),
            "n_missing": int((~known).sum()),
            "n_hidden": int(hidden.sum()),
            "error": error,
            "n_iter": model.n_iter_,
            "kkt_residual": model.kkt_residual_,
            "reason": model.stopped_,
            "seconds": model.history_[-1].seconds,
        }


def _table(data: Dataset, known: np.ndarray, hidden: np.ndarray, job: Job) -> Filled:
    assert isinstance(data, Table)
    error = None
    if hidden.any():
        # what is hidden to be judged by is not kept from the fit that fills
        model, filled = _filled_table(np.where(hidden, np.nan, data.X), job)
        # of a column of which nothing was left nothing is said
        hidden &= ~np.isnan(filled)
        error = relative_error(data.X, filled, hidden) if hidden.any() else None
    if known.all():
        return Filled(data, (), job.facts(model, known, hidden, error))
    model, filled = _filled_table(data.X, job)
    content = filled_file(data, filled, Path(job.source).expanduser(), job.out.suffix.lower())
    write_whole(job.out, content)
    facts = job.facts(model, known, hidden, error)
    facts |= {"n_left_empty": int(np.isnan(filled).sum()), "n_from_means": int((~known.any(axis=1)).sum())}
    return Filled(data, (job.out,), facts)


def _filled_table(X: np.ndarray, job: Job) -> tuple[NMF, np.ndarray]:
    """Return the model of a table and the table filled; a column of which nothing is known stays missing.

    Columns are in units of their own, so for the squared distance each is divided by the root mean square of what is
    known of it. A row of which nothing is known gets the columns' means.
    """
    known = ~np.isnan(X)
    check_entries(np.where(known, X, 0), "NMF (input X)")  # in the unit of the file, before columns lose theirs
    counts = known.sum(axis=0)
    wide = np.where(known, X, 0).astype(np.float64)
    tops = wide.max(axis=0)
    shares = np.divide(wide, tops, out=np.zeros_like(wide), where=tops > 0)  # whose squares do not overflow
    sizes = tops * np.sqrt(np.divide((shares**2).sum(axis=0), counts, out=np.zeros(X.shape[1]), where=counts > 0))
    squared = as_loss(job.settings.options.get("beta_loss") or "frobenius").beta == 2
    unit = np.where(squared & (sizes > 0) & np.isfinite(sizes), sizes, 1.0).astype(X.dtype)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".* no known entry")  # their cells are not filled from codes
        model = job.fitted(X / unit, "table")
        filled = np.where(known, X, model.fill(X / unit) * unit)
    means = np.divide(wide.sum(axis=0), counts, out=np.zeros(X.shape[1]), where=counts > 0)
    filled[~known.any(axis=1)] = means
    filled[:, counts == 0] = np.nan
    return model, filled


def _pictures(data: Dataset, known: np.ndarray, hidden: np.ndarray, job: Job) -> Filled:
    if not isinstance(data, ImageSet):
        raise SourceError(
            f"fill takes a table in a file, or pictures, got {data.origin}. Give a .csv, a .npy or a picture folder."
        )
    seen = np.where(hidden, np.nan, data.X)
    model = job.fitted(seen, data.kind)
    # no pixel is brighter or darker than the brightest or darkest that is known
    filled = model.fill(seen).clip(float(np.nanmin(seen)), float(np.nanmax(seen)))
    error = relative_error(data.X, filled, hidden)
    rows = np.flatnonzero(hidden.any(axis=1))
    shown = rows[np.linspace(0, len(rows) - 1, min(6, len(rows))).round().astype(int)]
    folder = job.out / PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    names = [data.names[row] for row in shown]
    figure = restored(data.X[shown], ~hidden[shown], filled[shown], data.shape, names=names)  # type: ignore[arg-type]
    facts = job.facts(model, known, hidden, error)
    written = [job.out / FIGURE, *(folder / f"{row + 1:04d}.png" for row in rows)]
    write_whole(written[0], png(figure))
    for done, row in enumerate(rows, start=1):
        write_whole(written[done], png_of_values(data.picture(filled[row])))
        job.watcher.writing(done, len(rows))
    write_json(
        job.out / FACTS,
        {**facts, "restored": {path.name: data.names[row] for path, row in zip(written[1:], rows, strict=True)}},
    )
    return Filled(data, tuple(written), facts)


def _hidden(data: Dataset, known: np.ndarray, settings: Settings) -> np.ndarray:
    """Return which known entries are hidden."""
    # no stream that somebody else may have made the holes with
    rng = np.random.default_rng([*HIDING, settings.options.get("random_state") or 0])
    hidden = np.zeros(known.shape, bool)
    if settings.hide is not None:
        if not 0 < settings.hide < 1:
            raise ValueError(f"--hide wants a share between 0 and 1, such as 0.1, got {settings.hide:g}.")
        hidden |= known & (rng.random(known.shape) < settings.hide)
    if settings.erase is not None:
        if not isinstance(data, ImageSet):
            raise ValueError(f"--erase is for pictures, got {data.kind}. Try --hide 0.1.")
        high, wide = settings.erase
        if high > data.shape[0] or wide > data.shape[1] or (high, wide) == data.shape[:2]:
            size = f"{data.shape[0]}x{data.shape[1]}"
            raise ValueError(f"--erase {high}x{wide} leaves nothing of pictures of {size}. Erase a smaller block.")
        for row in range(EVERY // 3 if data.n_samples > EVERY // 3 else 0, data.n_samples, EVERY):
            top, left = (int(rng.integers(0, room + 1)) for room in (data.shape[0] - high, data.shape[1] - wide))
            data.picture(hidden[row])[top : top + high, left : left + wide] = True
    elif isinstance(data, ImageSet) and settings.hide is None:
        raise ValueError(
            "Pictures have no missing pixels. Give --erase 20x20, a block, or --hide 0.5, a share, to restore."
        )
    return hidden


def _place_of(source: str | Path, table: bool) -> Path:
    path = Path(source).expanduser()
    if not table:
        return Path("partwise-filled")
    suffix = path.suffix.lower()
    return path.with_name(f"{path.stem}-filled{suffix if suffix in WRITTEN else '.npy'}")


def _check_file(out: Path, force: bool) -> None:
    if out.suffix.lower() not in WRITTEN:
        raise ValueError(
            f"A filled table is written as {' '.join(WRITTEN)}, got {out.name}. Give such a file as --out."
        )
    check_file_place(out)
    if out.exists() and not force:
        raise ValueError(f"{out} exists already. Choose another --out, or overwrite it with --force.")


def _check_folder(out: Path, force: bool) -> None:
    check_folder(out, "what is restored")
    if out.exists() and any(out.iterdir()) and not (force and (out / FACTS).is_file()):
        raise ValueError(f"{out} is not empty. Choose another --out, or overwrite restored pictures with --force.")


def sentences(filled: Filled) -> list[str]:
    """Return what a person is told."""
    facts = filled.facts
    rows, columns = facts["shape"]
    lines = []
    if facts["n_missing"]:
        left, rows_of_means = facts.get("n_left_empty", 0), facts.get("n_from_means", 0)
        share = f"{100 * (facts['n_missing'] - left) / (rows * columns):.2g} % of {rows} x {columns}"
        parts = counted(facts["n_components"], "parts")
        lines.append(f"{counted(facts['n_missing'] - left, 'cells')} filled ({share}) from {parts}")
        if left:
            lines.append(f"{counted(left, 'cells')} left empty: nothing is known of their columns")
        if rows_of_means:
            lines.append(f"{counted(rows_of_means, 'rows')} without any known cell: the means of the columns")
    if facts["error"] is not None:
        hidden = counted(facts["n_hidden"], "values")
        lines.append(f"{hidden} hidden, restored with a relative error of {facts['error']:.3f}")
    if not filled.written:
        lines.append("nothing is missing, so no table was written")
    return [*lines, facts["reason"], *(f"written: {path}" for path in filled.written[:1])]
