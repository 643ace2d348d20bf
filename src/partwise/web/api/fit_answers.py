"""The shapes of answers about fits, for the API's description."""

from typing import Any

from pydantic import BaseModel, Field


class FitFacts(BaseModel):
    """A fit that was started here."""

    id: str
    k: int
    state: str = Field(description="running, finished, cancelled or failed.")
    out: str
    iteration: int
    max_iter: int
    tol: float
    seconds: float
    error: float | None
    residual: float | None
    reason: str | None
    left: float | None = Field(description="Seconds, at most.")


class FitList(BaseModel):
    """The fits of this server, and what may be asked of a new one."""

    fits: list[FitFacts]
    source: str
    n: int
    solvers: list[str]
    inits: list[str]
    defaults: dict[str, Any]


class Started(BaseModel):
    """A fit that has begun."""

    id: str


class FitState(BaseModel):
    """A fit and its state."""

    id: str
    state: str


class Opened(BaseModel):
    """The run that is shown now."""

    name: str
    generation: str
