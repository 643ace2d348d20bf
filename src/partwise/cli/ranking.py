"""The command rank: parse, call its task, print the sentence and a table."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from partwise.cli import options as o
from partwise.cli.ending import Ending
from partwise.cli.reading import reads_a_source

if TYPE_CHECKING:
    from partwise.tasks.rank import Ranked

First = Annotated[int, typer.Option("--from", metavar="K", help="The least number of parts.")]
Last = Annotated[
    int | None,
    typer.Option("--to", metavar="K", help="The largest number of parts; 40, or what the data allow, unless given."),
]
Step = Annotated[int, typer.Option("--step", help="From one number of parts to the next.")]
Restarts = Annotated[
    int,
    typer.Option(
        "--restarts", help="Random starts at every number of parts, by which stability and groups are told; 0: none."
    ),
]
Folds = Annotated[int, typer.Option("--folds", help="How often other entries are hidden.")]
Criteria = Annotated[
    str | None,
    typer.Option(
        "--criteria",
        metavar="A,B,...",
        help="held-out, permutation, bend (these vote), mask-stability, restart-stability, cophenetic, dispersion, "
        "silhouette; on request also explained-variance, kneedle, bi-cross-validation. The usual ones unless given.",
    ),
]
Model = Annotated[str, typer.Option("--model", help="nmf or opnmf.")]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        help="Folder for numbers, figures, report and every finished fit; called again with it, the rest is done. "
        "Unless given, only sentence and table are printed.",
    ),
]
Anew = Annotated[bool, typer.Option("--force", help="Begin anew: forget the fits that the folder keeps.")]


@reads_a_source
def rank(
    source: o.Source,
    first: First = 1,
    last: Last = None,
    step: Step = 1,
    restarts: Restarts = 5,
    folds: Folds = 4,
    criteria: Criteria = None,
    out: Out = None,
    *,
    reading: dict[str, Any],
    model: Model = "nmf",
    loss: o.Loss = None,
    seed: o.Seed = 0,
    open_report: o.Open = False,
    force: Anew = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Say how many parts a source has: by held-out error, permutation test, bend and stability, and in one sentence."""
    from partwise.sources import kind_of
    from partwise.tasks.places import check_rank

    if out is not None:  # before the seconds that the rest takes to load
        check_rank(out)
    elif open_report:
        raise ValueError("--open shows a report, and without --out none is written. Give --out.")
    kind_of(source, reading["text_column"])

    from partwise.cli.bars import bars
    from partwise.tasks import rank as task
    from partwise.tasks.read import Reading

    names = None if criteria is None else tuple(name.strip() for name in criteria.split(",") if name.strip())
    beta = "frobenius" if loss is None else o.number_or_name(loss)
    settings = task.Settings(first, last, step, restarts, folds, names, model, beta, seed, Reading(**reading))
    with bars(quiet or as_json) as watcher:
        ranked = task.rank(source, out, settings, force=force, progress=watcher)
    _tell(ranked, as_json)
    if not ranked.report.complete:
        kept = f"; what is done is saved in {out}. To go on: the same command" if out else ""
        raise Ending(f"Stopped on request{kept}.", 130)
    if open_report and ranked.page is not None:
        typer.launch(ranked.page.resolve().as_uri())


def _tell(ranked: "Ranked", as_json: bool) -> None:
    """Print a rank report for a script or for a person."""
    report, data = ranked.report, ranked.data
    if as_json:
        typer.echo(json.dumps(report.to_dict() | {"report": None if ranked.page is None else str(ranked.page)}))
        return
    for note in (*data.notes, *filter(None, [ranked.note])):
        typer.echo(f"note: {note}", err=True)
    if data.skipped:
        typer.echo(f"note: {len(data.skipped):,} files skipped.", err=True)
    if not ranked.n_new and report.n_fits:
        typer.echo(f"note: all {report.n_fits:,} fits were there already; the report is written again.", err=True)
    typer.echo(str(report))
    if ranked.page is not None:
        typer.echo(f"report: {ranked.page}")
