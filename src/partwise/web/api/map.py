"""The map: all pictures in two dimensions."""

from importlib.util import find_spec
from typing import Annotated

import numpy as np
from fastapi import APIRouter
from fastapi import Query as InQuery
from starlette.responses import Response

from partwise.web.api.answers import Plane, answered
from partwise.web.overview import rounded
from partwise.web.refusing import Answer, RefusedError
from partwise.web.served import Shown
from partwise.web.showing import Showing

router = APIRouter(tags=["map"])


@router.get("/map", summary="All pictures in two dimensions", responses=answered(Plane))
def read_map(
    shown: Showing, method: Annotated[str, InQuery(max_length=20, description="pca, or umap where installed.")] = "pca"
) -> Response:
    """Return a place for each row. The codes are taken at length 1, as the cosine does: how bright does not count."""
    if method not in methods():
        hint = "Install it with: pip install umap-learn" if method == "umap" else f"Try {' or '.join(methods())}."
        raise RefusedError(422, f"There is no map {method!r}.", hint, "method")
    return shown.kept(("map", method), lambda: _made(shown, method))


def methods() -> list[str]:
    """Return the methods that can be used here."""
    return ["pca", "umap"] if find_spec("umap") else ["pca"]


def _made(shown: Shown, method: str) -> Response:
    codes = shown.finder.index.unit
    places, axes = (_umap(codes), ["", ""]) if method == "umap" else _components(codes)
    x, y = ([rounded(one, 5) for one in column] for column in places.T)
    return Answer({"method": method, "methods": methods(), "x": x, "y": y, "axes": axes})


def _components(codes: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Return the first two principal components, and how much of the variance each holds."""
    centred = codes - codes.mean(axis=0, dtype=np.float64) if len(codes) else codes
    variance, directions = np.linalg.eigh(centred.T @ centred)
    variance, directions = variance[::-1][:2], directions[:, ::-1][:, :2]
    # the sign of a direction is free: its largest entry is made positive, so that a map does not flip
    directions = directions * np.where(
        directions[np.abs(directions).argmax(axis=0), range(directions.shape[1])] < 0, -1, 1
    )
    whole = float((centred**2).sum()) or 1.0
    places = np.zeros((len(codes), 2))
    places[:, : directions.shape[1]] = centred @ directions
    named = zip(("first", "second"), variance, strict=False)
    axes = [f"{name} component, {100 * max(one, 0) / whole:.0f} % of the variance" for name, one in named]
    return places, [*axes, "nothing"][:2]


def _umap(codes: np.ndarray) -> np.ndarray:
    from umap import UMAP  # an optional package

    return np.asarray(UMAP(n_components=2, metric="cosine", random_state=0).fit_transform(codes))
