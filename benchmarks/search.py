"""How fast a search is: python -m benchmarks.search [--run RUN] [--only ...] [--out FILE.json]."""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine, today
from benchmarks.workloads import SHARED, Absent, load
from partwise.runs import Run, load_run
from partwise.search import Catalogue, CodeIndex
from partwise.tasks.catalogue import add
from partwise.tasks.finder import Finder
from partwise.tasks.fit import Settings, fit

QUERIES = 500
MANY, PARTS = 300_000, 50  # synthetic codes
PAIRED = 200  # queries, each beside one matrix-vector product
CALLS = 5  # of the whole program
NEW = 1000  # pictures that are added
PARTS_OF = ("query", "synthetic", "program", "add")


def main() -> int:
    """Measure what was asked for, print a table and write JSON."""
    asked = _parser().parse_args()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    found: dict[str, Any] = {"machine": machine(), "date": today(), "results": {}}
    with tempfile.TemporaryDirectory() as name:
        run = _run(asked.run, Path(name), console) if set(asked.only) - {"synthetic"} else None
        if run is None:
            found["results"] |= {"synthetic": synthetic()} if "synthetic" in asked.only else {}
        else:
            measures: dict[str, Callable[[], dict[str, Any]]] = {
                "query": lambda: query(run),
                "synthetic": synthetic,
                "program": lambda: program(run),
                "add": lambda: adding(run, Path(name)),
            }
            for one in asked.only:
                console.print(f"[bold]{one}[/bold]")
                found["results"][one] = measures[one]()
    console.print(_table(found["results"]))
    asked.out.write_text(json.dumps(found, indent=1) + "\n")
    return 0


def query(run: Run) -> dict[str, Any]:
    """Time one search in the library, by every measure, with all parts and with some switched off."""
    finder = Finder.of(run)
    rng = np.random.default_rng(0)
    codes = finder.entries.codes
    rows = rng.choice(len(codes), QUERIES)
    some = (np.arange(codes.shape[1]) % 5 > 0).astype(float)
    asked: dict[str, dict[str, Any]] = {
        "cosine": {},
        "cosine, a fifth of the parts off": {"weights": some},
        "whitened": {"measure": "whitened"},
        "euclidean": {"measure": "euclidean"},
        "farthest": {"farthest": True},
    }
    times = {}
    for name, settings in asked.items():
        finder.index.nearest(codes[0], 8, **settings)
        times[name] = _milliseconds(lambda row, given=settings: finder.index.nearest(codes[row], 8, **given), rows)
    return {"samples": len(codes), "parts": codes.shape[1], "milliseconds": times}


def synthetic() -> dict[str, Any]:
    """Time searches in many codes beside one product of them with a vector, in turns."""
    rng = np.random.default_rng(0)
    index = CodeIndex(rng.gamma(0.4, size=(MANY, PARTS)).astype(np.float32))
    index.nearest(index.codes[0])
    searches, products = [], []
    for row in rng.choice(MANY, PAIRED):
        vector = index.unit[row].copy()
        began = time.perf_counter()
        index.unit @ vector
        middle = time.perf_counter()
        index.nearest(index.codes[row], 8)
        products.append(1000 * (middle - began))
        searches.append(1000 * (time.perf_counter() - middle))
    search, product = (_summary(np.array(one)) for one in (searches, products))
    ratio = search["median"] / product["median"]
    return {"samples": MANY, "parts": PARTS, "search": search, "product": product, "ratio_of_medians": ratio}


