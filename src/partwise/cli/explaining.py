"""explain: why two samples are alike, or what one is made of."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from partwise.cli import options as o
from partwise.cli.asking import Figure, Measure, Only, Weights, Without, counting_of, finder_of, names_of_parts

if TYPE_CHECKING:
    from partwise.search import Explanation
    from partwise.tasks.asking import Query
    from partwise.tasks.finder import Finder


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
    finder = finder_of(run, out, force)
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
    counting = counting_of(finder, "cosine" if measure == "euclidean" else measure, only, without, weights, None)
    explanation = explained(here.code, there.code, finder.index.scale(counting.measure, counting.weights))
    if measure == "euclidean":
        typer.echo("note: a distance is explained by the cosine, which sees the mixture, not the brightness.", err=True)
    if out is not None:
        from partwise.tasks.sheets import why_figure, write_figure

        write_figure(out, why_figure(finder, (here, there), explanation), force=force)
    _tell_why(finder, (here, there), explanation, as_json)


def _tell_why(finder: "Finder", queries: "tuple[Query, Query]", explanation: "Explanation", as_json: bool) -> None:
    here, there = queries
    named = names_of_parts(finder)
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


def _tell_code(finder: "Finder", query: "Query", as_json: bool) -> None:
    import numpy as np

    named, code = names_of_parts(finder), np.asarray(query.code, dtype=np.float64)
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
