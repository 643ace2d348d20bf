"""The map: all pictures in two dimensions."""

from time import monotonic
from typing import Annotated

from fastapi import APIRouter
from fastapi import Query as InQuery
from starlette.responses import Response

from partwise.web.api.answers import Plane, PlaneComing, answered
from partwise.web.layouts import Laying, Layout, components, methods
from partwise.web.overview import rounded
from partwise.web.refusing import Answer, RefusedError
from partwise.web.served import Shown
from partwise.web.showing import Showing

router = APIRouter(tags=["map"])


@router.get(
    "/map",
    summary="All pictures in two dimensions",
    responses=answered(Plane) | answered(PlaneComing, 202),
)
def read_map(
    shown: Showing,
    method: Annotated[str, InQuery(max_length=20, description="pca, tsne, or umap where installed.")] = "pca",
) -> Response:
    """Return a place for each row. The codes are taken at length 1, as the cosine does: how bright does not count.

    t-SNE and UMAP take up to minutes: the answer is 202 until they are there. Ask again.
    """
    able = methods(len(shown.finder.entries))
    if method not in able:
        hint = "Install it with: pip install umap-learn" if method == "umap" else f"Try {' or '.join(able)}."
        raise RefusedError(422, f"There is no map {method!r} of these pictures.", hint, "method")
    codes = shown.finder.in_memory.unit
    if method == "pca":
        return shown.kept(("map", method), lambda: _told(shown, method, components(codes)))
    with shown.lock:
        laying = shown.kept(("laying", method), lambda: Laying().begin(method, codes))
    if laying.failed:
        raise RefusedError(409, laying.failed, "Try another layout.", "method")
    layout = laying.layout
    if layout is None:
        seconds = round(monotonic() - laying.began, 1)
        return Answer({"method": method, "methods": able, "state": "working", "seconds": seconds}, status_code=202)
    return shown.kept(("map", method), lambda: _told(shown, method, layout))


def _told(shown: Shown, method: str, layout: Layout) -> Response:
    x, y = ([rounded(one, 5) for one in column] for column in layout.places.T)
    able = methods(len(shown.finder.entries))
    return Answer({"method": method, "methods": able, "x": x, "y": y, "axes": layout.axes})
