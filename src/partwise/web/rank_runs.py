"""Rank runs that are started from the page: how many parts the pictures of the run that is shown are made of."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from partwise.runs import Run
from partwise.tasks.rank import Settings, rank
from partwise.tasks.read import Reading
from partwise.web.jobs import Job, Jobs, stem_of
from partwise.web.rank_reports import RANKS, Found, keep_parts
from partwise.web.rank_watch import RankWatch

PACE = 1.2e-8  # seconds that an entry costs for a fit of one part more: faces on two cores
RESTART = 1.5  # what a restart costs beside another fit


@dataclass(frozen=True)
class Asked:
    """What is tried.

    Parameters
    ----------
    first, last, step : int
        Numbers of parts: from, to, and how far apart.
    restarts : int
        Fits from other random numbers at each of them.
    seed : int
    """

    first: int
    last: int
    step: int = 1
    restarts: int = 5
    seed: int = 0

    def folder(self, run: Path) -> Path:
        """Return where its results lie: the same wherever fits that are kept there can be gone on from."""
        stem = stem_of(run)
        told = [f"-from-{self.first}"] if self.first > 1 else []
        told += [f"-by-{self.step}"] if self.step > 1 else []
        told += [f"-seed-{self.seed}"] if self.seed else []
        return stem.with_name(f"{stem.name}{RANKS}{''.join(told)}")


@dataclass(kw_only=True)
class RankJob(Job):
    """A rank run.

    Attributes
    ----------
    shown : Run
        Whose pictures are fitted, read as they were read.
    asked : Asked
    sentence : str or None
        The answer.
    """

    noun: ClassVar[str] = "rank run"
    address: ClassVar[str] = "/api/ranks"

    watch: RankWatch
    shown: Run
    asked: Asked
    sentence: str | None = None

    @property
    def words(self) -> str:
        """A rank run, and what it tries."""
        return f"A rank run from {self.asked.first} to {self.asked.last} parts"

    def told(self) -> dict[str, Any]:
        """Return what the page shows of it."""
        last, asked = self.watch.last, self.asked
        shown = ("stage", "line", "value", "fits", "of", "share", "seconds")
        return {
            "id": self.id,
            "from": asked.first,
            "to": asked.last,
            "step": asked.step,
            "restarts": asked.restarts,
            "seed": asked.seed,
            "state": self.state,
            "out": self.out.name,
            "reason": self.reason,
            "sentence": self.sentence,
            "left": last["left"] if self.state == "running" else None,
            **{name: last[name] for name in shown},
        }

    def work(self) -> bool:
        """Fit them all and say what they come to; what was fitted before is not fitted again."""
        asked = self.asked
        # many fits to parts of the data want them in memory
        reading = replace(Reading.from_settings(self.shown.settings), stored=False)
        settings = Settings(
            asked.first, asked.last, asked.step, restarts=asked.restarts, seed=asked.seed, reading=reading
        )
        ranked = rank(self.shown.facts["source"], self.out, settings, progress=self.watch)
        keep_parts(self.out, ranked.report)
        self.sentence = ranked.report.sentence
        stopped = not ranked.report.complete
        self.reason = "Stopped on request; every fit that had ended is kept." if stopped else None
        return stopped


def start_ranks(jobs: Jobs, run: Run, asked: Asked) -> RankJob:
    """Begin a rank run, or go on with one; a refusal where another job is running."""

    def prepare() -> RankJob:
        out = asked.folder(run.path)
        before = next((job.watch for job in jobs.all(RankJob) if job.out == out), None)
        return RankJob(out=out, watch=RankWatch(before), shown=run, asked=asked)

    return jobs.start(prepare)


def effort(run: Run, before: Found | None) -> dict[str, float]:
    """Return how long a rank run takes, roughly: fits of k parts take (k + 2) `seconds`, and restarts more.

    Known from the report before, if there is one.
    """
    lines = Settings.folds + 2  # all entries, and shuffled columns
    seconds = PACE * run.facts["n_samples"] * run.facts["n_features"]
    if before is not None and before.report.get("seconds"):
        told = before.report
        weight = sum(k + 2 for k in told["ks"]) * (told["n_folds"] + 2 + RESTART * told["n_restarts"])
        seconds = told["seconds"] / weight if weight else seconds
    return {"lines": lines, "restart": RESTART, "seconds": seconds}
