"""What was not compared, and why; measurement first."""

from __future__ import annotations

from evenhand.core.wording import listed
from evenhand.reports.blocks import Section, Words
from evenhand.reports.mirror_view import MirrorView, Refused, axes_named
from evenhand.reports.numbers import capital
from evenhand.reports.page import part


def _line(one: Refused) -> dict[str, str]:
    by = f", by {axes_named(one.axes)}" if one.axes else ""
    return {"what": capital(f"{listed(list(one.what))}{by}."), "why": f"{one.why} {one.remedy}"}


def build(view: MirrorView) -> list[Words]:
    """One block a reason; none where everything could be compared."""
    if not view.refused:
        return []
    body = part("mirror_refused.html", lines=[_line(one) for one in view.refused])
    how = "Measurement first. A comparison that is not here was not made: no gap is not meant."
    return [Words("not-compared", "Not compared", "", how, body)]


SECTION = Section("mirror_refused", "mirror", 40, build)
