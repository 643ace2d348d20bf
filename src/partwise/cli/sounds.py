"""The command for sounds: separate writes the parts of a recording as files to be heard."""

import json
from pathlib import Path
from typing import Annotated

import typer

from partwise.cli import options as o


def separate(
    run: o.RunFolder,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the sounds; it must be empty or not there.")],
    sources: Annotated[
        int | None,
        typer.Option("--sources", metavar="N", help="Put parts that sound alike and together into N groups."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the sounds that are there.")] = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Write the parts of a recording, or groups of them, as WAV files that add up to it."""
    from partwise.runs import load_run

    opened = load_run(run)  # before the seconds that the rest takes to load

    from partwise.cli.bars import bars
    from partwise.tasks import separate as task
    from partwise.wording import counted

    with bars(quiet or as_json) as watcher:
        made = task.separate(opened, out, sources, force=force, progress=watcher)
    for note in () if as_json else made.notes:
        typer.echo(f"note: {note}", err=True)
    if as_json:
        typer.echo(json.dumps(task.facts_of(made)))
        return
    for one in made.sources:
        typer.echo(f"{one.path}: {task.listed(one.parts)}, {100 * one.energy:.1f} % of the energy")
    typer.echo(
        f"{counted(len(made.sources), 'sounds')} of {made.seconds:.1f} s; "
        f"together they are the recording to {made.difference:.0e}"
    )
    typer.echo(f"spectrograms: {made.figure}")
