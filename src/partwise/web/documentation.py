"""The page about the API: what its OpenAPI description says, written out without any script of another site."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import HTMLResponse, Response

from partwise.web.pages import rendered
from partwise.web.showing import Showing

documentation = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
METHODS = ("get", "post", "put", "delete")
DEPTH = 3  # how far objects within objects are written out


def describe(app: FastAPI) -> None:
    """Complete the description of an app: what carries the token, and that every refusal has one shape."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        made = app.openapi_schema is None
        told = plain()
        if made:
            token = {"type": "apiKey", "in": "header", "name": "X-Partwise-Token"}
            told.setdefault("components", {})["securitySchemes"] = {"token": token}
            for methods in told["paths"].values():
                for method, operation in methods.items():
                    operation["responses"].pop("422", None)  # it is among the 4XX here
                    if method != "get":
                        operation["security"] = [{"token": []}]
            for name in ("HTTPValidationError", "ValidationError"):
                told["components"].get("schemas", {}).pop(name, None)
        return told

    app.openapi = openapi  # type: ignore[method-assign]


@documentation.get("/api")
def about(request: Request, shown: Showing) -> Response:
    """Say what may be asked."""
    description = request.app.openapi()
    return rendered(request, "api", shown, title=description["info"]["title"], nouns=nouns(description))


def nouns(description: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the operations of an OpenAPI description by their tags, in the order in which they were declared."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in description["paths"].items():
        for method in METHODS:
            if method in methods:
                told = methods[method]
                found.setdefault(told["tags"][0], []).append(_operation(description, method, path, told))
    return found


def _operation(description: dict[str, Any], method: str, path: str, told: dict[str, Any]) -> dict[str, Any]:
    body = told.get("requestBody", {}).get("content", {})
    answers: dict[str, Any] = told["responses"]
    media, answer = next(
        (next(iter(one["content"].items())) for code, one in answers.items() if code[0] == "2" and "content" in one),
        ("", dict[str, Any]()),
    )
    return {
        "method": method.upper(),
        "path": path,
        "summary": told.get("summary", ""),
        "about": told.get("description", ""),
        "parameters": [
            {"name": one["name"], "where": one["in"], "type": _kind(one["schema"]), "about": one.get("description", "")}
            for one in told.get("parameters", ())
        ],
        "body": [field for one in body.values() for field in _fields(description, one.get("schema", {}))],
        "body_is": next(iter(body), ""),
        "answer": list(_fields(description, answer.get("schema", {}))),
        "answer_is": media,
    }


def _fields(
    description: dict[str, Any], schema: dict[str, Any], before: str = "", depth: int = 0
) -> Iterator[dict[str, str]]:
    """Yield the fields of an object, and of objects in it, by their paths."""
    known = _resolved(description, schema)
    if known.get("type") == "array":
        known = _resolved(description, known.get("items", {}))
    for name, one in known.get("properties", {}).items():
        kind = _kind(one)
        yield {"name": f"{before}{name}", "type": kind, "about": one.get("description", "")}
        if depth < DEPTH:
            inside = f"{before}{name}[]." if kind.startswith("list") else f"{before}{name}."
            yield from _fields(description, one, inside, depth + 1)


def _resolved(description: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference to where a schema is written."""
    name = schema.get("$ref", "").rpartition("/")[2]
    return description["components"]["schemas"][name] if name else schema


def _kind(schema: dict[str, Any]) -> str:
    """Say in words what a value is."""
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one) for one in schema["anyOf"]))
    if "$ref" in schema:
        return "object"
    if schema.get("type") == "array":
        inside = _kind(schema.get("items", {}))
        return f"list of {inside if inside.startswith('list') else inside + 's'}"
    return str({"integer": "whole number", "string": "text"}.get(schema.get("type", ""), schema.get("type", "any")))
