"""What every endpoint asks of the app: the run that is shown now, and what is being done."""

from typing import Annotated

from fastapi import Depends, Request

from partwise.web.jobs import Jobs
from partwise.web.served import Served, Shown


async def served_by(request: Request) -> Served:
    """Return what this app serves."""
    return request.app.state.served


async def shown_now(request: Request) -> Shown:
    """Return the run that is shown, fresh. It takes no time, and a thread for it would."""
    return request.app.state.served.now()


async def jobs_of(request: Request) -> Jobs:
    """Return the jobs of this app."""
    return request.app.state.jobs


Serving = Annotated[Served, Depends(served_by)]
Showing = Annotated[Shown, Depends(shown_now)]
Doing = Annotated[Jobs, Depends(jobs_of)]
