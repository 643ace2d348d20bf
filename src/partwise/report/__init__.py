"""The report of a run: one HTML file that stands alone, with its verdict in words, its figures and what it left out."""

from partwise.report.content import ReportContent, ReportFigure
from partwise.report.render import render_report

__all__ = ["ReportContent", "ReportFigure", "render_report"]
