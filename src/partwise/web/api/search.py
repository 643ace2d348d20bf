"""Search: who is most and least like a picture, a code or a mixture of parts.

A ranking takes less than handing it to a thread does, so it is made where the request is read.
"""

from time import perf_counter
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter
from fastapi import Query as InQuery
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from partwise.search import MEASURES
from partwise.tasks.asking import Counting, Hit, Query
from partwise.tasks.finder import part_weights
from partwise.web.api.answers import Results, answered
from partwise.web.overview import rounded
from partwise.web.refusing import Answer, RefusedError, asking
from partwise.web.served import Shown
from partwise.web.showing import Showing

router = APIRouter(tags=["search"])
MOST = 1000  # hits
LARGEST = 1e6  # weight in a query
Finite = Annotated[float, Field(allow_inf_nan=False, ge=-LARGEST, le=LARGEST)]
Code = Annotated[list[Finite], Field(max_length=1000)]
Weights = Code | dict[str, Finite] | None
Measure = Annotated[str, InQuery(max_length=20, description=f"{', '.join(MEASURES)}.")]
Pairs = Annotated[str | None, InQuery(max_length=16_000, description="Such as 3:0,7:2; other parts count 1.")]
Only = Annotated[str | None, InQuery(max_length=16_000, description="Such as 3,7: other parts are switched off.")]


class Asked(BaseModel):
    """A query: one of picture, code and parts."""

    model_config = ConfigDict(extra="forbid", strict=True)
    picture: int | None = Field(default=None, description="Number of a picture of the run.")
    code: Code | None = Field(default=None, description="A weight a part.")
    parts: dict[str, Finite] | None = Field(default=None, description="Weights of some parts, by their numbers.")
    n: int = Field(default=8, description=f"Hits, 1 to {MOST}; all where there are fewer.")
    measure: str = Field(default="cosine", max_length=20, description=f"{', '.join(MEASURES)}.")
    weights: Weights = Field(default=None, description="How much parts count: each, or some by their numbers.")
    label: str | None = Field(default=None, max_length=400, description="Only pictures with this label.")


@router.get("/search", summary="Search by a picture or by parts", responses=answered(Results))
async def search_by_address(
    shown: Showing,
    picture: Annotated[int | None, InQuery(description="Number of a picture.")] = None,
    parts: Annotated[str | None, InQuery(max_length=16_000, description="A mixture, such as 3:1,7:0.5.")] = None,
    n: int = 8,
    measure: Measure = "cosine",
    weights: Pairs = None,
    only: Only = None,
    label: Annotated[str | None, InQuery(max_length=400)] = None,
) -> Response:
    """Return who is most and who is least like a picture, the picture itself left out."""
    if (picture is None) == (parts is None):
        raise RefusedError(422, "A search wants one of picture and parts.", "Try /api/search?picture=1", "picture")
    mixture = None if parts is None else _pairs(shown, parts, "parts")
    query = _query(shown, picture, None, mixture)
    return _answer(shown, query, n, Counting(measure, scale_of(shown, weights, only), label))


@router.post("/search", summary="Search by a picture, a code or parts", responses=answered(Results))
async def search_by_body(body: Asked, shown: Showing) -> Response:
    """Return who is most and who is least like what is sent."""
    if [body.picture, body.code, body.parts].count(None) != 2:
        raise RefusedError(422, "A search wants one of picture, code and parts.", "Send one of them.", "picture")
    if body.parts is not None and not body.parts:
        raise RefusedError(422, "A mixture has at least one part.", 'Such as {"parts": {"3": 1}}.', "parts")
    mixture = None if body.parts is None else by_numbers(shown, body.parts, "parts")
    query = _query(shown, body.picture, body.code, mixture)
    return _answer(shown, query, body.n, Counting(body.measure, weights_of(shown, body.weights), body.label))


