"""The program: its commands, and how an error or Ctrl-C ends it."""

import sys
import warnings
from typing import cast

import typer

from partwise.cli import commands
from partwise.cli.agreeing import consensus
from partwise.cli.cataloguing import add, name, reindex, remove
from partwise.cli.comparing import compare
from partwise.cli.ending import Ending, describe
from partwise.cli.explaining import explain
from partwise.cli.filling import fill
from partwise.cli.ranking import rank
from partwise.cli.searching import search
from partwise.cli.serving import serve
from partwise.cli.sounds import separate

app = typer.Typer(
    name="partwise",
    help="Learn the parts of anything non-negative: a folder of pictures in, its parts out.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    commands.demo, commands.fit, commands.look, commands.info, commands.transform, consensus, fill,
    compare, rank, separate,
    search, explain, add, remove, reindex, name, serve,
):  # fmt: skip
    app.command()(command)

# newer typer carries its own copy of click: the base of its BadParameter is the one class for both
UsageError = cast(type[typer.BadParameter], typer.BadParameter.__mro__[1])


@app.callback(invoke_without_command=True)
def _begin(
    context: typer.Context, version: bool = typer.Option(False, "--version", help="Print the version and stop.")
) -> None:
    if version:
        from partwise import __version__

        typer.echo(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(2)


def main() -> None:
    """Run the program; 0 done, 1 a bug, 2 a wrong input, 130 stopped with Ctrl-C."""
    # damaged pictures are listed with a reason of ours, and samples that cannot be had end in an error
    for module in ("PIL", "sklearn.datasets"):
        warnings.filterwarnings("ignore", module=module)
    warnings.showwarning = lambda message, *_: typer.echo(f"warning: {describe(message)}", err=True)
    try:
        # typer returns what a command would exit with, and 130 for Ctrl-C
        code = app(standalone_mode=False) or 0
    except Ending as ending:
        typer.echo(ending.message, err=True)
        sys.exit(ending.code)
    except UsageError as error:
        hint = f" Try: {error.ctx.command_path} --help" if error.ctx else ""
        typer.echo(f"error: {describe(error.format_message()).rstrip('.')}.{hint}", err=True)
        sys.exit(2)
    except (ValueError, TypeError, OSError) as error:
        typer.echo(f"error: {describe(error)}", err=True)
        sys.exit(2)
    if code == 130:
        typer.echo(
            "Stopped before there was a result to keep, or after it had been saved; nothing is half written.", err=True
        )
    sys.exit(code)
