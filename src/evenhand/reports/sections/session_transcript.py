"""The transcript, with one thing marked at a time."""

from __future__ import annotations

from evenhand.reports.blocks import Section, Words
from evenhand.reports.page import part
from evenhand.reports.session_view import SessionView
from evenhand.reports.transcript import FIRST_SHOWN, behind, constructs, first_marked, lines


def build(view: SessionView) -> list[Words]:
    """All turns; radios choose what is marked; the turns behind each number are listed."""
    if not view.turns:
        return []
    found = constructs(view)
    chosen = first_marked(view, found)
    ordered = sorted(found, key=lambda c: c.name != chosen)
    body = part(
        "transcript.html",
        view=view,
        lines=lines(view),
        first=ordered[:FIRST_SHOWN],
        more=ordered[FIRST_SHOWN:],
        chosen=chosen,
        behind=behind(view),
    )
    how = (
        "The whole transcript, with one thing marked at a time. Phrase lists make the marks: they "
        "miss some and take some for what they are not."
    )
    return [Words("words", "In your words", "", how, body)]


SECTION = Section("transcript", "session", 60, build)
