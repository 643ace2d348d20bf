"""Fits: start, watch and cancel them, and show what they made."""

from threading import Thread
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response, StreamingResponse

from partwise.models import NMF
from partwise.solvers import AUTO, SOLVERS
from partwise.tasks.estimators import estimator_of
from partwise.web.api.answers import answered
from partwise.web.api.fit_answers import FitFacts, FitList, FitState, Opened, Started
from partwise.web.fits import FitJob, start_fit
from partwise.web.limits import MOST_PARTS, check_seed
from partwise.web.refusing import Answer, RefusedError, asking, refuse
from partwise.web.served import Shown
from partwise.web.showing import Doing, Serving, Showing
from partwise.web.streaming import LastEvent, described, streamed
from partwise.web.warming import warm

router = APIRouter(tags=["fits"])
INITS = ("random", "nndsvd", "nndsvda", "nndsvdar")
MOST_ITERATIONS = 100_000
FitId = Annotated[str, Path(max_length=40, description="Of the fit.")]


class Wanted(BaseModel):
    """What to fit; what is left out is as the model has it."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    k: int
    seed: int = 0
    solver: str | None = None
    init: str | None = None
    max_iter: int | None = None
    tol: float | None = None


@router.get("/fits", summary="All fits of this server", responses=answered(FitList))
def read_fits(jobs: Doing, shown: Showing) -> Response:
    """Return the fits, the last first, and what may be asked of a new one."""
    facts, settings = shown.run.facts, NMF().get_params()
    size = " × ".join(str(side) for side in shown.shape[:2])
    return Answer(
        {
            "fits": [job.told() for job in jobs.all(FitJob)],
            "source": f"{facts['n_samples']:,} pictures of {size} pixels, from {facts['source']}",
            "n": facts["n_samples"],
            "solvers": [name for name in SOLVERS if name != AUTO],
            "inits": list(INITS),
            "defaults": {
                "k": shown.k,
                "seed": 0,
                "solver": "hals",
                "init": None,
                "max_iter": settings["max_iter"],
                "tol": settings["tol"],
            },
        }
    )


@router.post("/fits", status_code=202, summary="Start a fit", responses=answered(Started, 202))
def begin_fit(body: Wanted, jobs: Doing, shown: Showing) -> Response:
    """Fit the pictures of the run that is shown, read as they were, into a folder beside it."""
    _check(body, shown)
    tol = float(NMF().tol) if body.tol is None else body.tol
    model = {"solver": body.solver, "init": body.init, "tol": tol, "random_state": body.seed}
    most = body.max_iter or int(NMF().max_iter)
    model["max_iter"] = most
    with asking():
        estimator_of("nmf", body.k, model)._validate_params()
    job = start_fit(jobs, shown.run, body.k, model, most)
    return Answer({"id": job.id}, status_code=202)


@router.get("/fits/{name}", summary="One fit", responses=answered(FitFacts))
def read_fit(name: FitId, jobs: Doing) -> Response:
    """Return where a fit is."""
    return Answer(jobs.one(FitJob, name).told())


@router.get(
    "/fits/{name}/events",
    summary="A fit as it goes on",
    responses=described("shot, parts and end"),
    response_class=StreamingResponse,
)
async def watch_fit(
    name: FitId, jobs: Doing, request: Request, serving: Serving, last_event_id: LastEvent = ""
) -> Response:
    """Send what has happened since the fit began, then what happens, until it ends."""
    return streamed(jobs.one(FitJob, name), last_event_id, request, serving)


@router.post("/fits/{name}/cancel", summary="Stop a fit and keep what it has", responses=answered(FitState))
def cancel_fit(name: FitId, jobs: Doing) -> Response:
    """Ask a fit to stop after its present iteration; its run is saved and drawn."""
    job = jobs.one(FitJob, name)
    job.watch.stop = True
    return Answer({"id": job.id, "state": job.state})


@router.post("/fits/{name}/open", summary="Show what a fit made", responses=answered(Opened))
def open_fit(name: FitId, jobs: Doing, serving: Serving) -> Response:
    """Show the run of a fit from now on, on every page."""
    job = jobs.one(FitJob, name)
    if job.state not in ("finished", "cancelled"):
        raise RefusedError(409, f"This fit is {job.state}.", "Open one that has finished.")
    with asking(409):
        shown = serving.open(job.out)
    Thread(target=warm, args=(serving,), name="partwise-sheets", daemon=True).start()
    return Answer({"name": shown.run.path.name, "generation": shown.version})


def _check(wanted: Wanted, shown: Shown) -> None:
    """Refuse what no fit can do, in the words of the field that is wrong."""
    n = shown.run.facts["n_samples"]

    if not 1 <= wanted.k <= MOST_PARTS:
        refuse("k", f"k must be between 1 and {MOST_PARTS}.", "20 to 50 parts suit most folders.")
    if wanted.k > n:
        refuse("k", f"You asked for {wanted.k} parts but the folder has {n} usable images.", f"Choose at most {n}.")
    check_seed(wanted.seed)
    if wanted.solver is not None and wanted.solver not in SOLVERS:
        refuse("solver", f"There is no solver {wanted.solver[:40]!r}.", f"Choose one of {', '.join(SOLVERS)}.")
    if wanted.init is not None and wanted.init not in INITS:
        refuse("init", f"There is no start {wanted.init[:40]!r}.", f"Choose one of {', '.join(INITS)}.")
    if wanted.init not in (None, "random") and wanted.k > min(n, shown.run.facts["n_features"]):
        refuse("init", f"init = {wanted.init!r} can only be used when k <= min(pictures, pixels).", "Use random.")
    if wanted.max_iter is not None and not 1 <= wanted.max_iter <= MOST_ITERATIONS:
        refuse("max_iter", f"Iterations must be between 1 and {MOST_ITERATIONS:,}.", "200 suit most fits.")
    if wanted.tol is not None and not 0 <= wanted.tol < 1:
        refuse("tol", "The tolerance must be at least 0 and below 1.", "1e-4 suits most fits.")
