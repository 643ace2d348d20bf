"""The pages: each is one template; what it shows, its module asks of the API."""

import mimetypes
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from jinja2 import Environment, PackageLoader, TemplateNotFound
from starlette.responses import HTMLResponse, RedirectResponse, Response

from partwise.web.files import static_files
from partwise.web.refusing import RefusedError
from partwise.web.served import Shown
from partwise.web.showing import Showing

STATIC = Path(__file__).parent / "static"
PAGES = ("parts", "pictures", "search", "mix", "map", "fit", "model")
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
Number = Annotated[int, InPath(description="From 1.")]

pages = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


def rendered(request: Request, template: str, shown: Shown, **context: Any) -> HTMLResponse:
    """Return a page; every value in it is escaped."""
    name = shown.run.path.resolve().name
    door = request.app.state.door
    given = {"page": template, "number": None, "token": door.token, "version": version("partwise")}
    given |= {"name": name, "generation": shown.version, **context}
    html = environment().get_template(f"{template}.html").render(given)
    return HTMLResponse(html, headers={"Cache-Control": "no-store"})


@cache
def environment() -> Environment:
    """Return the templates, which escape every value."""
    return Environment(loader=PackageLoader("partwise.web"), autoescape=True, auto_reload=True)


@pages.get("/")
def start() -> Response:
    """Begin with the parts."""
    return RedirectResponse("/parts", status_code=307)


@pages.get("/parts/{number:int}")
def part(request: Request, number: Number, shown: Showing) -> Response:
    """One part."""
    shown.part(number)
    return rendered(request, "part", shown, number=number)


@pages.get("/pictures/{number:int}")
def picture(request: Request, number: Number, shown: Showing) -> Response:
    """One picture."""
    shown.row(number)
    return rendered(request, "picture", shown, number=number)


def _page(name: str) -> None:
    def one(request: Request, shown: Showing) -> Response:
        try:
            return rendered(request, name, shown)
        except TemplateNotFound:
            raise RefusedError(404, f"There is no page {name} in this version.", "Go to /parts.") from None

    one.__doc__ = f"The page {name}."
    pages.add_api_route(f"/{name}", one, methods=["GET"], name=name)


for _name in PAGES:
    _page(_name)


@pages.get("/static/{name:path}")
def static(request: Request, name: str) -> Response:
    """A file of the package, by its name in a list."""
    path = static_files(STATIC).get(name)
    if path is None:
        raise RefusedError(404, "There is no such file.", "Reload the page.")
    about = path.stat()
    tag = f'"{about.st_mtime_ns:x}-{about.st_size:x}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Response(path.read_bytes(), media_type=kind, headers=headers)
