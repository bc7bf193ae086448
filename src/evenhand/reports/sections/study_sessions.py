"""All sessions that have a page, and what must be known of the input."""

from __future__ import annotations

from typing import Any

from evenhand.core.wording import listed
from evenhand.reports.blocks import Section, Words
from evenhand.reports.marks import drawing
from evenhand.reports.numbers import capital, day, percent
from evenhand.reports.page import part
from evenhand.reports.study_view import StudyView
from evenhand.reports.talk_chart import split_bar


def _rows(view: StudyView) -> list[dict[str, Any]]:
    rows = []
    for one in view.shown:
        meeting, pair = view.meetings[one], view.pair(one)
        reading = view.readings_of(one).get("talk_share")
        share = reading["client"] if reading else None
        rows.append(
            {
                "label": f"Session {meeting.number}" if meeting.number is not None else one,
                "href": view.session_files[one],
                "who": pair.title,
                "named": pair.therapist.named or pair.client.named,
                "date": day(meeting.date),
                "turns": f"{view.turns_n(one):,}",
                "bar": drawing(12, split_bar(share, 0, 12)) if share is not None else "",
                "share": percent(share) if share is not None else "not readable",
            }
        )
    return rows


def _noted(view: StudyView) -> list[str]:
    """Sentences about the input, each once."""
    return list(dict.fromkeys(view.data.notes))


def build(view: StudyView) -> list[Words]:
    """The list, then notes and files that could not be read."""
    if not view.shown:
        return _known_first(view)
    left, rows = view.total - len(view.shown), _rows(view)
    body = part(
        "sessions.html",
        rows=rows,
        left=left,
        command=view.data.command,
        named=any(r["named"] for r in rows),
        dated=any(r["date"] for r in rows),
        client=view.data.roles.get("client", "client"),
    )
    how = "Each with its own page, in the order of the study. Usual is not the same as fair."
    return [Words("sessions", "Sessions", "", how, body), *_known_first(view)]


def _known_first(view: StudyView) -> list[Words]:
    """What the input could not carry."""
    notes, errors = _noted(view), list(view.data.errors)
    if not (notes or errors):
        return []
    said = listed(
        [
            text
            for text, here in (
                ("What the input could not carry", notes),
                ("files that could not be read", errors),
            )
            if here
        ]
    )
    body = part("quality.html", notes=notes, errors=errors)
    return [Words("quality", "What to know first", f"{capital(said)}.", "", body)]


SECTION = Section("sessions", "study", 30, build)
