"""The program: python -m benchmarks [--only ...] [--entrants ...] [--repeats N], or --draw to draw again."""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from benchmarks import machine, results
from benchmarks.codes import codes
from benchmarks.draw import draw
from benchmarks.entrants import registry
from benchmarks.iteration import WORKLOADS as ITERATIONS
from benchmarks.iteration import iteration
from benchmarks.opnmf import opnmf
from benchmarks.race import Settings, race
from benchmarks.ready import ready
from benchmarks.table import markdown, show
from benchmarks.workloads import SHARED, WORKLOADS, Absent

HERE = Path(__file__).parent
PICTURE = HERE.parent / "docs" / "pictures" / "race.png"
EXTRAS = ("ready", "iteration", "codes", "opnmf")


def main() -> int:
    """Run what was asked for, join it with what is on disk, and write table, JSON and picture."""
    asked = _parser().parse_args()
    # a table that is written to a file is as wide as it needs to be
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    done = results.read(asked.out)
    if not asked.draw:
        settings = Settings(
            tuple(asked.data or [SHARED]), asked.threads, asked.repeats, asked.limit, tuple(asked.entrants)
        )
        about = machine.about(registry().values(), asked.threads)
        if done and done["about"] != about:
            console.print(f"{asked.out} is of another machine, other versions or threads: it is begun anew.")
        done = results.join(done, {"about": about, "workloads": {}})
        # written after every part: a race takes hours, and what it has found stays when it is stopped
        for name in asked.only:
            done = results.join(done, {"about": about, **_part(name, settings, console)})
            results.write(asked.out, done)
    if not done.get("workloads"):
        console.print("Nothing was measured.")
        return 1
    show(done, console)
    asked.out.with_name("table.md").write_text(markdown(done))
    draw(done, asked.picture)
    return 0


def _part(name: str, settings: Settings, console: Console) -> results.Results:
    """Measure one workload or one of the extras."""
    console.print(f"[bold]{name}[/bold]")
    found: results.Results = {"workloads": {}}
    say = console.print
    try:
        if name == "ready":
            found["ready"] = ready(settings.threads)
        elif name == "iteration":
            found["iteration"] = [iteration(data, k, settings.folders, settings.threads) for data, k in ITERATIONS]
        elif name == "codes":
            found["codes"] = codes(settings.folders, settings.threads, settings.repeats)
        elif name == "opnmf":
            found["opnmf"] = opnmf(settings.folders, settings.threads, settings.limit, say)
        else:
            found["workloads"] = {name: race(WORKLOADS[name], settings, say)}
    except Absent as error:
        console.print(f"  skipped: {error}")
        found["skipped"] = {name: str(error)}
    return found


def _parser() -> argparse.ArgumentParser:
    names = (*WORKLOADS, *EXTRAS)
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=sys.modules[__name__].__doc__)
    add = parser.add_argument
    add("--only", type=_list(names), default=names, help=f"comma-separated, of {', '.join(names)}")
    entrants = sorted({one.program for one in registry().values()} | {one.name for one in registry().values()})
    add("--entrants", type=_list(entrants), default=(), help="programs or entrants, comma-separated; all by default")
    add("--repeats", type=int, default=5, help="timed repetitions after the survey (default 5)")
    add("--threads", type=int, default=2, help="threads of every program (default 2)")
    add("--limit", type=float, default=120.0, help="seconds an entrant may take for a fit (default 120)")
    add("--data", type=Path, action="append", help="a folder with data, also more than once (default shared/data)")
    add("--out", type=Path, default=HERE / "results.json", help="JSON; table.md is written beside it")
    add("--picture", type=Path, default=PICTURE, help="where the curves are drawn")
    add("--draw", action="store_true", help="measure nothing, only make table and picture again")
    return parser


def _list(known: tuple[str, ...] | list[str]):
    def split(text: str) -> tuple[str, ...]:
        names = tuple(one.strip() for one in text.split(",") if one.strip())
        strange = [one for one in names if one not in known]
        if strange:
            raise argparse.ArgumentTypeError(f"no {strange[0]!r}; choose from {', '.join(known)}")
        return names

    return split


if __name__ == "__main__":
    sys.exit(main())
