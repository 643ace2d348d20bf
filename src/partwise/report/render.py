"""The report as HTML: words and tables from a template, figures as inline SVG, nothing from outside."""

import re
import unicodedata
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from partwise.report.content import ReportContent, ReportFigure, Table
from partwise.report.contest import ComparisonContent, numbers, result
from partwise.report.counting import RankContent, answer, opinions, span
from partwise.report.counting import numbers as counts
from partwise.report.inline import Inlined, inlined
from partwise.report.verdict import Verdict, duration, per_cent, verdict
from partwise.wording import counted, power

LONGEST = 200  # rows of a list; the rest is counted
RESERVED = {"main", "theme", "verdict", "numbers", "table", "notes", "skipped", "duplicates", "made-with"}
_UNBROKEN = re.compile(r"\d[\d.]*e-\d+|--[a-z]+(?:-[a-z]+)*")  # what a line must not end inside of
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def render_report(content: ReportContent) -> str:
    """Return the report as one HTML document that needs no other file.

    Parameters
    ----------
    content : ReportContent
        What to say and which figures to show. Names in it may contain anything: they come out as text.

    Returns
    -------
    str
        HTML that can be written as UTF-8. The same content gives the same text.
    """
    return _page(content, verdict(content), _stats(content), parts=counted(content.n_components, "parts"))


def render_comparison(content: ComparisonContent) -> str:
    """Return the report of a comparison, as `render_report` does that of a run."""
    parts = counted(content.n_components, "parts")
    return _page(content, result(content), numbers(content), content.table, parts)


def render_rank(content: RankContent) -> str:
    """Return the report of a rank, as `render_report` does that of a run."""
    return _page(content, answer(content), counts(content), opinions(content), f"k = {span(content.ks)}")


def _page(
    content: ReportContent | ComparisonContent | RankContent,
    words: Verdict,
    stats: list[tuple[str, str, str]],
    table: Table | None = None,
    parts: str = "",
) -> str:
    """Fill the one template."""
    figures = [ReportFigure(*figure) for figure in content.figures]
    keys = [figure.key for figure in figures]
    for key in keys:
        if not _KEY.fullmatch(key) or keys.count(key) > 1 or key in RESERVED:
            raise ValueError(f"A figure needs a key of its own, of letters, digits, - and _, got {key!r} in {keys}.")
    page = _environment().get_template("report.html.j2")
    return page.render(
        content=content,
        parts=parts,
        samples=counted(content.n_samples, content.samples_are),
        verdict=words,
        stats=stats,
        table=table,
        figures=[_figure(figure) for figure in figures],
        skipped=_list(content.skipped),
        duplicates=_list(content.duplicates),
        style=Markup(files("partwise.report").joinpath("templates/report.css").read_text(encoding="utf-8")),
        made_by=_version(),
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("partwise.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_writable,
    )
    environment.filters["unbroken"] = _unbroken
    return environment


def _writable(value: Any) -> Any:
    """Replace what cannot be written or seen: halves of characters from odd file names, control characters."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return "".join(
        "\ufffd" if unicodedata.category(mark) in ("Cs", "Cc", "Cf") and mark != "\n" else mark for mark in value
    )


def _unbroken(words: str) -> Markup:
    """Keep a number such as 1e-4 and an option such as --max-iter on one line."""
    return Markup(_UNBROKEN.sub(r'<span class="unbroken">\g<0></span>', str(escape(_writable(words)))))


def _stats(content: ReportContent) -> list[tuple[str, str, str]]:
    """Return (label, value, aside) for the row of numbers."""
    dead = f"{content.n_dead_components:,} dead"
    return [
        (content.samples_are, f"{content.n_samples:,}", ""),
        (content.features_are, *_features(content)),
        ("parts", f"{content.n_components:,}", dead),
        ("relative error", per_cent(content.relative_error), ""),
        *content.findings,
        ("KKT residual", power(content.kkt_residual), f"goal {power(content.tol)}" if content.tol > 0 else ""),
        ("iterations", f"{content.n_iter:,}", ""),
        ("solver time", duration(content.seconds), ""),
    ]


def _features(content: ReportContent) -> tuple[str, str]:
    """Return how many features there are, and in colour how often each pixel counts."""
    if content.image_shape is None or len(content.image_shape) < 3:
        return f"{content.n_features:,}", ""
    height, width, colours = content.image_shape
    return f"{height * width:,}", f"× {counted(colours, 'colours')}"


def _figure(figure: ReportFigure) -> dict[str, Any]:
    made = figure.figure if isinstance(figure.figure, Inlined) else inlined(figure.figure, figure.key)
    return {
        "key": figure.key,
        "title": figure.title,
        "short": figure.short or figure.title,
        "caption": " ".join(filter(None, (figure.caption, made.about))),
        "svg": Markup(made.svg),
        "width": round(made.width),
    }


def _list(rows: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Cut a long list, and say how long it was."""
    return {"rows": list(rows[:LONGEST]), "count": len(rows), "more": max(0, len(rows) - LONGEST)}


def _version() -> str:
    try:
        return f"partwise {version('partwise')}"
    except PackageNotFoundError:
        return "partwise"
