"""search and explain: who is like this one, and why."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from partwise.cli import options as o

if TYPE_CHECKING:
    from partwise.search import Explanation
    from partwise.tasks.finder import Counting, Finder, Hit, Query

Asked = Annotated[
    str | None,
    typer.Argument(metavar="[QUERY]", help="The name or number of a sample of the run, or a file."),
]
Measure = Annotated[
    str,
    typer.Option("--measure", help="cosine, whitened (every part equally loud) or euclidean (sees brightness too)."),
]
Only = Annotated[
    str | None, typer.Option("--only", metavar="PARTS", help="Only these parts count, such as 3,eyes; or --without.")
]
Without = Annotated[str | None, typer.Option("--without", metavar="PARTS", help="These parts do not count.")]
Weights = Annotated[
    str | None,
    typer.Option("--weights", metavar="PART:WEIGHT,...", help="How much parts count, such as 3:2,7:0.5; others 1."),
]
Figure = Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE.png", help="Draw it into this file.")]


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
    finder = _finder(run, out, force)
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
    counting = _counting(finder, measure, only, without, weights, label)
    asked = _query(finder, query, parts)
    hits = finder.ranked(asked, count, counting, farthest=farthest)
    which = "least" if farthest else "most"
    among = f" with label {label}" if label is not None else ""
    heading = f"{which} similar to {asked.name}{among}, by {_of(measure)}"
    about = {"query": {"name": asked.name, "number": asked.number}, "measure": measure, "farthest": farthest}
    if out is not None:
        from partwise.tasks.sheets import contact_sheet, write_figure

        title = f"{which.capitalize()} similar to {asked.name}"
        figure = contact_sheet(finder, asked, hits, title=title, scores_are="" if measure == "euclidean" else "cosine ")
        write_figure(out, figure, force=force)
    _tell_hits(finder, hits, about, heading, as_json)


def explain(
    run: o.RunFolder,
    query: Annotated[str, typer.Argument(metavar="A", help="The name or number of a sample of the run, or a file.")],
    other: Annotated[
        str | None, typer.Argument(metavar="[B]", help="Another: why the two are alike. Without it: what A is made of.")
    ] = None,
    measure: Measure = "cosine",
    only: Only = None,
    without: Without = None,
    weights: Weights = None,
    out: Figure = None,
    force: o.Force = False,
    as_json: o.Json = False,
) -> None:
    """Say why two samples are alike, part by part, or what one of them is made of."""
    finder = _finder(run, out, force)
    here = finder.asked(query)
    if other is None:
        if measure != "cosine" or only or without or weights:
            raise ValueError("explain with a single sample says what it is made of, and takes no options of a search.")
        if out is not None:
            from partwise.tasks.sheets import maps_figure, write_figure

            write_figure(out, maps_figure(finder, here), force=force)
        _tell_code(finder, here, as_json)
        return
    from partwise.search import explained

    there = finder.asked(other)
    counting = _counting(finder, "cosine" if measure == "euclidean" else measure, only, without, weights, None)
    explanation = explained(here.code, there.code, finder.index.scale(counting.measure, counting.weights))
    if measure == "euclidean":
        typer.echo("note: a distance is explained by the cosine, which sees the mixture, not the brightness.", err=True)
    if out is not None:
        from partwise.tasks.sheets import why_figure, write_figure

        write_figure(out, why_figure(finder, (here, there), explanation), force=force)
    _tell_why(finder, (here, there), explanation, as_json)


def _tell_why(finder: "Finder", queries: "tuple[Query, Query]", explanation: "Explanation", as_json: bool) -> None:
    here, there = queries
    named = _part_names(finder)
    columns = {
        "shared": explanation.shared,
        "more_in_a": explanation.more_here,
        "more_in_b": explanation.more_there,
        "a": explanation.here,
        "b": explanation.there,
    }
    if as_json:
        lists = {key: [float(one) for one in values] for key, values in columns.items()}
        typer.echo(json.dumps({"a": here.name, "b": there.name, "cosine": explanation.cosine, "parts": named, **{
            f"{key}_by_part": values for key, values in lists.items()}}))  # fmt: skip
    else:
        typer.echo(f"{here.name} and {there.name}: cosine {explanation.cosine:.4f}, a sum over the parts")
        typer.echo(f"{'':4}{'shared':>8}  {'in the first':>12}  {'in the second':>13}  part")
        for part in (-explanation.shared).argsort(kind="stable")[:12]:
            if explanation.shared[part] > 0:
                typer.echo(
                    f"{'':4}{explanation.shared[part]:8.4f}  {explanation.here[part]:12.3f}  "
                    f"{explanation.there[part]:13.3f}  {named[part]}"
                )
        more = [float(columns[key].sum()) for key in ("more_in_a", "more_in_b")]
        typer.echo(
            f"{explanation.cosine:.4f} shared + {more[0]:.4f} more in the first + {more[1]:.4f} more in the second = 1"
        )
        for key, name in (("more_in_a", here.name), ("more_in_b", there.name)):
            most = [named[part] for part in (-columns[key]).argsort(kind="stable")[:5] if columns[key][part] > 0]
            typer.echo(f"{name} has more of: {', '.join(most) or 'nothing'}")


def _finder(run: Path, out: Path | None, force: bool) -> "Finder":
    from partwise.runs import load_run
    from partwise.tasks.finder import Finder

    opened = load_run(run)
    if out is not None:
        from partwise.tasks.places import check_figure_place

        if "image_shape" not in opened.facts or opened.facts["image_shape"] is None:
            raise ValueError(f"--out draws pictures, and {run} was made of {opened.view.samples_are}. Leave it out.")
        check_figure_place(out, force)
    finder = Finder.of(opened)
    if finder.entries.stale:
        typer.echo(
            f"note: {finder.entries.stale} {opened.view.samples_are} have codes of an earlier model and are left out. "
            f"Run: partwise reindex {run}",
            err=True,
        )
    return finder


def _query(finder: "Finder", query: str | None, parts: str | None) -> "Query":
    from partwise.tasks.finder import part_weights

    return finder.asked(query) if query is not None else finder.mixture(part_weights(finder, _split(parts)))


def _counting(
    finder: "Finder", measure: str, only: str | None, without: str | None, weights: str | None, label: str | None
) -> "Counting":
    import numpy as np

    from partwise.tasks.finder import Counting, part_weights

    if only is not None and without is not None:
        raise ValueError("--only and --without say the same thing from two sides. Give one of them.")
    count = np.ones(len(finder.run.parts))
    if only is not None:
        count[:] = 0
        count[[finder.part_called(one) - 1 for one in _split(only)]] = 1
    for one in _split(without):
        count[finder.part_called(one) - 1] = 0
    for part, weight in part_weights(finder, _split(weights)).items():
        count[part - 1] *= weight
    return Counting(measure, None if (count == 1).all() else count, label)


def _split(text: str | None) -> list[str]:
    return [one for one in text.split(",") if one.strip()] if text else []


def _of(measure: str) -> str:
    from partwise.search import MEASURES

    return MEASURES.get(measure, measure)


def _part_names(finder: "Finder") -> list[str]:
    """Return what each part is called: its name, or its number and, where words tell what it is, its strongest."""
    from partwise.tasks.drawing import learned_of

    run = finder.run
    words = [""] * len(run.parts)
    if run.view.lines(learned_of(run)):
        words = [f" ({', '.join(run.view.strongest(part, 3))})" for part in run.parts]
    return [finder.part_names.get(number, f"part {number}") + one for number, one in enumerate(words, 1)]


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
    from partwise.search import near_duplicates
    from partwise.wording import counted

    groups = near_duplicates(finder.entries, finder.index, threshold)
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


def _tell_code(finder: "Finder", query: "Query", as_json: bool) -> None:
    import numpy as np

    named, code = _part_names(finder), np.asarray(query.code, dtype=np.float64)
    sums = code * np.abs(finder.run.parts).sum(axis=1, dtype=np.float64)
    shares = sums / sums.sum() if sums.sum() > 0 else sums
    if as_json:
        typer.echo(json.dumps({"name": query.name, "number": query.number, "code": code.tolist(),
                               "shares": shares.tolist(), "parts": named}))  # fmt: skip
        return
    view = finder.run.view
    typer.echo(f"{query.name} is a sum of {int((code > 0).sum())} of {len(code)} parts; shares of {view.whole_of_one}:")
    for part in (-shares).argsort(kind="stable")[:12]:
        if shares[part] > 0:
            typer.echo(f"{'':4}{100 * shares[part]:6.1f} %  {code[part]:.4g} x {named[part]}")


def _draw_odd(finder: "Finder", hits: "list[Hit]", out: Path, force: bool) -> None:
    from partwise.tasks.sheets import contact_sheet, write_figure

    first = finder.sample(hits[0].number)
    figure = contact_sheet(finder, first, hits, title="Explained worst by the parts", scores_are="error ")
    write_figure(out, figure, force=force)


def _no_figure(out: Path | None, what: str) -> None:
    if out is not None:
        raise ValueError(f"{what} draws no figure. Leave --out away, or look at the page: partwise serve RUN")
