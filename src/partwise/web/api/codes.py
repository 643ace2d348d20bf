"""Pictures that are sent: decoded in a process of their own, encoded with the parts of the run."""

import re
import unicodedata
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from partwise.web.api.answers import Coded, answered
from partwise.web.overview import rounded
from partwise.web.refusing import Answer, RefusedError, asking
from partwise.web.served import Shown
from partwise.web.showing import Showing
from partwise.web.uploads import decoded

router = APIRouter(tags=["search"])
BODY = {"content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}, "required": True}


@router.post(
    "/codes",
    summary="The code of a picture that is sent",
    responses=answered(Coded),
    openapi_extra={"requestBody": BODY},
)
async def encode(
    request: Request,
    shown: Showing,
    name: Annotated[str, Query(max_length=400, description="What to call it; nothing is opened by it.")] = "picture",
) -> Response:
    """Return the code of an image file that is the body, and what the model sees of it. Nothing is kept."""
    body = await request.body()  # the guard has bounded it
    if not body:
        raise RefusedError(400, "Empty file.", "Choose a picture.")
    return await run_in_threadpool(_encoded, shown, body, name)


def _encoded(shown: Shown, body: bytes, name: str) -> Response:
    picture = decoded(body, shown.run)
    with asking(), shown.slow:
        code, error = shown.finder.encode(picture.values)
    return Answer(
        {
            "name": plain(name),
            "code": np.asarray(code, dtype=np.float64).tolist(),
            "error": rounded(error),
            "width": picture.width,
            "height": picture.height,
            "pixels": np.round(picture.values.astype(np.float64), 4).tolist(),
        }
    )


def plain(name: str) -> str:
    """Return the last part of a name, without what cannot be seen."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(one for one in last if unicodedata.category(one)[0] != "C")[:120] or "picture"
