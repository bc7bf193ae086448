"""The report: pages made from the tables, with SVG and wording of our own.

`render_report` writes them from a `ReportData`; `read_disagreements` reads what people said
against an earlier one.
"""

from __future__ import annotations

from evenhand.reports.context import ReportData
from evenhand.reports.disagreements import read_disagreements
from evenhand.reports.render import render_report

__all__ = ["ReportData", "read_disagreements", "render_report"]
