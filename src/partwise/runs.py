"""A fitted run on disk: a folder with run.json, model, codes, catalogue, skipped.csv, figures/ and report.html."""

import csv
import io
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from math import isfinite, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from partwise.search import Catalogue
from partwise.search.entering import NewEntries, catalogued
from partwise.sources import Dataset, Duplicate, Skipped
from partwise.stopping import Record
from partwise.storage import (
    FORMAT,
    check_file,
    clear_unfinished,
    read_json,
    read_npy,
    read_tensors,
    refuse_pickle,
    write_json,
    write_npy,
    write_tensors,
    write_whole,
)

if TYPE_CHECKING:
    from partwise.models.parts_model import PartsModel
    from partwise.views import View

COMPARISON = "comparison.json"  # what makes a folder a comparison of solvers, which is no run
RANK, RANK_REPORT, FITS = "rank.json", "rank.html", "fits"  # a rank report, its page, and the fits that it is made of
RUN, MODEL, CODES, SKIPPED = "run.json", "model.safetensors", "codes.npy", "skipped.csv"
REPORT, FIGURES = "report.html", "figures"
PASSING = ("callback", "verbose", "checkpoint", "checkpoint_every", "resume")  # parameters that end with the fit


@dataclass(frozen=True, repr=False)
class Run:
    """A run as it was saved.

    Attributes
    ----------
    path : Path
        Its folder.
    facts : dict
        What `partwise info --json` prints.
    settings : dict
        How the source was read.
    made_with : dict
        Versions and settings, for the report.
    tensors : dict of ndarray
        What its model keeps: "H", the parts, and what else it needs.
    parameters : dict
        Of the model.
    codes : ndarray of shape (n_samples, n_components)
        W; where parts have length 1, a weight says how much of it a sample has. Large ones are mapped from the disk.
    names, labels : tuple of str
        Of the samples; labels may be None.
    skipped, duplicates, notes
        What happened when the source was read.
    history : tuple of Record
        Iteration, seconds of the solver, objective and KKT residual.
    memory : dict
        What its kind of source is shown and read with.
    model_id : str
        SHA-256 of its model file, by which its catalogue knows whose codes it holds.
    """

    path: Path
    facts: dict[str, Any]
    settings: dict[str, Any]
    made_with: dict[str, Any]
    tensors: dict[str, np.ndarray]
    parameters: dict[str, Any]
    codes: np.ndarray
    names: tuple[str, ...]
    labels: tuple[str, ...] | None
    skipped: tuple[Skipped, ...]
    duplicates: tuple[Duplicate, ...]
    notes: tuple[str, ...]
    history: tuple[Record, ...]
    memory: dict[str, Any]
    model_id: str

    def __repr__(self) -> str:
        facts = self.facts
        return (
            f"Run({str(self.path)!r}, n_samples={facts['n_samples']}, n_components={facts['n_components']}, "
            f"relative_error={facts['relative_error']:.4f})"
        )

    @property
    def parts(self) -> np.ndarray:
        """H, (n_components, n_features), strongest first; each part has length 1 where the model leaves that open."""
        return self.tensors["H"]

    @property
    def factors(self) -> tuple[np.ndarray, ...]:
        """Of a model with layers H_1, (layers[0], n_features), then H_l, (layers[l], layers[l - 1]); else none."""
        return tuple(self.tensors[f"H{place}"] for place in range(1, len(self.tensors)) if f"H{place}" in self.tensors)

    @cached_property
    def model(self) -> "PartsModel":
        """The estimator with these parts, ready to transform new samples; made when first asked for."""
        from partwise.models import MODELS  # takes seconds, and most questions to a run do without

        # runs of version 0.1 have no name of a model: there was one
        kind = MODELS[self.facts.get("model", "nmf")]
        model = kind(**{key: value for key, value in self.parameters.items() if key in kind().get_params()})
        return model.restored(self.tensors)

    @cached_property
    def view(self) -> "View":
        """How its parts and samples are shown."""
        from partwise.views import view_from  # figures take a second to load, and most questions do without

        return view_from(self.facts["kind"], self.memory)

    @cached_property
    def part_names(self) -> dict[int, str]:
        """Names that were given to parts, by their numbers from 1; read when first asked for."""
        try:
            catalogue = Catalogue.at(self.path)
        except (ValueError, OSError):  # a run is shown without its catalogue too
            return {}
        names = catalogue.part_names() if catalogue.model == self.model_id else {}
        catalogue.close()
        return names

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """Names of the features, where they have any."""
        return _tuple(self.memory.get("feature_names"))

    @property
    def shape(self) -> tuple[int, int] | tuple[int, int, int] | None:
        """The shape of one picture, (height, width) or (height, width, 3); None where samples are no pictures."""
        return self.view.shape

    def picture(self, row: np.ndarray) -> np.ndarray:
        """Return a row of features (a part, a sample, a sum of parts) as a picture.

        Raises
        ------
        ValueError
            If the run was not made of pictures.
        """
        if self.shape is None:
            kind = self.facts["kind"]
            raise ValueError(f"{self.path} was made of the kind of source '{kind}', which has no pictures.")
        return np.asarray(row).reshape(self.shape)


