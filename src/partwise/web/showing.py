"""What every endpoint asks of the app: the run that is shown now."""

from typing import Annotated

from fastapi import Depends, Request

from partwise.web.served import Served, Shown


def served_by(request: Request) -> Served:
    """Return what this app serves."""
    return request.app.state.served


def shown_now(request: Request) -> Shown:
    """Return the run that is shown, fresh."""
    return served_by(request).now()


Serving = Annotated[Served, Depends(served_by)]
Showing = Annotated[Shown, Depends(shown_now)]
