"""Likeness: why two pictures are alike, what a selection has in common, who is nearly the same, who is nearest."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter
from fastapi import Query as InQuery
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from partwise.search import explained, near_duplicates
from partwise.web.api.answers import Groups, Nearest, SelectionFacts, Why, answered
from partwise.web.api.search import Code, Measure, Only, Pairs, Weights, checked_code, scale_of, weights_of
from partwise.web.overview import rounded
from partwise.web.refusing import Answer, RefusedError, asking
from partwise.web.served import Shown
from partwise.web.showing import Showing

router = APIRouter(tags=["likeness"])
LOOSEST = 0.9  # below it half of all pictures may be one group


class Side(BaseModel):
    """A picture of the run, or a code."""

    model_config = ConfigDict(extra="forbid", strict=True)
    picture: int | None = None
    code: Code | None = None


class Pair(BaseModel):
    """Two sides to be compared."""

    model_config = ConfigDict(extra="forbid", strict=True)
    a: Side
    b: Side
    measure: str = Field(default="cosine", max_length=20)
    weights: Weights = None


class OneCode(BaseModel):
    """A code."""

    model_config = ConfigDict(extra="forbid", strict=True)
    code: Code


class Selection(BaseModel):
    """Some pictures."""

    model_config = ConfigDict(extra="forbid", strict=True)
    numbers: list[int] = Field(max_length=100_000)


@router.get("/explain", summary="Why two pictures are alike, or not", responses=answered(Why))
async def explain_by_address(
    shown: Showing, a: int, b: int, measure: Measure = "cosine", weights: Pairs = None, only: Only = None
) -> Response:
    """Return the cosine as a sum over the parts, and what keeps it from 1."""
    return _why(shown, Side(picture=a), Side(picture=b), measure, scale_of(shown, weights, only))


@router.post("/explain", summary="Why two codes are alike, or not", responses=answered(Why))
async def explain_by_body(body: Pair, shown: Showing) -> Response:
    """Return the cosine as a sum over the parts, and what keeps it from 1."""
    return _why(shown, body.a, body.b, body.measure, weights_of(shown, body.weights))


@router.post("/nearest", summary="The real picture nearest to a code", responses=answered(Nearest))
async def nearest(body: OneCode, shown: Showing) -> Response:
    """Return the picture whose code is at the least distance."""
    code = checked_code(shown, body.code)
    with asking(field="code"):
        found = shown.finder.index.nearest(code, 1, measure="euclidean")
    if not len(found.rows):
        raise RefusedError(404, "There are no pictures.", "Add some with: partwise add RUN FOLDER")
    row = int(found.rows[0])
    entries = shown.finder.entries
    told = {"number": int(entries.numbers[row]), "row": row, "name": entries.names[row]}
    return Answer({**told, "distance": rounded(found.scores[0])})


@router.post("/selection", summary="What sets some pictures apart", responses=answered(SelectionFacts))
def selection(body: Selection, shown: Showing) -> Response:
    """Return the parts by how far their mean weight in these pictures is from that in all, over a strong weight."""
    rows = [shown.row(number) for number in set(body.numbers)]
    if not rows:
        raise RefusedError(422, "A selection has at least one picture.", "Send their numbers.", "numbers")
    codes = shown.finder.entries.codes
    overall, mean = codes.mean(axis=0, dtype=np.float64), codes[sorted(rows)].mean(axis=0, dtype=np.float64)
    contrast = np.divide(mean - overall, shown.p99, out=np.zeros(shown.k), where=shown.p99 > 0)
    order = np.argsort(-np.abs(contrast), kind="stable")
    told = [
        {
            "number": int(place) + 1,
            "mean": rounded(mean[place]),
            "overall": rounded(overall[place]),
            "contrast": rounded(contrast[place]),
        }
        for place in order
    ]
    return Answer({"count": len(rows), "parts": told})


@router.get("/duplicates", summary="Pictures that are nearly the same", responses=answered(Groups))
def duplicates(
    shown: Showing,
    threshold: Annotated[float, InQuery(description=f"A cosine, {LOOSEST} to 1.")] = 0.995,
) -> Response:
    """Return groups that a chain of such cosines joins, the largest first."""
    if not LOOSEST <= threshold <= 1:  # written so that NaN fails too
        raise RefusedError(422, f"threshold must be between {LOOSEST} and 1.", "Try 0.995.", "threshold")
    threshold = round(threshold, 4)

    def make() -> Response:
        entries = shown.finder.entries
        groups = near_duplicates(entries, shown.finder.in_memory, threshold)
        numbers = [entries.numbers[list(one.rows)].tolist() for one in groups]
        return Answer({"groups": numbers, "exact": [one.exact for one in groups]})

    with asking(field="threshold"):
        return shown.kept(("duplicates", threshold), make)


def _why(shown: Shown, a: Side, b: Side, measure: str, weights: np.ndarray | None) -> Response:
    here, there = _code(shown, a, "a"), _code(shown, b, "b")
    with asking():
        index = shown.finder.index
        # distances are explained by the angle too, as the page says
        found = explained(here, there, index.scale("cosine" if measure == "euclidean" else measure, weights))
    return Answer(
        {
            "cosine": found.cosine,
            "shared": found.shared.tolist(),
            "more_in_a": found.more_here.tolist(),
            "more_in_b": found.more_there.tolist(),
            "a": found.here.tolist(),
            "b": found.there.tolist(),
        }
    )


def _code(shown: Shown, side: Side, field: str) -> np.ndarray:
    if (side.picture is None) == (side.code is None):
        raise RefusedError(422, f"{field} wants one of picture and code.", "Send one of them.", field)
    if side.picture is not None:
        return shown.finder.entries.codes[shown.row(side.picture)]
    return checked_code(shown, side.code or [], field)
