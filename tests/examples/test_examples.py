"""Every example runs on a small share of its data, and says in a line what to get where they are missing."""

import ast
import re
import runpy
import sys
from pathlib import Path

import pytest
from matplotlib.figure import Figure

EXAMPLES = Path(__file__).parents[2] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("plot_*.py"))
OWN = ("example_data", "showing")
NEEDED = re.compile(r"example_data\.load\(\"([\w -]+)\"\)")
NEEDY = [path for path in SCRIPTS if NEEDED.search(path.read_text(encoding="utf-8"))]


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Return a function that runs an example here and returns its exit code, what it printed and its figures."""
    for module in OWN:
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.syspath_prepend(EXAMPLES)
    monkeypatch.setenv("PARTWISE_EXAMPLES", "quick")
    monkeypatch.setenv("PARTWISE_EXAMPLES_FIGURES", str(tmp_path))
    monkeypatch.delenv("PARTWISE_EXAMPLES_PAGE", raising=False)
    save = Figure.savefig
    # drawn whole, but small: what is looked at here is that they can be drawn
    monkeypatch.setattr(Figure, "savefig", lambda figure, path, **how: save(figure, path, **{**how, "dpi": 40}))

    def start(script):
        monkeypatch.setattr(sys, "argv", [str(script)])
        code = 0
        try:
            runpy.run_path(str(script), run_name="__main__")
        except SystemExit as end:
            code = end.code
        return code, capsys.readouterr().out, sorted(tmp_path.glob("*.png"))

    yield start
    for module in OWN:
        sys.modules.pop(module, None)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_an_example_runs_and_shows_its_figures(script, run):
    code, printed, figures = run(script)
    assert code == 0, printed
    if "This example needs" in printed:
        pytest.skip(printed.strip().splitlines()[-1])
    shows = re.findall(r"^ *show\(", script.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(figures) >= len(shows) > 0, printed


@pytest.mark.parametrize("script", NEEDY, ids=lambda path: path.stem)
def test_an_example_without_its_data_says_in_one_line_what_to_get(script, run, monkeypatch, tmp_path):
    nowhere = tmp_path / "nowhere"
    monkeypatch.setenv("PARTWISE_EXAMPLES_DATA", str(nowhere))
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(nowhere))
    monkeypatch.setattr("importlib.metadata.files", lambda package: None)
    code, printed, figures = run(script)
    assert code == 0
    assert not figures
    lines = printed.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("This example needs ")
    assert re.search(r"Try: pip install|Once, with a network: python -c|, in \S+", lines[0]), lines[0]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_an_example_has_a_title_and_prose_between_its_cells(script):
    text = script.read_text(encoding="utf-8")
    title, under = (ast.get_docstring(ast.parse(text)) or "").splitlines()[:2]
    assert len(under) == len(title)
    assert set(under) == {"="}
    cells = re.split(r"^# %%.*$", text, flags=re.MULTILINE)[1:]
    assert cells
    assert all(re.match(r"\n(#.+\n)+", cell) for cell in cells), "a cell without a word before its code"


def test_no_example_downloads_anything():
    for path in EXAMPLES.glob("*.py"):
        assert not re.search(r"urlopen|urlretrieve|requests|download_if_missing=True", path.read_text(encoding="utf-8"))
