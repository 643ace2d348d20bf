"""Files of the run to download."""

import csv
import io
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import FileResponse, Response

from partwise.runs import FIGURES, MODEL, REPORT, RUN
from partwise.web.api.answers import bytes_answered
from partwise.web.files import downloads
from partwise.web.refusing import RefusedError
from partwise.web.served import Shown
from partwise.web.showing import Showing

router = APIRouter(tags=["files"])


@router.get(
    "/files/{name:path}",
    summary="Download a file of the run",
    responses=bytes_answered("application/octet-stream", "As an attachment."),
)
def download(
    name: Annotated[str, Path(description="report.html, codes.csv, run.json, model.safetensors or figures/NAME.png.")],
    shown: Showing,
) -> Response:
    """Return one of the files that /api/run lists; the name is looked up in that list, and opens nothing else."""
    if name == "codes.csv":
        return attached(Response(shown.kept("codes.csv", lambda: _table(shown)), media_type="text/csv"), "codes.csv")
    path = downloads(shown.run.path, (REPORT, RUN, MODEL), FIGURES).get(name)
    if path is None:
        raise RefusedError(404, "The run has no such file.", "See /api/run for those that it has.")
    return attached(FileResponse(path), path.name)


def attached(response: Response, name: str) -> Response:
    """Return an answer that a browser saves under a name, and never shows."""
    stem = "".join(one if one.isascii() and (one.isalnum() or one in "._-") else "_" for one in name)
    response.headers["Content-Disposition"] = f'attachment; filename="{stem}"'
    response.headers["Cache-Control"] = "no-cache"
    if "accept-ranges" in response.headers:
        del response.headers["accept-ranges"]  # the guard takes ranges away
    return response


def _table(shown: Shown) -> bytes:
    """Return number, name, label and code of every picture, parts by their names."""
    entries, names = shown.finder.entries, shown.finder.part_names
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["number", "name", "label", *(names.get(one) or f"part {one}" for one in range(1, shown.k + 1))])
    labels = entries.labels or ("",) * len(entries)
    for number, name, label, code in zip(entries.numbers, entries.names, labels, entries.codes, strict=True):
        writer.writerow([number, name, label, *(f"{weight:.7g}" for weight in code)])
    return text.getvalue().encode("utf-8", "backslashreplace")
