"""What was released from the check-ins; the same page for everything else."""

from __future__ import annotations

from evenhand.reports.blocks import Section, Words
from evenhand.reports.checkin_items import OPEN, UNSAID, item_key, sentence_of
from evenhand.reports.page import part
from evenhand.reports.people import Person
from evenhand.reports.ratings import is_checkin
from evenhand.reports.sections.session_profile import heard
from evenhand.reports.session_view import Row, SessionView


def _item(row: Row) -> dict[str, object]:
    name = item_key(row["item"])
    theme = row["level"] == "theme" or name == "theme"
    return {
        "asked": "Theme" if theme else sentence_of(row["rater"], row["item"]),
        "value": row["value"],
        "own_words": name == OPEN,
        "unsaid": name == UNSAID and not str(row["value"]).strip().lower().startswith("no"),
    }


def _group(view: SessionView, person: Person) -> dict[str, object]:
    """One person's visible answers, and whether this is their own page."""
    meeting = view.study.meetings[view.id]
    whose = meeting.client_id if person.role == "client" else meeting.therapist_id
    items = [_item(r) for r in view.ratings if is_checkin(r) and r["rater"] == person.role]
    kept_back = person.role == "client" and any(i["unsaid"] for i in items)
    return {
        "person": person,
        "items": items,
        "own": whose is not None and whose == view.study.data.for_person,
        "unsaid": kept_back,
        "heard": heard(view) if kept_back else "",
    }


def build(view: SessionView) -> list[Words]:
    """Released material, or the sentence that says there is none, which tells nothing else.

    The client's part always stands here; the therapist's only where something of it may be seen.
    """
    groups = [_group(view, view.pair.client)]
    therapist = _group(view, view.pair.therapist)
    if therapist["items"]:
        groups.append(therapist)
    body = part("checkin.html", groups=groups)
    client = view.pair.client
    title = "From the check-ins" if len(groups) > 1 else f"From {client.owns} check-in"
    return [Words("checkin", title, "", "Only what was chosen to be shown here.", body)]


SECTION = Section("checkin", "session", 70, build)
