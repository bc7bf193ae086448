"""Questions to take to the team: offers, hours and rooms before people."""

from __future__ import annotations

from evenhand.reports.blocks import Section, Words
from evenhand.reports.mirror_view import MirrorView
from evenhand.reports.page import part
from evenhand.reports.sections.mirror_gaps import clear_outcomes
from evenhand.reports.sections.mirror_room import follows

ALWAYS = "Which clients could tell us if this page has it wrong, and how shall we ask them?"


def questions(view: MirrorView) -> list[str]:
    """In the order in which they can be acted on; four at most."""
    shown = view.shown("treatment")
    found = ["Who is offered which therapist, hour and place, and who decides it?"]
    if shown and not clear_outcomes(shown, "between"):
        found = [
            "Between caseloads nothing is clear yet: do we write down who is offered which "
            "therapist, hour and place, so that a later look could tell?"
        ]
    if clear_outcomes(shown, "within"):
        found.append(
            "With the same therapist, clients who stand lower fare less well. What do we ask every "
            "client after each session, and who sees the answers in time to change something?"
        )
    if any(map(follows, view.shown("room"))):
        found.append(
            "The room follows the gap. In which sessions did a client choose what was talked "
            "about, and what made that possible?"
        )
    if any(one.why.startswith("Measurement") for one in view.refused):
        found.append("Who can check transcripts by hand, as many of each group as of the others?")
    return [*found[:3], ALWAYS]


def build(view: MirrorView) -> list[Words]:
    """At most four questions."""
    how = "Questions about offers, hours and rooms before questions about people."
    body = part("questions.html", questions=questions(view))
    return [Words("questions", "To take to the team", "", how, body)]


SECTION = Section("mirror_questions", "mirror", 90, build)
