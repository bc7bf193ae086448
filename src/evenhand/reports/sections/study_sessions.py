"""All sessions that have a page, and what must be known of the input."""

from __future__ import annotations

from evenhand.reports.blocks import Section, Words
from evenhand.reports.numbers import day, listed
from evenhand.reports.page import part
from evenhand.reports.study_view import StudyView


def _rows(view: StudyView) -> list[dict[str, str]]:
    rows = []
    for one in view.shown:
        meeting, pair = view.meetings[one], view.pair(one)
        label = f"Session {meeting.number}" if meeting.number is not None else one
        rows.append(
            {
                "label": label,
                "href": view.session_files[one],
                "who": pair.title,
                "date": day(meeting.date),
                "turns": f"{view.turns_n(one):,}",
            }
        )
    return rows


def _noted(view: StudyView) -> list[str]:
    """Sentences about the input, each once."""
    return list(dict.fromkeys(view.data.notes))


def build(view: StudyView) -> list[Words]:
    """The list, then notes and files that could not be read."""
    left = view.total - len(view.shown)
    blocks = [
        Words(
            "sessions",
            "Sessions",
            "",
            "Each with its own page.",
            part("sessions.html", rows=_rows(view), left=left, command=view.data.command),
        )
    ]
    notes, errors = _noted(view), list(view.data.errors)
    if notes or errors:
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
        blocks.append(
            Words("quality", "What to know first", f"{said[:1].upper()}{said[1:]}.", "", body)
        )
    return blocks


SECTION = Section("sessions", "study", 30, build)
