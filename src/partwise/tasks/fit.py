"""fit: a source in, a run out."""

import warnings
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from partwise.models.canonical import normalized
from partwise.models.course import check_course
from partwise.models.working_memory import WorkingMemory
from partwise.runs import Run, save_run
from partwise.sources import Dataset
from partwise.tasks.errors import error_and_size
from partwise.tasks.estimators import estimator_of, most_parts
from partwise.tasks.fit_on_workers import check_spread, learned, rows_of
from partwise.tasks.places import check_apart, check_free, check_same, goes_on
from partwise.tasks.progress import Progress, Silent
from partwise.tasks.read import Reading, lasting, read_or_list
from partwise.tasks.workers import Place, workers_at
from partwise.views import view_of


@dataclass(frozen=True)
class Settings:
    """What is fitted, and how.

    Parameters
    ----------
    n_components : int or tuple of int
        Number of parts, >= 1, or of a model with layers that of each; anything else is refused by the model, in its
        words.
    model : dict
        Further parameters of the estimator.
    reading : Reading
        How the source is read.
    estimator : str
        Which one, a key of `MODELS`.
    dask : str or None
        Where workers are that hold the rows and learn from them, as `Place.of` takes it.
    """

    n_components: Any
    model: dict[str, Any] = field(default_factory=dict)
    reading: Reading = Reading()
    estimator: str = "nmf"
    dask: str | None = None


@dataclass(frozen=True)
class Fitted:
    """A run, the data it was made of, and whether it was stopped on request."""

    run: Run
    data: Dataset
    stopped: bool


def fit(
    source: str | Path, out: Path, settings: Settings, *, force: bool = False, progress: Progress | None = None
) -> Fitted:
    """Read, fit and save; a fit that is asked to stop saves what it has.

    Raises
    ------
    ValueError, OSError
        With the message for the user; nothing has been written then, but the list of files where most are broken.
    """
    watcher = progress or Silent()
    asked = False

    def follow(shot: Any) -> bool:
        nonlocal asked
        limit = model.max_iter if shot.layer is None else model.greedy_max_iter
        asked = watcher.fitting(shot, limit) or asked
        return asked

    model = estimator_of(settings.estimator, settings.n_components, {**settings.model, "callback": follow})
    # a wrong setting is said before a large folder is read
    model._validate_params()
    if settings.reading.memory is not None:
        WorkingMemory.of(settings.reading.memory, type(model).__name__)
    place = None if settings.dask is None else Place.of(settings.dask)
    if place is not None:
        check_spread(model, settings.estimator, settings.reading.memory)
    resumed = goes_on(settings.model.get("checkpoint"), settings.model.get("resume", False))
    check_free(out, force or resumed)
    if "checkpoint" in model.get_params():
        check_course(model)
    reading, client = settings.reading, None
    with ExitStack() as held:
        if place is not None:
            source, packages = rows_of(source)
            reading = replace(reading, stored=True)
            client = held.enter_context(workers_at(place, packages))
        began = perf_counter()
        data = read_or_list(source, reading, out, watcher, thumbnails=True)
        check_apart(out, source)
        if resumed and not force:
            check_same(out, data.fingerprint, settings.n_components)
        view_of(data).check_count(most_parts(settings.n_components), data.n_samples)
        read_seconds = perf_counter() - began
        began = perf_counter()
        with warnings.catch_warnings():
            # the run says in words whether it converged; once is enough
            warnings.filterwarnings("ignore", message="Maximum number of iterations")
            W = model.fit_transform(data.X) if client is None else learned(model, data.X, client, watcher)
        wall = perf_counter() - began
    model, W = normalized(model, W)
    facts = {"model": settings.estimator} | facts_of(model, W, data)
    facts |= {"seconds_read": read_seconds, "seconds_fit": wall}
    run = save_run(out, model, W, data, facts, reading.settings(), watcher.writing)
    return Fitted(run, data, asked)


def facts_of(model: Any, W: np.ndarray, data: Dataset) -> dict[str, Any]:
    """Return the figures of a fit by their names in `partwise info --json`."""
    relative_error, size = error_and_size(data.X, model, W)
    with np.errstate(over="ignore"):
        scale = float(0.5 * np.float64(size) ** 2)
    return {
        "source": lasting(data.origin),
        "kind": data.kind,
        "n_samples": data.n_samples,
        "n_features": data.n_features,
        "n_components": int(model.n_components_),
        "relative_error": relative_error,
        "reconstruction_err": model.reconstruction_err_,
        "kkt_residual": model.kkt_residual_,
        "tol": float(model.tol),
        "tol_bounds_residual": model.tol_bounds_residual,
        "converged": bool(model.converged_),
        "reason": model.stopped_,
        "n_iter": model.n_iter_,
        "seconds": model.history_[-1].seconds,
        "n_dead_components": model.n_dead_components_,
        **view_of(data).facts(),
        **model.facts(),
        "objective_scale": scale if model.loss_exponent == 2 and 0 < scale < np.inf else None,
        "n_labels": len(set(data.labels)) if data.labels is not None else 0,
        "n_skipped": len(data.skipped),
        "n_duplicates": len(data.duplicates),
        "fingerprint": data.fingerprint,
    }
