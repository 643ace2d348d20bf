"""A wrong path is told before anything heavy is loaded."""

import json
import subprocess
import sys

import pytest

HEAVY = {"numba", "sklearn", "scipy", "matplotlib", "PIL"}

WATCHED = f"""
import atexit, json, sys
from partwise.cli import main
atexit.register(lambda: print(json.dumps(sorted({HEAVY!r} & set(sys.modules)))))
main()
"""


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("info {folder}/none", 2, "No run at "),
        ("look {folder}/none", 2, "No run at "),
        ("transform {folder}/none x.npy --out c.npy", 2, "No run at "),
        ("transform {run} {folder}/none --out {folder}/c.npy", 2, "Folder not found: "),
        ("transform {run} {run} --out {run}/codes.npy", 2, "codes.npy exists already."),
        ("fit {folder}/none -k 2 --out {folder}/new", 2, "Folder not found: "),
        ("fit {folder}/none.npy -k 2 --out {folder}/new", 2, "File not found: "),
        ("fit {run} -k 2 --out {run}", 2, "exists already."),
        ("fit {run} -k 2 --size 64 --out {folder}/new", 2, "--size wants height x width"),
        ("info {run}", 0, ""),
    ],
)
def test_nothing_heavy_is_loaded_for(command, code, words, saved_run, tmp_path):
    filled = command.format(folder=tmp_path, run=saved_run).split()
    done = subprocess.run([sys.executable, "-c", WATCHED, *filled], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert words in done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []
