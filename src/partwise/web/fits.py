"""Fits that are started from the page, beside the run that is shown."""

from dataclasses import dataclass
from typing import Any, ClassVar

from partwise.runs import Run
from partwise.tasks.fit import Settings, fit
from partwise.tasks.look import look
from partwise.tasks.read import Reading
from partwise.web.fit_watch import FitWatch
from partwise.web.jobs import Job, Jobs, claimed
from partwise.web.overview import relative, rounded


@dataclass(kw_only=True)
class FitJob(Job):
    """A fit of what a run was made of, read as it was read.

    Attributes
    ----------
    shown : Run
    k : int
    model : dict
        Parameters of the estimator, its `tol` among them.
    """

    noun: ClassVar[str] = "fit"
    address: ClassVar[str] = "/api/fits"

    watch: FitWatch
    shown: Run
    k: int
    model: dict[str, Any]

    @property
    def words(self) -> str:
        """A fit, and of how many parts."""
        return f"A fit of {self.k} parts"

    def told(self) -> dict[str, Any]:
        """Return what the page shows of it."""
        last = self.watch.last
        return {
            "id": self.id,
            "k": self.k,
            "state": self.state,
            "out": self.out.name,
            "iteration": last["iteration"],
            "max_iter": self.watch.max_iter,
            "tol": float(self.model["tol"]),
            "seconds": last["seconds"],
            "error": last["error"],
            "residual": last["residual"],
            "reason": self.reason,
            "left": last["left"] if self.state == "running" else None,
            "stage": last["stage"],
        }

    def work(self) -> bool:
        """Fit, save, draw."""
        settings = Settings(self.k, self.model, Reading.from_settings(self.shown.settings))
        fitted = fit(self.shown.facts["source"], self.out, settings, progress=self.watch)
        facts = fitted.run.facts
        self.watch.last |= {
            "iteration": facts["n_iter"],
            "error": relative(0.5 * facts["relative_error"] ** 2, 0.5),
            "residual": rounded(facts["kkt_residual"]),
        }
        self.reason = facts["reason"]
        if not self.hurried:
            look(fitted.run, fitted.data, progress=self.watch)
        return fitted.stopped


def start_fit(jobs: Jobs, run: Run, k: int, model: dict[str, Any], max_iter: int) -> FitJob:
    """Begin a fit; a refusal where another job is running, or there is no place for its run."""

    def prepare() -> FitJob:
        watch = FitWatch(tuple(run.shape or ()), run.facts.get("objective_scale"), max_iter)
        return FitJob(out=claimed(run, f"k{k}"), watch=watch, shown=run, k=k, model=model)

    return jobs.start(prepare)
