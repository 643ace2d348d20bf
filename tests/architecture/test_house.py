"""The house keeps its shape: short files, a first line that says what a file is for, documented names, quick starts."""

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import partwise

ROOT = Path(partwise.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
MODULES = sorted(name for _, name, _ in pkgutil.walk_packages([str(ROOT)], "partwise.") if name != "partwise.__main__")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_short_and_says_what_it_is_for(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300, "past 300 lines: look for the missing noun"
    first = (ast.get_docstring(ast.parse(text)) or "").splitlines()
    assert first, "no first line"
    assert len(first[0]) > 20


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_room_without_a_name(path):
    names = {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}
    assert not names & {"utils", "util", "helpers", "common", "misc"}


@pytest.mark.parametrize(
    "path", [p for p in FILES if p.parent.name != "matrices"], ids=lambda p: str(p.relative_to(ROOT))
)
def test_nobody_but_matrices_and_the_doors_asks_how_x_is_stored(path):
    doors = {"validation.py", "scaling.py"}
    if path.name in doors or path.parent.name == "sources":
        return
    assert "issparse" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", MODULES)
def test_public_functions_and_classes_are_documented(name):
    module = importlib.import_module(name)
    for label, thing in vars(module).items():
        if label.startswith("_") or getattr(thing, "__module__", None) != name:
            continue
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert inspect.getdoc(thing), f"{name}.{label} has no docstring"


@pytest.mark.parametrize("name", partwise.__all__)
def test_what_the_package_offers_can_be_had(name):
    assert getattr(partwise, name) is not None


def test_help_loads_nothing_heavy():
    code = (
        "import sys; sys.argv = ['partwise', '--help']\n"
        "from partwise.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'numba', 'sklearn', 'scipy', 'matplotlib', 'PIL'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_library_prints_nothing():
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        ]
        assert "print" not in calls, path
