"""What the client released from a check-in; the same page for everything else."""

from __future__ import annotations

from evenhand.reports.blocks import Section, Words
from evenhand.reports.page import part
from evenhand.reports.ratings import is_checkin
from evenhand.reports.session_view import Row, SessionView

UNSAID = {"9", "item9", "item 9", "item_9", "unsaid", "kept_back", "kept something back"}


def _own(view: SessionView) -> bool:
    """Whether this is the client's own page."""
    person = view.study.data.for_person
    return person is not None and person == view.study.meetings[view.id].client_id


def _item(row: Row) -> dict[str, object]:
    name = row["item"].replace("_", " ").strip()
    return {
        "name": f"Item {name}" if name.isdigit() else name.capitalize() or "Words",
        "value": row["value"],
        "unsaid": row["item"].lower() in UNSAID,
        "theme": row["level"] == "theme" or row["item"].lower() == "theme",
    }


def build(view: SessionView) -> list[Words]:
    """Released material, or the sentence that says there is none, which tells nothing else."""
    rows = [r for r in view.ratings if is_checkin(r) and r["rater"] == "client"]
    items = [_item(r) for r in rows]
    own = _own(view)
    body = part(
        "checkin.html",
        items=items,
        name=view.pair.client.called,
        own=own,
        unsaid=any(i["unsaid"] for i in items),
    )
    how = "Only what was chosen to be shown here."
    return [Words("checkin", f"From {view.pair.client.owns} check-in", "", how, body)]


SECTION = Section("checkin", "session", 70, build)
