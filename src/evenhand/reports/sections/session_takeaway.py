"""One question and one small thing to try, from what was seen."""

from __future__ import annotations

from evenhand.reports.blocks import Section, Words
from evenhand.reports.moments import pick_moments, take_away
from evenhand.reports.page import part
from evenhand.reports.session_view import SessionView

GENERAL = (
    "Which part of this hour would each of you want more of?",
    "Ask once, while there is still time: “How has today been for you?” Then wait.",
    "Nothing in the words called for a question of its own.",
)
"""For a session in which the phrases matched nothing."""


def build(view: SessionView) -> list[Words]:
    """The two blocks at the end of the page."""
    question, goal, because = take_away(view, pick_moments(view)) or GENERAL
    body = part("take.html", question=question, goal=goal, because=because)
    return [Words("take", "To take with you", "One question and one small thing to try.", "", body)]


SECTION = Section("takeaway", "session", 80, build)
