"""Rank runs: start, watch and cancel them, and show what the last one said."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import FileResponse, Response, StreamingResponse

from partwise.web.api.answers import answered, bytes_answered
from partwise.web.api.files import attached
from partwise.web.api.fit_answers import FitState, Started
from partwise.web.api.rank_answers import Gallery, RankFacts, RankList, RankReportFacts
from partwise.web.limits import MOST_PARTS, check_seed
from partwise.web.rank_reports import Found, last_report
from partwise.web.rank_runs import Asked, RankJob, effort, start_ranks
from partwise.web.refusing import Answer, RefusedError, refuse
from partwise.web.served import Shown
from partwise.web.showing import Doing, Serving, Showing
from partwise.web.streaming import LastEvent, described, streamed

router = APIRouter(tags=["ranks"])
MOST_RANKS, MOST_RESTARTS = 200, 50
USUAL = 40  # the largest number of parts that is offered first
RankId = Annotated[str, Path(max_length=40, description="Of the rank run.")]


class WantedRanks(BaseModel):
    """Which numbers of parts to try, and how often."""

    model_config = ConfigDict(extra="forbid", strict=True)
    first: int = Field(default=1, alias="from")
    to: int
    step: int = 1
    restarts: int = Asked.restarts
    seed: int = 0


@router.get("/ranks", summary="All rank runs of this server", responses=answered(RankList))
def read_ranks(jobs: Doing, shown: Showing) -> Response:
    """Return the rank runs, the last first, and what may be asked of a new one."""
    most, found = _most(shown), last_report(shown.run)
    to = min(USUAL, most)
    return Answer(
        {
            "ranks": [job.told() for job in jobs.all(RankJob)],
            "n": shown.run.facts["n_samples"],
            "most": most,
            "defaults": {"from": 1, "to": to, "step": 1, "restarts": Asked.restarts, "seed": 0},
            "effort": effort(shown.run, found),
            "found": found is not None,
        }
    )


@router.post("/ranks", status_code=202, summary="Start a rank run, or go on with it", responses=answered(Started, 202))
def begin_ranks(body: WantedRanks, jobs: Doing, shown: Showing) -> Response:
    """Fit the pictures of the run that is shown with several numbers of parts, into a folder beside it.

    Fits that are kept there are not made again.
    """
    _check(body, shown)
    asked = Asked(body.first, body.to, body.step, body.restarts, body.seed)
    return Answer({"id": start_ranks(jobs, shown.run, asked).id}, status_code=202)


@router.get("/ranks/{name}", summary="One rank run", responses=answered(RankFacts))
def read_rank(name: RankId, jobs: Doing) -> Response:
    """Return where a rank run is."""
    return Answer(jobs.one(RankJob, name).told())


@router.get(
    "/ranks/{name}/events",
    summary="A rank run as it goes on",
    responses=described("shot, step (a fit that has ended) and end"),
    response_class=StreamingResponse,
)
async def watch_ranks(
    name: RankId, jobs: Doing, request: Request, serving: Serving, last_event_id: LastEvent = ""
) -> Response:
    """Send what has happened since the rank run began, then what happens, until it ends."""
    return streamed(jobs.one(RankJob, name), last_event_id, request, serving)


@router.post("/ranks/{name}/cancel", summary="Stop a rank run and keep what it has", responses=answered(FitState))
def cancel_ranks(name: RankId, jobs: Doing) -> Response:
    """Ask a rank run to stop after the fits that go on; the same asked again goes on from there."""
    job = jobs.one(RankJob, name)
    job.watch.stop = True
    return Answer({"id": job.id, "state": job.state})


@router.get("/rank-report", summary="What the last rank run says", responses=answered(RankReportFacts))
def read_report(shown: Showing) -> Response:
    """Return the newest report on these pictures, whoever made it."""
    return Answer(_report(shown).told())


@router.get("/rank-report/parts/{k:int}", summary="The parts at one number of them", responses=answered(Gallery))
def read_gallery(k: Annotated[int, Path(description="Of parts.")], shown: Showing) -> Response:
    """Return the parts, small, of length 1, the most energetic first."""
    report = _report(shown)
    key = ("gallery", str(report.folder), report.report.get("seconds"), k)
    return Answer(shown.kept(key, lambda: report.gallery(k, shown.shape)))


@router.get(
    "/rank-report/files/{name:path}",
    summary="Download a file of the report",
    responses=bytes_answered("application/octet-stream", "As an attachment."),
)
def download(
    name: Annotated[str, Path(description="rank.html, rank.json or figures/NAME.png.")], shown: Showing
) -> Response:
    """Return one of the files that /api/rank-report lists; the name is looked up in that list."""
    path = _report(shown).files().get(name)
    if path is None:
        raise RefusedError(404, "The report has no such file.", "See /api/rank-report for those that it has.")
    return attached(FileResponse(path), path.name)


def _report(shown: Shown) -> Found:
    found = last_report(shown.run)
    if found is None:
        raise RefusedError(404, "No rank run of these pictures has ended yet.", "Start one on the page Fit.")
    return found


def _most(shown: Shown) -> int:
    facts = shown.run.facts
    return int(min(facts["n_samples"], facts["n_features"], MOST_PARTS))


def _check(wanted: WantedRanks, shown: Shown) -> None:
    """Refuse what no rank run can do, in the words of the field that is wrong."""
    n, most = shown.run.facts["n_samples"], _most(shown)

    if not 1 <= wanted.first <= MOST_PARTS:
        refuse("from", f"From must be between 1 and {MOST_PARTS}.", "1 suits most folders.")
    if not 1 <= wanted.to <= MOST_PARTS:
        refuse("to", f"To must be between 1 and {MOST_PARTS}.", "40 suits most folders.")
    if wanted.to > most:
        what = f"the folder has {n} usable images" if most == n else f"these pictures have {most} values each"
        refuse("to", f"You asked for up to {wanted.to} parts but {what}.", f"Choose at most {most}.")
    if not 1 <= wanted.step <= MOST_PARTS:
        refuse("step", f"The step must be between 1 and {MOST_PARTS}.", "1 finds the number exactly.")
    if wanted.first + wanted.step > wanted.to:
        words = f"From {wanted.first} to {wanted.to} in steps of {wanted.step} leaves nothing to compare."
        refuse("to", words, f"Choose at least {wanted.first + 2 * wanted.step}.")
    tried = len(range(wanted.first, wanted.to + 1, wanted.step))
    if tried > MOST_RANKS:
        refuse(
            "step", f"These are {tried} numbers of parts; at most {MOST_RANKS} are tried at once.", "Widen the step."
        )
    if not 0 <= wanted.restarts <= MOST_RESTARTS:
        refuse("restarts", f"Restarts must be between 0 and {MOST_RESTARTS}.", "5 suit most folders.")
    check_seed(wanted.seed)
