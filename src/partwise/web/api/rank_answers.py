"""The shapes of answers about rank runs and their reports, for the API's description."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class RankFacts(BaseModel):
    """A rank run that was started here."""

    model_config = ConfigDict(populate_by_name=True)
    id: str
    first: int = Field(alias="from")
    to: int
    step: int
    restarts: int
    seed: int
    state: str = Field(description="running, finished, cancelled or failed.")
    out: str
    stage: str
    line: str | None = Field(description="What was fitted last.")
    value: float | None = Field(description="Its relative error.")
    fits: int
    of: int | None
    share: float = Field(description="Of the work, 0 to 1.")
    seconds: float
    left: float | None = Field(description="Seconds.")
    reason: str | None
    sentence: str | None = Field(description="The answer.")


class RankList(BaseModel):
    """The rank runs of this server, and what may be asked of a new one."""

    ranks: list[RankFacts]
    n: int
    most: int = Field(description="The largest number of parts that can be tried.")
    defaults: dict[str, int]
    effort: dict[str, float] = Field(description="seconds of a fit of k parts are (k + 2) seconds, restarts more.")
    found: bool = Field(description="Whether there is a report: see /api/rank-report.")


class RankReportFacts(BaseModel):
    """The newest rank report beside this run."""

    out: str
    sentence: str
    recommended: int | None
    robust: int | None
    firm: list[int]
    agree: bool
    complete: bool
    candidates: list[int]
    ks: list[int]
    criteria: list[dict[str, Any]] = Field(description="Each with its curves, its pick, why, and its reliability.")
    part_stability: dict[str, list[float]]
    warnings: list[str]
    galleries: list[int] = Field(description="Numbers of parts whose parts are kept.")
    files: list[dict[str, Any]]


class Gallery(BaseModel):
    """The parts at one number of them."""

    k: int
    shape: list[int]
    parts: list[list[float]]
    stability: list[float | None] = Field(description="How surely each comes back: mean cosine with its match, 0 to 1.")
    sureness: list[str | None] = Field(description="The same in a word: firm, fair or shaky.")
