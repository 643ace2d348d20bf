"""search: who is like this one."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from partwise.cli import options as o
from partwise.cli.asking import Figure, Measure, Only, Weights, Without, counting_of, finder_of, split

if TYPE_CHECKING:
    from partwise.tasks.asking import Hit
    from partwise.tasks.finder import Finder

Asked = Annotated[
    str | None,
    typer.Argument(metavar="[QUERY]", help="The name or number of a sample of the run, or a file."),
]


def search(
    run: o.RunFolder,
    query: Asked = None,
    count: Annotated[int, typer.Option("--number", "-n", help="How many results.")] = 8,
    farthest: Annotated[bool, typer.Option("--farthest", help="The least similar instead.")] = False,
    measure: Measure = "cosine",
    parts: Annotated[
        str | None,
        typer.Option("--parts", metavar="PART:WEIGHT,...", help="Search with a mixture of parts, such as 3:1,7:0.5."),
    ] = None,
    only: Only = None,
    without: Without = None,
    weights: Weights = None,
    label: Annotated[str | None, typer.Option("--label", help="Only samples with this label.")] = None,
    duplicates: Annotated[
        bool, typer.Option("--duplicates", help="Instead of a query: groups that are nearly the same.")
    ] = False,
    threshold: Annotated[float, typer.Option("--threshold", help="Least cosine of --duplicates.")] = 0.995,
    odd: Annotated[bool, typer.Option("--odd", help="Instead of a query: those that the parts explain worst.")] = False,
    out: Figure = None,
    force: o.Force = False,
    as_json: o.Json = False,
) -> None:
    """Find the samples of a run that are most like one, or least."""
    given = [query is not None, parts is not None, duplicates, odd]
    if sum(given) != 1:
        raise ValueError("search wants one of: QUERY, --parts, --duplicates, --odd. Try: partwise search --help")
    finder = finder_of(run, out, force)
    if duplicates:
        _no_figure(out, "--duplicates")
        _tell_groups(finder, threshold, as_json)
        return
    if odd:
        hits = finder.odd(count)
        if out is not None:
            _draw_odd(finder, hits, out, force)
        _tell_hits(finder, hits, {"query": None}, "explained worst, by relative error", as_json)
        return
    from partwise.tasks.finder import part_weights

    counting = counting_of(finder, measure, only, without, weights, label)
    asked = finder.asked(query) if query is not None else finder.mixture(part_weights(finder, split(parts)))
    hits = finder.ranked(asked, count, counting, farthest=farthest)
    if not asked.code.any():
        typer.echo(f"note: {asked.name} is a sum of no parts, so nothing is like it, or unlike.", err=True)
    which = "least" if farthest else "most"
    among = f" with label {label}" if label is not None else ""
    number = f" (number {asked.number})" if asked.number is not None else ""
    heading = f"{which} similar to {asked.name}{number}{among}, by {_of(measure)}"
    about = {"query": {"name": asked.name, "number": asked.number}, "measure": measure, "farthest": farthest}
    if out is not None:
        from partwise.tasks.sheets import contact_sheet, write_figure

        title = f"{which.capitalize()} similar to {asked.name}"
        figure = contact_sheet(finder, asked, hits, title=title, scores_are="cosine " if measure == "cosine" else "")
        write_figure(out, figure, force=force)
    _tell_hits(finder, hits, about, heading, as_json)


def _of(measure: str) -> str:
    from partwise.search import MEASURES

    return MEASURES.get(measure, measure)


def _tell_hits(finder: "Finder", hits: "list[Hit]", about: dict[str, Any], heading: str, as_json: bool) -> None:
    if as_json:
        keys = ("number", "name", "label", "score")
        found = [{key: getattr(hit, key) for key in keys} for hit in hits]
        typer.echo(json.dumps({**about, "n_samples": len(finder.entries), "hits": found}))
        return
    typer.echo(f"{heading}, of {len(finder.entries):,} {finder.run.view.samples_are}")
    wide = max((len(hit.name) for hit in hits), default=0)
    for place, hit in enumerate(hits, 1):
        label = f"  {hit.label}" if hit.label else ""
        typer.echo(f"{place:4}  {hit.score:7.4f}  {hit.name:<{wide}}  number {hit.number}{label}")


def _tell_groups(finder: "Finder", threshold: float, as_json: bool) -> None:
    from partwise.cli.bars import bars
    from partwise.search import near_duplicates
    from partwise.wording import counted

    with bars(as_json) as watcher:

        def tell(done: int, total: int) -> None:
            if watcher.comparing("", done, total):  # there is nothing to keep of half the pairs
                raise KeyboardInterrupt

        groups = near_duplicates(finder.entries, finder.in_memory, threshold, tell)
    told: list[dict[str, Any]] = [
        {
            "numbers": [int(finder.entries.numbers[row]) for row in group.rows],
            "names": [finder.entries.names[row] for row in group.rows],
            "likeness": group.likeness,
            "same_content": group.exact,
        }
        for group in groups
    ]
    if as_json:
        typer.echo(json.dumps({"threshold": threshold, "groups": told}))
        return
    exact = sum(group.exact for group in groups)
    typer.echo(
        f"{counted(len(groups), 'groups')} of nearly the same {finder.run.view.samples_are} (cosine {threshold:g} or "
        f"more), {exact:,} of them with the same content"
    )
    for one in told:
        same = "same content" if one["same_content"] else f"cosine {one['likeness']:.4f}"
        typer.echo(f"  {same}: {', '.join(one['names'][:6])}{' ...' if len(one['names']) > 6 else ''}")


def _draw_odd(finder: "Finder", hits: "list[Hit]", out: Path, force: bool) -> None:
    from partwise.tasks.sheets import contact_sheet, write_figure

    first = finder.sample(hits[0].number)
    figure = contact_sheet(finder, first, hits, title="Explained worst by the parts", scores_are="error ")
    write_figure(out, figure, force=force)


def _no_figure(out: Path | None, what: str) -> None:
    if out is not None:
        raise ValueError(f"{what} draws no figure. Leave --out away, or look at the page: partwise serve RUN")
