"""What the stories share: the program in this process, small sources, and a run to start from."""

import io
import json
import shutil
import struct
import subprocess
import sys
import zlib
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from partwise.cli import main

Ended = namedtuple("Ended", "code out err")


@pytest.fixture
def cli(monkeypatch, capfd):
    """Run the program in this process: cli("fit", source, ...) -> (code, out, err)."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["partwise", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        return Ended(ended.value.code or 0, *capfd.readouterr())

    return run


@pytest.fixture
def told(cli):
    """Run a command that must succeed with --json, and return its one JSON object."""

    def run(*arguments):
        ended = cli(*arguments, "--json")
        assert ended.code == 0, ended.err
        assert ended.out.count("\n") == 1
        return json.loads(ended.out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))

    return run


@pytest.fixture(scope="session")
def program():
    """Start the program as its own process, for what only a process shows."""

    def run(*arguments, **settings):
        command = [sys.executable, "-m", "partwise", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **settings)
        return Ended(done.returncode, done.stdout, done.stderr)

    return run


def matrix(rows=20, columns=10, seed=0):
    return np.random.default_rng(seed).random((rows, columns))


def picture(seed=0, height=6, width=8, channels=()):
    """A picture of random values; another seed, other values."""
    values = np.random.default_rng(seed).integers(0, 256, (height, width, *channels), dtype=np.uint8)
    return Image.fromarray(values)


def bomb(path, width=30000, height=30000):
    """A PNG whose header promises many pixels and has none."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b""))


def truncated(path):
    """A JPEG of which the second half is missing."""
    buffer = io.BytesIO()
    picture(5, 60, 60).save(buffer, "JPEG")
    path.write_bytes(buffer.getvalue()[: buffer.tell() // 2])


def album(folder, count=20, height=6, width=8, channels=()):
    """A folder of different pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        picture(number, height, width, channels).save(folder / f"good{number}.png")
    return folder


def tree(folder):
    """Every file below a folder with its content, to see that nothing has changed."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(Path(folder).rglob("*"))
    }


@pytest.fixture(scope="session")
def saved_run(tmp_path_factory):
    """A run of labelled pictures, without figures; copy it before you change it."""
    from partwise.tasks.fit import Settings, fit

    home = tmp_path_factory.mktemp("saved")
    for label in ("cats", "dogs"):
        album(home / "album" / label, count=8)
    (home / "album" / "notes.txt").write_text("no picture")
    fit(home / "album", home / "run", Settings(3, {"random_state": 0, "max_iter": 2000}))
    return home / "run"


@pytest.fixture
def run_copy(saved_run, tmp_path):
    """A run that a test may damage."""
    return Path(shutil.copytree(saved_run, tmp_path / "saved"))
