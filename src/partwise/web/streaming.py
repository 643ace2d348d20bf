"""A job as it goes on, sent to whoever watches: what has happened since it began, then what happens, until it ends."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Header, Request
from starlette.responses import Response, StreamingResponse

from partwise.web.jobs import Job
from partwise.web.refusing import RefusedError
from partwise.web.served import Served

MOST_WATCHING = 32
PULSE = 0.1  # seconds between two looks at what is new
BREATH = 15.0  # seconds of silence before a comment tells that the line is open
LastEvent = Annotated[str, Header(alias="last-event-id", max_length=40)]


def described(kinds: str) -> dict[int | str, dict[str, Any]]:
    """Describe a stream of events of these kinds."""
    return {200: {"description": f"{kinds}, the past first.", "content": {"text/event-stream": {}}}}


def streamed(job: Job, last_event: str, request: Request, served: Served) -> Response:
    """Return the events of a job after the last one that was seen, as Server-Sent Events."""
    if getattr(request.app.state, "watching", 0) >= MOST_WATCHING:
        raise RefusedError(429, f"{MOST_WATCHING} pages watch already.", "Close some.")
    seen = int(last_event) if last_event.isascii() and last_event.isdecimal() else 0
    stream = _events(job, seen, request, served)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _events(job: Job, seen: int, request: Request, served: Served) -> AsyncIterator[str]:
    state = request.app.state
    state.watching = getattr(state, "watching", 0) + 1
    silent = 0.0
    try:
        while not served.closing.is_set():
            for number, kind, data in job.watch.after(seen):
                seen, silent = number, 0.0
                yield f"id: {number}\nevent: {kind}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"
                if kind == "end":
                    return
            await asyncio.sleep(PULSE)
            silent += PULSE
            if silent >= BREATH:
                silent = 0.0
                yield ": still here\n\n"
    finally:
        state.watching -= 1
