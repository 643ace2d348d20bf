"""A folder of pictures larger than memory, killed and resumed: python -m benchmarks.large_folder [FOLDER].

Writes `--pictures` (200,000) small pictures, the cats of shared/data repeated with noise, to a new folder in FOLDER and
removes it afterwards. ``partwise fit --memory 600MB`` is run once undisturbed; and once killed (SIGKILL) at five
points, three while it decodes, one while it fits, one while it saves, and resumed by the same command each time. Told
are whether both runs have the same parts, codes and catalogue, bit for bit; how many pictures were decoded and handed
on to the disk more than once, which must be none, and how many were begun more than once (the one in flight when a kill
comes; of one that comes just after the picture was handed on, the log does not know); and the peak resident memory of
every process, as the system has it (VmHWM, asked every 10 ms; a fit has no child processes). Figures go to
large_folder.json.
"""

import argparse
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.machine import machine, peak_memory, today

CATS = Path(__file__).parents[2] / "shared" / "data" / "cats64.tar"
K, NOISE, EACH = 50, 12, 1000  # parts; grey levels of noise, at most; pictures of a sub-folder
WHILE_DECODING, WHILE_FITTING, WHILE_SAVING = (0.1, 0.45, 0.8), 4, 0.3  # shares of all pictures; iterations
BEGUN, HANDED_ON = "b", "h"  # what a log tells of a picture
LINE = 9  # bytes of a line there: which of both, the picture, seven digits, and the end


