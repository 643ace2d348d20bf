"""How a request is refused: a status, what happened and what to do, as JSON; never with more than the user may see."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from fastapi.exceptions import RequestValidationError
from starlette.responses import Response

from partwise.search import BusyError

AGAIN = "Reload the page; if it happens again, look at the terminal in which partwise serve runs."
HINTS = {
    404: "See /api for the addresses there are.",
    405: "See /api for the methods that each address takes.",
    413: "Send less at once.",
    415: "Send JSON with the header Content-Type: application/json.",
}


class RefusedError(Exception):
    """A request that is not served.

    Parameters
    ----------
    status : int
        4xx.
    error : str
        What happened, one sentence.
    hint : str
        What to do about it.
    field : str or None
        Which field of a form is wrong.
    """

    def __init__(self, status: int, error: str, hint: str = "", field: str | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.hint = hint or HINTS.get(status, AGAIN)
        self.field = field

    def body(self) -> dict[str, Any]:
        """Return what is sent."""
        told = {"error": self.error, "hint": self.hint}
        return told if self.field is None else {**told, "field": self.field}


def refuse(field: str, error: str, hint: str) -> NoReturn:
    """Refuse what a form asks for, in the words of the field that is wrong."""
    raise RefusedError(422, error, hint, field)


class Answer(Response):
    """JSON without NaN, in ASCII, so that every name can be sent."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Encode."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode()


def refusal(refused: RefusedError) -> Answer:
    """Return a refusal as an answer."""
    return Answer(refused.body(), status_code=refused.status)


@contextmanager
def asking(status: int = 422, field: str | None = None) -> Iterator[None]:
    """Turn what a task says to its user into a refusal; a bug stays one."""
    try:
        yield
    except BusyError as error:
        raise RefusedError(409, *_parted(str(error))) from error
    except FileNotFoundError as error:
        raise RefusedError(404, "A file is gone.", "Was it moved?") from error
    except OSError as error:
        raise RefusedError(409, f"{error.strerror or error}.", "See whether the disk is full or read only.") from error
    except ValueError as error:
        raise RefusedError(status, *_parted(str(error)), field) from error


def of_validation(error: RequestValidationError) -> RefusedError:
    """Return a refusal in words for a request whose parameters or body are not as the API says."""
    first = error.errors()[0]
    place = [str(one) for one in first["loc"][1:]]
    if first["type"] == "json_invalid" or not place:
        lacks = first["type"] in ("missing", "model_attributes_type")
        hint = HINTS[415] if lacks else "Send one JSON object, as /api describes it."
        return RefusedError(422, "The body is not the JSON that this address takes.", hint)
    name = place[0] + "".join(f"[{one}]" for one in place[1:])[:80]
    return RefusedError(422, f"{name[:100]}: {first['msg']}.", "See /api for what this address takes.", place[0][:40])


def _parted(message: str) -> tuple[str, str]:
    """Return a message's first sentence, and what follows it as the hint."""
    words = " ".join(message.split())
    first, stop, rest = words.partition(". ")
    return (first + "." if stop else words), rest
