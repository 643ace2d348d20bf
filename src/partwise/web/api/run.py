"""The run as a whole: its facts, its history, and what each part does."""

from fastapi import APIRouter
from starlette.responses import Response

from partwise.web.api.answers import RunFacts, answered
from partwise.web.overview import run_answer
from partwise.web.showing import Showing

router = APIRouter(tags=["run"])


@router.get("/run", summary="Facts of the run and of its parts", responses=answered(RunFacts))
def read_run(shown: Showing) -> Response:
    """Return what the run is, how good it is, how it went, and what each part does."""
    return run_answer(shown)
