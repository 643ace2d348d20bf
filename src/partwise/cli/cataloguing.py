"""add, remove, reindex, name: what a run's catalogue knows."""

import json
from typing import Annotated

import typer

from partwise.cli import options as o

TOLD = 20  # samples that are named when they are removed


def add(run: o.RunFolder, source: o.Source, as_json: o.Json = False, quiet: o.Quiet = False) -> None:
    """Encode new samples with a run's parts and add them to its catalogue; known content is left out."""
    from partwise.cli.bars import bars
    from partwise.runs import load_run
    from partwise.tasks.catalogue import add as task
    from partwise.tasks.catalogue import told

    opened = load_run(run)
    with bars(quiet or as_json) as watcher:
        added = task(opened, source, progress=watcher)
    for note in added.notes:
        typer.echo(f"note: {note}", err=True)
    if as_json:
        skipped = [{"name": one.name, "reason": one.reason} for one in added.skipped]
        facts = {"numbers": list(added.numbers), "names": list(added.names), "known": list(added.known)}
        typer.echo(json.dumps({**facts, "skipped": skipped}))
    else:
        typer.echo("\n".join(told(added, opened.view.samples_are)))


def remove(
    run: o.RunFolder,
    samples: Annotated[list[str], typer.Argument(metavar="SAMPLE...", help="Names or numbers of samples of the run.")],
    as_json: o.Json = False,
) -> None:
    """Take samples out of a run's catalogue; their files stay where they are."""
    from partwise.runs import load_run
    from partwise.tasks.catalogue import remove as task
    from partwise.tasks.finder import Finder
    from partwise.wording import counted

    opened = load_run(run)
    gone = task(opened, Finder.of(opened).numbers_of(samples))
    if as_json:
        typer.echo(json.dumps({"removed": [{"number": one.number, "name": one.name} for one in gone]}))
    else:
        for one in gone[:TOLD]:
            typer.echo(f"{one.name} (number {one.number})")
        more = f", {len(gone) - TOLD:,} of them not named here" if len(gone) > TOLD else ""
        typer.echo(f"{counted(len(gone), opened.view.samples_are)} removed from the catalogue{more}.")


def reindex(run: o.RunFolder, as_json: o.Json = False, quiet: o.Quiet = False) -> None:
    """Bring a run's catalogue up to its model after a refit, or make it where there is none."""
    from partwise.cli.bars import bars
    from partwise.runs import load_run
    from partwise.tasks.catalogue import reindex as task
    from partwise.wording import counted

    opened = load_run(run)
    with bars(quiet or as_json) as watcher:
        done = task(opened, progress=watcher)
    things = opened.view.samples_are
    if as_json:
        lost = [{"number": entry.number, "name": entry.name, "reason": reason} for entry, reason in done.lost]
        typer.echo(json.dumps({"encoded": done.encoded, "lost": lost}))
        return
    for entry, reason in done.lost:
        typer.echo(f"note: {entry.name} (number {entry.number}) stays out of searches: {reason}", err=True)
    typer.echo(f"The catalogue is that of the model; {counted(done.encoded, things)} added by hand encoded anew.")


def name(
    run: o.RunFolder,
    part: Annotated[str, typer.Argument(metavar="PART", help="The number of a part, or its name.")],
    words: Annotated[str, typer.Argument(metavar="NAME", help='What to call it; "" takes the name away.')],
    as_json: o.Json = False,
) -> None:
    """Give a part a name, which searches, figures and the page use from then on."""
    from partwise.runs import load_run
    from partwise.tasks.finder import Finder
    from partwise.tasks.naming import name_part

    finder = Finder.of(load_run(run))
    number = finder.part_called(part)
    given = name_part(finder.catalogue, number, words)
    if as_json:
        typer.echo(json.dumps({"number": number, "name": given}))
    else:
        typer.echo(f"Part {number} is called {given}." if given else f"Part {number} has no name any more.")
