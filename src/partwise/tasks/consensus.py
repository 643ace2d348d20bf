"""consensus: a source in; many starts, and a run of the parts on which they agree out."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from partwise.models import NMF
from partwise.ranks.consensus import Consensus
from partwise.ranks.consensus import consensus as run
from partwise.ranks.criterion import numbers
from partwise.runs import Run, save_run
from partwise.sources import Dataset
from partwise.tasks.estimators import estimator_of
from partwise.tasks.fit import facts_of
from partwise.tasks.places import check_apart, check_free
from partwise.tasks.progress import Progress, Silent
from partwise.tasks.read import Reading, read_or_list
from partwise.views import view_of
from partwise.wording import counted


@dataclass(frozen=True)
class Settings:
    """What is fitted many times, and how.

    Parameters
    ----------
    n_components : int
        Number of parts, >= 1; anything else is refused by the model, in its words.
    n_runs : int
        Random starts, >= 1.
    model : dict
        Further parameters of `NMF`: beta_loss, solver, tol, max_iter; None counts as not set.
    seed : int
    reading : Reading
        How the source is read.
    """

    n_components: Any
    n_runs: int = 20
    model: dict[str, Any] | None = None
    seed: int = 0
    reading: Reading = Reading()


@dataclass(frozen=True)
class Agreed:
    """What the runs agree on, the run that was saved of it, and its data."""

    consensus: Consensus
    run: Run
    data: Dataset


class AgreedNMF(NMF):
    """The model of a consensus: beside its parts a run keeps what the single runs said of them."""

    consensus_: Consensus

    @classmethod
    def of(cls, found: Consensus) -> "AgreedNMF":
        """Take the model of a consensus."""
        twin = cls(**found.model.get_params())
        twin.__dict__.update(vars(found.model))
        twin.consensus_ = found
        return twin

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the parts, where each comes back, and the part that each sample used most in each run."""
        return {
            **super().tensors(),
            "stability_map": self.consensus_.stability_map.astype(np.float32),
            "labels": self.consensus_.labels.astype(np.int32),
        }

    def facts(self) -> dict[str, Any]:
        """Return how surely parts and groups of samples come back; None where a single run cannot know."""
        found = self.consensus_
        cophenetic, dispersion, least = numbers([found.cophenetic, found.dispersion, found.least_cosine])
        return {
            **super().facts(),
            "n_runs": found.n_runs,
            "n_runs_wanted": found.n_wanted,
            "n_runs_converged": found.n_converged,
            "stability": numbers(found.stability.tolist()),
            "cophenetic": cophenetic,
            "dispersion": dispersion,
            "least_cosine": least,
            "n_outliers": found.n_outliers,
        }


def consensus(
    source: str | Path, out: Path, settings: Settings, *, force: bool = False, progress: Progress | None = None
) -> Agreed:
    """Read, fit from many starts, and save the parts on which they agree; what is asked to stop saves what is done.

    Raises
    ------
    ValueError, OSError
        With the message for the user; nothing has been written then, but the list of files where most are broken.
    """
    watcher = progress or Silent()
    # a wrong setting is said before a large folder is read
    model = estimator_of("nmf", settings.n_components, settings.model or {})
    model._validate_params()
    if settings.n_runs < 1:
        raise ValueError(f"--runs wants a number of at least 1, got {settings.n_runs}. 20 are usual.")
    check_free(out, force)
    began = perf_counter()
    data = read_or_list(source, settings.reading, out, watcher, thumbnails=True)
    check_apart(out, source)
    view_of(data).check_count(settings.n_components, data.n_samples)
    read_seconds = perf_counter() - began
    began = perf_counter()
    watcher.running(0, settings.n_runs)
    with warnings.catch_warnings():
        # the run says in words whether it converged; once is enough
        warnings.filterwarnings("ignore", message="Maximum number of iterations")
        found = run(
            data.X,
            settings.n_components,
            n_runs=settings.n_runs,
            random_state=settings.seed,
            callback=watcher.running,
            **{key: getattr(model, key) for key in ("beta_loss", "solver", "tol", "max_iter")},
        )
    wall = perf_counter() - began
    agreed = AgreedNMF.of(found)
    facts = {"model": "nmf"} | facts_of(agreed, found.codes, data)
    facts["reason"] += f" It began at the medians of {counted(found.n_runs, 'runs')}."
    facts |= {"seconds_read": read_seconds, "seconds_fit": wall}
    return Agreed(found, save_run(out, agreed, found.codes, data, facts, settings.reading.settings()), data)
