"""The results as tables: the same cells for the terminal and for Markdown."""

from dataclasses import dataclass
from statistics import median

from rich.console import Console
from rich.table import Table as RichTable

from benchmarks.results import Results, best_error, ratios, seconds, summary

NAMES = {"frobenius": "", "kullback-leibler": "KL"}


@dataclass(frozen=True)
class Cells:
    """A table: a sentence about it, its heads and its rows; the first column is text, the rest numbers."""

    about: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """Return it in Markdown."""
        lines = ["| " + " | ".join(self.heads) + " |", "|---|" + "---:|" * (len(self.heads) - 1)]
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        return f"{self.about}\n\n" + "\n".join(lines) + "\n"

    def show(self, console: Console) -> None:
        """Print it."""
        table = RichTable(title=self.about, title_justify="left", title_style="")
        for i, head in enumerate(self.heads):
            table.add_column(head, justify="left" if i == 0 else "right", no_wrap=i == 0)
        for row in self.rows:
            table.add_row(*row)
        console.print(table)


def tables(results: Results) -> list[Cells]:
    """Return every table for which there is something to say."""
    made = [
        _race(results),
        _everybody(results),
        _defaults(results),
        _iteration(results),
        _codes(results),
        _opnmf(results),
    ]
    return [one for one in made if one.rows]


def sentences(results: Results) -> list[str]:
    """Return the figures that stand above the tables."""
    machine, about = results["about"]["machine"], results["about"]
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB, {about['threads']} threads. "
        + ", ".join(f"{name} {version}" for name, version in about["versions"].items())
        + "."
    ]
    found = summary(results)["frobenius"]
    if found["workloads"]:
        lines.append(
            f"Frobenius, {_counted(found['workloads'])}: {times(found['geometric_mean'])} scikit-learn's cd in the "
            f"geometric mean, {times(found['minimum'])} at least."
        )
    if found["best_other_minimum"]:
        lines.append(
            f"Against the best of the others: {times(found['best_other_geometric_mean'])} in the geometric mean, "
            f"{times(found['best_other_minimum'])} at least."
        )
    if found["no_other_reached"]:
        lines.append(f"In {_counted(found['no_other_reached'])} none of the others reached the goal.")
    divergence = summary(results)["kullback-leibler"]
    if divergence:
        lines.append(
            "Kullback-Leibler, against scikit-learn's mu: "
            + ", ".join(f"{name} {times(ratio)}" for name, ratio in divergence.items())
            + "."
        )
    if "ready" in results:
        one = results["ready"]
        lines.append(
            f"Ready: a second process has imported partwise and fitted a tiny matrix {one['second']:.2f} s after its "
            f"start, with the compiled code on disk (the first one: {one['first']:.2f} s)."
        )
    skipped = results.get("skipped", {})
    why = "".join(f" {name}: {why}." for name, why in skipped.items())
    lines.append(f"{_counted(len(skipped))} skipped.{why}")
    return lines


def markdown(results: Results) -> str:
    """Return all of it in Markdown."""
    return "\n".join([f"{line}\n" for line in sentences(results)] + [one.markdown() for one in tables(results)])


def show(results: Results, console: Console) -> None:
    """Print all of it."""
    for one in tables(results):
        one.show(console)
    for line in sentences(results):
        console.print(line)


def times(ratio: float | None) -> str:
    """Return a ratio as it is read."""
    return "–" if ratio is None else f"×{ratio:.1f}"


def clock(value: float | None) -> str:
    """Return seconds with the digits that mean something."""
    if value is None:
        return "–"
    return f"{value:.{3 if value < 1 else 2 if value < 10 else 0}f} s"


def _counted(count: int) -> str:
    return f"{count} workload{'' if count == 1 else 's'}"


def _race(results: Results) -> Cells:
    rows = []
    for loss in NAMES:
        for row in ratios(results, loss):
            best = f"{row['best']}, {clock(row['best_seconds'])}" if row["best"] else "none reached it"
            best = best if row["others"] else "–"
            figures = (clock(row["ours"]), clock(row["call"]), clock(row["reference"]), times(row["times"]))
            rows.append((row["workload"], f"{row['goal']:.5f}", *figures, best, times(row["times_best"])))
    heads = ("workload", "goal", "partwise", "its whole call", "scikit-learn", "", "best other", " ")
    return Cells("Time to the error that scikit-learn has after 200 iterations (cd; mu for KL).", heads, tuple(rows))


