"""Reports of runs, of comparisons and of ranks: an HTML file that stands alone, a verdict in words, figures."""

from partwise.report.content import ReportContent, ReportFigure, Table
from partwise.report.contest import ComparisonContent, Rival
from partwise.report.counting import Opinion, RankContent, span
from partwise.report.inline import inlined
from partwise.report.render import render_comparison, render_rank, render_report

__all__ = [
    "ComparisonContent",
    "Opinion",
    "RankContent",
    "ReportContent",
    "ReportFigure",
    "Rival",
    "Table",
    "inlined",
    "render_comparison",
    "render_rank",
    "render_report",
    "span",
]
