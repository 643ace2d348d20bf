"""The program: its commands, and how an error or Ctrl-C ends it."""

import sys
import warnings

import typer

from partwise.cli import commands
from partwise.cli.ending import Ending, describe

app = typer.Typer(
    name="partwise",
    help="Learn the parts of anything non-negative: a folder of pictures in, its parts out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (commands.demo, commands.fit, commands.look, commands.info, commands.transform):
    app.command()(command)


@app.callback(invoke_without_command=True)
def _version(version: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
    if version:
        from partwise import __version__

        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """Run the program; 0 done, 1 a bug, 2 a wrong input, 130 stopped with Ctrl-C."""
    warnings.showwarning = lambda message, *_: typer.echo(f"warning: {describe(message)}", err=True)
    try:
        app()
    except Ending as ending:
        typer.echo(ending.message, err=True)
        sys.exit(ending.code)
    except KeyboardInterrupt:
        typer.echo("Stopped before the fit had begun or after it had been saved; nothing is half written.", err=True)
        sys.exit(130)
    except (ValueError, TypeError, OSError) as error:
        typer.echo(f"error: {describe(error)}", err=True)
        sys.exit(2)