def _everybody(results: Results) -> Cells:
    names = list(results["workloads"])
    entrants = dict.fromkeys(name for found in results["workloads"].values() for name in found["entrants"])
    rows = []
    for entrant in entrants:
        cells, remark = [], ""
        for name in names:
            found = results["workloads"][name]
            one = found["entrants"].get(entrant)
            remark = (one or {}).get("remark") or remark
            cells.append(_reached(one, found["goal"]))
        rows.append((f"{entrant} ({remark})" if remark else entrant, *cells))
    return Cells(
        "Every entrant: seconds to the goal, or the least error in the time it was given.", ("", *names), tuple(rows)
    )


def _reached(entrant: dict | None, goal: float) -> str:
    if entrant is None:
        return ""
    if "failed" in entrant:
        return "takes no sparse X" if "sparse" in entrant["failed"] else entrant["failed"].split(":")[0]
    taken = seconds(entrant, goal)
    if taken is not None:
        return clock(taken)
    best = best_error(entrant)
    return f"{best[0]:.5f} in {clock(best[1])}" if best else "–"


def _defaults(results: Results) -> Cells:
    rows = []
    for name, found in results["workloads"].items():
        both = found.get("defaults", {})
        if len(both) < 2 or any("failed" in one for one in both.values()):
            continue
        (_, ours), (_, theirs) = both.items()
        power = 2 if found["loss"] == "frobenius" else 1  # the objective is the square of the relative error
        excess = (ours["error"] / theirs["error"]) ** power - 1
        mine, other = median(ours["seconds"]), median(theirs["seconds"])
        pace = (clock(mine), clock(other), times(other / mine))
        rows.append((name, f"{ours['error']:.5f}", f"{theirs['error']:.5f}", f"{100 * excess:+.2f} %", *pace))
    heads = ("workload", "error, partwise", "scikit-learn", "objective", "partwise", "scikit-learn ", "")
    return Cells("Both at their default settings, each from its own start.", heads, tuple(rows))


def _iteration(results: Results) -> Cells:
    rows = tuple(
        (
            f"{one['data']}-{one['k']}",
            f"{1e3 * one['iteration']:.1f} ms",
            f"{1e3 * one['products']:.1f} ms",
            f"{one['ratio']:.2f}",
        )
        for one in results.get("iteration", ())
    )
    return Cells("One iteration, and its two products with X.", ("", "iteration", "products", "ratio"), rows)


def _codes(results: Results) -> Cells:
    found = results.get("codes")
    if not found:
        return Cells("", (), ())
    mine = median(found["partwise"]["seconds"])
    rows = []
    for name in ("partwise", "scikit-learn default", "scikit-learn as good"):
        taken = median(found[name]["seconds"])
        label = f"{name} (tol {found[name]['tol']:g})" if "tol" in found[name] else name
        rows.append((label, clock(taken), times(taken / mine), f"{found[name]['residual']:.1e}"))
    about = f"transform of {found['rows']:,} cats, k = {found['k']}, {found['dtype']}, the same parts."
    return Cells(about, ("", "time", "", "KKT residual"), tuple(rows))


def _opnmf(results: Results) -> Cells:
    rows = []
    for one in results.get("opnmf", ()):
        for name in ("partwise", "opnmf"):
            found = one[name]
            cut = ", cut there" if found.get("cut") else ""
            rows.append(
                (
                    f"{one['data']}-{one['k']} {name}",
                    clock(found["seconds"]) + cut,
                    "" if name == "partwise" else times(one["times"]),
                    f"{found['iterations']:,}",
                    f"{found['error']:.3f}",
                    f"{found['orthonormality']:.2f}",
                )
            )
    about = (
        "Projective NMF of transposed pictures to tol 1e-5 from the same start; the error, and how far W'W is from I, "
        "of W divided by its spectral norm."
    )
    return Cells(about, ("", "time", "", "iterations", "error", "W'W - I"), tuple(rows))
