"""The site is built without a warning, has a page for everything public, and asks nobody else for anything."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import partwise

pytestmark = pytest.mark.slow
for package in ("sphinx", "pydata_sphinx_theme", "numpydoc", "sphinx_gallery"):
    pytest.importorskip(package, reason="the packages of the group docs are not installed")

ROOT = Path(partwise.__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the site without running the examples, from a copy, since pages are generated beside the sources."""
    place = tmp_path_factory.mktemp("site")
    generated = shutil.ignore_patterns("_build", "generated", "examples", "__pycache__")
    shutil.copytree(ROOT / "docs", place / "docs", ignore=generated)
    shutil.copytree(ROOT / "examples", place / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    words = ["-q", "-W", "--keep-going", "-b", "html", "-D", "plot_gallery=0", place / "docs", place / "html"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *map(str, words)], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    return place / "html"


@pytest.fixture(scope="module")
def inventory(site):
    """Return the names that can be linked, by kind."""
    from sphinx.util.inventory import InventoryFile

    return InventoryFile.loads((site / "objects.inv").read_bytes(), uri="").data


def test_every_public_name_can_be_linked(inventory):
    from partwise import plots, sources

    names = {name for kind, held in inventory.items() if kind.startswith("py:") for name in held}
    for room, module in (("partwise", partwise), ("partwise.plots", plots), ("partwise.sources", sources)):
        for name in module.__all__:
            assert {f"{room}.{name}", f"partwise.{name}"} & names, f"{room}.{name}"


def test_every_option_can_be_linked(inventory):
    from typer.main import get_command

    from partwise.cli.app import app

    for command in get_command(app).commands.values():
        for parameter in command.params:
            for form in parameter.opts if parameter.param_type_name == "option" else [parameter.name.upper()]:
                assert f"partwise-{command.name}.{form}" in inventory["std:cmdoption"], f"{command.name} {form}"


def test_no_page_asks_another_host_for_anything(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not re.findall(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href|srcset)=\"(?:https?:)?//", text), page
    for sheet in site.rglob("*.css"):
        assert not re.findall(r"url\([\"']?(?:https?:)?//|@import [\"'](?:https?:)?//", sheet.read_text("utf-8")), sheet