def program(run: Run) -> dict[str, Any]:
    """Time whole calls of the program, from its start to its end."""
    name = run.names[len(run.names) // 2]
    seconds = {}
    with tempfile.TemporaryDirectory() as folder:
        sheet = ("--out", str(Path(folder) / "sheet.png"), "--force")
        for label, options in (("table", ()), ("farthest, JSON", ("--farthest", "--json")), ("contact sheet", sheet)):
            command = [sys.executable, "-m", "partwise", "search", str(run.path), name, "-n", "8", *options]
            taken = []
            for _ in range(CALLS + 1):  # the first reads the files into memory
                began = time.perf_counter()
                subprocess.run(command, check=True, capture_output=True)
                taken.append(time.perf_counter() - began)
            seconds[label] = {"median": float(np.median(taken[1:])), "max": max(taken[1:])}
    return {"samples": len(run.names), "seconds": seconds}


def adding(run: Run, folder: Path) -> dict[str, Any]:
    """Time how new pictures are added to a copy of the run."""
    copy = load_run(Path(shutil.copytree(run.path, folder / "grown")))
    rng = np.random.default_rng(1)
    (folder / "new").mkdir()
    for number in range(NEW):
        coarse = Image.fromarray(rng.integers(0, 256, (12, 12, 3), dtype=np.uint8))
        coarse.resize((300, 300), Image.Resampling.BICUBIC).save(folder / "new" / f"{number}.jpg", quality=90)
    began = time.perf_counter()
    added = add(copy, folder / "new")
    seconds = time.perf_counter() - began
    began = time.perf_counter()
    again = add(copy, folder / "new")
    known = time.perf_counter() - began
    catalogue = Catalogue.at(copy.path)
    facts = {"before": len(run.names), "added": len(added.numbers), "known_again": len(again.known)}
    wrong = catalogue.check()
    catalogue.close()
    return {**facts, "seconds": seconds, "seconds_where_all_are_known": known, "wrong": wrong}


def _run(given: Path | None, folder: Path, console: Console) -> Run | None:
    """Return the run that was given, or fit cats; None where there are none."""
    if given is not None:
        return load_run(given)
    try:
        X = load("cats", (SHARED,))
    except Absent as error:
        console.print(f"skipped all but the synthetic codes: {error}")
        return None
    pictures = folder / "cats"
    pictures.mkdir()
    for row, values in enumerate(X):
        Image.fromarray(np.rint(values.reshape(64, 64) * 255).astype(np.uint8)).save(pictures / f"{row}.png")
    console.print(f"fitting {len(X):,} cats")
    return fit(pictures, folder / "run", Settings(PARTS, {"random_state": 0})).run


def _milliseconds(search: Callable[[int], object], rows: np.ndarray) -> dict[str, float]:
    taken = []
    for row in rows:
        began = time.perf_counter()
        search(row)
        taken.append(1000 * (time.perf_counter() - began))
    return _summary(np.array(taken))


def _summary(taken: np.ndarray) -> dict[str, float]:
    return {"median": float(np.median(taken)), "p95": float(np.quantile(taken, 0.95))}


def _table(results: dict[str, Any]) -> Table:
    table = Table("what", "of", "median", "p95 or most", title="Search")
    if one := results.get("query"):
        for name, times in one["milliseconds"].items():
            of = f"{one['samples']:,} x {one['parts']}"
            table.add_row(f"one query, {name}", of, f"{times['median']:.3f} ms", f"{times['p95']:.3f} ms")
    if one := results.get("synthetic"):
        of = f"{one['samples']:,} x {one['parts']}"
        for name in ("product", "search"):
            table.add_row(f"one {name}", of, f"{one[name]['median']:.2f} ms", f"{one[name]['p95']:.2f} ms")
        table.add_row("search over product", of, f"{one['ratio_of_medians']:.2f}", "")
    if one := results.get("program"):
        for name, times in one["seconds"].items():
            table.add_row(
                f"whole call, {name}", f"{one['samples']:,}", f"{times['median']:.2f} s", f"{times['max']:.2f} s"
            )
    if one := results.get("add"):
        table.add_row(f"add {one['added']:,} pictures", f"{one['before']:,}", f"{one['seconds']:.2f} s", "")
        known = f"add {one['known_again']:,} that are known"
        table.add_row(known, f"{one['before']:,}", f"{one['seconds_where_all_are_known']:.2f} s", "")
    return table


def _parser() -> argparse.ArgumentParser:
    def names(text: str) -> tuple[str, ...]:
        given = tuple(one.strip() for one in text.split(",") if one.strip())
        if strange := [one for one in given if one not in PARTS_OF]:
            raise argparse.ArgumentTypeError(f"no {strange[0]!r}; choose from {', '.join(PARTS_OF)}")
        return given

    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("--run", type=Path, help="a run of pictures with its catalogue (default: cats are fitted)")
    parser.add_argument("--only", type=names, default=PARTS_OF, help=f"comma-separated, of {', '.join(PARTS_OF)}")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("search.json"), help="JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
