"""The command consensus: parse, call its task, print what came of it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from partwise.cli import options as o
from partwise.cli.commands import draw_saved, tell
from partwise.cli.comparing import Components
from partwise.cli.reading import reads_a_source
from partwise.wording import counted

Runs = Annotated[int, typer.Option("--runs", metavar="N", help="Random starts; a stability needs at least two.")]


@reads_a_source
def consensus(
    source: o.Source,
    components: Components,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run; it must not exist yet.")],
    runs: Runs = 20,
    *,
    reading: dict[str, Any],
    loss: o.Loss = None,
    solver: o.SolverName = None,
    max_iter: o.MaxIter = None,
    tol: o.Tol = None,
    seed: o.Seed = 0,
    open_report: o.Open = False,
    force: o.Force = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Fit from many random starts and write a run of the parts on which they agree; say which come back."""
    from partwise.tasks.places import check_places

    check_places(source, out, force)  # before the seconds that the rest takes to load

    from partwise.cli.bars import bars
    from partwise.tasks import consensus as task
    from partwise.tasks.read import Reading

    model = {
        "beta_loss": None if loss is None else o.number_or_name(loss),
        "solver": solver,
        "max_iter": max_iter,
        "tol": tol,
    }
    settings = task.Settings(components, runs, model, seed, Reading(**reading))
    with bars(quiet or as_json) as watcher:
        agreed = task.consensus(source, out, settings, force=force, progress=watcher)
        found = agreed.consensus
        stopped = None
        if watcher.stop:
            stopped = (
                f"Stopped after {found.n_runs} of {counted(found.n_wanted, 'runs')}; what they agree on is saved "
                f"in {out}. Figures and report: partwise look {out}"
            )
        report = draw_saved(agreed, watcher, stopped, as_json)
    if not as_json:
        if found.n_runs == 1:
            typer.echo(f"note: {found.sentence}", err=True)
        shaky = [number for number, word in enumerate(found.words, 1) if word == "shaky"]
        if shaky:
            typer.echo(f"shaky: {', '.join(f'part {number}' for number in shaky)}")
    tell(agreed.run, as_json, report)
    if open_report:
        typer.launch(report.resolve().as_uri())
