"""The talk share: one bar, the client from the left, the therapist from the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from evenhand.reports import marks as m
from evenhand.reports.barcode import thirds
from evenhand.reports.numbers import percent
from evenhand.reports.session_view import SessionView

GAP = 0.3
ELSEWHERE = (
    "Elsewhere: in 133 demonstrations of counselling (AnnoMI) the therapist’s share of the words "
    "was about 55 %, in two thirds of them between 41 and 69 %. In six sessions of Carl Rogers it "
    "was 16 to 36 %. Usual is not the same as fair."
)


@dataclass(frozen=True)
class ShareRow:
    """A bar with its two numbers."""

    name: str
    client: str
    therapist: str
    svg: Markup
    whole: bool = False


def usual(view: SessionView) -> tuple[float, float] | None:
    """The client's lowest and highest share in the other sessions of these two."""
    found = [o["client"] for o in view.history.get("talk_share", ()) if o["client"] is not None]
    return (min(found), max(found)) if found else None


def share_of(view: SessionView) -> tuple[float, float] | None:
    """Client's and therapist's share of the session."""
    reading = view.readings.get("talk_share")
    if not reading or reading["client"] is None or reading["therapist"] is None:
        return None
    return reading["client"], reading["therapist"]


def split_bar(client: float, y: float, height: float) -> list[str]:
    """The client's part from the left, the therapist's from the right."""
    at = 100 * client
    return [
        m.rect(0, max(0.0, at - GAP / 2), y, height, "fc"),
        m.rect(at + GAP / 2, max(0.0, 100 - at - GAP / 2), y, height, "ft"),
    ]


def _bracket(low: float, high: float) -> list[str]:
    a, b = 100 * low, 100 * high
    return [
        m.line(a, b, 6, 6, "si w15"),
        m.line(a, a, 2, 10, "si w15"),
        m.line(b, b, 2, 10, "si w15"),
    ]


def share_rows(view: SessionView) -> Sequence[ShareRow]:
    """The whole session with its bracket, then each third."""
    rows = []
    whole = share_of(view)
    if whole is not None:
        drawn = split_bar(whole[0], 14, 24)
        around = usual(view)
        if around:
            drawn += _bracket(*around)
        rows.append(
            ShareRow(
                "Whole session", percent(whole[0]), percent(whole[1]), m.drawing(42, drawn), True
            )
        )
    for name, client, therapist in thirds(view):
        drawn = split_bar(client, 5, 12)
        rows.append(ShareRow(name, percent(client), percent(therapist), m.drawing(22, drawn)))
    return rows
