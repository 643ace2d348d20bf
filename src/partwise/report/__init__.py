"""Reports of runs and of comparisons: one HTML file that stands alone, with a verdict in words and its figures."""

from partwise.report.content import ReportContent, ReportFigure, Table
from partwise.report.contest import ComparisonContent, Rival
from partwise.report.render import render_comparison, render_report

__all__ = [
    "ComparisonContent",
    "ReportContent",
    "ReportFigure",
    "Rival",
    "Table",
    "render_comparison",
    "render_report",
]
