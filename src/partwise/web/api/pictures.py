"""Pictures: columns of all, orders, each one in full, thumbnails and sheets."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from partwise.tasks.catalogue import remove
from partwise.web.api.answers import Columns, Order, PictureFacts, Removed, answered, bytes_answered
from partwise.web.overview import rounded
from partwise.web.refusing import Answer, RefusedError, asking
from partwise.web.served import Shown
from partwise.web.sheets import PER_SHEET
from partwise.web.showing import Serving, Showing
from partwise.web.warming import sheet_of

router = APIRouter(tags=["pictures"])
Number = Annotated[int, Path(description="Of the picture.")]
Version = Annotated[str, Query(max_length=80, description="The run's generation: lets the answer be kept.")]
FOR_GOOD, AGAIN = "private, max-age=31536000, immutable", "private, no-cache"


@router.get("/pictures", summary="All pictures, column by column", responses=answered(Columns))
def read_pictures(shown: Showing) -> Response:
    """Return numbers, names, labels and errors, in the order of the rows."""

    def make() -> Response:
        entries = shown.finder.entries
        return Answer(
            {
                "generation": shown.version,
                "number": entries.numbers.tolist(),
                "name": list(entries.names),
                "label": list(entries.labels) if entries.labels is not None else None,
                "error": [rounded(one) for one in entries.errors],
            }
        )

    return shown.kept("pictures", make)


@router.get("/order", summary="Rows in an order", responses=answered(Order))
def read_order(
    shown: Showing,
    by: Annotated[str, Query(max_length=40, description="number, name, error, brightness or part:3.")] = "number",
    descending: bool = False,
    label: Annotated[str | None, Query(max_length=400, description="Only these.")] = None,
) -> Response:
    """Return rows into the columns of all pictures; equal ones stay in order of their numbers."""
    key = _keys(shown, by)
    rows = np.argsort(-key if descending else key, kind="stable")
    if label is not None:
        with asking(field="label"):
            rows = rows[shown.finder.entries.of_label(label)[rows]]
    told = {"generation": shown.version, "rows": rows.tolist()}
    if by.startswith("part:"):
        told["values"] = [rounded(one, 3) for one in key[rows]]
    return Answer(told)


@router.get("/pictures/{number:int}", summary="One picture", responses=answered(PictureFacts))
def read_picture(number: Number, shown: Showing) -> Response:
    """Return what is known of a picture, with its code."""
    row, entries = shown.row(number), shown.finder.entries
    with _present(number), shown.lock:
        entry = shown.finder.catalogue.entry(number)
    height, width = (entry.height, entry.width) if entry.height else shown.shape[:2]
    return Answer(
        {
            "number": number,
            "row": row,
            "name": entry.name,
            "label": entry.label,
            "width": width,
            "height": height,
            "bytes": entry.n_bytes,
            "sha256": entry.sha256,
            "added": entry.added,
            "source": entry.origin,
            "error": rounded(entry.error),
            "code": entries.codes[row].tolist(),
            "shares": shown.shares[row].tolist(),
            "repeats": entries.numbers[entries.repeats(row)].tolist(),
        }
    )


@router.get(
    "/pictures/{number:int}/thumbnail",
    summary="A small picture",
    responses=bytes_answered("image/jpeg", "Longest side at most 128 pixels."),
)
def read_thumbnail(number: Number, shown: Showing, v: Version = "") -> Response:
    """Return a JPEG that was made anew when the picture was read, never the file itself."""
    shown.row(number)
    with _present(number), shown.lock:
        picture = shown.finder.catalogue.thumbnails([number])[0]
    if picture is None:
        raise RefusedError(404, f"Picture {number} has no thumbnail.", "It was catalogued without one.")
    return Response(picture, media_type="image/jpeg", headers={"Cache-Control": _cached(v, shown)})


@router.get(
    "/pictures/{number:int}/pixels",
    summary="What the model saw of a picture",
    responses=bytes_answered("application/octet-stream", "float32, little-endian, prod(shape)."),
)
def read_pixels(number: Number, shown: Showing) -> Response:
    """Return the values of a picture, read again from its file."""
    row = shown.row(number)
    try:
        with shown.slow:
            values = shown.finder.pixels(number)
    except (KeyError, ValueError, OSError) as error:
        name = shown.finder.entries.names[row]
        hint = "Put the file back, or take the picture out of the catalogue."
        raise RefusedError(404, f"The file of {name} is gone, or has changed since it was catalogued.", hint) from error
    return Response(np.ascontiguousarray(values, dtype="<f4").tobytes(), media_type="application/octet-stream")


@router.get(
    "/sheets/{index:int}",
    summary="256 small pictures in one",
    responses=bytes_answered("image/jpeg", "Rows index * 256 and on, 16 cells of 64 pixels a line."),
)
def read_sheet(index: Annotated[int, Path(description="From 0.")], shown: Showing, v: Version = "") -> Response:
    """Return a sheet of thumbnails, each at the upper left of its cell."""
    count = -(-len(shown.finder.entries) // PER_SHEET)
    if index >= count:
        raise RefusedError(404, f"There is no sheet {str(index)[:20]}.", f"There are {count}, counted from 0.")
    with asking(409):
        picture = sheet_of(shown, index)
    return Response(picture, media_type="image/jpeg", headers={"Cache-Control": _cached(v, shown)})


@router.delete("/pictures/{number:int}", summary="Take a picture out of the catalogue", responses=answered(Removed))
def remove_picture(number: Number, serving: Serving) -> Response:
    """Forget a picture; its file stays where it is, and the parts stay as they are."""
    shown = serving.now()
    shown.row(number)
    with asking():
        gone = remove(shown.run, [number])
    return Answer({"removed": [one.number for one in gone]})


@contextmanager
def _present(number: int) -> Iterator[None]:
    """Refuse in words what the catalogue no longer has, or can no longer read."""
    try:
        with asking(409):
            yield
    except KeyError:  # somebody took it out meanwhile
        raise RefusedError(404, f"There is no picture {number} any more.", "Reload the page.") from None


def _keys(shown: Shown, by: str) -> np.ndarray:
    entries = shown.finder.entries
    if by == "number":
        return entries.numbers
    if by == "name":
        return shown.kept("names in order", lambda: _ranks(entries.names))
    if by in ("error", "brightness"):
        return entries.errors if by == "error" else entries.brightness
    kind, _, number = by.partition(":")
    if kind == "part" and number.isascii() and number.isdecimal():
        return entries.codes[:, shown.part(int(number))]
    raise RefusedError(422, f"There is no order {by!r}.", "number, name, error, brightness or part:3.", "by")


def _ranks(names: Sequence[str]) -> np.ndarray:
    """Return the place of each name in natural order."""
    from partwise.wording import natural_key

    order = sorted(range(len(names)), key=lambda row: natural_key(names[row]))
    ranks = np.empty(len(names), dtype=np.int64)
    ranks[order] = np.arange(len(names))
    return ranks


def _cached(version: str, shown: Shown) -> str:
    return FOR_GOOD if version == shown.version else AGAIN