def _answer(shown: Shown, query: Query, n: int, counting: Counting) -> Response:
    if not 1 <= n <= MOST:
        raise RefusedError(422, f"n must be between 1 and {MOST:,}.", "Ask for fewer.", "n")
    began = perf_counter()
    with asking():
        scale = shown.finder.index.scale(counting.measure, counting.weights)
    if not (query.code * scale).any():  # black, or none of its parts counts: nothing is like it, or unlike
        return _told_of(query, counting, [], [], 0, began)
    with asking():
        # both ends of one ranking; neither touches the catalogue, so searches need not wait for each other
        nearest, farthest = (shown.finder.ranked(query, n, counting, farthest=end) for end in (False, True))
        ranked = _count(shown, query, counting.label)
    return _told_of(query, counting, nearest, farthest, ranked, began)


def _told_of(
    query: Query, counting: Counting, nearest: list[Hit], farthest: list[Hit], ranked: int, began: float
) -> Response:
    return Answer(
        {
            "query": {"number": query.number, "name": query.name, "code": np.asarray(query.code, float).tolist()},
            "measure": counting.measure,
            "similar": [_told(one) for one in nearest],
            "dissimilar": [_told(one) for one in farthest],
            "n": ranked,
            "milliseconds": rounded(1000 * (perf_counter() - began), 4),
        }
    )


def _count(shown: Shown, query: Query, label: str | None) -> int:
    """Return how many pictures are ranked: those of the label, the query left out."""
    entries = shown.finder.entries
    if label is None:
        return len(entries) - (query.number is not None)
    among = entries.of_label(label)
    return int(among.sum()) - (query.number is not None and bool(among[shown.row(query.number)]))


def _told(hit: Hit) -> dict[str, Any]:
    told = {"number": hit.number, "row": hit.row, "name": hit.name, "label": hit.label}
    return {**told, "score": rounded(hit.score, 9)}


def _query(shown: Shown, picture: int | None, code: list[float] | None, mixture: dict[int, float] | None) -> Query:
    """Return what is asked for, of which two are None."""
    if picture is not None:
        shown.row(picture)
        return shown.finder.sample(picture)
    if code is not None:
        return Query("a code", checked_code(shown, code))
    with asking(field="parts"):
        return shown.finder.mixture(mixture or {})


def checked_code(shown: Shown, code: list[float], field: str = "code") -> np.ndarray:
    """Return a code as an array; a refusal where it has not a weight a part."""
    if len(code) != shown.k:
        raise RefusedError(422, f"Expected {shown.k} weights, got {len(code)}.", "Send one a part, in order.", field)
    return np.asarray(code, dtype=np.float64)


def scale_of(shown: Shown, weights: str | None, only: str | None) -> np.ndarray | None:
    """Return how much each part counts, from an address; None where all count 1."""
    if weights is None and only is None:
        return None
    scale = np.ones(shown.k) if only is None else np.zeros(shown.k)
    for text in (only or "").split(",") if only else ():
        with asking(field="only"):
            scale[shown.finder.part_called(text) - 1] = 1
    for number, weight in _pairs(shown, weights, "weights").items() if weights else ():
        scale[number - 1] = weight
    return scale


def weights_of(shown: Shown, weights: list[float] | dict[str, float] | None) -> np.ndarray | None:
    """Return how much each part counts, from a body; None where all count 1."""
    if weights is None:
        return None
    if isinstance(weights, list):
        return checked_code(shown, weights, "weights")
    scale = np.ones(shown.k)
    for number, weight in by_numbers(shown, weights, "weights").items():
        scale[number - 1] = weight
    return scale


def by_numbers(shown: Shown, given: dict[str, float], field: str) -> dict[int, float]:
    """Return weights by the numbers of parts, which may be given by their names."""
    if len(given) > shown.k:
        raise RefusedError(422, f"There are {shown.k} parts, got weights of {len(given)}.", "Send fewer.", field)
    with asking(field=field):
        return {shown.finder.part_called(text[:80]): weight for text, weight in given.items()}


def _pairs(shown: Shown, text: str, field: str) -> dict[int, float]:
    with asking(field=field):
        weights = part_weights(shown.finder, text.split(","))
    if any(abs(weight) > LARGEST for weight in weights.values()):
        raise RefusedError(
            422, f"A weight is at most {LARGEST:,.0f}.", "Give smaller ones: only proportions count.", field
        )
    return weights
