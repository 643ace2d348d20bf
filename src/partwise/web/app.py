"""The app: pages, API and the door before them, put together for one run."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from threading import Thread

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from partwise.web.api import api
from partwise.web.documentation import describe, documentation
from partwise.web.entering import entering
from partwise.web.guard import Door, Guard
from partwise.web.jobs import Jobs
from partwise.web.pages import pages, rendered
from partwise.web.refusing import AGAIN, HINTS, RefusedError, of_validation, refusal
from partwise.web.served import Served
from partwise.web.warming import warm

ABOUT = """Everything the pages show, by number and as JSON.

A picture is known by its `number` (from 1, never given twice), a part by its number from 1. Every request but GET
carries the header `X-Partwise-Token`: the one given by `--token`, or the one in the page's `<meta
name="partwise-token">`. Every refusal is `{"error": what happened, "hint": what to do}`."""
WORDS = {404: "There is nothing at this address.", 405: "This address does not take that method."}


def make_app(served: Served, door: Door) -> FastAPI:
    """Return the app, guarded.

    Parameters
    ----------
    served : Served
        What it shows.
    door : Door
        Whom it lets in.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        Thread(target=warm, args=(served,), name="partwise-sheets", daemon=True).start()
        yield
        served.closing.set()
        app.state.jobs.close()

    app = FastAPI(
        title="partwise",
        version=version("partwise"),
        description=ABOUT,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.served = served
    app.state.door = door
    app.state.jobs = Jobs()
    app.include_router(api)
    app.include_router(documentation)
    app.include_router(entering)
    app.include_router(pages)
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(HTTPException, _unknown)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _bug)
    app.add_middleware(Guard, door=door)
    describe(app)
    return app


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    wants_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
    if not wants_page:
        return refusal(error)
    shown = request.app.state.served.last  # it may be the run that cannot be read
    page = rendered(request, "error", shown, status=error.status, **error.body())
    page.status_code = error.status
    return page


async def _unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    words = WORDS.get(error.status_code, str(error.detail))
    return await _refused(request, RefusedError(error.status_code, words, HINTS.get(error.status_code, AGAIN)))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return await _refused(request, of_validation(error))


async def _bug(request: Request, error: Exception) -> Response:
    return refusal(RefusedError(500, "The server made a mistake.", "The terminal of partwise serve shows it."))
