"""The form that asks for the token, where the server can be reached from other machines."""

import asyncio
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from partwise.web.guard import Door
from partwise.web.pages import environment

entering = APIRouter(include_in_schema=False)
PENALTY = 0.5  # seconds that a wrong token costs


@entering.get("/enter")
def form(request: Request) -> Response:
    """Ask for the token."""
    return _form(request.query_params.get("next", "/parts"), wrong=False)


@entering.post("/enter")
async def enter(request: Request) -> Response:
    """Let a browser in that gives the token: a cookie of this server's run, not the token itself."""
    door: Door = request.app.state.door
    given = parse_qs((await request.body())[:4096].decode("utf-8", "replace"))
    onward = given.get("next", ["/parts"])[0]
    if not door.opened_by(given.get("token", [""])[0].encode("utf-8", "replace")):
        await asyncio.sleep(PENALTY)
        return _form(onward, wrong=True)
    answer = RedirectResponse(_inside(onward), status_code=303)
    answer.set_cookie(door.cookie, door.session, httponly=True, samesite="strict", path="/")
    return answer


def _form(onward: str, wrong: bool) -> Response:
    html = environment().get_template("enter.html").render(onward=_inside(onward), wrong=wrong)
    return HTMLResponse(html, status_code=401 if wrong else 200, headers={"Cache-Control": "no-store"})


def _inside(address: str) -> str:
    """Return an address of this server, whatever was asked for."""
    plain = address.replace("/", "").replace("-", "").isalnum()
    return address if plain and address.isascii() and address.startswith("/") and "//" not in address else "/parts"
