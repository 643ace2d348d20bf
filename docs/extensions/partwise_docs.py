"""The Sphinx extension: directives for the command line and the registries, and pages for the public names."""

from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from extensions.command_line import reference
from extensions.registries import table


class CommandLine(SphinxDirective):
    """``.. command-line::`` is replaced by the reference of all commands."""

    def run(self) -> list[nodes.Node]:
        """Parse what the program's help says."""
        from partwise.cli.app import app

        return self.parse_text_to_nodes("\n".join(reference(app)), allow_section_headings=True)


class Registry(SphinxDirective):
    """``.. registry:: partwise.solvers.SOLVERS`` is replaced by a table of it."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {
        "through": directives.unchanged_required,
        "told-by": directives.unchanged_required,
        "files": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """Parse the table."""
        through, told_by, files = self.options.get("through"), self.options.get("told-by"), "files" in self.options
        return self.parse_text_to_nodes("\n".join(table(self.arguments[0], through, told_by, files=files)))


def skip_foreign(app: Sphinx, what: str, name: str, thing: Any, skip: bool, options: Any) -> bool | None:
    """Leave out what classes inherit from other packages: it is documented there."""
    home = getattr(thing, "__module__", None) or "partwise"
    return True if what == "class" and not home.startswith("partwise") else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives, and what is left out of classes."""
    app.connect("autodoc-skip-member", skip_foreign)
    app.add_directive("command-line", CommandLine)
    app.add_directive("registry", Registry)
    return {"parallel_read_safe": True}
