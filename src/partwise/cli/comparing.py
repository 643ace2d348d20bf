"""The command compare: parse, call its task, print a table."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from partwise.cli import options as o
from partwise.cli.ending import Ending
from partwise.cli.reading import reads_a_source

if TYPE_CHECKING:
    from partwise.tasks.compare import Compared

Components = Annotated[
    Any, typer.Option("--components", "-k", metavar="K", parser=o.parse_components, help="Number of parts.")
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", "-o", help="Folder for numbers, figures and report; unless given, only the table is printed."
    ),
]
Solvers = Annotated[
    str | None,
    typer.Option(
        "--solvers",
        metavar="A,B,...",
        help=f"Some of {o.SOLVERS}; every method that can minimise the loss unless given.",
    ),
]
Seconds = Annotated[float, typer.Option("--seconds", help="Time of each solver.")]


@reads_a_source
def compare(
    source: o.Source,
    components: Components,
    out: Out = None,
    solvers: Solvers = None,
    seconds: Seconds = 5.0,
    *,
    reading: dict[str, Any],
    loss: o.Loss = None,
    init: o.Init = None,
    seed: o.Seed = 0,
    open_report: o.Open = False,
    force: o.Force = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Run several solvers on the same data, from the same start and for the same time; say who is fastest."""
    from partwise.sources import kind_of
    from partwise.tasks.places import check_free

    if out is not None:  # before the seconds that the rest takes to load
        check_free(out, force, "a comparison")
    elif open_report:
        raise ValueError("--open shows a report, and without --out none is written. Give --out.")
    kind_of(source, reading["text_column"])

    from partwise.cli.bars import bars
    from partwise.tasks import compare as task
    from partwise.tasks.read import Reading

    names = None if solvers is None else tuple(name.strip() for name in solvers.split(","))
    beta = "frobenius" if loss is None else o.number_or_name(loss)
    settings = task.Settings(components, names, seconds, beta, init, seed, Reading(**reading))
    with bars(quiet or as_json) as watcher:
        compared = task.compare(source, out, settings, force=force, progress=watcher)
    _tell(compared, as_json)
    if compared.comparison.stopped:
        kept = f"; what is done is saved in {out}" if out else ""
        raise Ending(f"Stopped on request{kept}.", 130)
    if open_report and compared.report is not None:
        typer.launch(compared.report.resolve().as_uri())


def _tell(compared: "Compared", as_json: bool) -> None:
    """Print a comparison for a script or for a person."""
    comparison, report = compared.comparison, compared.report
    if as_json:
        typer.echo(json.dumps(comparison.to_dict() | {"report": None if report is None else str(report)}))
        return
    for note in compared.data.notes:
        typer.echo(f"note: {note}", err=True)
    if compared.data.skipped:
        typer.echo(f"note: {len(compared.data.skipped):,} files skipped.", err=True)
    typer.echo(str(comparison))
    if report is not None:
        typer.echo(f"report: {report}")
