"""The README keeps its word: its lines of Python run and print what it says, and its commands exist."""

import re
from pathlib import Path

import pytest

from partwise.sources import load_sample

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_five_lines_print_what_their_comment_says(capsys):
    try:
        load_sample("orl")
    except ValueError as error:
        pytest.skip(str(error))
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    assert re.fullmatch(r"Converged after \d+ iterations: KKT residual \S+ <= tol 0\.0001\.\n", capsys.readouterr().out)


def test_its_targets_and_its_files_are_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make ([a-z-]+)$", README, flags=re.MULTILINE):
        assert f"\n{target}:" in makefile, target
    for link in re.findall(r"\]\(([^)]+)\)", README):
        assert (ROOT / link).exists(), link