def save_run(
    path: Path,
    model: "PartsModel",
    codes: np.ndarray,
    data: Dataset,
    facts: dict[str, Any],
    settings: dict[str, Any],
    report: Callable[[int, int], None] | None = None,
) -> Run:
    """Write everything but figures and report; run.json comes last, so that a folder with one is complete.

    `report` is told how many samples are in the catalogue, and of how many: that takes the longest.
    """
    path.mkdir(parents=True, exist_ok=True)
    # what an older run left here must not pass for this one's
    for stale in (path / RUN, path / REPORT, *(path / FIGURES).glob("*.png")):
        stale.unlink(missing_ok=True)
    for name in (MODEL, CODES, SKIPPED, RUN):
        clear_unfinished(path / name)
    parameters = {key: value for key, value in model.get_params().items() if key not in PASSING}
    sums = {
        MODEL: write_tensors(path / MODEL, model.tensors(), {"estimator": facts["model"], "parameters": parameters}),
        CODES: write_npy(path / CODES, codes),
        SKIPPED: write_skipped(path, data.skipped),
    }
    catalogued(path, sums[MODEL], NewEntries(data, codes, model.tensors()["H"], report))
    made_with = {
        **made_here(),
        **{f"model {key}": value for key, value in parameters.items()},
        **{f"source {key}": value for key, value in settings.items() if value is not None},
        "fingerprint of the data": data.fingerprint,
    }
    write_json(
        path / RUN,
        {
            "format": FORMAT,
            "facts": facts,
            "settings": settings,
            "made_with": made_with,
            "notes": list(data.notes),
            "names": list(data.names),
            "labels": list(data.labels) if data.labels is not None else None,
            "memory": data.memory(),
            "skipped": [asdict(s) for s in data.skipped],
            "duplicates": [asdict(d) for d in data.duplicates],
            "history": [[r.iteration, r.seconds, _number(r.objective), _number(r.residual)] for r in model.history_],
            "sha256_of_files": sums,
        },
    )
    return load_run(path)


def made_here() -> dict[str, str]:
    """Return the versions that a result is made with, and when."""
    return {
        "partwise": version("partwise"),
        "numpy": np.__version__,
        "python": platform.python_version(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def write_skipped(path: Path, skipped: Sequence[Skipped]) -> str:
    """Write the list of files that were left out into a folder, made if need be; return its SHA-256."""
    path.mkdir(parents=True, exist_ok=True)
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("name", "reason"), *((one.name, one.reason) for one in skipped)])
    return write_whole(path / SKIPPED, text.getvalue().encode("utf-8", "backslashreplace"))


def load_run(path: str | Path) -> Run:
    """Open a run; every file is checked against its checksum.

    Parameters
    ----------
    path : str or Path
        The folder that `partwise fit` wrote.

    Returns
    -------
    Run

    Raises
    ------
    FileNotFoundError
        If the folder holds no run.
    ValueError
        If a file is damaged, or newer than this version reads.
    """
    path = Path(path)
    refuse_pickle(path)
    body = read_json(_existing(path, RUN))
    arrays, about = read_tensors(_existing(path, MODEL))
    check_file(path / MODEL, body["sha256_of_files"][MODEL])  # whole, but perhaps another run's
    return Run(
        path=path,
        facts=body["facts"],
        settings=body["settings"],
        made_with=body["made_with"],
        tensors=arrays,
        parameters={**about["parameters"], "n_components": len(arrays["H"])},
        codes=read_npy(_existing(path, CODES), body["sha256_of_files"][CODES]),
        names=tuple(body["names"]),
        labels=None if body["labels"] is None else tuple(map(sys.intern, body["labels"])),
        skipped=tuple(Skipped(**one) for one in body["skipped"]),
        duplicates=tuple(Duplicate(**one) for one in body["duplicates"]),
        notes=tuple(body["notes"]),
        history=tuple(Record(line[0], *(nan if it is None else it for it in line[1:])) for line in body["history"]),
        memory=body["memory"] if "memory" in body else _older_memory(body),
        model_id=body["sha256_of_files"][MODEL],
    )


def _older_memory(body: dict[str, Any]) -> dict[str, Any]:
    """Return what a run of version 0.1 remembers elsewhere."""
    return {"shape": body["facts"]["image_shape"], "feature_names": body["feature_names"]}


def _existing(path: Path, name: str) -> Path:
    if not path.is_dir():
        raise FileNotFoundError(f"No run at {path}. Make one with: partwise fit SOURCE -k 20 --out {path}")
    if not (path / name).is_file():
        raise FileNotFoundError(f"{path} is not a complete run: {name} is missing. Refit, or give the folder of a run.")
    return path / name


def _number(value: float) -> float | None:
    """Return what JSON can say: it has no infinity."""
    return value if isfinite(value) else None


def _tuple(values: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
