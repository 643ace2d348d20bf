"""Everything that a user can name is documented: public names, options of the program, keys of the registries."""

import importlib
import inspect
import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import partwise

DOCS = Path(partwise.__file__).parents[2] / "docs"
if not DOCS.is_dir():
    pytest.skip("the sources of the documentation are not here", allow_module_level=True)
sys.path.insert(0, str(DOCS))

from extensions.command_line import commands, reference  # noqa: E402
from extensions.public_names import ROOMS, names_of  # noqa: E402
from extensions.registries import entries, found, table  # noqa: E402

PAGES = {path.stem: path.read_text(encoding="utf-8") for path in DOCS.glob("*.rst")}
REGISTRY = re.compile(r"^\.\. registry:: (\S+)\n(?:   :through: (\S+)\n)?(?:   :told-by: (\S+)\n)?", re.MULTILINE)
REGISTRIES = {
    path: (through or None, by or None) for text in PAGES.values() for path, through, by in REGISTRY.findall(text)
}
NAMES = [(room, name) for room in ROOMS for kind in ("classes", "functions") for name in names_of(room)[kind]]
CONSTANTS = [f"{room}.{name}" for room in ROOMS for name in names_of(room)["constants"]]


def program():
    from partwise.cli.app import app

    return app


@pytest.mark.parametrize("room", ROOMS)
def test_the_reference_lists_every_room(room):
    assert re.search(rf"^   {re.escape(room)}$", PAGES["reference"], re.MULTILINE)


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_name_is_on_a_page_of_its_room_or_of_the_package(room):
    shown = {name for names in names_of(room).values() for name in names}
    assert set(importlib.import_module(room).__all__) - set(partwise.__all__ if room != "partwise" else ()) == shown


@pytest.mark.parametrize(("room", "name"), NAMES)
def test_a_public_name_says_what_it_is_and_documents_every_parameter(room, name):
    thing = getattr(importlib.import_module(room), name)
    text = thing.__doc__ or ""
    if inspect.isclass(thing) and thing.__init__ is not object.__init__:
        # a dataclass and an exception say it as attributes or parameters, fields of a parent in the parent
        text = "\n".join(one.__doc__ or "" for one in thing.__mro__ if one.__module__.startswith("partwise"))
    assert text.strip(), f"{room}.{name} has no docstring"
    missing = [one for one in parameters_of(thing) if not re.search(rf"\b{re.escape(one)}\b", text)]
    assert not missing, f"{room}.{name} does not document {missing}"


def parameters_of(thing):
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    given = inspect.signature(thing).parameters.values()
    return [one.name for one in given if one.kind not in kinds and not one.name.startswith("_")]


@pytest.mark.parametrize("name", CONSTANTS)
def test_a_constant_is_described_by_hand(name):
    entry = re.search(rf"^\.\. py:data:: {re.escape(name)}\n(   :.*\n)*\n   (\S.*)$", PAGES["reference"], re.MULTILINE)
    assert entry, f"docs/reference.rst needs an entry '.. py:data:: {name}'"


def test_a_constant_that_is_described_is_there():
    described = re.findall(r"^\.\. py:data:: (\S+)$", PAGES["reference"], re.MULTILINE)
    assert sorted(described) == sorted(CONSTANTS)


def test_every_registry_has_a_table():
    assert set(found("partwise")) <= set(REGISTRIES)


@pytest.mark.parametrize("path", sorted(REGISTRIES))
def test_every_key_of_a_registry_is_told_in_a_line(path):
    held = entries(path, *REGISTRIES[path])
    untold = [key for entry in held for key in entry.keys if len(entry.told) < 15]
    assert not untold, f"{path} holds {untold}, whose docstrings say nothing"
    shown = "\n".join(table(path, *REGISTRIES[path]))
    module, _, name = path.rpartition(".")
    for key in getattr(importlib.import_module(module), name):
        assert f"``{key}``" in shown


def test_the_command_line_page_is_made_of_the_programs_help():
    assert re.search(r"^\.\. command-line::$", PAGES["command-line"], re.MULTILINE)


def test_every_command_and_option_is_told():
    for command in commands(program()):
        assert len(command.help) > 15, f"{command.name} has no help"
        for line in command.lines:
            assert len(line.help) > 5, f"{command.name} {line.shown} has no help"


def test_what_the_page_shows_is_what_the_program_prints():
    page = "\n".join(reference(program()))
    for command in commands(program()):
        done = CliRunner().invoke(program(), [*command.name.split()[1:], "--help"])
        section = page.split(f".. program:: {command.name}\n")[1].split("\n.. program::")[0]
        printed = set(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", done.stdout.split("Commands:")[0]))
        assert "--help" in printed, command.name
        assert not {one for one in printed if not re.search(rf"\.\. option:: .*{one}\b", section)}, command.name


@pytest.mark.parametrize("page", sorted(PAGES))
def test_what_a_page_shows_of_the_program_exists(page):
    """Lines that begin with `partwise` in text blocks name commands and options that there are."""
    known = {command.name: {form for line in command.lines for form in line.forms} for command in commands(program())}
    for line in re.findall(r"^   (partwise .*)$", PAGES[page], re.MULTILINE):
        words = line.split("#")[0].split()
        name = " ".join(words[:2])
        assert name in known, f"{page}: {line}"
        assert not {word for word in words if re.match(r"--?[a-z]", word)} - known[name], f"{page}: {line}"


def test_no_page_has_the_name_of_one_that_sphinx_makes():
    assert not set(PAGES) & {"search", "genindex", "py-modindex"}