def write(folder: Path, count: int) -> None:
    """Write the pictures."""
    with tarfile.open(CATS) as tar:
        files = [tar.extractfile(one) for one in tar if one.name.endswith(".jpg")]
        cats = [np.asarray(Image.open(io.BytesIO(file.read())).convert("L"), dtype=np.int16) for file in files if file]
    rng = np.random.default_rng(0)
    for number in range(count):
        cat = cats[number % len(cats)]
        noisy = (cat + rng.integers(-NOISE, NOISE + 1, cat.shape)).clip(0, 255).astype(np.uint8)
        if number % EACH == 0:
            (folder / str(number // EACH)).mkdir(parents=True)
        Image.fromarray(noisy).save(folder / str(number // EACH) / f"{number}.png", compress_level=1)


def child(log: str, arguments: list[str]) -> None:
    """Be the command line, and write down every picture before it is decoded and when it is handed on to the disk."""
    from partwise.cli import main as program
    from partwise.sources import picture_cache
    from partwise.sources.cache_begun import Begun

    decode, add = picture_cache.read_picture, Begun.add
    with open(log, "a", buffering=1) as lines:

        def watched(path: str, *args: Any, **kwargs: Any) -> Any:
            lines.write(f"{BEGUN}{int(Path(path).stem):07d}\n")
            return decode(path, *args, **kwargs)

        def handed_on(self: Begun, place: int, *args: Any) -> None:
            add(self, place, *args)
            lines.write(f"{HANDED_ON}{place:07d}\n")  # in their order pictures have the names of their places

        picture_cache.read_picture = watched
        Begun.add = handed_on  # type: ignore[method-assign]
        sys.argv = ["partwise", *arguments]
        program()


class Fits:
    """Runs of one command with a cache, a log of decoded pictures and a checkpoint of their own."""

    def __init__(self, home: Path, name: str, source: Path, memory: str) -> None:
        self.cache, self.log, self.out = home / f"{name}-cache", home / f"{name}.log", home / name
        self.checkpoint, self.errors = home / f"{name}.checkpoint", home / f"{name}.errors"
        fit = ["fit", str(source), "-k", str(K), "--out", str(self.out), "--memory", memory, "--quiet"]
        kept = ["--checkpoint", str(self.checkpoint), "--checkpoint-every", "0", "--resume", "--max-iter", "30"]
        self.command = [sys.executable, "-m", "benchmarks.large_folder", "--child", str(self.log), *fit, *kept]

    def run(self, until: Callable[[], bool] | None = None) -> dict[str, Any]:
        """Run it to its end, or kill it when it is as far as that."""
        began, peak, before = time.perf_counter(), 0, self.count()
        with self.errors.open("w") as errors:
            environment = {**os.environ, "PARTWISE_CACHE": str(self.cache)}
            process = subprocess.Popen(self.command, stderr=errors, stdout=errors, env=environment)
            while process.poll() is None:
                peak = max(peak, peak_memory(process.pid))
                if until is not None and until():
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                time.sleep(0.01)
        said = self.errors.read_text()
        if process.returncode not in (0, -signal.SIGKILL):
            raise RuntimeError(said)
        home = f"{self.out.parent}{os.sep}"
        notes = [line.replace(home, "") for line in said.splitlines() if line.startswith("note:")]
        return {
            "killed": process.returncode != 0,
            "seconds": time.perf_counter() - began,
            "peak_mb": peak / 1e6,
            "decoded": self.count() - before,
            "notes": notes,
        }

    def count(self) -> int:
        """Return how many pictures were decoded so far, about: by the length of the log, which is asked for often."""
        return self.log.stat().st_size // (2 * LINE) if self.log.exists() else 0

    def logged(self, which: str) -> list[str]:
        """Return the pictures that were begun, or handed on."""
        return [line[1:] for line in self.log.read_text().splitlines() if line[0] == which]

    def saved(self) -> int:
        """Return about how many samples are in the catalogue, or in the log of its changes."""
        log = self.out / "catalogue.sqlite-wal"
        return log.stat().st_size // 4096 if log.exists() else 0

    def iterations(self) -> int:
        """Return how far the checkpoint is."""
        from partwise.storage import read_tensors

        try:
            return int(read_tensors(self.checkpoint)[0]["history"][-1, 0])
        except (OSError, ValueError):
            return 0


def killed(fits: Fits, count: int) -> Iterator[dict[str, Any]]:
    """Yield what each process did: five that are killed, and the one that comes to the end."""
    for share in WHILE_DECODING:
        yield fits.run(lambda share=share: fits.count() >= share * count)
    yield fits.run(lambda: fits.iterations() >= WHILE_FITTING)
    yield fits.run(lambda: fits.saved() >= WHILE_SAVING * count)
    yield fits.run()


def catalogue(run: Path) -> list[int]:
    """Return all that the catalogue of a run knows but the time, in a few digits for each sample."""
    columns = "number, name, label, sha256, error, brightness, model, row_check, picture_check"
    with closing(sqlite3.connect(run / "catalogue.sqlite")) as connection:
        found = connection.execute(f"SELECT {columns} FROM samples JOIN thumbnails USING (number) ORDER BY number")
        return [hash(row) for row in found]


def compared(whole: Fits, resumed: Fits) -> dict[str, Any]:
    """Return whether two runs found the same."""
    from partwise import load_run

    one, other = load_run(whole.out), load_run(resumed.out)
    return {
        "same_parts": bool(np.array_equal(one.parts, other.parts)),
        "same_codes": bool(np.array_equal(one.codes, other.codes)),
        "same_names": one.names == other.names,
        "same_catalogue": catalogue(whole.out) == catalogue(resumed.out),
        "iterations": [one.facts["n_iter"], other.facts["n_iter"]],
        "relative_error": one.facts["relative_error"],
        "kkt_residual": one.facts["kkt_residual"],
        "report": (other.path / "report.html").exists(),
    }


def main() -> None:
    """Write, fit, kill, resume, compare, remove."""
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3:])
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--pictures", type=int, default=200_000)
    parser.add_argument("--memory", default="600MB")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="partwise-benchmark-") as folder:
        home = Path(folder)
        write(home / "pictures", given.pictures)
        facts: dict[str, Any] = {
            "machine": machine(),
            "date": today(),
            "pictures": given.pictures,
            "memory": given.memory,
        }
        whole = Fits(home, "whole", home / "pictures", given.memory)
        facts["undisturbed"] = whole.run()
        facts["peak_mb"] = facts["undisturbed"]["peak_mb"]
        print(json.dumps(facts), flush=True)
        resumed = Fits(home, "resumed", home / "pictures", given.memory)
        facts["resumed"] = []
        for one in killed(resumed, given.pictures):
            facts["resumed"].append(one)
            print(json.dumps(one), flush=True)
        for what, which in (("decoded_and_handed_on", HANDED_ON), ("begun_to_be_decoded", BEGUN)):
            names = resumed.logged(which)
            facts[what] = {"pictures": len(set(names)), "more_than_once": len(names) - len(set(names))}
        facts |= compared(whole, resumed)
        print(json.dumps(facts, indent=2))
    if given.pictures == parser.get_default("pictures"):
        Path(__file__).with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n")


if __name__ == "__main__":
    main()
