"""The command line: parse, call a task, print. Heavy modules are imported by the command that needs them."""

from partwise.cli.app import main

__all__ = ["main"]
