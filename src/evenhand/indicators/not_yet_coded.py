"""Acts that INDICATORS names and nobody has measured a coder for: absent, with that reason.

Each has its entry in docs/codebook.md. A row says that the question exists and is open; no
number is made up for it.
"""

from __future__ import annotations

import polars as pl

from evenhand.core.contracts import Indicator
from evenhand.core.example import exchange
from evenhand.core.features import Features

REASON = "not yet coded: no coder of ours has been measured against people for it"

_EXAMPLE = exchange(
    ("therapist", "Shall we begin with the diary, or with what happened at the weekend?"),
    ("client", "The weekend, I think, and then there is a letter that I would like to read out."),
    times=16,
)


def absent_everywhere(features: Features) -> pl.DataFrame:
    """A row a session with the reason, and no number."""
    return features.sessions.select("session", absent=pl.lit(REASON))


def _open(name: str, facet: str, title: str, formula: str, why: str, source: str) -> Indicator:
    return Indicator(
        name=name,
        version=1,
        facet=facet,
        title=title,
        kind="shown",
        direction=0,
        unit="",
        why=why,
        formula=formula,
        source=source,
        compute=absent_everywhere,
        example=_EXAMPLE,
        expected={"absent": REASON, "therapist": None, "client": None, "tilt": None},
    )


INDICATORS = (
    _open(
        "agenda_moves",
        "agenda",
        "Topics opened, shifted and closed",
        "topic shifts, openings and closings of a role, announced or asked ÷ all of both",
        "Who may change the subject decides what a session is about.",
        "Conversation analysis of deontic authority: Stevanovic & Peräkylä 2012.",
    ),
    _open(
        "time_moves",
        "agenda",
        "Minding the clock",
        "mentions of the session's time left, begun or ended by a role ÷ all of both",
        "Who keeps the clock can end what the other has begun; somebody has to.",
        "Conversation analysis of deontic authority: Stevanovic & Peräkylä 2012.",
    ),
    _open(
        "decision_path",
        "agenda",
        "What became of proposals",
        "a role's proposals taken, met with a bare reply, changed or refused ÷ its proposals",
        "A proposal that meets a bare mm-hmm is not yet agreed.",
        "Conversation analysis of deontic authority: Stevanovic & Peräkylä 2012.",
    ),
    _open(
        "jargon",
        "naming",
        "Technical terms",
        "technical terms of a role ÷ its words; glossed? used back by the other?",
        "Words that only one of the two was taught decide who can argue.",
        "Evenhand.",
    ),
    _open(
        "problem_words",
        "naming",
        "Whose word for the problem lasts",
        "later mentions of the problem in a role's own word ÷ all later mentions",
        "To name the problem is to say what it is, and what would count as help.",
        "Evenhand.",
    ),
    _open(
        "self_disclosure",
        "shown",
        "Spoke of themselves",
        "turns in which a role tells of its own life ÷ turns",
        "Clients are asked to; a therapist who does may share the floor or take it.",
        "Near the Disclosure mode of Stiles' Verbal Response Modes.",
    ),
)
