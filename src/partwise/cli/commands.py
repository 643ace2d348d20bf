"""The commands: each parses its options, calls its task and prints what came of it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from partwise.cli import options as o
from partwise.cli.ending import Ending
from partwise.cli.needing import need_dask
from partwise.cli.reading import TextColumn, reads_a_source

if TYPE_CHECKING:
    from partwise.cli.bars import Bars
    from partwise.runs import Run
    from partwise.tasks.consensus import Agreed
    from partwise.tasks.fit import Fitted


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder of the run.")] = Path("partwise-demo"),
    open_report: o.Open = False,
    force: o.Force = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Learn 49 parts of 400 real faces (the ORL faces, from the demo extra)."""
    fit(
        source="orl",
        components=49,
        out=out,
        max_iter=500,
        force=force,
        open_report=open_report,
        as_json=as_json,
        quiet=quiet,
    )


@reads_a_source
def fit(
    source: o.Source,
    components: o.Components,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run; it must not exist yet.")],
    *,
    reading: dict[str, Any],
    model: o.Model = "nmf",
    kind: o.Kind = None,
    orientation: o.Orientation = None,
    loss: o.Loss = None,
    solver: o.SolverName = None,
    init: o.Init = None,
    max_iter: o.MaxIter = None,
    tol: o.Tol = None,
    alpha: o.Alpha = None,
    l1_ratio: o.L1Ratio = None,
    seed: o.Seed = 0,
    checkpoint: o.Checkpoint = None,
    checkpoint_every: o.CheckpointEvery = None,
    resume: o.Resume = False,
    memory: o.Memory = None,
    dask: o.Dask = None,
    open_report: o.Open = False,
    force: o.Force = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Learn the parts of a source and write a run: model, codes, figures and report."""
    from partwise.tasks.places import check_places, goes_on

    if dask is not None:
        need_dask()
    check_places(source, out, force, checkpoint, resume)  # before the seconds that the rest takes to load

    from partwise.cli.bars import bars
    from partwise.memory import bytes_of
    from partwise.tasks import fit as task
    from partwise.tasks.read import Reading

    allowed = None if memory is None else int(bytes_of(memory))
    settings = task.Settings(
        components,
        {
            "kind": kind,
            "orientation": orientation,
            "beta_loss": None if loss is None else o.number_or_name(loss),
            "solver": solver,
            "init": init,
            "max_iter": max_iter,
            "tol": tol,
            "alpha_W": alpha,
            "l1_ratio": l1_ratio,
            "random_state": seed,
            "checkpoint": checkpoint,
            "checkpoint_every": checkpoint_every,
            "resume": resume or None,
            "memory": allowed,
        },
        Reading(**reading, memory=allowed),
        model,
        dask,
    )
    with bars(quiet or as_json) as watcher:
        fitted = task.fit(source, out, settings, force=force, progress=watcher)
        stopped = None
        if fitted.stopped or watcher.stop:
            onwards = " To go on: the same command with --resume." if goes_on(checkpoint, resume=True) else ""
            stopped = (
                f"Stopped at iteration {fitted.run.facts['n_iter']}; the best so far is saved in {out}. "
                f"Figures and report: partwise look {out}{onwards}"
            )
        report = draw_saved(fitted, watcher, stopped, as_json)
    tell(fitted.run, as_json, report)
    if open_report:
        typer.launch(report.resolve().as_uri())


def look(
    run: o.RunFolder,
    parts: o.Parts = None,
    force: o.WithoutSamples = False,
    open_report: o.Open = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Make the figures and the report of a run again."""
    from partwise.runs import load_run
    from partwise.wording import counted

    if parts is not None and parts < 1:
        raise ValueError(f"--parts wants a number of at least 1, got {parts}.")
    opened = load_run(run)  # before the seconds that the rest takes to load

    from partwise.cli.bars import bars
    from partwise.tasks.look import look as draw

    with bars(quiet or as_json) as watcher:
        made = draw(opened, most_parts=parts, force=force, progress=watcher)
    if made.note:
        typer.echo(f"note: {made.note}", err=True)
    if as_json:
        typer.echo(json.dumps({"report": str(made.report), "figures": [str(path) for path in made.figures]}))
    else:
        typer.echo(f"{counted(len(made.figures), 'figures')} and {made.report}")
    if open_report:
        typer.launch(made.report.resolve().as_uri())


def info(run: o.RunFolder, as_json: o.Json = False) -> None:
    """Say what a run holds and how good its answer is."""
    from partwise.runs import load_run

    tell(load_run(run), as_json)


def transform(
    run: o.RunFolder,
    source: o.Source,
    out: Annotated[Path, typer.Option("--out", "-o", help="The .npy file for the codes.")],
    text_column: TextColumn = None,
    force: o.Force = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Write the codes of new samples for the parts of a run."""
    from partwise.cli.bars import bars
    from partwise.runs import load_run
    from partwise.tasks.transform import transform as task
    from partwise.wording import counted

    opened = load_run(run)
    with bars(quiet or as_json) as watcher:
        data, codes = task(opened, source, out, text_column=text_column, force=force, progress=watcher)
    for note in data.notes:
        typer.echo(f"note: {note}", err=True)
    if as_json:
        facts = {
            "n_samples": len(codes),
            "n_components": codes.shape[1],
            "codes": str(out),
            "n_skipped": len(data.skipped),
        }
        skipped = [{"name": one.name, "reason": one.reason} for one in data.skipped]
        typer.echo(json.dumps({**facts, "names": list(data.names), "skipped": skipped}))
    else:
        if data.skipped:
            typer.echo(f"note: {counted(len(data.skipped), 'files')} skipped, --json lists them.", err=True)
        of, parts = counted(len(codes), "samples"), counted(codes.shape[1], "parts")
        typer.echo(f"Codes of {of} for {parts}: {out}")


def draw_saved(saved: "Fitted | Agreed", watcher: "Bars", stopped: str | None, as_json: bool) -> Path:
    """Draw the figures and the report of a run that has just been saved; where it was stopped, end by saying so."""
    try:
        if stopped is not None:
            raise Ending(stopped, 130)
        from partwise.tasks.look import look as draw

        return draw(saved.run, saved.data, progress=watcher).report
    except (Ending, KeyboardInterrupt):
        if as_json:  # what is saved is told, whenever the rest was stopped
            tell(saved.run, as_json)
        raise


def tell(run: "Run", as_json: bool, report: Path | None = None) -> None:
    """Print a run for a script or for a person."""
    facts = run.facts | ({"report": str(report)} if report else {})
    if as_json:
        typer.echo(json.dumps(facts))
        return
    from partwise.tasks.drawing import learned_of

    for note in run.notes:
        typer.echo(f"note: {note}", err=True)
    typer.echo("\n".join([*_lines(run, facts), *run.view.lines(learned_of(run))]))


def _lines(run: "Run", facts: dict[str, Any]) -> list[str]:
    from partwise.tasks.findings import findings
    from partwise.wording import counted

    samples = counted(facts["n_samples"], run.view.samples_are)
    lines = [
        f"{samples} of {run.view.size(facts['n_features'])} -> {counted(facts['n_components'], 'parts')}",
        f"relative error {facts['relative_error']:.4f}, KKT residual {facts['kkt_residual']:.1e}",
        *(f"{label} {value}{f' ({aside})' if aside else ''}" for label, value, aside in findings(facts)),
        facts["reason"],
        f"{facts['seconds']:.2f} s in the solver",
    ]
    if facts["n_dead_components"]:
        are = "is" if facts["n_dead_components"] == 1 else "are"
        lines.append(f"{counted(facts['n_dead_components'], 'parts')} {are} empty; ask for fewer")
    if facts["n_skipped"]:
        lines.append(f"{counted(facts['n_skipped'], 'files')} skipped, see skipped.csv")
    if facts["n_duplicates"]:
        repeat = "repeats" if facts["n_duplicates"] == 1 else "repeat"
        lines.append(f"{counted(facts['n_duplicates'], 'files')} {repeat} another one's content")
    if facts.get("report"):
        lines.append(f"report: {facts['report']}")
    return lines
