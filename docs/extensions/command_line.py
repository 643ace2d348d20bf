"""The command-line reference, written from the program's own help: a new command or option appears by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Line:
    """An argument or an option of a command.

    Attributes
    ----------
    kind : {"argument", "option"}
    forms : tuple of str
        How it is written: ``("-k", "--components")``; the name of an argument.
    shown : str
        As in the help: ``"-k, --components K"``.
    help : str
        What it does; empty if nobody has said it.
    """

    kind: str
    forms: tuple[str, ...]
    shown: str
    help: str


@dataclass(frozen=True)
class Command:
    """A command as its help shows it.

    Attributes
    ----------
    name : str
        With the program's: ``"partwise fit"``.
    help : str
        What it does.
    usage : str
        How it is called.
    lines : tuple of Line
        Its arguments and options.
    """

    name: str
    help: str
    usage: str
    lines: tuple[Line, ...]


def commands(app: Any) -> list[Command]:
    """Return the program and all its commands, those of sub-programs too.

    Parameters
    ----------
    app : typer.Typer
    """
    import typer

    program = typer.main.get_command(app)
    return list(_walk(program, str(program.name), None))


def reference(app: Any) -> list[str]:
    """Return the page as lines of reStructuredText; every option is an ``.. option::`` that can be linked."""
    program, *rest = commands(app)
    lines = []
    for command in (*rest, program):
        title = command.name if command is not program else f"{program.name} on its own"
        lines += ["", f".. program:: {command.name}", "", title, "-" * len(title), "", command.help]
        lines += ["", ".. code-block:: text", "", f"   {command.usage}", ""]
        for line in command.lines:
            shown = line.shown if line.kind == "option" else f"{line.forms[0].upper()}"
            lines += [f".. option:: {shown}", "", f"   {_escaped(line.help)}", ""]
    return lines


def _walk(command: Any, name: str, parent: Any) -> Iterator[Command]:
    """Yield a command, then those below it."""
    context = _context(command, name, parent)
    parameters = [one for one in command.get_params(context) if not getattr(one, "hidden", False)]
    yield Command(
        name=context.command_path,
        help=_one_line(command.help),
        usage=" ".join((context.command_path, *command.collect_usage_pieces(context))),
        lines=tuple(_line(parameter, context) for parameter in parameters),
    )
    for below in getattr(command, "commands", {}).values():
        if not below.hidden:
            yield from _walk(below, below.name, context)


def _context(command: Any, name: str, parent: Any) -> Any:
    """Return the context that a command's help is written in; click has several homes, a command knows its own."""
    if parent is None:
        return command.make_context(name, [], resilient_parsing=True)
    return type(parent)(command, info_name=name, parent=parent)


def _line(parameter: Any, context: Any) -> Line:
    shown, text = parameter.get_help_record(context) or (parameter.name, "")
    forms = (*parameter.opts, *parameter.secondary_opts)
    told = bool(getattr(parameter, "help", None))
    return Line(parameter.param_type_name, forms, shown, _one_line(text) if told else "")


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _escaped(text: str) -> str:
    """Keep what is a mark in reStructuredText as it is."""
    return text.replace("\\", "\\\\").replace("*", "\\*").replace("`", "\\`").replace("_ ", "\\_ ").replace("|", "\\|")
