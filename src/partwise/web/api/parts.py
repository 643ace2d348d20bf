"""Parts: their values, what each does, and their names."""

from contextlib import closing
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from partwise.tasks.catalogue import open_catalogue
from partwise.tasks.naming import name_part as give_name
from partwise.web.api.answers import Named, PartInFull, answered, bytes_answered
from partwise.web.overview import part_in_full
from partwise.web.refusing import Answer, RefusedError, asking
from partwise.web.showing import Serving, Showing

router = APIRouter(tags=["parts"])
Number = Annotated[int, Path(description="Of the part, from 1.")]


class Name(BaseModel):
    """A name for a part."""

    model_config = ConfigDict(extra="forbid", strict=True)
    name: str = Field(max_length=400, description='At most 40 characters; "" takes the name away.')


@router.get(
    "/parts.f32",
    summary="All parts as numbers",
    responses=bytes_answered("application/octet-stream", "float32, little-endian, k x prod(shape)."),
)
def read_parts(shown: Showing) -> Response:
    """Return H."""
    values = shown.kept("parts", lambda: np.ascontiguousarray(shown.run.parts, dtype="<f4").tobytes())
    return Response(values, media_type="application/octet-stream", headers={"Cache-Control": "no-cache"})


@router.get("/parts/{number:int}", summary="What one part does, and where", responses=answered(PartInFull))
def read_part(number: Number, shown: Showing) -> Response:
    """Return its use, its strongest pictures and how large its weights are."""
    return Answer(part_in_full(shown, shown.part(number)))


@router.get(
    "/parts/{number:int}/stability.f32",
    summary="Where a part comes back from other starts",
    responses=bytes_answered("application/octet-stream", "float32, little-endian, height x width, 0 to 1."),
)
def read_stability(number: Number, shown: Showing) -> Response:
    """Return how sure each pixel is; of a run of one start nothing is known."""
    place, maps = shown.part(number), shown.run.tensors.get("stability_map")
    if maps is None or shown.run.facts["n_runs"] < 2:
        raise RefusedError(404, "This run was made from one start.", "Make one from many with partwise consensus.")
    pixels = maps[place].reshape(*shown.shape[:2], -1).mean(axis=2)
    return Response(pixels.astype("<f4").tobytes(), media_type="application/octet-stream")


@router.put("/parts/{number:int}/name", summary="Name a part", responses=answered(Named))
def name_part(number: Number, body: Name, serving: Serving) -> Response:
    """Give a part a name that is used everywhere."""
    shown = serving.now()
    shown.part(number)
    with asking(field="name"), closing(open_catalogue(shown.run)) as catalogue:  # its own: it may wait for a writer
        name = give_name(catalogue, number, body.name)
    return Answer({"number": number, "name": name or ""})
