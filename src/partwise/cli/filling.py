"""The command for holes: fill writes a table with its missing entries, or restores what is erased of pictures."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from partwise.cli import options as o
from partwise.cli.reading import parse_size, reads_a_source


@reads_a_source
def fill(
    source: o.Source,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="The file for the filled table (.csv, .tsv, .npy), beside the source unless given; or the folder for "
            "restored pictures, partwise-filled unless given.",
        ),
    ] = None,
    components: Annotated[
        int | None,
        typer.Option("--components", "-k", metavar="K", help="Number of parts; 10, of pictures 120, unless given."),
    ] = None,
    *,
    reading: dict[str, Any],
    erase: Annotated[
        str | None,
        typer.Option("--erase", metavar="HxW", help="Erase a block of so many pixels in one of ten pictures."),
    ] = None,
    hide: Annotated[
        float | None,
        typer.Option(
            "--hide", metavar="SHARE", help="Hide this share of the entries, and say how well they come back."
        ),
    ] = None,
    loss: o.Loss = None,
    alpha: o.Alpha = None,
    max_iter: Annotated[int | None, typer.Option("--max-iter", help="Limit of iterations; 300 unless given.")] = None,
    tol: o.Tol = None,
    seed: o.Seed = 0,
    force: o.Force = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Fill the missing entries of a table (empty cells, NA, NaN), or restore what is erased of pictures."""
    from partwise.cli.bars import bars
    from partwise.tasks import fill as task
    from partwise.tasks.read import Reading

    settings = task.Settings(
        components,
        None if erase is None else _block(erase),
        hide,
        {
            "beta_loss": None if loss is None else o.number_or_name(loss),
            "alpha_W": alpha,
            "max_iter": max_iter,
            "tol": tol,
            "random_state": seed,
        },
        Reading(**reading),
    )
    with bars(quiet or as_json) as watcher:
        filled = task.fill(source, out, settings, force=force, progress=watcher)
    for note in filled.data.notes:
        typer.echo(f"note: {note}", err=True)
    if as_json:
        typer.echo(json.dumps({**filled.facts, "written": [str(path) for path in filled.written]}))
    else:
        typer.echo("\n".join(task.sentences(filled)))


def _block(text: str) -> tuple[int, int]:
    try:
        block = parse_size(text)
    except ValueError as error:
        raise ValueError(str(error).replace("--size", "--erase")) from None
    assert block is not None
    return block
