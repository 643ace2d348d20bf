"""Two million samples in a catalogue: python -m benchmarks.large_catalogue [FOLDER] [--rows 2000000].

Fits a small table (k = 50), puts drawn entries into the catalogue of its run, and measures whole calls of the program:
seconds, and the peak resident memory of the process. Beside them what the same questions take with all of the
catalogue in memory, on a tenth of the rows. Then searches while another process adds: each must see none of an add or
all of it. Figures go to large_catalogue.json; the folder is removed afterwards.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import machine, peak_memory, today

K, COLUMNS = 50, 64
AT_ONCE = 10_000
ADDED = 4000  # rows of a table that is added while others search


def entries(first: int, count: int) -> Iterator[Any]:
    """Yield samples with codes as parts have them: most weights 0."""
    from partwise.search import NewEntry

    for start in range(first, first + count, AT_ONCE):
        rng = np.random.default_rng([17, start])
        codes = (rng.gamma(1.0, size=(AT_ONCE, K)) * (rng.random((AT_ONCE, K)) < 0.3)).astype(np.float32)
        for row in range(min(AT_ONCE, first + count - start)):
            name = f"pictures/{start + row:08}.png"
            digest = hashlib.sha256(name.encode()).hexdigest()
            yield NewEntry(name, None, digest, codes[row], 0.1, 0.5, f"/data/{name}", 1000, 64, 64)


def table(path: Path, rows: int, seed: int) -> Path:
    """Write a matrix of non-negative numbers."""
    rng = np.random.default_rng([23, seed])
    np.save(path, (rng.random((rows, K)) @ np.random.default_rng(23).random((K, COLUMNS))).astype(np.float32))
    return path


def called(*arguments: str | Path) -> dict[str, Any]:
    """Return seconds, peak memory and answer of a call of the program, in a process of its own."""
    code = "import sys; from benchmarks.large_catalogue import child; child(sys.argv[1:])"
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], check=True, capture_output=True, text=True
    )
    seconds = time.perf_counter() - began
    *answer, peak = done.stdout.splitlines()
    return {"seconds": seconds, "peak_mb": float(peak), "answer": answer}


def child(arguments: list[str]) -> None:
    """Do what the program is asked for, and print the peak memory behind its answer."""
    from partwise.cli import main

    sys.argv = ["partwise", *arguments]
    try:
        main()
    except SystemExit as end:
        if end.code:
            raise
    print(peak_memory() / 1e6)


def in_memory(path: Path) -> dict[str, Any]:
    """Return what a search takes with all of a catalogue in memory."""
    code = (
        "import sys; from benchmarks.machine import peak_memory; from partwise import Finder, load_run\n"
        "finder = Finder.of(load_run(sys.argv[1]), whole=True); finder.ranked(finder.sample(1500), 8)\n"
        "print(len(finder.entries), peak_memory() / 1e6)"
    )
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    rows, peak = done.stdout.split()
    return {"rows": int(rows), "seconds": time.perf_counter() - began, "peak_mb": float(peak)}


def watched(run: Path, more: Path) -> dict[str, Any]:
    """Search while the program adds; return how many samples each search saw beside those that were there."""
    before, seen = counted(run), []
    adding = subprocess.Popen([sys.executable, "-m", "partwise", "add", run, more], stdout=subprocess.DEVNULL)
    while adding.poll() is None:
        seen.append(counted(run) - before)
    seen.append(counted(run) - before)
    return {"searches": len(seen), "seen": sorted(set(seen)), "added": ADDED}


def counted(run: Path) -> int:
    """Return in how many samples a search went."""
    return int(json.loads("".join(called("search", run, "--parts", "1:1", "--json")["answer"]))["n_samples"])


def main() -> None:
    """Fit, fill, search, add, remove."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--rows", type=int, default=2_000_000)
    given = parser.parse_args()
    from partwise import load_run
    from partwise.search import Catalogue
    from partwise.search.large import bring_up

    facts: dict[str, Any] = {"machine": machine(), "date": today(), "rows": given.rows}
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="partwise-benchmark-") as folder:
        run, first = Path(folder) / "run", table(Path(folder) / "first.npy", 1000, 0)
        called("fit", first, "-k", str(K), "--max-iter", "20", "--out", run, "--quiet")
        model, catalogue = load_run(run).model_id, Catalogue.at(run)
        for start, stop in ((0, given.rows // 10), (given.rows // 10, given.rows)):
            began = time.perf_counter()
            with catalogue.change("add") as change:
                change.insert(entries(start, stop - start), model, "added")
            facts["seconds_writing"] = time.perf_counter() - began
            if not start:
                facts["in_memory"] = in_memory(run)
        began = time.perf_counter()
        bring_up(catalogue)
        facts["seconds_bringing_up"] = time.perf_counter() - began
        files = [one for one in run.rglob("*") if one.is_file()]
        facts["bytes"] = {one.name.partition("-")[0]: one.stat().st_size for one in files if "catalogue" in str(one)}
        number = str(given.rows // 2)
        questions: dict[str, tuple[str | Path, ...]] = {
            "search": ("search", run, number),
            "search, whitened": ("search", run, number, "--measure", "whitened"),
            "search by name": ("search", run, "00012345.png"),
            "search, a mixture": ("search", run, "--parts", "3:1,7:0.5"),
            "odd": ("search", run, "--odd"),
            "add 50": ("add", run, table(Path(folder) / "few.npy", 50, 1), "--quiet"),
            "search after it": ("search", run, number),
            "remove 1": ("remove", run, "2000"),
        }
        facts["calls"] = {name: called(*asked) for name, asked in questions.items()}
        for one in facts["calls"].values():
            one.pop("answer")
        print(json.dumps(facts), flush=True)
        facts["during_an_add"] = watched(run, table(Path(folder) / "many.npy", ADDED, 2))
        print(json.dumps(facts["during_an_add"]))
        catalogue.close()
    if given.rows == parser.get_default("rows"):
        Path(__file__).with_suffix(".json").write_text(json.dumps(facts, indent=2) + "\n")


if __name__ == "__main__":
    main()
